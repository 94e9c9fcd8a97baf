"""The master's stereo image: where its sound comes from, and how alike both channels are, band by band."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

from engine.link.records import DIRECTIONS
from tui.desk.pace import Moment
from tui.display.cells import Canvas
from tui.glyphs import numbers

#: From the middle of the fan to its edge, dB: what is so far below the loudest direction is not seen.
_RANGE_DB = 36.0
#: Half the width of the rim.
_RIM_DOTS = 0.5
_BRAILLE = 0x2800
#: Dots of a cell, `[row from above][left or right]` (ISO 11548-1).
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
#: Octaves from 31.5 Hz up and the third octaves (from 20 Hz) that each is made of.
_OCTAVES = (
    *(("31", 1), ("63", 4), ("125", 7), ("250", 10), ("500", 13)),
    *(("1k", 16), ("2k", 19), ("4k", 22), ("8k", 25), ("16k", 28)),
)
#: Below these the channels are not alike enough to be summed without loss; and opposite.
_DOUBTFUL, _OPPOSITE = 0.3, 0.0
_LABEL_CELLS, _FIGURE_CELLS = 5, 6


class Fan:
    """A half disc: the middle points up, left and right lie at 45°; beyond, the channels are opposite."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._rows = canvas.height - 1
        self._shown: list[list[str]] | None = None
        self._style = ""

    def draw(self, moment: Moment) -> None:
        """Shows the image of `moment`; the last one dimmed while nothing plays."""
        if not moment.spectrum and self._shown is not None:
            return
        view, canvas = moment.view, self._canvas
        levels = view.close_up.directions_dbfs[:DIRECTIONS]
        style = "accent" if view.is_playing else "faint"
        glyphs = fan(levels, canvas.width, self._rows)
        if self._shown is None:
            line = "−45 left".ljust(canvas.width // 2 - 1) + "mid"
            canvas.put(0, self._rows, line, "dim", canvas.width)
            canvas.put(canvas.width - 9, self._rows, "right +45", "dim")
        for row, line_glyphs in enumerate(glyphs):
            if self._shown is None or style != self._style or line_glyphs != self._shown[row]:
                canvas.cells(0, row, line_glyphs, [style] * canvas.width)
        self._shown, self._style = glyphs, style


def fan(levels_dbfs: tuple[float, ...], cells: int, rows: int) -> list[list[str]]:
    """A half disc of braille: in each direction as far out as its level lies above the range's end.

    Args:
        levels_dbfs: from −90° to +90°; NaN or empty: nothing is known, −∞: silence.
        cells: width.
        rows: height.
    """
    known = [level for level in levels_dbfs if level == level and level > -math.inf]
    top = max(known, default=0.0)
    # in dots, as far as a direction reaches
    size = min(4 * rows, cells)
    reaches = [
        (1.0 + (level - top) / _RANGE_DB) * size if level == level and level > -math.inf else -1.0
        for level in levels_dbfs or (-math.inf,) * DIRECTIONS
    ]
    dots = [[0] * cells for _ in range(rows)]
    for row, cell, dot, direction, radius in _places(cells, rows, len(reaches)):
        if radius <= reaches[direction] or radius >= size - _RIM_DOTS:
            dots[row][cell] |= dot
    return [[chr(_BRAILLE | cell) if cell else " " for cell in row] for row in dots]


@lru_cache(maxsize=4)
def _places(cells: int, rows: int, directions: int) -> tuple[tuple[int, int, int, int, float], ...]:
    """Every dot within the half disc: row, cell, its bit, the direction it lies in, its distance in dots."""
    size, found = min(4 * rows, cells), []
    for row, column in itertools.product(range(4 * rows), range(2 * cells)):
        x, y = column + 0.5 - cells, 4 * rows - row - 0.5
        radius, degrees = math.hypot(x, y), math.degrees(math.atan2(x, y))
        if radius <= size + _RIM_DOTS:
            direction = min(int((degrees + 90.0) / 180.0 * directions), directions - 1)
            found.append((row // 4, column // 2, _DOTS[row % 4][column % 2], direction, radius))
    return tuple(found)


class BandCorrelation:
    """A row for each octave: how alike left and right are, −1 to +1."""

    ROWS = len(_OCTAVES)

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._shown: list[tuple[int, str, str]] = []

    def draw(self, moment: Moment) -> None:
        """Shows the bands of `moment`; the last ones dimmed while nothing plays."""
        if not moment.figures and self._shown:
            return
        view, canvas = moment.view, self._canvas
        cells = canvas.width - _LABEL_CELLS - _FIGURE_CELLS
        octaves = _OCTAVES[-canvas.height :] if canvas.height < len(_OCTAVES) else _OCTAVES
        self._shown = self._shown or [(-2, "", "")] * len(octaves)
        # high bands above low ones, as in the null test
        for row, (name, first) in enumerate(reversed(octaves)):
            found = view.close_up.correlations[first : first + 3]
            values = [value for value in found if value == value]
            value = sum(values) / len(values) if values else math.nan
            style = "good" if value >= _DOUBTFUL else "warn" if value >= _OPPOSITE else "bad"
            style = style if view.is_playing and value == value else "faint"
            place = round((value + 1.0) / 2.0 * (cells - 1)) if value == value else -1
            now = (place, style, numbers.correlation(value))
            if now != self._shown[row]:
                self._shown[row] = now
                canvas.put(0, row, f"{name:>4} ", "label", _LABEL_CELLS)
                canvas.put(_LABEL_CELLS, row, _strip(cells), "faint", cells)
                if place >= 0:
                    canvas.put(_LABEL_CELLS + place, row, "◆", f"bold {style}" if style != "faint" else style)
                canvas.put(_LABEL_CELLS + cells, row, now[2].rjust(_FIGURE_CELLS), style, _FIGURE_CELLS)


def _strip(cells: int) -> str:
    """The line that a band's mark stands on, with its middle."""
    return "".join("┼" if cell == (cells - 1) // 2 else "─" for cell in range(cells))
