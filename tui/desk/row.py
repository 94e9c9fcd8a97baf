"""A line of several things of unequal importance, each shown as fully as the width allows."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from tui.display.cells import Canvas

#: Cells between two things.
GAP = 2


class Piece(NamedTuple):
    """One thing of a line.

    Attributes:
        forms: its text from the longest to the shortest; "" as the last lets it vanish.
        style: of its text.
        rank: the higher, the sooner it is shortened.
        right: stands at the right end.
    """

    forms: tuple[str, ...]
    style: str
    rank: int
    right: bool = False


def fitted(pieces: Sequence[Piece], width: int) -> list[str]:
    """The form of each piece with which the line fits into `width` cells."""
    sizes = tuple(tuple(cell_len(form) for form in piece.forms) for piece in pieces)
    chosen = _forms(sizes, tuple(piece.rank for piece in pieces), width)
    return [piece.forms[form] for piece, form in zip(pieces, chosen, strict=True)]


@functools.lru_cache(maxsize=64)
def _forms(sizes: tuple[tuple[int, ...], ...], ranks: tuple[int, ...], width: int) -> tuple[int, ...]:
    """Which form of each piece is chosen, from their widths alone: those hardly ever change."""
    chosen = [0] * len(sizes)
    places = range(len(sizes))

    def needed() -> int:
        shown = [size[form] for size, form in zip(sizes, chosen, strict=True) if size[form]]
        return sum(shown) + GAP * max(0, len(shown) - 1)

    while needed() > width:
        able = [place for place in places if chosen[place] + 1 < len(sizes[place])]
        if not able:
            break
        # what matters least gives way first, step by step
        chosen[max(able, key=lambda place: ranks[place] - 0.01 * chosen[place])] += 1
    # what was shortened and has room after all grows again, what matters most first
    for place in sorted(places, key=lambda place: ranks[place]):
        for form in range(chosen[place]):
            before, chosen[place] = chosen[place], form
            if needed() <= width:
                break
            chosen[place] = before
    return tuple(chosen)


#: A text of a line with its first cell and its style.
_Placed = tuple[int, str, str]


class Row:
    """A line of pieces on row `y` of `canvas`; draws only what differs from the last time."""

    def __init__(self, canvas: Canvas, y: int = 0, background: str = "") -> None:
        self._canvas, self._y = canvas, y
        self._background = f" on {background}" if background else ""
        self._shown: tuple[Piece, ...] | None = None
        self._placed: list[_Placed] = []

    def draw(self, pieces: Sequence[Piece]) -> None:
        """Shows these pieces."""
        key = tuple(pieces)
        if key == self._shown:
            return
        first, self._shown = self._shown is None, key
        before, self._placed = self._placed, self._place(pieces)
        if not first and _extent(before) == _extent(self._placed):
            for old, new in zip(before, self._placed, strict=True):
                if old != new:
                    self._put(*new)
            return
        self._put_all()

    def _place(self, pieces: Sequence[Piece]) -> list[_Placed]:
        width = self._canvas.width
        texts = [pair for pair in zip(fitted(pieces, width - 2), pieces, strict=True) if pair[0]]
        placed, x = [], 1
        for text, piece in texts:
            if not piece.right:
                placed.append((x, text, piece.style))
                x += cell_len(text) + GAP
        right = [(text, piece) for text, piece in texts if piece.right]
        x = max(x, width - 1 - sum(cell_len(text) for text, _ in right) - GAP * max(0, len(right) - 1))
        for text, piece in right:
            placed.append((x, text, piece.style))
            x += cell_len(text) + GAP
        return [item for item in placed if item[0] < width - 1]

    def _put(self, begin: int, text: str, style: str) -> int:
        room = self._canvas.width - 1 - begin
        cut = room if cell_len(text) > room else None
        return begin + self._canvas.put(begin, self._y, text, style + self._background, cut)

    def _put_all(self) -> None:
        canvas, blank, x = self._canvas, f"text{self._background}", 0
        for placed in self._placed:
            canvas.fill(x, self._y, placed[0] - x, 1, " ", blank)
            x = self._put(*placed)
        canvas.fill(x, self._y, canvas.width - x, 1, " ", blank)


def _extent(placed: Sequence[_Placed]) -> list[tuple[int, int]]:
    """Where each text begins and how wide it is."""
    return [(begin, cell_len(text)) for begin, text, _ in placed]
