"""A grid with another before a part of it, as one: what stands behind comes back when the front one goes."""

from __future__ import annotations

from tui.display.cells import Canvas, CellBuffer, Changes, Span, spans_of


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

    def take_cells(self) -> Changes:
        """What has changed since the last call."""
        changes, front = self.base.take_cells(), self._front
        if front is None:
            return changes
        seen: Changes = []
        x, end = self._x, self._x + front.width
        for row, columns in changes:
            if self._y <= row < self._y + front.height:
                columns = {column for column in columns if not x <= column < end}
            seen.append((row, columns))
        for row, columns in front.take_cells():
            if row + self._y < self.height:
                seen.append((row + self._y, {x + column for column in columns if x + column < self.width}))
        return seen

    def take_changes(self) -> list[Span]:
        """As `take_cells`, in spans."""
        return spans_of(self.take_cells())

    def mark_all(self) -> None:
        """Counts every cell as changed."""
        self.base.mark_all()
        if self._front is not None:
            self._front.mark_all()
