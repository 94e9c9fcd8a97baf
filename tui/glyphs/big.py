"""Figures three rows high, for what must be read from the other end of the room."""

from __future__ import annotations

from engine.units import MINUS

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
    MINUS: ("  ", "▀▀", "  "),
    "—": ("   ", "▀▀▀", "   "),
    "+": ("   ", "▀█▀", "   "),
    ".": (" ", " ", "▀"),
    "∞": ("▄▀▄▀▄", "█ █ █", " ▀ ▀ "),
    " ": (" ", " ", " "),
}


def big(text: str, width: int | None = None) -> tuple[str, ...]:
    """`text` as ROWS rows, right-aligned in `width` cells; cut on the left where it has no room.

    Args:
        text: digits, signs, point, `—`, `∞`, blanks.
        width: cells; None: as many as it needs.
    """
    glyphs = [_GLYPHS[letter] for letter in text.strip()]
    rows = tuple(" ".join(glyph[row] for glyph in glyphs) for row in range(ROWS))
    return rows if width is None else tuple(row.rjust(width)[-width:] for row in rows)
