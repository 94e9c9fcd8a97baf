"""A panel put together aside and written where it differs: what stands still costs nothing."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from tui.display.cells import Canvas, CellBuffer
from tui.display.wrapping import wrapped
from tui.panels.page import put_lines


class Sheet:
    """What a panel drew last.

    A canvas stays the same object as long as nobody else has drawn on it, so another object, or
    another size, means that everything is due.
    """

    def __init__(self) -> None:
        self._canvas: Canvas | None = None
        self._keys: dict[str, Any] = {}
        self._page = CellBuffer(0, 0)
        self._shown: CellBuffer | None = None
        self._on: Canvas | None = None

    def is_due(self, canvas: Canvas, part: str, key: Any) -> bool:
        """Whether a part has to be redrawn; `key` holds all it shows and is compared by equality."""
        if canvas is not self._canvas:
            self._canvas = canvas
            self._keys = {}
        key = (canvas.width, canvas.height, key)
        if self._keys.get(part) == key:
            return False
        self._keys[part] = key
        return True

    def page(self, canvas: Canvas) -> Canvas:
        """A blank page of the size of `canvas`, for `show`."""
        self._page = CellBuffer(canvas.width, canvas.height)
        return self._page.canvas

    def paste(self, x: int, y: int, glyphs: Sequence[Sequence[str]], styles: Sequence[Sequence[str]]) -> None:
        """Puts rows of single-width glyphs onto the page at once; they have to fit."""
        for row, (line, line_styles) in enumerate(zip(glyphs, styles, strict=True), y):
            self._page.glyphs[row][x : x + len(line)] = line
            self._page.styles[row][x : x + len(line)] = line_styles

    def show(self, canvas: Canvas, touched: Container[int] = ()) -> None:
        """Writes the page where it differs from the one before, and every row in `touched`.

        Args:
            canvas: the one that `is_due` was asked about.
            touched: rows on which something was drawn since, past the page.
        """
        new, old = self._page, self._shown
        if self._on is not canvas or (old is not None and len(old.glyphs) != len(new.glyphs)):
            old = None
        for row, (glyphs, styles) in enumerate(zip(new.glyphs, new.styles, strict=True)):
            same = old is not None and glyphs == old.glyphs[row] and styles == old.styles[row]
            if not same or row in touched:
                canvas.cells(0, row, glyphs, styles)
        self._shown, self._on = new, canvas
        self._keys = {part: key for part, key in self._keys.items() if part == "page"}

    def forget(self) -> None:
        """Everything is due."""
        self._canvas = self._shown = None


def put_wrapped(canvas: Canvas, x: int, y: int, text: str, style: str, rows: int) -> int:
    """Writes a sentence over at most `rows` rows, the last cut with a sign; returns the rows used."""
    width = canvas.width - x
    if width < 4 or rows < 1:
        return 0
    return put_lines(canvas, x, y, wrapped(text, width), style, rows)
