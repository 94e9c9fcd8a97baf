"""The limiter at work: how much now, how much lately, and the compressors before it."""

from __future__ import annotations

from collections import deque

from tui.desk.pace import Moment
from tui.desk.words import processor_word
from tui.display.cells import Canvas
from tui.glyphs import numbers
from tui.glyphs.blocks import falling_glyph, leftward_bar, leftward_steps
from tui.view import View

#: Gain reductions that may fill the bar and the history, dB: beyond 6 dB a limiter is overworked.
RANGES_DB = (3.0, 6.0, 12.0)
#: Half seconds that the scale remembers at least.
_REMEMBERED = 40
_FIGURE_CELLS = 16
#: Below this share of the range nothing hangs down.
_HARDLY = 0.01
#: The line of no reduction, where nothing hangs from it.
_ZERO = "▔"


class ReductionScale:
    """The smallest of `RANGES_DB` that holds what was reduced lately; shared by bar and history.

    Args:
        places: half seconds that are shown.

    Attributes:
        deepest_db: of every half second, the newest last.
        range_db: fills bar and history.
    """

    def __init__(self, places: int = 0) -> None:
        kept = max(_REMEMBERED, places)
        self.deepest_db: deque[float] = deque([0.0] * kept, maxlen=kept)
        self.range_db = RANGES_DB[0]
        self._now_db = 0.0
        self._followed: Moment | None = None

    def follow(self, moment: Moment) -> None:
        """Takes in what `moment` tells, once."""
        if moment is self._followed:
            return
        self._followed = moment
        view = moment.view
        reduced_db = view.snapshot.master.gain_reduction_db
        ticks = view.reading.ticks if view.reading is not None else ()
        deepest_db = max((tick.gain_reduction_db for tick in ticks), default=0.0)
        self._now_db = max(self._now_db, deepest_db, reduced_db if reduced_db == reduced_db else 0.0)
        largest_db = max(self._now_db, *self.deepest_db)
        self.range_db = next((one for one in RANGES_DB if largest_db <= one), RANGES_DB[-1])
        if moment.histories:
            self.deepest_db.append(self._now_db)
            self._now_db = 0.0


class LimiterBar:
    """One row: figure, then a bar growing leftwards from 0 dB at the right."""

    def __init__(self, canvas: Canvas, scale: ReductionScale | None = None) -> None:
        self._canvas = canvas
        self._scale = scale or ReductionScale()
        self._steps = -1
        self._text = ""

    def draw(self, moment: Moment) -> None:
        """Shows the limiter of `moment`."""
        canvas = self._canvas
        reduced_db = moment.view.snapshot.master.gain_reduction_db
        cells = canvas.width - _FIGURE_CELLS
        self._scale.follow(moment)
        steps = leftward_steps(reduced_db / self._scale.range_db, cells)
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

    Every place holds the deepest of half a second; the scale goes by what is in view.
    """

    def __init__(self, canvas: Canvas, scale: ReductionScale | None = None) -> None:
        self._canvas = canvas
        self._cells = cells = history_cells(canvas.width)
        self._scale = scale or ReductionScale(cells)
        self._shown: tuple[float, tuple[int, ...]] | None = None

    def draw(self, moment: Moment) -> None:
        """Adds what `moment` tells, and scrolls when it is due."""
        scale, canvas = self._scale, self._canvas
        scale.follow(moment)
        if self._shown is not None and not moment.histories and self._shown[0] == scale.range_db:
            return
        rows, range_db = canvas.height, scale.range_db
        halves = tuple(
            _halves(deep_db / range_db, rows) for deep_db in list(scale.deepest_db)[-self._cells :]
        )
        if self._shown == (range_db, halves):
            return
        if self._shown is None:
            canvas.put(0, 0, f"last {self._cells // 2} s", "dim", _FIGURE_CELLS)
        if rows > 1 and (self._shown is None or self._shown[0] != range_db):
            lowest = f"−{range_db:g} dB".rjust(_FIGURE_CELLS - 1)
            canvas.put(0, rows - 1, lowest, "faint", _FIGURE_CELLS)
        self._shown = (range_db, halves)
        for row in range(rows):
            glyphs = [falling_glyph(place, row) for place in halves]
            styles = ["reduction"] * len(glyphs)
            if row == 0:
                glyphs = [_ZERO if glyph == " " else glyph for glyph in glyphs]
                styles = ["faint" if glyph == _ZERO else "reduction" for glyph in glyphs]
            canvas.cells(_FIGURE_CELLS, row, glyphs, styles)


def history_cells(width: int) -> int:
    """Places of a history on a canvas so wide."""
    return max(1, width - _FIGURE_CELLS)


def _halves(share: float, rows: int) -> int:
    """Half cells that hang down for a share of the range; what is hardly there is not shown."""
    return int(min(1.0, share) * 2 * rows + 0.999) if share > _HARDLY else 0


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
