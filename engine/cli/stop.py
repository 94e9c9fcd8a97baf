"""`stemlathe stop`: ends a running engine or render and returns when it is gone."""

from __future__ import annotations

import argparse

from engine.cli.show import print_json
from engine.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("name", metavar="NAME", help="as 'stemlathe ps' lists it")


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb; it never asks."""
    from engine.processes.registry import find
    from engine.processes.terminate import end

    entry = find(arguments.name)
    end(entry)
    if arguments.json:
        print_json({"stopped": entry.name})
    else:
        print(f"{entry.name} has ended")
    return int(ExitCode.DONE)
