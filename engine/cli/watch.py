"""`stemlathe watch`: a read-only monitor of running engines and renders."""

from __future__ import annotations

import argparse
import importlib

from engine.cli.show import print_json
from engine.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="as 'stemlathe ps' lists it (default: everything)"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb; nothing running is no failure. Without a terminal it prints what there is, once.

    Raises:
        NoEngineError: nothing of that name runs or has ended lately.
        MachineError: the runtime folder cannot be used.
    """
    from engine.processes.registry import find
    from engine.processes.watch_view import look

    outlook = look(arguments.name)
    if arguments.name is not None and not outlook.running and not outlook.ended:
        find(arguments.name)  # says what there is instead
    if arguments.json:
        print_json(outlook)
        return int(ExitCode.DONE)
    # by name: the direction of imports is tui → engine, and only a command crosses it
    return int(importlib.import_module("tui.watch.run").run_watch(arguments.name))
