"""Bars of block elements, eighths of a cell fine."""

from __future__ import annotations

#: A cell filled from the left by 0…8 eighths.
EIGHTHS = " ▏▎▍▌▋▊▉█"
#: A cell filled from below by 0…8 eighths.
RISING = " ▁▂▃▄▅▆▇█"
#: A cell filled from the right: there are glyphs for an eighth and for half only.
_FROM_RIGHT = (" ", "▕", "▐", "█")


def bar(eighths: int, cells: int) -> str:
    """A bar growing rightwards, `eighths` of a cell long, in `cells` cells."""
    eighths = max(0, min(8 * cells, eighths))
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(cells)


def leftward_steps(value: float, cells: int) -> int:
    """Steps of a bar growing leftwards: three a cell; `value` of 0…1, from 1 % on never nothing."""
    if not value >= 0.01:
        return 0
    return max(1, min(3 * cells, int(value * 3 * cells + 0.5)))


def leftward_bar(steps: int, cells: int) -> str:
    """A bar growing leftwards from the right edge, as gain reduction is shown."""
    full, rest = divmod(max(0, min(3 * cells, steps)), 3)
    return ((_FROM_RIGHT[rest] if rest else "") + "█" * full).rjust(cells)


def rising(value: float, rows: int) -> int:
    """Eighths of a column `rows` high for `value` of 0…1; above 0 never nothing."""
    if not value > 0.0:
        return 0
    return max(1, min(8 * rows, int(value * 8 * rows + 0.5)))


def column_glyph(eighths: int, row_from_below: int) -> str:
    """The glyph of one cell of a column that is `eighths` high."""
    return RISING[max(0, min(8, eighths - 8 * row_from_below))]


def falling_glyph(halves: int, row_from_above: int) -> str:
    """The glyph of one cell of a column hanging down by `halves` half cells."""
    return (" ", "▀", "█")[max(0, min(2, halves - 2 * row_from_above))]
