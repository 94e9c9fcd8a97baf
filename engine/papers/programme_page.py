"""One programme of a delivery: its figures and pictures, and the files that hold the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.papers.document import Block, Cell, Column, Figure, Figures, Heading, Paragraph, Table
from engine.papers.measured import Measured, programme_figures
from engine.papers.pictures.causes import causes_picture
from engine.papers.pictures.loudness import Aims, loudness_picture
from engine.papers.pictures.spectrum import Compared, spectrum_picture
from engine.papers.programmes import Drawn, is_lossy
from engine.papers.words import coding, format_text
from engine.report.render import OutputReport
from engine.session.versions import MASTER, title_of
from engine.units import number_text, seconds_text

_ENCODINGS = (
    Column("deliverable"),
    Column("format"),
    Column("LUFS", numeric=True),
    Column("dBTP", numeric=True),
    Column("LRA LU", numeric=True),
    Column("PLR dB", numeric=True),
    Column("drive dB", numeric=True),
    Column("limiting dB", numeric=True),
    Column("verdict"),
)


def programme_page(
    drawn: Drawn, measured_file: Measured, mix: Measured | None, stems: Sequence[str]
) -> Iterator[Block]:
    """A sheet of its own: figures, time line, spectrum, who made it limit, and its other encodings.

    Args:
        drawn: the programme.
        measured_file: of the file that is drawn.
        mix: the reference; None without one.
        stems: all names, in the session's order.
    """
    output = drawn.output
    measured, history = measured_file.measurement, measured_file.history
    version = title_of(output.version) if output.stem is None else f"stem {output.stem}"
    yield Heading(f"{output.deliverable}: {version}", new_page=True)
    yield Paragraph(f"{output.path.name}: {format_text(measured)}, {seconds_text(measured.duration_s)}")
    aims = Aims(measured.integrated_lufs, output.target_lufs, output.ceiling_dbtp)
    yield Figures((*programme_figures(measured, aims), *_limiting(output)))
    yield loudness_picture(history, aims)
    other = None if mix is None else Compared("the mix", mix.history, mix.measurement.integrated_lufs)
    spectrum = spectrum_picture(Compared("the master", history, measured.integrated_lufs), other)
    if spectrum is not None:
        yield spectrum
    causes = causes_picture(output, stems)
    if causes is not None:
        yield causes
    yield from _other_encodings(drawn)


def _other_encodings(drawn: Drawn) -> Iterator[Block]:
    """The files that have no pictures of their own."""
    if not drawn.others:
        return
    yield Heading("The same programme in other encodings", 2)
    if any(is_lossy(one) for one in drawn.others):
        yield Paragraph(
            "A lossy coder moves loudness and peaks: drive and limiting are those with which target and "
            "ceiling hold on what is decoded."
        )
    yield Table(
        _ENCODINGS,
        tuple(
            (
                one.deliverable,
                f"{one.sample_rate / 1000:g} kHz, {coding(one.subtype)}",
                number_text(one.integrated_lufs, 2),
                number_text(one.true_peak_dbtp, 2),
                number_text(one.lra_lu),
                number_text(one.plr_db),
                number_text(one.drive_db, 1, signed=True),
                number_text(one.limiter_max_gain_reduction_db),
                judged_file(one),
            )
            for one in drawn.others
        ),
    )


def judged_file(output: OutputReport) -> Cell:
    """Whether a file is what was asked for."""
    if not output.holds:
        return Cell("fell short", "bad")
    over = output.over_ceiling_db > 0.0 and output.linked and output.version != MASTER
    return Cell("holds" + (" (part)" if over else ""), "good")


def _limiting(output: OutputReport) -> tuple[Figure, ...]:
    drive = Figure("Drive", number_text(output.drive_db, 1, signed=True), "dB", "into the limiter")
    if output.limiter_max_gain_reduction_db is None:
        return (drive,)
    return (Figure("Limiting up to", number_text(output.limiter_max_gain_reduction_db), "dB"), drive)
