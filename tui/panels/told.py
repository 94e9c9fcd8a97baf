"""A panel in words: what `open --plain` says of it, from what the panel would draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from tui.display.cells import CellBuffer
from tui.view import View


@dataclass(frozen=True)
class Told:
    """A panel at one moment, as sentences.

    Attributes:
        title: what it is, with its verdict where it has one.
        lines: what is said of it as a whole, the most important first.
        rows: what `j` and `k` choose, a sentence each.
        chosen: number of the row the keys act on.
        detail: what is said of that row when it is asked about.
    """

    title: str
    lines: Sequence[str] = ()
    rows: Sequence[str] = ()
    chosen: int = 0
    detail: Sequence[str] = field(default_factory=tuple)

    @property
    def row(self) -> str:
        """The chosen row; empty where there is none."""
        return self.rows[min(max(self.chosen, 0), len(self.rows) - 1)] if self.rows else ""


@runtime_checkable
class Telling(Protocol):
    """A panel that can be told."""

    def told(self, view: View) -> Told:
        """What it shows now, in words."""


#: So large that no picture has to leave anything out.
_WIDTH, _HEIGHT = 240, 120
_CHOSEN = " on selected"


class Reader:
    """Tells a panel that has no words of its own: reads what it draws, and leaves the pictures out.

    Args:
        panel: draws itself.
        name: of it.
    """

    def __init__(self, panel: Any, name: str) -> None:
        self._panel, self._name = panel, name
        self._buffer = CellBuffer(_WIDTH, _HEIGHT)
        self._canvas = self._buffer.canvas

    def told(self, view: View) -> Told:
        """Every row that holds a word, its pieces parted by commas; those on the chosen ground are rows."""
        self._panel.draw(self._canvas, view)
        lines, chosen = [], ""
        for glyphs, styles in zip(self._buffer.glyphs, self._buffer.styles, strict=True):
            text = _read(glyphs)
            if text and any(style.endswith(_CHOSEN) for style in styles):
                chosen = chosen or text
            elif text:
                lines.append(text)
        labels = getattr(self._panel, "labels", None)
        rows = [", ".join(filter(None, row)) for row in labels(view)] if labels is not None else []
        if not rows and chosen:
            return Told(self._name, lines, [chosen])
        return Told(self._name, lines, rows, view.focus.row)


def _read(glyphs: Sequence[str]) -> str:
    """A row of cells as text: what only draws is left out, gaps are commas."""
    text = "".join(glyph if _is_read(glyph) else " " for glyph in glyphs)
    pieces = [piece.strip() for piece in text.split("  ")]
    return ", ".join(piece for piece in pieces if any(letter.isalnum() for letter in piece))


def _is_read(glyph: str) -> bool:
    """Whether a glyph is a letter, a figure or a sign of writing; not one that only draws."""
    return not glyph or glyph[0].isascii() or glyph[0].isalpha() or glyph[0] in "−±–—→…×∞°µ“”’"


def teller(panel: Any, name: str) -> Telling:
    """Who tells a panel: itself, or a reader of its picture."""
    return panel if isinstance(panel, Telling) else Reader(panel, name)
