"""The desk: strips over master, or the master alone; `Desk.draw` is the panel's whole interface."""

from __future__ import annotations

from tui.desk.master import SMALLEST_ROWS, WIDE, Master
from tui.desk.pace import Moment, Pace
from tui.desk.strips import Strips
from tui.display.cells import Canvas
from tui.view import Panel, View

#: Rows the master should keep before strips grow to two or three rows each.
_COMFORT_ROWS = 11
_WIDE_COMFORT_ROWS = 17
#: Strips of two rows need this many columns.
_TALL_FROM = 96


def split(width: int, height: int, stems: int) -> tuple[int, int]:
    """Rows of the strips with their heading, and rows of one strip; the rest is the master's."""
    comfort = _COMFORT_ROWS if width < WIDE else _WIDE_COMFORT_ROWS
    if width >= _TALL_FROM:
        for size in (3, 2):
            if 1 + stems * size + comfort <= height:
                return 1 + stems * size, size
    return min(1 + stems, max(2, height - SMALLEST_ROWS)), 1


class Desk:
    """Draws `Panel.STEMS` and `Panel.MASTER`; a canvas object it has not seen counts as blank."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._canvas: Canvas | None = None
        self._layout: tuple[Panel, int] | None = None
        self._strips: Strips | None = None
        self._master: Master | None = None

    def draw(self, canvas: Canvas, view: View) -> None:
        """Shows `view` on `canvas`: the same object as long as nobody else has drawn there."""
        panel = Panel.MASTER if view.focus.panel is Panel.MASTER else Panel.STEMS
        stems = len(view.session.stems) if view.session is not None else 0
        if canvas is not self._canvas or self._layout != (panel, stems):
            self._canvas, self._layout, self._pace = canvas, (panel, stems), Pace()
            self._build(canvas, panel, stems)
        moment: Moment = self._pace.at(view)
        if self._strips is not None:
            self._strips.draw(moment)
        if self._master is not None:
            self._master.draw(moment)

    def _build(self, canvas: Canvas, panel: Panel, stems: int) -> None:
        canvas.clear()
        self._strips = self._master = None
        if panel is Panel.MASTER:
            self._master = Master(canvas, image=True)
            return
        rows, size = split(canvas.width, canvas.height, stems)
        if stems:
            self._strips = Strips(canvas.part(0, 0, canvas.width, rows), stems, size)
        else:
            rows = 0
        self._master = Master(canvas.part(0, rows, canvas.width, canvas.height - rows))
