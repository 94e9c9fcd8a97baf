"""`stemlathe measure`: loudness, true peak and sample statistics of audio files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.show import TerminalProgress, prepare_kernels, print_json
from engine.errors import ExitCode, UsageError
from engine.units import level_text, number_text, seconds_text

if TYPE_CHECKING:
    from engine.papers.document import Document
    from engine.progress import Progress
    from engine.report.measure import FileMeasurement, MeasureReport

#: Programmes shorter than this have no stable loudness range (EBU Tech 3341, 2.8).
_STABLE_RANGE_S = 60.0

_Figure = tuple[str, Callable[["FileMeasurement"], str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="audio files of any kind, or folders of them"
    )
    parser.add_argument("--csv", action="store_true", help="the figures as comma-separated values")
    parser.add_argument(
        "--full",
        action="store_true",
        help="with --json: also each file's SHA-256, its tags, and short-term loudness along it",
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="OUT.html|OUT.pdf",
        help="also as a page with loudness, true peak and spectrum drawn; an earlier one is replaced",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb.

    Returns:
        0, or 3 when one of several files could not be measured.

    Raises:
        InputError: the only file cannot be used.
        UsageError: the report's name ends in neither .html nor .pdf.
    """
    from engine.report.measure import Unusable

    if arguments.report is not None:
        _require_kind(arguments.report)
    if arguments.full:
        return _tell_full(arguments)
    with TerminalProgress() as progress:
        prepare_kernels(progress)
        report = _measured(_expanded(arguments.files), arguments.report, progress)
    if len(report.files) == len(report.unusable) == 1:
        raise report.unusable[0].error
    if arguments.json:
        print_json(report)
    elif arguments.csv:
        print_csv(report)
    else:
        print_report(report)
    for entry in report.files:
        if isinstance(entry, Unusable):
            print(f"stemlathe: {entry.error.message}", file=sys.stderr)
            continue
        for note in entry.notes:
            print(f"note: {entry.path}: {note}", file=sys.stderr)
    return int(ExitCode.INPUT if report.unusable else ExitCode.DONE)


def _tell_full(arguments: argparse.Namespace) -> int:
    """Figures, hash, tags and loudness along each file, as JSON only."""
    if not arguments.json or arguments.csv or arguments.report is not None:
        raise UsageError("--full: belongs to --json, without --csv and --report")
    from engine.measure import measure_histories
    from engine.report.measure import FullMeasurement, FullReport, Unusable
    from engine.session.pins import sha256_of

    with TerminalProgress() as progress:
        prepare_kernels(progress)
        found = measure_histories(_expanded(arguments.files), progress)
    entries: list[FullMeasurement | Unusable] = []
    for one in found:
        if isinstance(one, Unusable):
            entries.append(one)
            continue
        measurement, history = one
        entries.append(
            FullMeasurement(
                **vars(measurement),
                sha256=sha256_of(measurement.path),
                tags=_tags_of(measurement.path),
                step_s=history.step_s,
                short_term_over_time_lufs=history.short_term_lufs,
            )
        )
    print_json(FullReport(tuple(entries)))
    failed = any(isinstance(one, Unusable) for one in found)
    return int(ExitCode.INPUT if failed else ExitCode.DONE)


def _tags_of(path: Path) -> dict[str, str]:
    """The tags of a file; {} where it is of a kind that this program does not tag."""
    from engine.errors import InputError
    from engine.tags.file import read_tags

    try:
        return dict(read_tags(path))
    except InputError:
        return {}


def _require_kind(path: Path) -> None:
    if path.suffix.lower() not in (".html", ".htm", ".pdf"):
        raise UsageError(f"--report {path}: give a name that ends in .html or .pdf")


def _measured(files: Sequence[Path], page: Path | None, progress: Progress) -> MeasureReport:
    """Measures the files and writes the page, if one is wanted and there is something to show."""
    from engine.measure import measure_files, measure_histories

    if page is None:
        return measure_files(files, progress)
    from engine.papers.measured import Measured, measured_document
    from engine.report.measure import MeasureReport, Unusable
    from engine.session.atomic import write_atomic

    found = measure_histories(files, progress)
    entries = [one if isinstance(one, Unusable) else Measured(*one) for one in found]
    report = MeasureReport(tuple(one if isinstance(one, Unusable) else one.measurement for one in entries))
    if len(report.unusable) < len(entries):
        progress("drawing", 0, 1)
        write_atomic(page, _drawn(measured_document(entries), page), replace=True)
        progress("drawing", 1, 1)
    return report


def _drawn(document: Document, page: Path) -> bytes:
    if page.suffix.lower() == ".pdf":
        from engine.papers.pdf import pdf_of

        return pdf_of(document)
    from engine.papers.html import html_of

    return html_of(document)


def _expanded(paths: Sequence[Path]) -> list[Path]:
    """The files, and those that folders among them hold.

    Raises:
        InputError: a folder holds no audio.
    """
    if not any(path.is_dir() for path in paths):
        return list(paths)
    from engine.session.folders import audio_in

    return [file for path in paths for file in (audio_in(path) if path.is_dir() else [path])]


