"""The limiter at work: how much now, how much lately, and the compressors before it."""

from __future__ import annotations

from collections import deque

from tui.desk.pace import Moment
from tui.desk.words import processor_word
from tui.display.cells import Canvas
from tui.glyphs import numbers
from tui.glyphs.blocks import falling_glyph, leftward_bar, leftward_steps
from tui.view import View

#: Gain reduction that fills the bar and the history, dB: beyond 6 dB a limiter is overworked.
RANGE_DB = 6.0
_FIGURE_CELLS = 16
#: The line of no reduction, where nothing hangs from it.
_ZERO = "▔"


class LimiterBar:
    """One row: figure, then a bar growing leftwards from 0 dB at the right."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._steps = -1
        self._text = ""

    def draw(self, moment: Moment) -> None:
        """Shows the limiter of `moment`."""
        canvas = self._canvas
        reduced_db = moment.view.snapshot.master.gain_reduction_db
        cells = canvas.width - _FIGURE_CELLS
        steps = leftward_steps(reduced_db / RANGE_DB, cells)
        if steps != self._steps:
            self._steps = steps
            canvas.put(_FIGURE_CELLS, 0, leftward_bar(steps, cells), "reduction", cells)
        if moment.figures or not self._text:
            text = f"LIMITER {numbers.level(-reduced_db, 5)} dB"
            if text != self._text:
                self._text = text
                canvas.put(0, 0, text[:7], "label", 7)
                canvas.put(7, 0, text[7:], "value", _FIGURE_CELLS - 7)


class ReductionHistory:
    """Gain reduction of the last half minute or so, hanging down; the newest at the right.

    Every place holds the deepest of half a second.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._deepest = 0.0
        cells = max(1, canvas.width - _FIGURE_CELLS)
        self._cells = cells
        self._places: deque[int] = deque([0] * cells, maxlen=cells)
        self._begun = False

    def draw(self, moment: Moment) -> None:
        """Adds what `moment` tells, and scrolls when it is due."""
        view = moment.view
        reduced_db = view.snapshot.master.gain_reduction_db
        ticks = view.reading.ticks if view.reading is not None else ()
        deepest = max((tick.gain_reduction_db for tick in ticks), default=0.0)
        self._deepest = max(self._deepest, deepest, reduced_db if reduced_db == reduced_db else 0.0)
        if not moment.histories and self._begun:
            return
        rows = self._canvas.height
        first = not self._begun
        if first:
            self._begun = True
            if rows > 1:
                lowest = f"−{RANGE_DB:g} dB".rjust(_FIGURE_CELLS - 1)
                self._canvas.put(0, rows - 1, lowest, "faint", _FIGURE_CELLS)
            self._canvas.put(0, 0, f"last {self._cells // 2} s", "dim", _FIGURE_CELLS)
        halves = int(min(1.0, self._deepest / RANGE_DB) * 2 * rows + 0.999) if self._deepest > 0.05 else 0
        self._deepest = 0.0
        if halves == 0 and not any(self._places) and not first:
            return
        self._places.append(halves)
        for row in range(rows):
            glyphs = [falling_glyph(place, row) for place in self._places]
            styles = ["reduction"] * len(glyphs)
            if row == 0:
                glyphs = [_ZERO if glyph == " " else glyph for glyph in glyphs]
                styles = ["faint" if glyph == _ZERO else "reduction" for glyph in glyphs]
            self._canvas.cells(_FIGURE_CELLS, row, glyphs, styles)


class ChainReduction:
    """One row: what each processor of the master chain takes away."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._shown: tuple[tuple[str, str], ...] | None = None

    def draw(self, moment: Moment) -> None:
        """Shows the master chain of `moment`."""
        if not moment.figures and self._shown is not None:
            return
        words = _chain(moment.view)
        if words == self._shown:
            return
        self._shown = words
        x = 0
        for text, style in words:
            x += self._canvas.put(x, 0, text, style)
        if x < self._canvas.width:
            self._canvas.put(x, 0, "", "text", self._canvas.width - x)


def _chain(view: View) -> tuple[tuple[str, str], ...]:
    chain = view.session.master.chain if view.session is not None else ()
    if not chain:
        return (("CHAIN ", "label"), ("empty", "dim"))
    told = view.snapshot.master.processors_db
    words = [("CHAIN ", "label")]
    for index, item in enumerate(chain):
        words.append(processor_word(item))
        reduced_db = told[index] if index < len(told) else float("nan")
        if item.enabled and reduced_db == reduced_db:
            words.append((numbers.level(-reduced_db, 5), "reduction"))
        words.append(("  ", "text"))
    return tuple(words)
