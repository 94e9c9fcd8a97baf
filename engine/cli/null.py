"""`stemlathe null`: the null test of the stems against the reference mix."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.cli.progress_lines import VARIABLE
from engine.cli.session_input import add_session, read_session
from engine.cli.show import TerminalProgress, prepare_kernels, print_json
from engine.errors import ExitCode, UsageError
from engine.report.null_causes import CAUSES
from engine.report.plain import as_json
from engine.units import level_text, number_text, seconds_text

if TYPE_CHECKING:
    from engine.report.null import NullReport, StemFit
    from engine.session.files import Change
    from engine.session.model import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    add_session(parser)
    parser.add_argument(
        "--apply", action="store_true", help="write gain, polarity and offset corrections, and test again"
    )
    parser.add_argument(
        "--note",
        action="store_true",
        help="print a message for the mix engineer instead (with --json: add it as 'note')",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0 for the verdicts pass and warn, 1 for fail.
    """
    from engine.cli.null_note import note_text
    from engine.report.null import NotedNullReport
    from engine.session.corrections import corrections
    from engine.session.files import edit_session

    if arguments.apply and arguments.stdin:
        raise UsageError("stemlathe null: --apply writes the session file, and --stdin leaves it alone")
    session = read_session(arguments)
    from engine.nulltest.lanes import session_specs
    from engine.nulltest.nulltest import null_test

    driven = VARIABLE in os.environ  # whoever shows the progress first takes it out
    session_specs(session)  # a session without a reference is refused before anything is compiled

    with TerminalProgress() as progress:
        prepare_kernels(progress)
        report = null_test(session, progress)
        changes = corrections(session, report.causes) if arguments.apply else []
        if changes:
            session = edit_session(session.path, changes)
            report = null_test(session, progress)
    if arguments.json:
        if arguments.note:
            report = NotedNullReport(**vars(report), note=note_text(session, report))
        print_json(_document(report, driven=driven))
    elif arguments.note:
        print(note_text(session, report))
    else:
        if arguments.apply:
            print_changes(session, changes)
        print_report(report)
    return int(ExitCode.FELL_SHORT if report.verdict == "fail" else ExitCode.DONE)


def _document(report: NullReport, *, driven: bool) -> dict[str, Any]:
    """The JSON that scripts rely on; who drives this verb gets the plot along the song as well."""
    document: dict[str, Any] = as_json(report)
    if not driven:
        del document["residual_over_time"]
    return document


def print_changes(session: Session, changes: Sequence[Change]) -> None:
    """What was written into the session, one line each."""
    if not changes:
        print("nothing to correct in the session")
    for (_, number, key), value in changes:
        text = str(value).lower() if isinstance(value, bool) else number_text(value, 6)
        print(f"written: {session.stems[int(number)].name}: {key} = {text}")


def print_report(report: NullReport) -> None:
    """Verdict and levels, then bands and stems as tables."""
    from engine.cli.tables import TerminalConsole

    console = TerminalConsole()
    exact = ", exact" if report.exact else ""
    print(f"null test: {report.verdict}{exact}")
    for title, text in _levels(report):
        print(f"  {title:<17} {text}")
    if not report.exact:
        console.print(_bands_table(report))
        console.print(_stems_table(report))
        after = level_text(report.residual_after_fix_rms_dbfs, "dBFS")
        print(f"with that applied the residual is {after}" if _applies(report) else "nothing to apply")
    for cause in report.causes:
        where = "" if cause.stem is None else f" in {cause.stem}"
        where += "" if cause.channel is None else f", {cause.channel}"
        title = CAUSES[cause.kind].title
        print(f"cause: {title}{where} ({100 * cause.confidence:.0f} %): {cause.evidence}")
        print(f"  → {cause.fix}")


def _levels(report: NullReport) -> tuple[tuple[str, str], ...]:
    relative = level_text(report.residual_relative_db, "dB")
    worst = level_text(report.worst_window_rms_dbfs, "dBFS")
    place = f" at {seconds_text(report.worst_at_s)}" if report.worst_at_s >= 0.0 else ""
    return (
        ("residual", f"{level_text(report.residual_rms_dbfs, 'dBFS')} RMS, {relative} re the reference"),
        ("its peak", level_text(report.residual_peak_dbfs, "dBFS")),
        ("worst 400 ms", f"{worst}{place}"),
        ("stems − reference", level_text(report.level_difference_db, "dB", 3)),
    )


def _bands_table(report: NullReport) -> object:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("band Hz", "residual", "stems − reference", ""):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for band in report.bands:
        remark = ("" if band.holds else "beyond ±0.1 dB") if band.carries_signal else "no signal"
        table.add_row(
            f"{band.low_hz:.0f}–{band.high_hz:.0f}",
            level_text(band.residual_rms_dbfs, "dBFS"),
            level_text(band.level_difference_db, "dB", 2),
            remark,
        )
    return table


def _stems_table(report: NullReport) -> object:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("to apply to", "gain", "samples", "polarity"):
        table.add_column(heading, justify="right" if heading in ("gain", "samples") else "left")
    for stem in report.stems:
        table.add_row(Text(stem.name), *_fit(stem))
    return table


def _applies(report: NullReport) -> bool:
    return any(
        stem.present
        and (stem.fitted_gain_db, stem.fitted_offset_samples, stem.polarity) != (0.0, 0.0, "normal")
        for stem in report.stems
    )


def _fit(stem: StemFit) -> tuple[str, str, str]:
    if not stem.present:
        return "—", "—", "not in the reference"
    polarity = "invert" if stem.polarity == "inverted" else "as it is"
    gain_db = round(stem.fitted_gain_db, 2) + 0.0  # no −0.00
    return level_text(gain_db, "dB", 2), f"{stem.fitted_offset_samples:+g}", polarity
