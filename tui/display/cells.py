"""A grid of character cells that knows what has changed; nothing of Textual, nothing of audio.

Panels draw onto a `Canvas`, a window into the grid. A cell holds a glyph and the name of a style:
`colour`, `colour on background`, each optionally with `bold`, `reverse`, `underline` or `italic` in
front (`bold accent on selected`). Colours are names of a theme (`themes/`), never literals.

A wide character (two cells, as `rich.cells` counts) stands in its left cell; its right cell holds an
empty glyph. Whoever overwrites one half blanks the other.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, repeat

from rich.cells import cell_len, get_character_cell_size

#: Drawn where a text was cut.
ELLIPSIS = "…"
#: The style of cells nobody has drawn.
PLAIN = "text"
_BLANK = " "


@dataclass(frozen=True, slots=True)
class Span:
    """Cells of one row that have changed: columns `begin` up to, but without `end`."""

    row: int
    begin: int
    end: int


#: Rows with the columns that have changed in each, in any order.
Changes = list[tuple[int, set[int]]]


def spans_of(changes: Changes) -> list[Span]:
    """Changes as spans from left to right."""
    spans = []
    for row, columns in changes:
        begin = end = -1
        for column in sorted(columns):
            if column != end:
                if end >= 0:
                    spans.append(Span(row, begin, end))
                begin = column
            end = column + 1
        if end >= 0:
            spans.append(Span(row, begin, end))
    return spans


class CellBuffer:
    """The grid.

    Args:
        width: columns, ≥ 0.
        height: rows, ≥ 0.

    Attributes:
        glyphs: per row a list of glyphs, one a cell.
        styles: per row a list of style names, one a cell.
    """

    def __init__(self, width: int, height: int) -> None:
        self.glyphs: list[list[str]] = []
        self.styles: list[list[str]] = []
        self._changed: list[set[int]] = []
        #: rows that hold, or have held, a wide character: in all others none can be cut in two
        self._wide: set[int] = set()
        self.width = self.height = 0
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Makes the grid another size, blank and changed throughout."""
        self.width, self.height = max(0, width), max(0, height)
        self.glyphs = [[_BLANK] * self.width for _ in range(self.height)]
        self.styles = [[PLAIN] * self.width for _ in range(self.height)]
        self._changed = [set(range(self.width)) for _ in range(self.height)]
        self._wide = set()

    @property
    def canvas(self) -> Canvas:
        """A window over everything."""
        return Canvas(self, 0, 0, self.width, self.height)

    def mark(self, row: int, begin: int, end: int) -> None:
        """Counts cells as changed."""
        self._changed[row].update(range(begin, end))

    def mark_all(self) -> None:
        """Counts every cell as changed: the meaning of its style has."""
        for changed in self._changed:
            changed.update(range(self.width))

    def set(self, row: int, column: int, glyph: str, style: str) -> None:
        """Sets one cell inside the grid; a wide glyph takes the next one too."""
        glyphs, styles = self.glyphs[row], self.styles[row]
        if glyphs[column] == glyph and styles[column] == style:
            return
        if row in self._wide:
            self._free(row, column)
        glyphs[column], styles[column] = glyph, style
        self._changed[row].add(column)

    def set_run(self, row: int, column: int, glyphs: Iterable[str], styles: Iterable[str]) -> None:
        """Sets cells side by side to glyphs of one cell, as `set` does one by one."""
        if row in self._wide:
            for place, (glyph, style) in enumerate(zip(glyphs, styles, strict=False), column):
                self.set(row, place, glyph, style)
            return
        # one call for a run: most of what a frame costs goes through here
        shown, looks, changed = self.glyphs[row], self.styles[row], self._changed[row].add
        for place, (glyph, style) in enumerate(zip(glyphs, styles, strict=False), column):
            if shown[place] != glyph or looks[place] != style:
                shown[place], looks[place] = glyph, style
                changed(place)

    def set_some(self, row: int, left: int, cells: Iterable[tuple[int, str, str]]) -> None:
        """Sets cells here and there, as `set` does one by one: columns from `left`, glyphs of one cell."""
        if row in self._wide:
            for column, glyph, style in cells:
                self.set(row, left + column, glyph, style)
            return
        shown, looks, changed = self.glyphs[row], self.styles[row], self._changed[row].add
        for place, glyph, style in cells:
            column = left + place
            if shown[column] != glyph or looks[column] != style:
                shown[column], looks[column] = glyph, style
                changed(column)

    def set_wide(self, row: int, column: int, letter: str, style: str) -> None:
        """Sets a character that takes two cells."""
        if self.glyphs[row][column] == letter and self.styles[row][column] == style:
            return
        self._wide.add(row)
        self.set(row, column + 1, _BLANK, style)
        self.set(row, column, letter, style)
        self.glyphs[row][column + 1] = ""
        self.mark(row, column, column + 2)

    def _free(self, row: int, column: int) -> None:
        """Blanks the other half of a wide character of which `column` is one half."""
        glyphs = self.glyphs[row]
        if glyphs[column] == "" and column > 0:
            glyphs[column - 1] = _BLANK
            self.mark(row, column - 1, column)
        if column + 1 < self.width and glyphs[column + 1] == "":
            glyphs[column + 1] = _BLANK
            self.mark(row, column + 1, column + 2)

    def take_cells(self) -> Changes:
        """What has changed since the last call, from top to bottom."""
        found = []
        for row, changed in enumerate(self._changed):
            if changed:
                found.append((row, changed))
                self._changed[row] = set()
        return found

    def take_changes(self) -> list[Span]:
        """As `take_cells`, in spans from left to right."""
        return spans_of(self.take_cells())

    def text(self) -> str:
        """All rows as plain text, for tests and for reading aloud."""
        return "\n".join("".join(row).rstrip() for row in self.glyphs)


