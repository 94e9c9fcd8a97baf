"""A grid with another before a part of it, as one: what stands behind comes back when the front one goes."""

from __future__ import annotations

from tui.display.cells import Canvas, CellBuffer, Span


class Layers:
    """The desk's grid, and what stands before it for a while.

    Args:
        base: the desk's.
    """

    def __init__(self, base: CellBuffer) -> None:
        self.base = base
        self._front: CellBuffer | None = None
        self._x = self._y = 0

    @property
    def width(self) -> int:
        """Columns."""
        return self.base.width

    @property
    def height(self) -> int:
        """Rows."""
        return self.base.height

    def show(self, x: int, y: int, width: int, height: int) -> Canvas:
        """Puts a grid of that size there, or finds it; returns a window onto it."""
        front = self._front
        if front is None or (self._x, self._y, front.width, front.height) != (x, y, width, height):
            self.hide()
            front = self._front = CellBuffer(width, height)
            self._x, self._y = x, y
            self._mark()
        return front.canvas

    def hide(self) -> None:
        """Takes it away."""
        if self._front is not None:
            self._mark()
            self._front = None

    def _mark(self) -> None:
        """What lies behind, and a cell beside it: it may be half a wide character."""
        if self._front is None:
            return
        begin, end = max(0, self._x - 1), min(self.width, self._x + self._front.width + 1)
        for row in range(max(0, self._y), min(self.height, self._y + self._front.height)):
            self.base.mark(row, begin, end)

    def row(self, y: int) -> tuple[list[str], list[str]]:
        """Glyphs and styles of a row."""
        glyphs, styles, front = self.base.glyphs[y], self.base.styles[y], self._front
        if front is None or not self._y <= y < self._y + front.height:
            return glyphs, styles
        x, end = self._x, self._x + front.width
        glyphs, styles = list(glyphs), list(styles)
        if x > 0 and glyphs[x : x + 1] == [""]:
            glyphs[x - 1] = " "
        if glyphs[end : end + 1] == [""]:
            glyphs[end] = " "
        glyphs[x:end], styles[x:end] = front.glyphs[y - self._y], front.styles[y - self._y]
        return glyphs[: self.width], styles[: self.width]

    def take_changes(self) -> list[Span]:
        """What has changed since the last call."""
        spans, front = self.base.take_changes(), self._front
        if front is None:
            return spans
        seen: list[Span] = []
        x, end = self._x, self._x + front.width
        for span in spans:
            if not self._y <= span.row < self._y + front.height:
                seen.append(span)
                continue
            if span.begin < x:
                seen.append(Span(span.row, span.begin, min(x, span.end)))
            if span.end > end:
                seen.append(Span(span.row, max(end, span.begin), span.end))
        for span in front.take_changes():
            if span.row + self._y < self.height:
                begin, stop = span.begin + x, min(span.end + x, self.width)
                seen.append(Span(span.row + self._y, begin, stop))
        return seen

    def mark_all(self) -> None:
        """Counts every cell as changed."""
        self.base.mark_all()
        if self._front is not None:
            self._front.mark_all()
