"""What wide screens show of a stem beside its level: short-term loudness and a small spectrum."""

from __future__ import annotations

from engine.link.records import STEM_BANDS, StemCloseUp
from engine.link.snapshot import NO_STEM_CLOSE_UP
from tui.desk.columns import Columns
from tui.desk.pace import Moment
from tui.desk.spectrum import FLOOR_DBFS, TOP_DBFS
from tui.desk.words import lit
from tui.display.cells import Canvas
from tui.glyphs import numbers
from tui.glyphs.blocks import column_glyph, rising

#: Over the bands: 20 Hz is the first, 1 kHz lies in the ninth, 20 kHz is the last.
SPECTRUM_HEADING = "20Hz    1k   20k"
LOUDNESS_HEADING = "LUFS S"
#: How often the bars of so many stems move: each is a cell to send.
_BARS_HZ = 5.0


class Closely:
    """Loudness and spectrum of one stem on `canvas`, where `columns` has room for them.

    Args:
        canvas: of the strip.
        columns: of the strip.
        rows: of its meter.
    """

    def __init__(self, canvas: Canvas, columns: Columns, rows: int) -> None:
        self._canvas, self._columns, self._rows = canvas, columns, rows
        self._text = "", ""
        self._heights: list[int] = []
        self._style = ""
        self._tick = -1

    def forget(self) -> None:
        """What stands there was blanked."""
        self._text, self._heights = ("", ""), []

    def draw(self, moment: Moment, stem: StemCloseUp, chosen: bool) -> None:
        """Shows the stem; what was measured last stays while nothing plays, dimmed."""
        if moment.histories or moment.words or not self._text[0]:
            self._draw_loudness(stem, lit("dim" if moment.view.is_playing else "faint", chosen))
        column, tick = self._columns.spectrum, int(moment.view.now_s * _BARS_HZ)
        style = lit("spectrum" if moment.view.is_playing else "faint", chosen)
        if column is None or (tick == self._tick and style == self._style and self._heights):
            return
        self._tick = tick
        heights = [
            rising((level - FLOOR_DBFS) / (TOP_DBFS - FLOOR_DBFS), self._rows) for level in stem.spectrum_dbfs
        ] or [0] * STEM_BANDS
        before = self._heights if style == self._style and self._heights else [-1] * STEM_BANDS
        self._heights, self._style = heights, style
        for row in range(self._rows):
            above = self._rows - 1 - row
            for band, (old, new) in enumerate(zip(before, heights, strict=True)):
                if old != new:
                    self._canvas.cells(column.x + band, row, [column_glyph(new, above)], [style])

    def _draw_loudness(self, stem: StemCloseUp, style: str) -> None:
        column = self._columns.loudness
        if column is None:
            return
        text = numbers.reading(stem.short_term_lufs, 5)
        if (text, style) != self._text:
            self._text = text, style
            self._canvas.put(column.x, self._rows - 1, text.rjust(column.width), style, column.width)


def of_stem(stems: tuple[StemCloseUp, ...], index: int) -> StemCloseUp:
    """A stem's part; nothing where it was not looked at."""
    return stems[index] if index < len(stems) else NO_STEM_CLOSE_UP
