"""A line of several things of unequal importance, each shown as fully as the width allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from tui.display.cells import Canvas

#: Cells between two things.
GAP = 2


@dataclass(frozen=True, slots=True)
class Piece:
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
    chosen = [0] * len(pieces)

    def needed() -> int:
        sizes = [cell_len(piece.forms[form]) for piece, form in zip(pieces, chosen, strict=True)]
        shown = [size for size in sizes if size]
        return sum(shown) + GAP * max(0, len(shown) - 1)

    while needed() > width:
        able = [place for place, piece in enumerate(pieces) if chosen[place] + 1 < len(piece.forms)]
        if not able:
            break
        # what matters least gives way first, step by step
        chosen[max(able, key=lambda place: pieces[place].rank - 0.01 * chosen[place])] += 1
    # what was shortened and has room after all grows again, what matters most first
    for place in sorted(range(len(pieces)), key=lambda place: pieces[place].rank):
        for form in range(chosen[place]):
            before, chosen[place] = chosen[place], form
            if needed() <= width:
                break
            chosen[place] = before
    return [piece.forms[form] for piece, form in zip(pieces, chosen, strict=True)]


class Row:
    """A line of pieces on row `y` of `canvas`; draws only what differs from the last time."""

    def __init__(self, canvas: Canvas, y: int = 0, background: str = "") -> None:
        self._canvas, self._y = canvas, y
        self._background = f" on {background}" if background else ""
        self._shown: tuple[Piece, ...] | None = None

    def draw(self, pieces: Sequence[Piece]) -> None:
        """Shows these pieces."""
        key = tuple(pieces)
        if key == self._shown:
            return
        self._shown = key
        width = self._canvas.width
        texts = fitted(pieces, width - 2)
        x = 1
        cells: list[tuple[int, str, str]] = []
        right = [(text, piece) for text, piece in zip(texts, pieces, strict=True) if piece.right and text]
        for text, piece in zip(texts, pieces, strict=True):
            if text and not piece.right:
                cells.append((x, text, piece.style))
                x += cell_len(text) + GAP
        x = max(x, width - 1 - sum(cell_len(text) for text, _ in right) - GAP * max(0, len(right) - 1))
        for text, piece in right:
            cells.append((x, text, piece.style))
            x += cell_len(text) + GAP
        self._put(cells)

    def _put(self, cells: Sequence[tuple[int, str, str]]) -> None:
        canvas, blank, x = self._canvas, f"text{self._background}", 0
        for begin, text, style in cells:
            if begin >= canvas.width - 1:
                break
            canvas.fill(x, self._y, begin - x, 1, " ", blank)
            x = begin + canvas.put(
                begin,
                self._y,
                text,
                style + self._background,
                None if begin + cell_len(text) < canvas.width else canvas.width - 1 - begin,
            )
        canvas.fill(x, self._y, canvas.width - x, 1, " ", blank)
