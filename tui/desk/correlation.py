"""Stereo correlation: a mark between −1 and +1."""

from __future__ import annotations

from tui.desk.pace import Moment
from tui.display.cells import Canvas
from tui.glyphs import numbers

_LABEL_CELLS = 11


class Correlation:
    """One row: the figure, then the mark on its scale."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._text = ""
        self._place = -2
        self._track = _track(canvas.width - _LABEL_CELLS)

    def draw(self, moment: Moment) -> None:
        """Shows the correlation of `moment`."""
        value = moment.view.snapshot.master.correlation
        canvas, cells = self._canvas, len(self._track)
        inner = cells - 5
        place = (
            -1
            if value != value or inner < 3
            else 2 + round((max(-1.0, min(1.0, value)) + 1.0) / 2.0 * (inner - 1))
        )
        style = "bold bad" if value < 0.0 else "bold good"
        if place != self._place:
            for cell in range(cells) if self._place == -2 else (self._place, place):
                if cell >= 0:
                    here = cell == place
                    canvas.cells(
                        _LABEL_CELLS + cell,
                        0,
                        ["◆" if here else self._track[cell]],
                        [style if here else "faint"],
                    )
            self._place = place
        if moment.figures or not self._text:
            text = numbers.correlation(value)
            if text != self._text:
                self._text = text
                canvas.put(0, 0, "CORR ", "label", 5)
                canvas.put(5, 0, text, "bad" if value < 0.0 else "value", 6)


def _track(cells: int) -> str:
    """`−1 ───┼─── +1`, `cells` wide; nothing where that has no room."""
    inner = cells - 5
    if inner < 3:
        return " " * max(0, cells)
    middle = (inner - 1) // 2
    return "−1" + "─" * middle + "┼" + "─" * (inner - 1 - middle) + " +1"
