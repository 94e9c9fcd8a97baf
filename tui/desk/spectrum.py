"""The master's third-octave spectrum as bars."""

from __future__ import annotations

from tui.controls.tracks import spectrum_of_heard
from tui.desk.pace import Moment
from tui.display.cells import Canvas
from tui.glyphs.blocks import column_glyph, rising

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


class Spectrum:
    """Bars on `canvas`; its last row holds the frequencies where it has three rows or more."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._labels = canvas.height >= 3
        self._rows = canvas.height - (1 if self._labels else 0)
        self._bands = -1
        self._pitch = 1
        self._heights: list[int] = []
        self._marks: tuple[int, ...] = ()

    def draw(self, moment: Moment) -> None:
        """Shows the spectrum of `moment`."""
        master = moment.view.snapshot.master
        if master.spectrum_bands != self._bands:
            self._begin(master.spectrum_bands)
        if not moment.spectrum or self._bands <= 0:
            return
        span = TOP_DBFS - FLOOR_DBFS
        for band, level_dbfs in enumerate(master.spectrum_dbfs[: self._bands]):
            height = rising((level_dbfs - FLOOR_DBFS) / span, self._rows)
            if height != self._heights[band]:
                self._draw_band(band, self._heights[band], height)
                self._heights[band] = height
        self._draw_marks(moment)

    def _draw_marks(self, moment: Moment) -> None:
        """The mean spectrum of the track that is heard, as a dash over each band, as loud as it is heard;
        none while it is not matched."""
        match_db = moment.view.snapshot.transport.match_db
        levels = None if match_db != match_db else spectrum_of_heard(moment.view)
        span, rows = TOP_DBFS - FLOOR_DBFS, self._rows
        marks: tuple[int, ...] = ()
        if levels is not None:
            shares = [((level or -999.0) + match_db - FLOOR_DBFS) / span for level in levels[: self._bands]]
            marks = tuple(min(max(int(share * rows), -1), rows - 1) for share in shares)
        for band in range(self._bands if self._marks or marks else 0):
            old = self._marks[band] if band < len(self._marks) else -1
            new = marks[band] if band < len(marks) else -1
            x, size = band * self._pitch, max(1, self._pitch - 1)
            if old >= 0 and old != new:
                glyph = column_glyph(self._heights[band], old)
                self._canvas.cells(x, rows - 1 - old, glyph * size, ["spectrum"] * size)
            if new >= 0:
                self._canvas.cells(x, rows - 1 - new, "─" * size, ["bold reference"] * size)
        self._marks = marks

    def _begin(self, bands: int) -> None:
        canvas, self._bands = self._canvas, bands
        canvas.fill(0, 0, canvas.width, canvas.height, " ", "spectrum")
        if bands <= 0:
            canvas.put(0, max(0, self._rows - 1), "no spectrum yet", "faint")
            return
        self._pitch = max(1, canvas.width // bands)
        self._bands = min(bands, canvas.width)
        self._heights, self._marks = [0] * self._bands, ()
        if not self._labels:
            return
        free = 0
        for band, label in _LABELS:
            x = band * self._pitch
            if band < self._bands and x >= free and x + len(label) <= canvas.width:
                canvas.put(x, canvas.height - 1, label, "dim")
                free = x + len(label) + 1

    def _draw_band(self, band: int, before: int, now: int) -> None:
        x, size = band * self._pitch, max(1, self._pitch - 1)
        for row in range(min(before, now) // 8, min(self._rows, -(-max(before, now) // 8))):
            glyph = column_glyph(now, row)
            self._canvas.cells(x, self._rows - 1 - row, glyph * size, ["spectrum"] * size)
