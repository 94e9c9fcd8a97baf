"""The master bus's level meter with its scale, figures and over sign."""

from __future__ import annotations

from tui.desk.levels import StereoMeter
from tui.desk.pace import Moment
from tui.display.cells import Canvas
from tui.glyphs import numbers
from tui.glyphs.meter import over_sign
from tui.glyphs.scale import scale

_LABEL_CELLS = 2
_FIGURE_CELLS = 7
_OVER_CELLS = 4


class MasterMeter:
    """Scale, left, right on three rows of `canvas`; left and right alone on two."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._top = 1 if canvas.height >= 3 else 0
        cells = max(4, canvas.width - _LABEL_CELLS - _FIGURE_CELLS - _OVER_CELLS)
        self._meter = StereoMeter(canvas.part(_LABEL_CELLS, self._top, cells, 2), 2)
        self._after = _LABEL_CELLS + cells
        self._cells = cells
        self._texts: tuple[str, ...] = ()

    def draw(self, moment: Moment) -> None:
        """Shows the master bus of `moment`."""
        master = moment.view.snapshot.master
        self._meter.draw(
            (master.peak_left_dbfs, master.rms_left_dbfs, master.held_left_dbfs),
            (master.peak_right_dbfs, master.rms_right_dbfs, master.held_right_dbfs),
        )
        if not moment.figures and self._texts:
            return
        reading = moment.view.reading
        totals = reading.totals.master_overs if reading is not None else None
        overs = 0 if totals is None else totals.overs - totals.overs_at_reset
        texts = (
            numbers.reading(master.held_left_dbfs, _FIGURE_CELLS - 1),
            numbers.reading(master.held_right_dbfs, _FIGURE_CELLS - 1),
            over_sign(overs, _OVER_CELLS),
        )
        if texts != self._texts:
            self._draw_words(texts)

    def _draw_words(self, texts: tuple[str, ...]) -> None:
        canvas, top = self._canvas, self._top
        if not self._texts:
            for row, letter in enumerate("LR"):
                canvas.put(0, top + row, letter, "label", _LABEL_CELLS)
            if top:
                canvas.put(_LABEL_CELLS, 0, scale(self._cells).text, "dim", self._cells)
                canvas.put(self._after, 0, "  HOLD OVR", "label", _FIGURE_CELLS + _OVER_CELLS)
        self._texts = texts
        for row in (0, 1):
            canvas.put(self._after, top + row, texts[row], "value", _FIGURE_CELLS)
        canvas.put(
            self._after + _FIGURE_CELLS,
            top,
            texts[2],
            "bold over" if texts[2].strip() else "text",
            _OVER_CELLS,
        )
