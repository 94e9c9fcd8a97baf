"""`stemlathe demo`: a song from nothing to verified masters."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.show import TerminalProgress, prepare_kernels, print_json
from engine.errors import ExitCode

if TYPE_CHECKING:
    from engine.report.demo import DemoReport

_DEFAULT_FOLDER = "stemlathe-demo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path(_DEFAULT_FOLDER),
        metavar="D",
        help=f"where the demo goes (default: ./{_DEFAULT_FOLDER})",
    )
    parser.add_argument(
        "--no-open",
        action="store_true",
        help="do not open it: check, null and render it, and print the figures; so it is without a terminal",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0 when everything holds; 1 when a check fell short, which only a changed demo session does. On a
        terminal it does not return but becomes the console.
    """
    from engine.cli.console import has_terminal

    if has_terminal() and not (arguments.no_open or arguments.json):
        return _open(arguments.dir)
    from engine.deliver.job import plan_jobs
    from engine.deliver.render import render
    from engine.demo.files import write_demo
    from engine.intake.check import check_session
    from engine.nulltest.nulltest import null_test
    from engine.report.demo import DemoReport
    from engine.session.files import load_session

    with TerminalProgress() as progress:
        prepare_kernels(progress)
        path = write_demo(arguments.dir, progress).session
        session = load_session(path)
        checked = check_session(session, progress)
        nulled = null_test(session, progress)
        # the demo's own renders are no one's only copy: running it again replaces them
        jobs = plan_jobs(session, deliverables=[], versions=[], folder=None, force=True)
        report = DemoReport(path, checked, nulled, render(session, jobs, progress))
    if arguments.json:
        print_json(report)
    else:
        _print(report)
    return int(ExitCode.DONE if report.holds else ExitCode.FELL_SHORT)


def _open(directory: Path) -> int:
    """Writes the demo and goes on as the console on it."""
    from engine.cli.console import become, require_terminal
    from engine.demo.files import write_demo

    require_terminal()
    with TerminalProgress() as progress:
        session = write_demo(directory, progress).session
    become(["open", str(session)])


def _print(report: DemoReport) -> None:
    from engine.cli import check, null, render

    print(f"session: {report.session.absolute()}\n")
    check.print_report(report.check)
    print()
    null.print_report(report.null)
    print()
    render.print_report(report.render)
    print(f"\nnow try: stemlathe render '{report.session}' --deliverable streaming --force")
