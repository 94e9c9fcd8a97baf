"""`stemlathe recall`: a delivery made again, compared, and every difference told with its cause."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.session_input import add_session, read_session_and_text
from engine.cli.show import TerminalProgress, prepare_kernels, print_json
from engine.cli.yielding import yield_to_playback
from engine.errors import ExitCode
from engine.units import level_text

if TYPE_CHECKING:
    from engine.report.recall import RecalledFile, RecallReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    add_session(parser)
    parser.add_argument(
        "--delivery",
        type=Path,
        metavar="FOLDER",
        help="the delivery to compare with (default: the session's last, or its last render with a record)",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0 when every file is the same sample by sample, else 1.
    """
    session, text = read_session_and_text(arguments)
    from engine.recall.recall import recall
    from engine.recall.records import delivery_in, last_delivery

    folder: Path | None = arguments.delivery
    delivered = last_delivery(session.path) if folder is None else delivery_in(folder)
    yield_to_playback()
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        report = recall(session, text, delivered, progress)
    if arguments.json:
        print_json(report)
    else:
        print_recall(report)
    return int(ExitCode.DONE if report.identical else ExitCode.FELL_SHORT)


def print_recall(report: RecallReport) -> None:
    """Each file, then everything that is not as it was."""
    for output in report.outputs:
        name = " · ".join(filter(None, (output.deliverable, output.version, output.stem)))
        print(f"{'the same' if output.identical else 'DIFFERS '}  {name}{_size(output)}")
    for difference in report.differences:
        print(f"{difference.kind:<8}  {difference.what}")
        if difference.kind not in ("setting", "target"):
            print(f"          then {difference.then}, now {difference.now}")
    if not report.identical and not report.differences:
        print(
            "nothing that was recorded is different: look after the delivered files with 'stemlathe verify'"
        )


def _size(output: RecalledFile) -> str:
    if output.identical:
        return ""
    if output.sha256 is None:
        return ": cannot be made any more"
    if output.difference_peak_dbfs is None:
        return ": its size is not known, because the delivered file is not at hand or of another length"
    return f": by {level_text(output.difference_peak_dbfs, 'dBFS')} at most"
