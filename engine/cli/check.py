"""`stemlathe check`: can these stems be trusted?"""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Any

from engine.cli.session_input import add_session, read_session
from engine.cli.show import TerminalProgress, prepare_kernels, print_json
from engine.errors import ExitCode
from engine.units import level_text, seconds_text

if TYPE_CHECKING:
    from engine.report.check import CheckReport, StemFigures
    from engine.report.findings import Finding

_COLOURS = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    add_session(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0 for the verdicts pass and warn, 1 for fail.
    """
    session = read_session(arguments)
    from engine.intake.check import check_session

    with TerminalProgress() as progress:
        prepare_kernels(progress)
        report = check_session(session, progress)
    if arguments.json:
        print_json(report)
    else:
        print_report(report)
    return int(ExitCode.FELL_SHORT if report.verdict == "fail" else ExitCode.DONE)


def print_report(report: CheckReport) -> None:
    """The stems as a table, then every finding with its fix, then the verdict."""
    from engine.cli.tables import TerminalConsole

    console = TerminalConsole()
    console.print(_stems_table(report.stems))
    print()
    for finding in report.findings:
        _print_finding(console, finding)
    counts = [
        f"{count} {severity}{'' if count == 1 else 's'}"
        for severity in _COLOURS
        if (count := sum(finding.severity == severity for finding in report.findings))
    ]
    print(f"intake: {report.verdict}" + (f" ({', '.join(counts)})" if counts else ""))


def _stems_table(stems: tuple[StemFigures, ...]) -> object:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("stem", "rate", "ch", "length", "format", "bits", "dBFS", "dBTP", "RMS"):
        table.add_column(heading, justify="left" if heading in ("stem", "format") else "right")
    for stem in stems:
        table.add_row(
            Text(stem.name),
            str(stem.sample_rate),
            str(stem.channels),
            seconds_text(stem.duration_s),
            stem.subtype,
            str(stem.true_bits or "—"),
            level_text(stem.sample_peak_dbfs, "").strip(),
            level_text(stem.true_peak_dbtp, "").strip(),
            level_text(stem.rms_dbfs, "").strip(),
        )
    return table


def _print_finding(console: Any, finding: Finding) -> None:
    from rich.text import Text

    where = f"{finding.stem}: " if finding.stem else ""
    head = f"{finding.severity:<8} {where}"
    lines = textwrap.wrap(f"{head}{finding.message}", max(40, console.width), subsequent_indent=" " * 9)
    lines += textwrap.wrap(
        f"→ {finding.fix}", max(31, console.width - 9), initial_indent=" " * 9, subsequent_indent=" " * 11
    )
    text = Text("\n".join(lines))
    text.stylize(_COLOURS[finding.severity], 0, len(finding.severity))
    console.print(text, soft_wrap=True)
