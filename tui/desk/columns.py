"""Which column of a strip stands where, for any width from 80 cells up."""

from __future__ import annotations

from dataclasses import dataclass

_GAP = 1


@dataclass(frozen=True, slots=True)
class Column:
    """Cells `x` up to, but without `x + width`."""

    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Columns:
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
        rms: of the louder channel, as a figure.
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
    rms: Column | None
    over: Column
    reduction: Column
    reduction_figure: Column | None
    share: Column | None
    share_figure: Column
    width: int


def _widths(width: int, rows: int) -> dict[str, int]:
    """Cells of every column but the meter, in order."""
    wide, wider = width >= 120, width >= 150
    figures_beside = rows == 1
    widths = {
        "number": 3,
        "name": 9 if width < 96 else 12 if not wide else 16 if not wider else 20,
        "role": 4 if rows == 1 else 0,
        "trim": 6,
        "track": 7 if width < 96 else 9 if not wider else 13,
        "switches": 3 if not wide else 5,
        "chain": 6 if width < 96 else 9 if not wide else 14,
        "meter": 0,
        "peak": 6 if wide and rows == 1 else 0,
        "rms": 6 if wider else 0,
        "over": 3 if width < 96 else 4 if figures_beside else 6,
        "reduction": 4 if width < 96 else 6 if not wide else 10,
    }
    if width >= 110 and figures_beside:
        widths["reduction_figure"] = 4
    if wide and figures_beside:
        widths["share"] = 6
    widths["share_figure"] = 4 if figures_beside or width < 120 else 8
    return widths


def columns(width: int, rows: int) -> Columns:
    """The columns of strips `width` cells wide and `rows` high; the meter gets what is left."""
    widths = _widths(width, rows)
    widths = {name: size for name, size in widths.items() if size or name == "meter"}
    widths["meter"] = max(4, width - sum(widths.values()) - _GAP * (len(widths) - 1))
    optional = ("role", "peak", "rms", "reduction_figure", "share")
    placed: dict[str, Column | None] = dict.fromkeys(optional)
    x = 0
    for name, size in widths.items():
        placed[name] = Column(x, size)
        x += size + _GAP
    if rows > 1:
        placed["reduction_figure"] = placed["reduction"]
        placed["share"] = placed["share_figure"]
    return Columns(**placed, width=width)  # type: ignore[arg-type]  # every required column is in _widths
