"""Where a level stands along a meter: most room for the top twenty decibels, where masters live."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

#: Level and its place, 0 (left) to 1 (full scale). As on IEC 60268-18 peak meters the scale is spread
#: towards the top; the points are chosen so that −20 dBFS stands near the middle.
_POINTS = (
    (-70.0, 0.0),
    (-50.0, 0.10),
    (-40.0, 0.18),
    (-30.0, 0.30),
    (-20.0, 0.47),
    (-12.0, 0.67),
    (-6.0, 0.84),
    (0.0, 1.0),
)
_LEVELS = tuple(point[0] for point in _POINTS)
#: Marks of the scale, the most useful first: as many are drawn as have room.
_MARKS = (0, -6, -20, -12, -40, -30, -3, -9, -50, -60)
#: From here a bar is drawn as `meter_mid`, `meter_high`, dBFS.
MID_FROM_DBFS = -12.0
HIGH_FROM_DBFS = -3.0


def place(level_dbfs: float) -> float:
    """Where a level stands, 0…1; NaN and silence at 0, overs at 1."""
    if not level_dbfs > _LEVELS[0]:
        return 0.0
    if level_dbfs >= 0.0:
        return 1.0
    index = bisect_right(_LEVELS, level_dbfs)
    low, begin = _POINTS[index - 1]
    high, end = _POINTS[index]
    return begin + (end - begin) * (level_dbfs - low) / (high - low)


def steps(level_dbfs: float, count: int) -> int:
    """`place` as a whole number of `count` steps; anything audible on the scale lights the first."""
    # most levels of a frame end here: silence, and no signal at all
    if not level_dbfs > _LEVELS[0]:
        return 0
    return int(place(level_dbfs) * count + 0.5) or 1


def zone_styles(cells: int) -> tuple[str, ...]:
    """Per cell of a meter the colour of a bar that reaches it."""
    mid, high = int(place(MID_FROM_DBFS) * cells), int(place(HIGH_FROM_DBFS) * cells)
    return tuple(
        "meter_low" if cell < mid else "meter_mid" if cell < high else "meter_high" for cell in range(cells)
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """The line above a meter.

    Attributes:
        text: as wide as the meter; figures without sign (all are below full scale).
        ticks: cell of each figure's level.
    """

    text: str
    ticks: tuple[int, ...]


def scale(cells: int) -> Scale:
    """The scale of a meter that is `cells` wide."""
    line, ticks = [" "] * cells, []
    for mark in _MARKS:
        label = str(-mark)
        at = min(cells - 1, int(place(mark) * cells))
        begin = min(cells - len(label), max(0, at - len(label) // 2))
        around = line[max(0, begin - 1) : begin + len(label) + 1]
        if begin < 0 or any(glyph != " " for glyph in around):
            continue
        line[begin : begin + len(label)] = label
        ticks.append(at)
    return Scale("".join(line), tuple(sorted(ticks)))
