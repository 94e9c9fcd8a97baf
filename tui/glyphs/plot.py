"""Curves in braille dots over axes: pure functions of numbers and sizes.

A plot is made of layers. Grid lines lie at the bottom; where a curve passes, its dots replace them; of
two curves in one cell the later gives the colour. Curves are told apart by more than colour: one may be
dashed, a point is a sign of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.units import MINUS, number_text
from tui.display.cells import Canvas

_BRAILLE = 0x2800
#: Dots of a cell, `[row from above][left or right]` (ISO 11548-1).
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
#: Half cells of a dashed curve that are drawn, and that are left out.
_DASH, _GAP = 3, 2

_FREQUENCIES_HZ = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000)
#: Steps between grid lines, dB.
_LEVEL_STEPS_DB = (0.5, 1.0, 2.0, 3.0, 6.0, 10.0, 12.0, 20.0, 24.0, 40.0)
#: What lies at the bottom.
_GRID = frozenset(" ┈┼┊")


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis.

    Attributes:
        low: value at the left or lower edge.
        high: value at the other edge, ≠ `low`.
        ticks: values with a grid line, each with its label.
        logarithmic: equal ratios are equal lengths; both ends > 0.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...] = ()
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Where a value lies: 0 at `low`, 1 at `high`; beyond them below 0 or above 1."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low) if value > 0.0 else -math.inf
        return (value - self.low) / (self.high - self.low)

    def value(self, share: float) -> float:
        """The inverse of `share`."""
        if self.logarithmic:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)


def frequency_label(frequency_hz: float) -> str:
    """A frequency as short as it can be: `50`, `2k`, `2.5k`."""
    return f"{frequency_hz / 1000.0:.3g}k" if frequency_hz >= 1000.0 else f"{frequency_hz:.3g}"


def frequency_axis(cells: int, low_hz: float = 20.0, high_hz: float = 20000.0) -> Axis:
    """A logarithmic axis with as many of 20, 50, 100 … as have room in `cells`."""
    ticks, last = [], -math.inf
    for frequency_hz in _FREQUENCIES_HZ:
        if low_hz <= frequency_hz <= high_hz:
            place = math.log(frequency_hz / low_hz) / math.log(high_hz / low_hz) * cells
            if place - last >= 5.0:
                ticks.append((float(frequency_hz), frequency_label(frequency_hz)))
                last = place
    return Axis(low_hz, high_hz, tuple(ticks), logarithmic=True)


def level_axis(rows: int, low_db: float, high_db: float) -> Axis:
    """A dB axis with grid lines at round values, at least three rows apart where there is room.

    0 is one of them, and both ends are, as far as that can be.
    """
    span = abs(high_db - low_db)
    roomy = [step for step in _LEVEL_STEPS_DB if span / step * 3.0 <= rows] or [_LEVEL_STEPS_DB[-1]]
    step = next((step for step in roomy if not low_db % step and not high_db % step), roomy[0])
    first, last = math.ceil(min(low_db, high_db) / step), math.floor(max(low_db, high_db) / step)
    ticks = tuple((number * step, level_label(number * step)) for number in range(first, last + 1))
    return Axis(low_db, high_db, ticks)


def time_axis(cells: int, low_s: float, high_s: float) -> Axis:
    """A time axis in s with a grid line at round values at least eight cells apart."""
    span = high_s - low_s
    steps = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
    step = next((step for step in steps if span / step * 8.0 <= cells), steps[-1])
    numbers = range(math.ceil(low_s / step), math.floor(high_s / step) + 1)
    return Axis(low_s, high_s, tuple((number * step, _time_label(number * step)) for number in numbers))


def _time_label(seconds: float) -> str:
    sign = MINUS if seconds < 0.0 else ""
    size = abs(seconds)
    if size < 60.0:
        return f"{sign}{size:g}"
    return f"{sign}{int(size) // 60}:{int(size) % 60:02d}"


def level_label(level_db: float) -> str:
    """A round level: `+6`, `0`, `−12`."""
    return number_text(level_db, None, signed=level_db != 0.0)


class Plot:
    """A picture being made; afterwards `draw` it, as often as needed.

    Args:
        width: cells, labels included.
        height: rows, labels included.
        x: the axis below; with ticks it takes one row.
        y: the axis on the left; with ticks it takes as many cells as its longest label.

    Attributes:
        cells: width of the area inside.
        rows: its height.
        x: see above.
        y: see above.
        left: cells before the area.
    """

    def __init__(self, width: int, height: int, x: Axis, y: Axis) -> None:
        self.x, self.y = x, y
        self.left = min(max((len(label) for _, label in y.ticks), default=0), max(0, width - 1))
        self.cells = max(1, width - self.left)
        self.rows = max(1, height - (1 if x.ticks else 0))
        self._height = height
        self._glyphs = [[" "] * self.cells for _ in range(self.rows)]
        self._styles = [["text"] * self.cells for _ in range(self.rows)]
        self._dots = [[0] * self.cells for _ in range(self.rows)]

    # -- layers -----------------------------------------------------------------------------------

    def grid(self, style: str = "faint") -> Plot:
        """Lines at the ticks of the y axis, with crosses at those of the x axis."""
        columns = [column for value, _ in self.x.ticks if (column := self._column(value)) is not None]
        for value, _ in self.y.ticks:
            self.horizontal(value, style)
            row = self._row(value)
            if row is not None:
                for column in columns:
                    self._glyphs[row][column] = "┼"
        return self

    def horizontal(self, value: float, style: str = "faint", glyph: str = "┈") -> Plot:
        """A line at a value of the y axis."""
        row = self._row(value)
        if row is not None:
            self._glyphs[row] = [glyph] * self.cells
            self._styles[row] = [style] * self.cells
        return self

    def vertical(self, value: float, style: str = "faint", glyph: str = "┊") -> Plot:
        """A line at a value of the x axis."""
        column = self._column(value)
        if column is not None:
            for row in range(self.rows):
                self._glyphs[row][column], self._styles[row][column] = glyph, style
        return self

    def curve(self, function: Callable[[float], float | None], style: str, *, dashed: bool = False) -> Plot:
        """A curve y = function(x), one dot per half cell; None and NaN leave gaps."""
        places = 2 * self.cells
        return self.values(
            [function(self.x.value((place + 0.5) / places)) for place in range(places)], style, dashed=dashed
        )

    def values(self, values: Sequence[float | None], style: str, *, dashed: bool = False) -> Plot:
        """A curve through one value per half cell, from the left; what is left out stays empty."""
        highest, before = 4 * self.rows, None
        for place, value in enumerate(values[: 2 * self.cells]):
            height = self._dot_height(value)
            if height is None:
                before = None
                continue
            begin = height if before is None else before + (height > before) - (height < before)
            before = height
            if dashed and place % (_DASH + _GAP) >= _DASH:
                continue
            for dot in range(max(0, min(begin, height)), min(highest - 1, max(begin, height)) + 1):
                self._dot(place, dot, style)
        return self

    def area(self, values: Sequence[float | None], style: str, *, base: float = 0.0) -> Plot:
        """Columns of dots between `base` and one value per half cell."""
        foot = self._dot_height(base)
        for place, value in enumerate(values[: 2 * self.cells]):
            height = self._dot_height(value)
            if height is None or foot is None or value == base:
                continue
            for dot in range(max(0, min(foot, height)), min(4 * self.rows - 1, max(foot, height)) + 1):
                self._dot(place, dot, style)
        return self

    def point(self, x: float, y: float, glyph: str, style: str) -> Plot:
        """A sign at a place; outside the area, at its edge."""
        row, column = self.place(x, y)
        self._glyphs[row][column], self._styles[row][column], self._dots[row][column] = glyph, style, 0
        return self

    def text(self, x: float, row: int, text: str, style: str) -> Plot:
        """Words in a row of the area, centred at a value of the x axis, kept inside."""
        centre = self._column(x)
        if centre is not None and 0 <= row < self.rows:
            first = min(max(centre - len(text) // 2, 0), max(self.cells - len(text), 0))
            for column, letter in enumerate(text[: self.cells], first):
                self._glyphs[row][column], self._styles[row][column] = letter, style
                self._dots[row][column] = 0
        return self

    # -- where things lie ---------------------------------------------------------------------------

    def place(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of the cell of a place, at the edge where it lies outside."""
        across, up = _inside(self.x.share(x)), _inside(self.y.share(y))
        column = min(int(across * self.cells), self.cells - 1)
        return self.rows - 1 - min(int(up * self.rows), self.rows - 1), column

    def _row(self, value: float) -> int | None:
        share = self.y.share(value)
        if not -1e-9 <= share <= 1.0 + 1e-9:
            return None
        return self.rows - 1 - min(int(max(share, 0.0) * self.rows), self.rows - 1)

    def _column(self, value: float) -> int | None:
        share = self.x.share(value)
        if not -1e-9 <= share <= 1.0 + 1e-9:
            return None
        return min(int(max(share, 0.0) * self.cells), self.cells - 1)

    def _dot_height(self, value: float | None) -> int | None:
        """The dot of a value from below, one beyond the area at most; None for a gap."""
        if value is None or value != value:
            return None
        dots, share = 4 * self.rows, self.y.share(value)
        if not -1e-9 <= share <= 1.0 + 1e-9:
            return -1 if share < 0.0 else dots
        return min(max(int(share * dots), 0), dots - 1)

    def _dot(self, place: int, height: int, style: str) -> None:
        row, column = self.rows - 1 - height // 4, place // 2
        self._dots[row][column] |= _DOTS[3 - height % 4][place % 2]
        self._styles[row][column] = style

    # -- the result ---------------------------------------------------------------------------------

    def lines(self) -> tuple[list[list[str]], list[list[str]]]:
        """Glyphs and styles of the area, row by row from above."""
        glyphs = [
            [chr(_BRAILLE | dots) if dots else glyph for dots, glyph in zip(*pair, strict=True)]
            for pair in zip(self._dots, self._glyphs, strict=True)
        ]
        return glyphs, self._styles

    def cell(self, row: int, column: int) -> tuple[str, str]:
        """Glyph and style of one cell of the area."""
        dots = self._dots[row][column]
        return chr(_BRAILLE | dots) if dots else self._glyphs[row][column], self._styles[row][column]

    def is_drawn(self, row: int, column: int) -> bool:
        """Whether a curve, a sign or a word is in a cell of the area; grid lines are not."""
        return bool(self._dots[row][column]) or self._glyphs[row][column] not in _GRID

    def draw(self, canvas: Canvas, label_style: str = "label") -> None:
        """Puts the picture and its labels onto a canvas of its size."""
        for row, (glyphs, styles) in enumerate(zip(*self.lines(), strict=True)):
            canvas.cells(self.left, row, glyphs, styles)
        self.draw_labels(canvas, label_style)

    def draw_labels(self, canvas: Canvas, label_style: str = "label") -> None:
        """Puts the labels alone, for who places the area by itself."""
        labels = [" " * self.left] * self.rows
        for value, label in self.y.ticks:
            row_ = self._row(value)
            if row_ is not None:
                labels[row_] = label.rjust(self.left)
        for row, label in enumerate(labels):
            canvas.put(0, row, label, label_style, self.left)
        if self.x.ticks:
            canvas.put(0, self.rows, self.x_labels(), label_style, self.left + self.cells)

    def x_labels(self) -> str:
        """The row of labels below the area, as wide as everything; a label without room is left out."""
        line = [" "] * (self.left + self.cells)
        free = 0
        for value, label in self.x.ticks:
            column = self._column(value)
            if column is None:
                continue
            first = min(max(self.left + column - len(label) // 2, 0), len(line) - len(label))
            if first >= free:
                line[first : first + len(label)] = label
                free = first + len(label) + 1
        return "".join(line)


def _inside(share: float) -> float:
    return min(max(share, 0.0), 1.0)
