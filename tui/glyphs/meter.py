"""Stereo level meters: RMS as the thick body, peak as the thin tail, a tick for the held peak.

Either form reads without colour: where the bar is thick, there is RMS; where it is thin, only peaks
get there. Peaks are quantised to half cells; so is RMS in braille, while a body of blocks fills whole
cells.
"""

from __future__ import annotations

from tui.glyphs.scale import steps

#: The tail by halves: low in the upper row and high in the lower one, so that both channels' tails
#: touch; and the body, which leaves the row above it a hair of air.
_UPPER_TAIL, _UPPER_BODY = (" ", "▖", "▄"), "▇"
_LOWER_TAIL, _LOWER_BODY = (" ", "▘", "▀"), "█"
#: Dots of a braille cell, by row from the top: left, right (ISO 11548-1 numbering of dots).
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BRAILLE = 0x2800
#: The sign of the held peak.
HOLD = "│"
#: What stands in a meter's empty cells under the marks of its scale.
TICK = "·"

#: Quantised readings of one channel: peak, RMS in half cells; cell of the held peak, −1: none.
Reading = tuple[int, int, int]


def quantised(peak_dbfs: float, rms_dbfs: float, held_dbfs: float, cells: int) -> Reading:
    """One channel's levels as what a meter of `cells` can show."""
    held = steps(held_dbfs, 2 * cells)
    return (steps(peak_dbfs, 2 * cells), steps(rms_dbfs, 2 * cells), (held - 1) // 2 if held else -1)


def block_cell(cell: int, reading: Reading, upper: bool) -> str:
    """The glyph of one cell of a channel's row: `HOLD` on the held peak, if the bar ends below it."""
    peak, rms, held = reading
    begin = 2 * cell
    if rms > begin:
        return _UPPER_BODY if upper else _LOWER_BODY
    if peak > begin:
        return (_UPPER_TAIL if upper else _LOWER_TAIL)[2 if peak > begin + 1 else 1]
    return HOLD if cell == held else " "


def _dots(length: int, cell: int, row: int) -> int:
    reach = length - 2 * cell
    return 0 if reach <= 0 else _DOTS[row][0] if reach == 1 else _DOTS[row][0] | _DOTS[row][1]


def braille_cell(cell: int, left: Reading, right: Reading) -> str:
    """The glyph of one cell of a meter in a single row: three lines of dots, left peak, RMS of the
    louder channel, right peak, and a line of air below; `HOLD` on the higher of the held peaks."""
    dots = _dots(left[0], cell, 0) | _dots(max(left[1], right[1]), cell, 1) | _dots(right[0], cell, 2)
    if dots:
        return chr(_BRAILLE | dots)
    return HOLD if cell == max(left[2], right[2]) else " "


def touched(before: Reading | None, now: Reading, cells: int) -> list[int]:
    """The cells that may differ between two readings, some perhaps twice."""
    if before is None:
        return list(range(cells))
    found: list[int] = []
    # half cell n lies in cell (n − 1) // 2; the cells from the shorter end to the longer one
    for old, new in zip(before[:2], now, strict=False):
        if old < new:
            found += range(old // 2, (new + 1) // 2)
        elif new < old:
            found += range(new // 2, (old + 1) // 2)
    if before[2] != now[2]:
        found += [held for held in (before[2], now[2]) if held >= 0]
    return found


def over_sign(overs: int, width: int) -> str:
    """How often full scale was passed since the last reset: `!7`; blank while it was not."""
    if overs <= 0:
        return " " * width
    text = f"!{overs}"
    return (text if len(text) <= width else "!" + "9" * (width - 2) + "+").ljust(width)
