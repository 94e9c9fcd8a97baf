"""The page of `measure --report`: any files, each with its time line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine import __version__
from engine.papers.document import (
    Block,
    Cell,
    Column,
    Document,
    Figure,
    Figures,
    Heading,
    Paragraph,
    Table,
)
from engine.papers.pictures.loudness import Aims, loudness_picture
from engine.papers.pictures.spectrum import Compared, spectrum_picture
from engine.papers.words import format_text
from engine.report.history import ProgrammeHistory
from engine.report.measure import FileMeasurement, Unusable
from engine.units import number_text, seconds_text

_COLUMNS = (
    Column("file"),
    Column("length", numeric=True),
    Column("LUFS", numeric=True),
    Column("LRA LU", numeric=True),
    Column("max M", numeric=True),
    Column("max S", numeric=True),
    Column("dBTP", numeric=True),
    Column("PLR dB", numeric=True),
    Column("PSR dB", numeric=True),
)


@dataclass(frozen=True)
class Measured:
    """A file that was measured along its time line."""

    measurement: FileMeasurement
    history: ProgrammeHistory


def measured_document(entries: Sequence[Measured | Unusable]) -> Document:
    """One section per file, and all of them in a table where there are several.

    Args:
        entries: in the order in which they were given.
    """
    good = [entry for entry in entries if isinstance(entry, Measured)]
    blocks: list[Block] = []
    if len(entries) > 1:
        blocks.append(Table(_COLUMNS, tuple(_row(entry.measurement) for entry in good)))
    blocks += [
        Paragraph(f"{entry.path.name} could not be measured: {entry.error.message}", "bad")
        for entry in entries
        if isinstance(entry, Unusable)
    ]
    for entry in good:
        if len(entries) > 1:
            blocks.append(Heading(entry.measurement.path.name))
        blocks += programme_blocks(entry.measurement, entry.history)
    names = [entry.measurement.path.name for entry in good]
    title = names[0] if len(entries) == 1 and names else f"{len(entries)} files"
    return Document(title, "Loudness report", None, tuple(blocks), footer=standards())


def standards() -> str:
    """What everything was measured by."""
    return (
        f"Measured by stemlathe {__version__}: loudness after ITU-R BS.1770-5, range after EBU Tech 3342, "
        "true peak at 16 times the sample rate (8 times at 96 kHz). Spectra in third octaves of IEC 61260-1."
    )


def programme_blocks(
    measured: FileMeasurement, history: ProgrammeHistory, aims: Aims | None = None
) -> list[Block]:
    """The figures of one programme, its time line and its spectrum.

    Args:
        measured: its figures.
        history: its time line.
        aims: what it was to be; None: nothing in particular.
    """
    aims = aims or Aims(measured.integrated_lufs)
    blocks: list[Block] = [
        Paragraph(f"{format_text(measured)}, {seconds_text(measured.duration_s)} ({measured.frames} frames)"),
        Figures((*programme_figures(measured, aims), *_samples(measured))),
        loudness_picture(history, aims),
    ]
    spectrum = spectrum_picture(Compared(measured.path.name, history, measured.integrated_lufs), None)
    return [*blocks, spectrum] if spectrum is not None else blocks


def programme_figures(measured: FileMeasurement, aims: Aims) -> tuple[Figure, ...]:
    """What counts of a programme."""
    target = "" if aims.target_lufs is None else f"target {number_text(aims.target_lufs)}"
    ceiling = "" if aims.ceiling_dbtp is None else f"ceiling {number_text(aims.ceiling_dbtp)}"
    stable = "" if measured.duration_s >= 60.0 else "under 60 s"
    clipped = measured.clipped_samples
    return (
        Figure("Integrated", number_text(measured.integrated_lufs, 2), "LUFS", target),
        Figure("True peak", number_text(measured.true_peak_dbtp, 2), "dBTP", ceiling),
        Figure("Loudness range", number_text(measured.lra_lu), "LU", stable),
        Figure("Short-term max", number_text(measured.short_term_max_lufs), "LUFS"),
        Figure("Momentary max", number_text(measured.momentary_max_lufs), "LUFS"),
        Figure("PLR", number_text(measured.plr_db), "dB", "peak to loudness"),
        Figure("PSR min", number_text(measured.psr_min_db), "dB", "peak to short-term"),
        Figure("Correlation", number_text(measured.correlation, 2)),
        Figure("Clipped samples", str(clipped), tone="warn" if clipped else "plain"),
        Figure("DC offset", _offset_text(measured)),
    )


def _samples(measured: FileMeasurement) -> tuple[Figure, ...]:
    return (
        Figure("Sample peak", number_text(measured.sample_peak_dbfs, 2), "dBFS"),
        Figure("RMS", number_text(measured.rms_dbfs), "dBFS"),
    )


def _offset_text(measured: FileMeasurement) -> str:
    """The largest of the channels as a level; below −100 dBFS there is none to speak of."""
    largest = max((abs(value) for value in measured.dc_offset if value is not None), default=0.0)
    return "none" if largest < 1e-5 else f"{100.0 * largest:.3f} %"


def _row(measured: FileMeasurement) -> tuple[Cell | str, ...]:
    return (
        measured.path.name,
        seconds_text(measured.duration_s),
        number_text(measured.integrated_lufs, 2),
        number_text(measured.lra_lu),
        number_text(measured.momentary_max_lufs),
        number_text(measured.short_term_max_lufs),
        number_text(measured.true_peak_dbtp, 2),
        number_text(measured.plr_db),
        number_text(measured.psr_min_db),
    )