@functools.lru_cache(maxsize=8192)
def _is_single(text: str) -> bool:
    """Whether every character of a text takes one cell."""
    return text.isprintable() and all(get_character_cell_size(letter) == 1 for letter in text)


def clipped(text: str, width: int) -> str:
    """`text` in at most `width` cells; what was cut ends in an ellipsis. Control characters are dropped."""
    if not text.isprintable():
        text = "".join(letter for letter in text if letter.isprintable())
    if cell_len(text) <= width:
        return text
    kept, used = [], 0
    for letter in text:
        size = get_character_cell_size(letter)
        if used + size > width - 1:
            break
        kept.append(letter)
        used += size
    return "".join(kept) + ELLIPSIS if width > 0 else ""


class Canvas:
    """A window into a grid; coordinates count from its own corner, and nothing is drawn outside it.

    Attributes:
        width: columns.
        height: rows.
    """

    __slots__ = ("_buffer", "_left", "_top", "height", "width")

    def __init__(self, buffer: CellBuffer, left: int, top: int, width: int, height: int) -> None:
        self._buffer, self._left, self._top = buffer, left, top
        self.width, self.height = max(0, width), max(0, height)

    def part(self, x: int, y: int, width: int, height: int) -> Canvas:
        """A window into this one, cut at its edges; `x` and `y` ≥ 0."""
        width, height = min(width, self.width - x), min(height, self.height - y)
        return Canvas(self._buffer, self._left + x, self._top + y, width, height)

    def put(self, x: int, y: int, text: str, style: str = PLAIN, width: int | None = None) -> int:
        """Writes `text` from cell `x` of row `y`.

        Args:
            x: first cell, ≥ 0.
            y: row, ≥ 0.
            text: what to write; what does not fit ends in an ellipsis.
            style: see the module.
            width: cells it gets; the rest of them is blanked. None: as many as it needs.

        Returns:
            cells used.
        """
        room = self.width - x if width is None else min(width, self.width - x)
        if not 0 <= y < self.height or room <= 0:
            return 0
        buffer, row, column = self._buffer, self._top + y, self._left + x
        begin = column
        if len(text) <= room and _is_single(text):
            size = len(text)
            if width is not None and size < room:
                text, size = text.ljust(room), room
            buffer.set_run(row, column, text, repeat(style))
            return size
        for letter in text if text.isascii() and len(text) <= room else clipped(text, room):
            size = 1 if letter.isascii() else get_character_cell_size(letter)
            if size == 0:
                if column > begin:
                    self._combine(row, column, letter)
                continue
            if size == 2:
                buffer.set_wide(row, column, letter, style)
            else:
                buffer.set(row, column, letter, style)
            column += size
        if width is not None:
            for blank in range(column, begin + room):
                buffer.set(row, blank, _BLANK, style)
            return room
        return column - begin

    def _combine(self, row: int, column: int, mark: str) -> None:
        """Gives a combining mark to the letter left of `column`.

        What is no mark (the tone of a skin) or would make its letter wider (the selector of a coloured
        emoji) is dropped: terminals disagree about how many cells it takes.
        """
        glyphs = self._buffer.glyphs[row]
        place = column - 1 if glyphs[column - 1] else column - 2
        joined = glyphs[place] + mark
        if unicodedata.category(mark).startswith("M") and cell_len(joined) == cell_len(glyphs[place]):
            glyphs[place] = joined
            self._buffer.mark(row, place, column)

    def cells(self, x: int, y: int, glyphs: Iterable[str], styles: Iterable[str]) -> None:
        """Writes single-width glyphs with a style each; what lies outside is dropped."""
        if not 0 <= y < self.height:
            return
        room = self.width - x
        if room > 0:
            self._buffer.set_run(self._top + y, self._left + x, islice(glyphs, room), styles)

    def scatter(self, y: int, cells: Iterable[tuple[int, str, str]]) -> None:
        """Writes single-width glyphs here and there in row `y`: column inside, glyph, style of each."""
        if not 0 <= y < self.height:
            return
        self._buffer.set_some(self._top + y, self._left, cells)

    def fill(self, x: int, y: int, width: int, height: int, glyph: str = _BLANK, style: str = PLAIN) -> None:
        """Fills a rectangle with a single-width glyph."""
        begin, size = max(0, x), min(x + width, self.width) - max(0, x)
        for row in range(max(0, y), min(y + height, self.height)):
            self._buffer.set_run(self._top + row, self._left + begin, repeat(glyph, size), repeat(style))

    def clear(self, style: str = PLAIN) -> None:
        """Blanks everything."""
        self.fill(0, 0, self.width, self.height, _BLANK, style)
