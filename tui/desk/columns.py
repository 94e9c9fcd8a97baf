"""Which column of a strip stands where, for any width from 80 cells up."""

from __future__ import annotations

from typing import NamedTuple

from engine.link.records import STEM_BANDS

_GAP = 1
#: Screens of so many columns show the loudness and the spectrum of each stem too.
CLOSELY_FROM = 180


class Column(NamedTuple):
    """Cells `x` up to, but without `x + width`."""

    x: int
    width: int


class Columns(NamedTuple):
    """The columns of a strip from left to right; what has no room is None.

    Attributes:
        number: sign of the chosen row, then the stem's number.
        name: ≥ 8 cells.
        role: short role, or what has become of the file; in a strip of two rows it stands in full
            below the name.
        trim: figure and mark.
        track: trim on its range.
        switches: mute, solo, polarity.
        chain: in short.
        meter: levels.
        peak: held peak as a figure; in a strip of two rows it stands below the over sign.
        spectrum: by STEM_BANDS bands, one a cell.
        rms: of the louder channel, as a figure.
        loudness: short-term, as a figure.
        over: sign and count.
        reduction: gain-reduction bar.
        reduction_figure: in dB; in a strip of two rows it stands below the bar.
        share: bar of its share of the limiting.
        share_figure: per cent.
        width: of the screen, cells.
    """

    number: Column
    name: Column
    role: Column | None
    trim: Column
    track: Column
    switches: Column
    chain: Column
    meter: Column
    peak: Column | None
    spectrum: Column | None
    rms: Column | None
    loudness: Column | None
    over: Column
    reduction: Column
    reduction_figure: Column | None
    share: Column | None
    share_figure: Column
    width: int


def _widths(width: int, rows: int) -> dict[str, int]:
    """Cells of every column but the meter, in order."""
    wide, wider = width >= 120, width >= 150
    figures_beside, closely = rows == 1, width + 1 >= CLOSELY_FROM
    widths = {
        "number": 3,
        "name": 9 if width < 96 else 12 if not wide else 16 if not wider else 20,
        "role": 4 if rows == 1 else 0,
        "trim": 6,
        "track": 7 if width < 96 else 9 if not wider else 13,
        "switches": 3 if not wide else 5,
        "chain": 6 if width < 96 else 9 if not wide else 14,
        "meter": 0,
        "spectrum": STEM_BANDS if closely else 0,
        "peak": 6 if wide and rows == 1 else 0,
        "rms": 6 if wider else 0,
        "loudness": 6 if closely else 0,
        "over": 3 if width < 96 else 4 if figures_beside else 6,
        "reduction": 4 if width < 96 else 6 if not wide else 10,
    }
    if width >= 110 and figures_beside:
        widths["reduction_figure"] = 5  # a whole chain may take 10 dB and more
    if wide and figures_beside:
        widths["share"] = 6
    widths["share_figure"] = 4 if figures_beside or width < 120 else 8
    return widths


def columns(width: int, rows: int) -> Columns:
    """The columns of strips `width` cells wide and `rows` high; the meter gets what is left."""
    widths = _widths(width, rows)
    widths = {name: size for name, size in widths.items() if size or name == "meter"}
    widths["meter"] = max(4, width - sum(widths.values()) - _GAP * (len(widths) - 1))
    optional = ("role", "peak", "spectrum", "rms", "loudness", "reduction_figure", "share")
    placed: dict[str, Column | None] = dict.fromkeys(optional)
    x = 0
    for name, size in widths.items():
        placed[name] = Column(x, size)
        x += size + _GAP
    if rows > 1:
        placed["reduction_figure"] = placed["reduction"]
        placed["share"] = placed["share_figure"]
    return Columns(**placed, width=width)  # type: ignore[arg-type]  # every required column is in _widths
