"""A screen to draw views on, and what can be asked of it."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

from rich.cells import cell_len

from tui.desk.desk import Desk
from tui.display.cells import CellBuffer
from tui.screen.layout import Footer, Screen
from tui.view import Panel, View

#: The sizes that are promised.
SIZES = ((80, 24), (100, 30), (160, 48), (200, 60))
KEYS = Footer(
    (("space", "play"), ("m", "mute"), ("?", "keys"), ("q", "leave")), restart_key="enter", warning_key=";"
)


@dataclasses.dataclass
class Picture:
    """A screen that views are drawn on."""

    width: int
    height: int

    def __post_init__(self) -> None:
        self.buffer = CellBuffer(self.width, self.height)
        self.canvas = self.buffer.canvas
        self.desk, self.screen = Desk(), Screen()

    def draw(self, view: View) -> str:
        """Draws one frame; returns the whole text."""
        panels = {Panel.STEMS: self.desk.draw, Panel.MASTER: self.desk.draw}
        self.screen.draw(self.canvas, view, panels, KEYS)
        return self.buffer.text()

    def line(self, holding: str) -> str:
        """The first row that holds these words."""
        return next(row for row in self.buffer.text().splitlines() if holding in row)


def drawn(view: View, size: tuple[int, int] = (80, 24)) -> Picture:
    """A fresh picture of one view."""
    picture = Picture(*size)
    picture.draw(view)
    return picture


def whole(buffer: CellBuffer) -> bool:
    """Whether every row fills the width exactly, wide characters and all."""
    return all(
        sum(max(1, cell_len(glyph)) if glyph else 0 for glyph in row) == buffer.width for row in buffer.glyphs
    )


def changed(view: View, part: str, **values: Any) -> View:
    """A view with fields of one part of its snapshot replaced."""
    new = getattr(view.snapshot, part)._replace(**values)
    return dataclasses.replace(view, snapshot=dataclasses.replace(view.snapshot, **{part: new}))


def styled(buffer: CellBuffer) -> list[list[tuple[str, str]]]:
    """Every row as pieces of one style each; blank pieces are left out."""
    rows = []
    for glyphs, styles in zip(buffer.glyphs, buffer.styles, strict=True):
        cells = itertools.groupby(zip(styles, glyphs, strict=True), key=lambda cell: cell[0])
        pieces = [(style, "".join(glyph for _, glyph in run).strip()) for style, run in cells]
        rows.append([(text, style) for style, text in pieces if text])
    return rows
