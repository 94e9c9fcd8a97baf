"""The master's third-octave spectrum as bars."""

from __future__ import annotations

from collections.abc import Sequence

from tui.desk.pace import Moment
from tui.display.cells import Canvas
from tui.glyphs.blocks import column_glyph, rising
from tui.heard import spectrum_of_heard
from tui.view import View

#: Levels at the foot and at the top of the bars, dBFS RMS per third octave: a loud master's bands
#: lie between −45 and −15.
FLOOR_DBFS = -66.0
TOP_DBFS = -12.0
#: Bands to label, by third octave from 20 Hz up (nominal frequencies of IEC 61260-1:2014, table A.1).
_LABELS = (
    (0, "20"),
    (4, "50"),
    (7, "100"),
    (11, "250"),
    (14, "500"),
    (17, "1k"),
    (20, "2k"),
    (24, "5k"),
    (27, "10k"),
    (30, "20k"),
)


#: What the dashes are while nothing plays.
_MEAN = "─ mean of the song"
#: Said where there is neither a picture nor a mean.
_NOTHING = "no spectrum yet"
#: Rows of bars from which on that is said: fewer have no room for it.
_LEGEND_FROM = 9


#: Columns, glyphs and styles of a row's cells.
_Cells = list[tuple[int, str, str]]


class Spectrum:
    """Bars on `canvas`; its last row holds the frequencies where it has three rows or more.

    While nothing plays the last picture stays, dimmed, and dashes show the song's mean spectrum.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._labels = canvas.height >= 3
        self._rows = canvas.height - (1 if self._labels else 0)
        self._bands = -1
        self._pitch = 1
        self._heights: list[int] = []
        self._marks: tuple[int, ...] = ()
        self._style = "spectrum"
        #: column, row and text of what is said in the picture; None: nothing is
        self._legend: tuple[int, int, str] | None = None

    def draw(self, moment: Moment) -> None:
        """Shows the spectrum of `moment`."""
        view = moment.view
        master, mean = view.snapshot.master, view.document.master_spectrum_dbfs
        bands = master.spectrum_bands or len(mean or ())
        if bands != self._bands and (bands > 0 or self._bands < 0):
            self._begin(bands)
        if not moment.spectrum or self._bands <= 0:
            return
        style = "spectrum" if view.is_playing else "faint"
        again, self._style = style != self._style, style
        if view.is_playing or again:
            self._draw_bars(master.spectrum_dbfs if view.is_playing else (), again=again)
        self._draw_marks(view)

    def _draw_bars(self, levels_dbfs: Sequence[float], *, again: bool) -> None:
        """Bars of these levels; of none, those that stand there, in the style of now."""
        span, heights, rows = TOP_DBFS - FLOOR_DBFS, self._heights, self._rows
        drawn: list[_Cells] = [[] for _ in range(rows)]
        for band, before in enumerate(heights):
            height = (
                rising((levels_dbfs[band] - FLOOR_DBFS) / span, rows) if band < len(levels_dbfs) else before
            )
            if height != before or again:
                self._draw_band(band, 0 if again else before, height, drawn)
                heights[band] = height
        self._put(drawn)

    def _draw_marks(self, view: View) -> None:
        """A mean spectrum as a dash over each band: of the track that is heard, as loud as it is heard, none
        while it is not matched; else, while nothing plays, of the song."""
        levels, match_db, style = spectrum_of_heard(view), view.snapshot.transport.match_db, "bold reference"
        levels = None if match_db != match_db else levels
        is_mean = False
        if levels is None and not view.is_playing:
            levels, match_db, style = view.document.master_spectrum_dbfs, 0.0, "label"
            is_mean = bool(levels)
        span, rows = TOP_DBFS - FLOOR_DBFS, self._rows
        marks: tuple[int, ...] = ()
        if levels is not None:
            known = (-999.0 if level is None else level for level in levels[: self._bands])
            shares = [(level + match_db - FLOOR_DBFS) / span for level in known]
            marks = tuple(min(max(int(share * rows), -1), rows - 1) for share in shares)
        legend = self._legend_of(marks, is_mean=is_mean, still=not view.is_playing)
        moved = legend != self._legend
        if moved:
            self._remove_legend()
        for band in range(self._bands if self._marks or marks else 0):
            old = self._marks[band] if band < len(self._marks) else -1
            new = marks[band] if band < len(marks) else -1
            x, size = band * self._pitch, max(1, self._pitch - 1)
            if old >= 0 and old != new:
                glyph = column_glyph(self._heights[band], old)
                self._canvas.cells(x, rows - 1 - old, glyph * size, [self._style] * size)
            if new >= 0:
                self._canvas.cells(x, rows - 1 - new, "─" * size, [style] * size)
        self._marks = marks
        if moved and legend is not None:
            self._canvas.put(*legend, "label" if is_mean else "faint")
        self._legend = legend

    def _legend_of(self, marks: Sequence[int], *, is_mean: bool, still: bool) -> tuple[int, int, str] | None:
        """What has to be said in the picture, and where."""
        if is_mean:
            place = self._free_place(marks)
            return None if place is None else (*place, _MEAN)
        empty = still and not marks and not any(self._heights)
        return (0, max(0, self._rows - 1), _NOTHING) if empty else None

    def _free_place(self, marks: Sequence[int]) -> tuple[int, int] | None:
        """Column and row where no dash stands: above the bars, else on their feet."""
        if self._rows < _LEGEND_FROM:
            return None
        top, size, length = self._rows - 1, max(1, self._pitch - 1), len(_MEAN)
        for above in (top, 0):
            for x in (0, self._canvas.width - length):
                first, last = max(0, x - size + 1), x + length - 1
                bands = [band for band in range(self._bands) if first <= band * self._pitch <= last]
                taken = any(marks[band] == above for band in bands if band < len(marks))
                if not taken and (above == 0 or all(self._heights[band] <= 8 * above for band in bands)):
                    return x, top - above
        return None

    def _remove_legend(self) -> None:
        if self._legend is not None:
            x, y, text = self._legend
            self._canvas.put(x, y, "", self._style, len(text))
            drawn: list[_Cells] = [[] for _ in range(self._rows)]
            for band, height in enumerate(self._heights):
                self._draw_band(band, 0, height, drawn)
            self._put(drawn)

    def _begin(self, bands: int) -> None:
        canvas, self._bands = self._canvas, bands
        canvas.fill(0, 0, canvas.width, canvas.height, " ", "spectrum")
        if bands <= 0:
            canvas.put(0, max(0, self._rows - 1), _NOTHING, "faint")
            return
        self._pitch = max(1, canvas.width // bands)
        self._bands = min(bands, canvas.width)
        self._heights, self._marks, self._legend = [0] * self._bands, (), None
        if not self._labels:
            return
        free = 0
        for band, label in _LABELS:
            x = band * self._pitch
            if band < self._bands and x >= free and x + len(label) <= canvas.width:
                canvas.put(x, canvas.height - 1, label, "dim")
                free = x + len(label) + 1

    def _draw_band(self, band: int, before: int, now: int, drawn: list[_Cells]) -> None:
        """Adds the cells between two heights to those of each row from below."""
        x, size, style = band * self._pitch, max(1, self._pitch - 1), self._style
        for row in range(min(before, now) // 8, min(self._rows, -(-max(before, now) // 8))):
            glyph = column_glyph(now, row)
            drawn[row] += [(column, glyph, style) for column in range(x, x + size)]

    def _put(self, drawn: list[_Cells]) -> None:
        for row, cells in enumerate(drawn):
            if cells:
                self._canvas.scatter(self._rows - 1 - row, cells)
