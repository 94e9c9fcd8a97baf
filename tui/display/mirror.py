"""What the terminal shows, and what it is meant to show; the difference in as few bytes as possible.

Two grids of cells: `wanted` and `sent`. Whoever draws says what is wanted; `encode` sends the cells
that differ, as many as a budget of bytes allows, and remembers them as sent. What a slow link has no
room for stays wanted: only its newest state is ever sent, so nothing queues up.

Moves and colours are those of ECMA-48. No line is ever wrapped or scrolled: the terminal's wrapping is
off, and nothing is written beyond the last column.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len, get_character_cell_size

from tui.display.styles import DEFAULT, Codes, for_blank, transition

#: A glyph (empty: the right half of a wide one) with its codes.
Cell = tuple[str, Codes]

_BLANK: Cell = (" ", DEFAULT)
#: More than any screen needs.
UNLIMITED = 1 << 30


@functools.lru_cache(maxsize=4096)
def _advance(columns: int) -> str:
    return "\x1b[C" if columns == 1 else f"\x1b[{columns}C"


@functools.lru_cache(maxsize=65536)
def _move(row: int, column: int, to_row: int, to_column: int) -> str:
    """The shortest way from one cell to another, on a line above or below."""
    absolute = f"\x1b[{to_row + 1}H" if to_column == 0 else f"\x1b[{to_row + 1};{to_column + 1}H"
    down, right = to_row - row, to_column - column
    if down < 0 or down > 3:
        return absolute
    # VT moves down and keeps the column; LF would be turned into CR LF on its way
    steps = "\v" * down
    if to_column == 0 and right:
        steps += "\r"
    elif right < 0:
        steps += "\b" * -right if right >= -3 else f"\x1b[{-right}D"
    elif right > 0:
        steps += _advance(right)
    return steps if len(steps) <= len(absolute) else absolute


@functools.lru_cache(maxsize=4096)
def _sideways(right: int) -> str:
    """The shortest way from one cell to another in the same row: so many columns to the right."""
    if right > 0:
        return _advance(right)
    return "\b" * -right if right >= -3 else f"\x1b[{-right}D"


def _between(cells: Iterable[Cell | None], pen: Codes | None) -> str:
    """Unchanged cells, to be written once more on the way; "" where one does not look as the pen writes."""
    text = ""
    for cell in cells:
        if cell is None:
            return ""
        glyph, codes = cell
        if glyph == " " and pen is not None:
            if for_blank(pen, codes) is not pen:
                return ""
        elif codes is not pen or len(glyph) != 1 or not glyph.isascii():
            return ""
        text += glyph
    return text


class _Sizes(dict[str, int]):
    """Cells that a glyph takes in every terminal's opinion; 0: opinions differ, or it is half a glyph."""

    def __missing__(self, glyph: str) -> int:
        if len(self) > 10000:
            self.clear()
        size = get_character_cell_size(glyph) if len(glyph) == 1 else 2 if cell_len(glyph) == 2 else 0
        self[glyph] = size
        return size


_SIZES = _Sizes()


