"""`stemlathe diff`: two sessions, revisions, snapshots or deliveries told apart in words."""

from __future__ import annotations

import argparse

from engine.cli.show import TerminalProgress, print_json
from engine.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    what = "a session, SESSION@3 (its delivery 3), SESSION@B (a snapshot), or the folder of a delivery"
    parser.add_argument("old", metavar="A", help=what)
    parser.add_argument("new", metavar="B", help="likewise; changes are told from A to B")


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb; 0 whether they differ or not."""
    from engine.recall.sides import diff, side_of

    old, new = side_of(arguments.old), side_of(arguments.new)
    with TerminalProgress() as progress:
        report = diff(old, new, progress)
    if arguments.json:
        print_json(report)
    else:
        for change in report.changes:
            print(change.text)
        if not report.changes:
            print("no difference")
    return int(ExitCode.DONE)
