"""What is on the screen: the desk at once, the other panels as soon as they are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.desk.desk import Desk
from tui.display.cells import Canvas
from tui.screen.layout import Drawer, Footer, Guide, Screen
from tui.view import Panel, View


class Picture:
    """Draws whatever is chosen."""

    def __init__(self) -> None:
        self._screen = Screen()
        desk = Desk()
        self._drawers: dict[Panel, Drawer] = {Panel.STEMS: desk.draw, Panel.MASTER: desk.draw}

    def add(self, panels: Mapping[Panel, Any], guide: Guide | None = None) -> None:
        """Makes more panels and a guide known; the first picture does without them."""
        self._screen.guide = guide
        self._drawers.update({name: panel.draw for name, panel in panels.items()})

    def draw(self, canvas: Canvas, view: View, footer: Footer | None = None) -> None:
        """Draws this moment; `canvas` is the same object as long as its grid keeps its size."""
        self._screen.draw(canvas, view, self._drawers, footer or Footer())

    def next_warning(self) -> None:
        """Shows the next of the warnings that have no room beside each other."""
        self._screen.turn += 1