def print_csv(report: MeasureReport) -> None:
    """A row of the contract's figures for each file; an unusable one has none."""
    import csv

    from engine.report.measure import FileMeasurement
    from engine.report.plain import as_json

    measured = [as_json(one) for one in report.files if isinstance(one, FileMeasurement)]
    columns = [key for key in measured[0] if key not in ("layout", "notes")] if measured else ["path"]
    writer = csv.DictWriter(sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in measured:
        lists = {key: " ".join(map(str, value)) for key, value in row.items() if isinstance(value, list)}
        writer.writerow({**row, **lists})


def print_report(report: MeasureReport) -> None:
    """One file as a list of figures, several as a table with a row for each."""
    from engine.report.measure import FileMeasurement

    measured = [entry for entry in report.files if isinstance(entry, FileMeasurement)]
    if len(report.files) == 1:
        print(measured[0].path.name)
        _print_table([], [[name, figure(measured[0])] for name, figure in _ALL_FIGURES])
    elif measured:
        headings = ["file", *(name for name, _ in _MAIN_FIGURES)]
        rows = [[one.path.name, *(figure(one) for _, figure in _MAIN_FIGURES)] for one in measured]
        _print_table(headings, rows)


def _print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; elsewhere the same as plain lines, whatever their width."""
    if sys.stdout.isatty():
        from rich.table import Table

        from engine.cli.tables import TerminalConsole

        table = Table(box=None, pad_edge=False, show_header=bool(headings))
        for column in range(len(rows[0])):
            heading = headings[column] if headings else ""
            justify = "right" if headings and column else "left"
            table.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type]
        for row in rows:
            table.add_row(*row)
        TerminalConsole(highlight=False, markup=False).print(table)
        return
    lines = [headings, *rows] if headings else rows
    widths = [max(len(line[column]) for line in lines) for column in range(len(rows[0]))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _loudness_range(one: FileMeasurement) -> str:
    text = level_text(one.lra_lu, "LU")
    return text if one.lra_lu is None or one.duration_s >= _STABLE_RANGE_S else f"{text} (under 60 s)"


def _bare(level: float | None, digits: int = 1) -> str:
    """A level whose unit stands in the heading."""
    return level_text(level, "", digits).strip()


def _true_peaks(one: FileMeasurement) -> str:
    text = level_text(one.true_peak_dbtp, "dBTP", 2)
    if one.channels == 1:
        return text
    channels = (_bare(level, 2) for level in one.true_peak_channels_dbtp)
    return f"{text} (by channel: {', '.join(channels)})"


def _offsets(one: FileMeasurement) -> str:
    return ", ".join(number_text(value, 6, signed=True) for value in one.dc_offset)


def _format(one: FileMeasurement) -> str:
    if one.channels <= 2:
        layout = "stereo" if one.channels == 2 else "mono, measured as one channel"
    elif one.layout is None:
        layout = f"{one.channels} channels, all of weight 1"
    else:
        layout = f"{one.channels} channels: {' '.join(one.layout)}"
    return f"{one.subtype}, {one.sample_rate} Hz, {layout}"


def _correlation(one: FileMeasurement) -> str:
    return number_text(one.correlation, 3, signed=True)


_ALL_FIGURES: tuple[_Figure, ...] = (
    ("format", _format),
    ("length", lambda one: f"{seconds_text(one.duration_s)} ({one.frames} frames)"),
    ("integrated", lambda one: level_text(one.integrated_lufs, "LUFS", 2)),
    ("loudness range", _loudness_range),
    ("momentary max", lambda one: level_text(one.momentary_max_lufs, "LUFS")),
    ("short-term max", lambda one: level_text(one.short_term_max_lufs, "LUFS")),
    ("true peak", _true_peaks),
    ("sample peak", lambda one: level_text(one.sample_peak_dbfs, "dBFS", 2)),
    ("PLR", lambda one: level_text(one.plr_db, "dB")),
    ("PSR min", lambda one: level_text(one.psr_min_db, "dB")),
    ("RMS", lambda one: level_text(one.rms_dbfs, "dBFS")),
    ("correlation", _correlation),
    ("DC offset", _offsets),
    ("clipped samples", lambda one: str(one.clipped_samples)),
)

_MAIN_FIGURES: tuple[_Figure, ...] = (
    ("LUFS", lambda one: _bare(one.integrated_lufs, 2)),
    ("LRA LU", lambda one: _bare(one.lra_lu)),
    ("max M", lambda one: _bare(one.momentary_max_lufs)),
    ("max S", lambda one: _bare(one.short_term_max_lufs)),
    ("dBTP", lambda one: _bare(one.true_peak_dbtp, 2)),
    ("PLR dB", lambda one: _bare(one.plr_db)),
    ("PSR dB", lambda one: _bare(one.psr_min_db)),
    ("clipped", lambda one: str(one.clipped_samples)),
)
