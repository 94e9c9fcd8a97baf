"""`stemlathe completion`: prints what makes a shell complete verbs, options and files."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.cli.show import print_json
from engine.errors import ExitCode

SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to complete")


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb."""
    script = completion_script(arguments.shell)
    if arguments.json:
        print_json({"shell": arguments.shell, "script": script})
    else:
        print(script)
    return int(ExitCode.DONE)


def completion_script(shell: str) -> str:
    """The script for one of `SHELLS`, made from the verbs' own declarations."""
    import shtab

    from engine.cli.parsers import whole_parser

    parser = whole_parser()
    for verb in _verb_parsers(parser):
        for action in verb._actions:
            if action.type is Path:
                action.complete = shtab.FILE  # type: ignore[attr-defined]  # how shtab is told
    return str(shtab.complete(parser, shell=shell))


def _verb_parsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    return [
        choice
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for choice in action.choices.values()
    ]