class Mirror:
    """Both grids.

    Attributes:
        width: columns.
        height: rows.
    """

    def __init__(self, width: int = 0, height: int = 0) -> None:
        self.width = self.height = 0
        self._wanted: list[list[Cell]] = []
        self._sent: list[list[Cell | None]] = []
        self._dirty: dict[int, set[int]] = {}
        self._pen: Codes | None = None
        self._cursor: tuple[int, int] | None = None
        self._next_row = 0
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Makes the screen another size; what the terminal shows is not known any more."""
        wanted = self._wanted
        self._wanted = [
            [
                wanted[row][column] if row < self.height and column < self.width else _BLANK
                for column in range(width)
            ]
            for row in range(height)
        ]
        self.width, self.height = width, height
        self.forget()

    def forget(self) -> None:
        """Somebody else has written to the terminal: everything has to be sent again."""
        self._sent = [[None] * self.width for _ in range(self.height)]
        self._dirty = {row: set(range(self.width)) for row in range(self.height)}
        self._pen = self._cursor = None

    def blank(self) -> None:
        """The terminal has been cleared: it shows blanks in its own colours."""
        self._sent = [[_BLANK] * self.width for _ in range(self.height)]
        self._dirty = {}
        for row, wanted in enumerate(self._wanted):
            if wanted.count(_BLANK) < self.width:
                self._dirty[row] = {column for column, cell in enumerate(wanted) if cell != _BLANK}
        self._pen, self._cursor = DEFAULT, None

    def want_nothing(self) -> None:
        """What was wanted and not sent yet is wanted no more."""
        self._wanted = [[_BLANK] * self.width for _ in range(self.height)]

    def forget_cursor(self) -> None:
        """Somebody else has moved the cursor."""
        self._cursor = None

    @property
    def pending(self) -> bool:
        """Whether anything is yet to be sent."""
        return bool(self._dirty)

    def want(self, row: int, column: int, cells: Iterable[Cell]) -> None:
        """Says what is to stand from `column` of `row` on; what lies outside is dropped."""
        if row >= self.height:
            return
        wanted, sent, dirty = self._wanted[row], self._sent[row], self._dirty.get(row)
        for place, cell in enumerate(cells, column):
            if place >= self.width:
                return
            wanted[place] = cell
            if sent[place] != cell:
                if dirty is None:
                    dirty = self._dirty[row] = set()
                dirty.add(place)

    def want_cells(
        self,
        row: int,
        columns: Iterable[int],
        glyphs: Sequence[str],
        styles: Sequence[str],
        cells: Mapping[tuple[str, str], Cell],
    ) -> None:
        """As `want`, of single columns of a row; `cells` has the cell of every glyph in every style."""
        if row >= self.height:
            return
        wanted, sent, dirty, width = self._wanted[row], self._sent[row], self._dirty.get(row), self.width
        for column in columns:
            if column >= width:
                continue
            wanted[column] = cell = cells[glyphs[column], styles[column]]
            if sent[column] != cell:
                if dirty is None:
                    dirty = self._dirty[row] = set()
                dirty.add(column)

    def encode(self, budget_bytes: int = UNLIMITED) -> str:
        """What to write to the terminal so that it shows more of what is wanted.

        Args:
            budget_bytes: about how much it may be; at least one run of cells is sent.
        """
        parts: list[str] = []
        room = budget_bytes
        first = self._next_row
        for row in sorted(self._dirty, key=lambda row: (row < first, row)):
            room -= self._encode_row(row, parts, room)
            if room <= 0:
                self._next_row = row
                break
        else:
            self._next_row = 0
        return "".join(parts)

    def _encode_row(self, row: int, parts: list[str], room: int) -> int:
        """Sends what differs in one row; returns the bytes used."""
        wanted, sent, used = self._wanted[row], self._sent[row], 0
        left = sorted(self._dirty[row])
        if len(left) > 1:
            left = self._by_pen(wanted, sent, left)
        pen, sizes, last = self._pen, _SIZES, self.width - 1
        # where the cursor stands in this row, as far as `_cursor` does not know it yet; −1: `_cursor` knows
        at = -1
        for index, column in enumerate(left):
            cell = wanted[column]
            glyph, codes = cell
            if glyph == "":  # it came with its left half, or has none any more
                sent[column] = cell
                continue
            if cell == sent[column]:
                continue
            if glyph == " " and pen is not None:
                codes = for_blank(pen, codes)
            text = glyph if codes is pen else transition(pen, codes) + glyph
            if at != column:
                if at >= 0:
                    # by far the most often: a few cells to the right in the same row
                    gap = column - at
                    way = _sideways(gap) if column else "\r"
                    if 0 < gap < len(way):
                        way = _between(sent[at:column], pen) or way
                    text = way + text
                elif self._cursor != (row, column):
                    text = self._way(row, column) + text  # which still writes as the pen was
            self._pen = pen = codes
            parts.append(text)
            if column < last and sizes[glyph] == 1:
                sent[column] = cell
                at = column + 1
            else:
                self._put(row, column, cell)
                at = -1
            used += len(text) if glyph.isascii() else len(text) + 2 * len(glyph)
            if used >= room and index + 1 < len(left):
                self._dirty[row] = set(left[index + 1 :])
                break
        else:
            del self._dirty[row]
        if at >= 0:
            self._cursor = (row, at)
        return used

    def _by_pen(self, wanted: list[Cell], sent: list[Cell | None], columns: list[int]) -> list[int]:
        """Columns in the order in which they are sent: a rendition at a time, beginning with the present.

        Glyphs of two cells are order's business: there, from left to right.
        """
        sizes = _SIZES
        group: list[int] = []
        # by identity: equal codes are one object
        groups: dict[int, list[int]] = {id(self._pen): group}
        former = -1
        for column in columns:
            glyph, codes = wanted[column]
            before = sent[column]
            if before is None or sizes[glyph] != 1 or sizes[before[0]] != 1:
                return columns
            if not group or former != column - 1 or glyph != " " or codes.attributes:
                # a blank goes with what stands before it, whatever its colour
                number = id(codes)
                if number in groups:
                    group = groups[number]
                else:
                    group = groups[number] = []
            group.append(column)
            former = column
        return [column for group in groups.values() for column in group]

    def _put(self, row: int, column: int, cell: Cell) -> None:
        """Notes one cell as sent, and where the cursor stands now."""
        sent, glyph = self._sent[row], cell[0]
        sent[column] = cell
        after = column + 1
        size = _SIZES[glyph]
        if size == 1 and after < self.width:
            self._cursor = (row, after)
            return
        # terminals disagree about the width of some glyphs, and where the cursor is at the right edge
        self._cursor = None
        if size == 2 and after < self.width:
            sent[after] = self._wanted[row][after]

    def _way(self, row: int, column: int) -> str:
        """How the cursor gets there: a move, or the unchanged cells between once more."""
        cursor = self._cursor
        if cursor is None:
            return f"\x1b[{row + 1}H" if column == 0 else f"\x1b[{row + 1};{column + 1}H"
        if cursor[0] != row:
            return _move(cursor[0], cursor[1], row, column)
        gap = column - cursor[1]
        way = _sideways(gap) if column else "\r"
        if 0 < gap < len(way):
            return _between(self._sent[row][cursor[1] : column], self._pen) or way
        return way

    def place_cursor(self, row: int, column: int) -> str:
        """Moves the cursor, for input methods that write where it stands."""
        way = "" if self._cursor == (row, column) else self._way(row, column)
        self._cursor = (row, column)
        return way

    def sent_text(self) -> str:
        """What the terminal shows by now, as text."""
        return "\n".join("".join(cell[0] if cell else " " for cell in row).rstrip() for row in self._sent)
