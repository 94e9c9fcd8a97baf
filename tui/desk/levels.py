"""The moving meter of a strip or of the master: draws only the cells that differ."""

from __future__ import annotations

from typing import NamedTuple

from tui.desk.words import lit
from tui.display.cells import Canvas
from tui.glyphs.meter import HOLD, TICK, Reading, block_cell, braille_cell, quantised, touched
from tui.glyphs.scale import scale, zone_styles

#: Peak, RMS and held peak of one channel, dBFS.
Levels = tuple[float, float, float]
_NAMES = ("meter_rms", "hold", "faint")


class _Looks(NamedTuple):
    """Styles of the tail cell by cell, of body, hold mark and empty cells."""

    tails: tuple[str, ...]
    body: str
    hold: str
    empty: str


class StereoMeter:
    """Peak, RMS and held peak of two channels.

    Args:
        canvas: where to draw; its width is the meter's.
        rows: 1: braille, both channels in one row with the RMS of the louder; 2: blocks, a row per channel.
    """

    def __init__(self, canvas: Canvas, rows: int) -> None:
        self._canvas, self._rows, self._cells = canvas, rows, canvas.width
        zones = zone_styles(self._cells)
        self._looks = tuple(
            _Looks(tuple(lit(zone, chosen) for zone in zones), *(lit(name, chosen) for name in _NAMES))
            for chosen in (False, True)
        )
        self._chosen = False
        self._ticks = frozenset(scale(self._cells).ticks)
        self._shown: tuple[Reading, Reading] | tuple[None, None] = (None, None)

    def draw(self, left: Levels, right: Levels, chosen: bool = False) -> None:
        """Shows these levels, on the background of the chosen row where it is that."""
        cells = self._cells
        if chosen != self._chosen:
            self._chosen, self._shown = chosen, (None, None)
        now = quantised(*left, cells), quantised(*right, cells)
        before = self._shown
        if now == before:
            return
        self._shown = now
        if self._rows == 1:
            cells_of_both = {*touched(before[0], now[0], cells), *touched(before[1], now[1], cells)}
            # only the higher of the held peaks has a mark: when one falls, the other may appear
            cells_of_both.update(held for _, _, held in now if held >= 0)
            found = [(cell, braille_cell(cell, *now)) for cell in cells_of_both]
            self._put(0, found, max(now[0][1], now[1][1]), max(now[0][0], now[1][0]))
            return
        for row in (0, 1):
            reading, upper = now[row], row == 0
            if reading != before[row]:
                changed = touched(before[row], reading, cells)
                found = [(cell, block_cell(cell, reading, upper)) for cell in changed]
                self._put(row, found, reading[1], reading[0])

    def _put(self, row: int, found: list[tuple[int, str]], body: int, reach: int) -> None:
        tails, thick, hold, empty = self._looks[self._chosen]
        ticks = self._ticks
        drawn = []
        for cell, glyph in found:
            begin = 2 * cell
            if begin < body:
                drawn.append((cell, glyph, thick))
            elif begin < reach:
                drawn.append((cell, glyph, tails[cell]))
            elif glyph == HOLD:
                drawn.append((cell, glyph, hold))
            else:
                drawn.append((cell, TICK if cell in ticks else " ", empty))
        self._canvas.scatter(row, drawn)
