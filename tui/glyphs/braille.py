"""Braille dots: eight to a cell, two across and four down."""

from __future__ import annotations

from collections.abc import Sequence

_BRAILLE = 0x2800
#: Dots of the left and the right half of a cell, from the lowest row up (ISO 11548-1 numbering).
_LEFT = (0x40, 0x04, 0x02, 0x01)
_RIGHT = (0x80, 0x20, 0x10, 0x08)


def resampled(values: Sequence[float], count: int) -> list[float]:
    """`values` as `count` places, each the largest of those that fall into it: no peak is lost."""
    size = len(values)
    if size == 0:
        return [0.0] * count
    found = []
    for place in range(count):
        begin = place * size // count
        end = max(begin + 1, (place + 1) * size // count)
        found.append(max(values[begin:end]))
    return found


def waveform(values: Sequence[float], cells: int, rows: int) -> list[str]:
    """An envelope, mirrored about the middle where it has two rows or more.

    Args:
        values: 0…1 from left to right, any number.
        cells: width.
        rows: height, ≥ 1.

    Returns:
        rows of text from top to bottom, `cells` wide each.
    """
    heights = resampled(values, 2 * cells)
    dots = 4 * rows
    if rows == 1:
        reach = [round(value * dots) for value in heights]
        return [_row(reach, 0, cells)]
    half = dots // 2
    reach = [max(1 if value > 0.0 else 0, round(value * half)) for value in heights]
    return [
        "".join(
            chr(
                _BRAILLE
                | _mirrored(reach[2 * cell], row, half, _LEFT)
                | _mirrored(reach[2 * cell + 1], row, half, _RIGHT)
            )
            for cell in range(cells)
        )
        for row in range(rows)
    ]


def _mirrored(reach: int, row: int, half: int, dots: Sequence[int]) -> int:
    found = 0
    for line in range(4):
        from_middle = half - (4 * row + line) - 1 if 4 * row + line < half else 4 * row + line - half
        if from_middle < reach:
            found |= dots[3 - line]
    return found


def _row(reach: Sequence[int], row_from_below: int, cells: int) -> str:
    letters = []
    for cell in range(cells):
        dots = 0
        for line in range(4):
            height = 4 * row_from_below + line
            if reach[2 * cell] > height:
                dots |= _LEFT[line]
            if reach[2 * cell + 1] > height:
                dots |= _RIGHT[line]
        letters.append(chr(_BRAILLE | dots))
    return "".join(letters)


def area(values: Sequence[float], cells: int, rows: int) -> list[str]:
    """A filled curve standing on its base line; see `waveform`."""
    reach = [round(value * 4 * rows) for value in resampled(values, 2 * cells)]
    return [_row(reach, rows - 1 - row, cells) for row in range(rows)]


def line(values: Sequence[float | None], cells: int, rows: int) -> list[str]:
    """A curve of one dot per half cell, joined vertically where it jumps.

    Args:
        values: 0…1 for each half cell (2 · `cells`), 0 at the bottom; None leaves a gap.
        cells: width.
        rows: height.
    """
    grid = [[0] * cells for _ in range(rows)]
    highest, before = 4 * rows - 1, None
    for place, value in enumerate(values[: 2 * cells]):
        if value is None:
            before = None
            continue
        height = max(0, min(highest, round(value * highest)))
        begin = height if before is None else before + (height > before) - (height < before)
        for dot in range(min(begin, height), max(begin, height) + 1):
            dots = _RIGHT if place % 2 else _LEFT
            grid[rows - 1 - dot // 4][place // 2] |= dots[dot % 4]
        before = height
    return ["".join(chr(_BRAILLE | dots) for dots in row) for row in grid]
