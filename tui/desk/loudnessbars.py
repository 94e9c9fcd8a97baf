"""Momentary and short-term loudness as bars about the target."""

from __future__ import annotations

from tui.desk.loudnessscale import Middle
from tui.desk.pace import Moment
from tui.desk.target import target_lufs
from tui.display.cells import Canvas
from tui.glyphs import numbers
from tui.glyphs.blocks import EIGHTHS

#: The scale about the target, LU (EBU Tech 3341, 2023, clause 3: the default scale of an EBU mode meter).
BELOW_LU = 18.0
ABOVE_LU = 9.0
_LABEL_CELLS = 2
_RIGHT_CELLS = 11
#: Marks of the scale, LU from the target.
_MARKS = (-12, -6, 0, 3, 6)


class LoudnessBars:
    """Scale, M and S on three rows of `canvas`, the target as a mark through both bars."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._cells = max(8, canvas.width - _LABEL_CELLS - _RIGHT_CELLS)
        self._middle = Middle()
        self._base = 0.0
        self._target: float | None = None
        self._shown: list[int] = []
        self._style = "loudness"

    def draw(self, moment: Moment) -> None:
        """Shows the loudness of `moment`."""
        target = target_lufs(moment.view)
        base = self._middle.at(moment.view)
        style = "loudness" if moment.view.is_playing else "faint"
        if not self._shown or (target, base, style) != (self._target, self._base, self._style):
            self._style = style
            self._begin(target, base)
        master = moment.view.snapshot.master
        for row, value in enumerate((master.momentary_lufs, master.short_term_lufs)):
            share = (value - base + BELOW_LU) / (BELOW_LU + ABOVE_LU)
            eighths = int(max(0.0, min(1.0, share)) * 8 * self._cells) if share == share else 0
            if eighths != self._shown[row]:
                self._draw_bar(row, self._shown[row], eighths)
                self._shown[row] = eighths

    def _place(self, lu: float) -> int:
        return min(self._cells - 1, int((lu + BELOW_LU) / (BELOW_LU + ABOVE_LU) * self._cells))

    def _begin(self, target: float | None, base: float) -> None:
        """Draws what does not move."""
        canvas, self._target, self._base, self._shown = self._canvas, target, base, [0, 0]
        canvas.fill(0, 0, canvas.width, 1)
        free = 0
        for mark in _MARKS:
            text = numbers.level(base + mark, 0).removesuffix(".0")
            begin = _LABEL_CELLS + self._place(mark) - len(text) // 2
            if begin >= free:
                canvas.put(begin, 0, text, "target" if mark == 0 and target is not None else "dim")
                free = begin + len(text) + 1
        canvas.put(_LABEL_CELLS + self._cells + 1, 0, "LUFS", "dim")
        for row, letter in enumerate("MS"):
            canvas.put(0, 1 + row, letter, "label", _LABEL_CELLS)
            self._draw_bar(row, 0, 8 * self._cells)
            self._draw_bar(row, 8 * self._cells, 0)

    def _draw_bar(self, row: int, before: int, now: int) -> None:
        """Draws the cells between two lengths, in eighths."""
        line = -1 if self._target is None else self._place(0.0)
        begin, end = min(before, now) // 8, min(self._cells, max(before, now) // 8 + 1)
        glyphs, styles = [], []
        for cell in range(begin, end):
            filled = max(0, min(8, now - 8 * cell))
            if cell == line:
                # on the ground, not on the bar: there the two colours are equally bright in every theme
                glyphs.append("┃")
                styles.append("target")
            else:
                glyphs.append(EIGHTHS[filled])
                above = 0 <= line < cell and self._style == "loudness"
                styles.append("note" if above else self._style)
        self._canvas.cells(_LABEL_CELLS + begin, 1 + row, glyphs, styles)
