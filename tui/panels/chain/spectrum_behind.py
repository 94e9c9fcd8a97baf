"""The strip's spectrum behind a curve over frequency: what comes out as a filling, what goes in as a line."""

from __future__ import annotations

import math

from engine.link.records import CloseUp
from tui.display.cells import Canvas
from tui.glyphs.blocks import column_glyph, rising
from tui.glyphs.plot import Axis, Plot
from tui.view import View

#: Levels at the foot and at the top of the picture, dBFS RMS per third octave; as on the desk.
FLOOR_DBFS, TOP_DBFS = -66.0, -12.0
#: Mid-band frequency of band n: 1000·10^((n−17)/10) Hz (IEC 61260-1:2014, 5.4).
_FIRST_HZ, _BANDS_PER_DECADE = 1000.0 * 10.0**-1.7, 10.0
#: Below the edge of what comes out; what goes in, where that lies elsewhere.
_FILLING, _BEFORE = "░", "╌"
#: Steps of a cell that are told apart: fewer of them are fewer bytes.
_STEPS, _EIGHTHS = 4, 8
#: What they are, for the title.
BEHIND_LEGEND = f"   {_FILLING} out {_BEFORE} in"
#: Height in eighths of cells of what comes out, and the row of what goes in; −1: none.
_Column = tuple[int, int]
_NOTHING: _Column = (0, -1)


def level_at(levels_dbfs: tuple[float, ...], bands: int, frequency_hz: float) -> float:
    """The level at a frequency, dBFS, between the third octaves around it; −∞ where one is silent."""
    place = math.log10(frequency_hz / _FIRST_HZ) * _BANDS_PER_DECADE
    low = min(max(math.floor(place), 0), bands - 1)
    high = min(low + 1, bands - 1)
    share = min(max(place - low, 0.0), 1.0)
    if levels_dbfs[low] == -math.inf or levels_dbfs[high] == -math.inf:
        return -math.inf
    return levels_dbfs[low] * (1.0 - share) + levels_dbfs[high] * share


class SpectrumBehind:
    """Draws on the cells that a plot's curves leave free, where they have changed."""

    def __init__(self) -> None:
        self._plot: Plot | None = None
        self._columns: list[_Column] = []
        self._style = ""

    def begin(self, plot: Plot | None) -> None:
        """Another picture stands there, and nothing behind it; None: one without a spectrum."""
        self._plot = plot
        self._columns = [_NOTHING] * (plot.cells if plot is not None else 0)
        self._style = ""

    @property
    def has_drawn(self) -> bool:
        """Whether there is something of it on the cells."""
        return any(column != _NOTHING for column in self._columns)

    def draw(self, canvas: Canvas, view: View, strip: int, axis: Axis | None = None) -> None:
        """Shows a strip's spectrum, dimmed while nothing plays.

        Args:
            canvas: the area of the plot, labels not included.
            view: now.
            strip: whose; nothing is shown while the engine looks elsewhere.
            axis: in dBFS; None: from `FLOOR_DBFS` to `TOP_DBFS`.
        """
        plot = self._plot
        if plot is None:
            return
        close = view.close_up
        columns = [_NOTHING] * plot.cells
        if close.strip == strip and close.bands > 0:
            columns = _columns(plot, close, axis or Axis(FLOOR_DBFS, TOP_DBFS))
        style = "spectrum" if view.is_playing else "faint"
        again, self._style = style != self._style, style
        for column, (now, before) in enumerate(zip(columns, self._columns, strict=True)):
            if now != before or (again and now != _NOTHING):
                self._put(canvas, plot, column, now, before, again=again)
        self._columns = columns

    def _put(
        self, canvas: Canvas, plot: Plot, column: int, now: _Column, before: _Column, *, again: bool
    ) -> None:
        rows = plot.rows
        low, high = sorted((now[0], before[0]))
        first = 0 if again else low // _EIGHTHS
        touched = set(range(first, min(rows, -(-high // _EIGHTHS))))
        touched.update(row for row in (now[1], before[1]) if row >= 0)
        for above in touched:
            row = rows - 1 - above
            glyph, style = plot.cell(row, column)
            if not plot.is_drawn(row, column):
                rise = column_glyph(now[0], above)
                if above == now[1]:
                    glyph, style = _BEFORE, "label" if self._style == "spectrum" else "faint"
                elif rise != " ":
                    glyph, style = (_FILLING if now[0] >= _EIGHTHS * (above + 1) else rise), self._style
            canvas.cells(column, row, [glyph], [style])


def _columns(plot: Plot, close: CloseUp, axis: Axis) -> list[_Column]:
    """What each column of the area shows."""
    found = []
    for column in range(plot.cells):
        frequency_hz = plot.x.value((column + 0.5) / plot.cells)
        after = axis.share(level_at(close.after_dbfs, close.bands, frequency_hz))
        before = axis.share(level_at(close.before_dbfs, close.bands, frequency_hz))
        height = rising(after, plot.rows)
        height -= height % (_EIGHTHS // _STEPS) if height > 1 else 0
        row = min(int(before * plot.rows), plot.rows - 1) if before > 0.0 else -1
        # where both are the same, the edge tells it
        found.append((height, row if row != min(height // _EIGHTHS, plot.rows - 1) else -1))
    return found
