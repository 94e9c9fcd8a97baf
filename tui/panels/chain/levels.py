"""What goes into a strip's chain and what comes out of it, below the list of its processors."""

from __future__ import annotations

from tui.display.cells import Canvas
from tui.glyphs.numbers import reading
from tui.view import View

#: The panel has to be this high for them.
_FROM_ROWS = 22
_ROWS = 3


class StripLevels:
    """Two lines at the foot of the list: before the chain, and after chain and trim."""

    def __init__(self) -> None:
        self._width = self._top = 0

    def place(self, width: int, height: int) -> int:
        """Where they stand on a panel of that height; returns the rows they take."""
        shown = height >= _FROM_ROWS
        self._width, self._top = (width if shown else 0), height - _ROWS
        return _ROWS if shown else 0

    @property
    def rows(self) -> set[int]:
        """Rows on which they were drawn."""
        return set(range(self._top, self._top + _ROWS)) if self._width else set()

    def draw(self, canvas: Canvas, view: View, strip: int) -> None:
        """Shows a strip's levels; dimmed while nothing plays, none while the engine looks elsewhere."""
        if not self._width:
            return
        close = view.close_up
        known = close.strip == strip and close.bands > 0
        style = "value" if view.is_playing else "faint"
        lines = (
            ("in ", close.before_rms_dbfs, close.before_peak_dbfs),
            ("out", close.after_rms_dbfs, close.after_peak_dbfs),
        )
        canvas.put(1, self._top, "─" * (self._width - 3), "border", self._width - 3)
        for row, (name, rms, peak) in enumerate(lines, self._top + 1):
            x = 1 + canvas.put(1, row, f"{name} ", "label")
            for level, unit in ((rms, "RMS"), (peak, "peak")):
                x += canvas.put(x, row, reading(level if known else None), style)
                x += canvas.put(x, row, f" {unit}  ", "dim")
            canvas.put(x, row, "dBFS" if x + 4 <= self._width - 1 else "", "dim")
