"""Figures three rows high, for the number a panel is opened for."""

from __future__ import annotations

#: Rows of a figure's height.
ROWS = 3
_GLYPHS = {
    "0": ("█▀█", "█ █", "▀▀▀"),
    "1": ("▀█ ", " █ ", "▀▀▀"),
    "2": ("▀▀█", "█▀▀", "▀▀▀"),
    "3": ("▀▀█", " ▀█", "▀▀▀"),
    "4": ("█ █", "▀▀█", "  ▀"),
    "5": ("█▀▀", "▀▀█", "▀▀▀"),
    "6": ("█▀▀", "█▀█", "▀▀▀"),
    "7": ("▀▀█", "  █", "  ▀"),
    "8": ("█▀█", "█▀█", "▀▀▀"),
    "9": ("█▀█", "▀▀█", "▀▀▀"),
    "−": ("   ", "▀▀▀", "   "),
    "+": (" ▄ ", "▀█▀", "   "),
    ".": (" ", " ", "▀"),
    " ": (" ", " ", " "),
}


def big(text: str) -> tuple[str, str, str] | None:
    """`text` in three rows of block elements; None where a letter of it has no such glyph."""
    if not text or any(letter not in _GLYPHS for letter in text):
        return None
    top, middle, bottom = (" ".join(_GLYPHS[letter][row] for letter in text) for row in range(ROWS))
    return top, middle, bottom
