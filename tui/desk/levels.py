"""The moving meter of a strip or of the master: draws only the cells that differ."""

from __future__ import annotations

from tui.display.cells import Canvas
from tui.glyphs.meter import HOLD, TICK, Reading, block_cell, braille_cell, quantised, touched
from tui.glyphs.scale import scale, zone_styles

#: Peak, RMS and held peak of one channel, dBFS.
Levels = tuple[float, float, float]


class StereoMeter:
    """Peak, RMS and held peak of two channels.

    Args:
        canvas: where to draw; its width is the meter's.
        rows: 1: braille, both channels in one row; 2: blocks, a row per channel.
    """

    def __init__(self, canvas: Canvas, rows: int) -> None:
        self._canvas, self._rows, self._cells = canvas, rows, canvas.width
        self._zones = zone_styles(self._cells)
        self._ticks = frozenset(scale(self._cells).ticks)
        self._shown: tuple[Reading, Reading] | None = None

    def draw(self, left: Levels, right: Levels) -> None:
        """Shows these levels."""
        now = quantised(*left, self._cells), quantised(*right, self._cells)
        before = self._shown
        if now == before:
            return
        self._shown = now
        if self._rows == 1:
            places = [touched(before and before[side], now[side], self._cells) for side in (0, 1)]
            begin = min(place.start for place in places if place)
            end = max(place.stop for place in places if place)
            self._braille(range(begin, end), *now)
            return
        for row in (0, 1):
            self._blocks(row, touched(before and before[row], now[row], self._cells), now[row])

    def _braille(self, cells: range, left: Reading, right: Reading) -> None:
        body, reach = max(left[1], right[1]), max(left[0], right[0])
        glyphs = [braille_cell(cell, left, right) for cell in cells]
        self._put(0, cells, glyphs, body, reach)

    def _blocks(self, row: int, cells: range, reading: Reading) -> None:
        glyphs = [block_cell(cell, reading, row == 0) for cell in cells]
        self._put(row, cells, glyphs, reading[1], reading[0])

    def _put(self, row: int, cells: range, glyphs: list[str], body: int, reach: int) -> None:
        styles = []
        for at, cell in enumerate(cells):
            if 2 * cell < body:
                styles.append("meter_rms")
            elif 2 * cell < reach:
                styles.append(self._zones[cell])
            elif glyphs[at] == HOLD:
                styles.append("hold")
            else:
                glyphs[at] = TICK if cell in self._ticks else " "
                styles.append("faint")
        self._canvas.cells(cells.start, row, glyphs, styles)
