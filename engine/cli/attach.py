"""`stemlathe attach`: the console on an engine that runs."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="as 'stemlathe ps' lists it (default: the only one)"
    )
    parser.add_argument("--read-only", action="store_true", help="look, but touch nothing")
    parser.add_argument(
        "--plain", action="store_true", help="lines of text instead of a full screen; without a terminal too"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Raises:
        NoEngineError: nothing of that name runs.
        UsageError, MachineError: this is no terminal that shows a full screen.
    """
    from engine.cli.console import show
    from engine.processes.registry import find

    return show(find(arguments.name), read_only=arguments.read_only, plain=arguments.plain)
