"""Text in lines."""

from __future__ import annotations

from rich.cells import cell_len


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """`text` in lines of at most `width` cells, broken between words; wide characters count as two.

    Args:
        text: words; a word longer than a line stands alone, and is cut where it is drawn.
        width: cells.
        first: begins the first line.
        rest: begins the others.
    """
    lines, line, empty = [], first, True
    for word in text.split():
        if not empty and cell_len(line) + 1 + cell_len(word) > width:
            lines.append(line)
            line, empty = rest, True
        line = f"{line}{word}" if empty else f"{line} {word}"
        empty = False
    return [*lines, line]
