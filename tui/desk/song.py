"""Loudness over the song: what was heard, what has changed since, what is unheard; and the target.

An edge on a light filling, three LU a line, on a scale about the target or the programme: what differs
between a verse and a chorus is seen, and no target is needed for that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from engine.link.history import Heard, History
from tui.desk.alongside import MixAlong, mix_along, range_of
from tui.desk.loudnessscale import ABOVE_LU, STEP_LU, Middle
from tui.desk.pace import Moment
from tui.desk.stretch import Stretch, stretch_of
from tui.desk.target import target_lufs
from tui.display.cells import Canvas
from tui.glyphs import numbers
from tui.glyphs.blocks import column_glyph, rising

#: The scale reaches from so far below its middle to so far above, LU (EBU Tech 3341's default scale
#: is −18…+9 LU; a master stays closer to its programme level).
BELOW_LU = 12.0
#: Glyphs of a column from the top, and their styles.
_Column = tuple[str, tuple[str, ...]]
_EMPTY: _Column = ("", ())
_UNHEARD, _LINE, _GRID = "┄", "─", "┈"
#: Below the edge of what was heard, and of what has changed since.
_FILLING, _OUTDATED = "░", "·"
#: The mix, made as loud as the master; the stroke over the loudness range.
_MIX, _RANGE = "╌", "┃"
#: Rows from which on there are lines every three LU, and from which on the time stands below.
_GRID_FROM, _AXIS_FROM = 6, 8
#: What the longest part of a kind is labelled with.
_NAMES = ((Heard.UNHEARD, " unheard ", "unheard"), (Heard.OUTDATED, " outdated ", "note"))


class SongLoudness:
    """A column of short-term loudness per cell of `canvas`."""

    #: Cells left of the columns.
    LABEL_CELLS = 6

    def __init__(self, canvas: Canvas) -> None:
        axis = 1 if canvas.height >= _AXIS_FROM else 0
        rows = canvas.height - axis
        self._scale = self.LABEL_CELLS if canvas.height >= 3 and canvas.width >= 40 else 0
        self._labels = canvas.part(0, 0, self._scale, rows)
        self._canvas = canvas.part(self._scale, 0, canvas.width - self._scale, rows)
        self._axis = canvas.part(self._scale, rows, canvas.width - self._scale, axis)
        self._key: tuple[Any, ...] = ()
        self._columns: list[_Column] = []
        #: the columns before parts were named in them, and what they were made from
        self._bare: list[_Column] = []
        self._sources: list[tuple[bytes, Sequence[float], int, bool] | None] = []
        self._middle = Middle()
        self._base = 0.0
        self._target_row, self._grid_rows = -1, frozenset[int]()
        self._range_rows: range | tuple[int, ...] = ()
        self._playhead = -1
        self._stretch = Stretch()

    def draw(self, moment: Moment) -> None:
        """Shows the history of `moment`, and where the song is."""
        view = moment.view
        history, transport = view.history, view.snapshot.transport
        before, self._stretch = self._stretch, stretch_of(view)
        if moment.histories or not self._columns or before != self._stretch:
            base, target = self._middle.at(view), target_lufs(view)
            key = (id(history), len(history.states), history.revision, base, target, self._stretch)
            mix = mix_along(view) if self._canvas.height >= _GRID_FROM else None
            if (key, mix) != self._key:
                self._key = (key, mix)
                self._draw_all(history, base, target, mix)
                self._draw_axis(transport.sample_rate_hz)
        cell = self._stretch.cell(max(0, transport.position_frames), self._canvas.width)
        if cell != self._playhead:
            left, self._playhead = self._playhead, cell
            for place in (left, cell):
                if place >= 0:
                    self._put(place)

    def _row_of(self, lu: float) -> int:
        """The row in which a level stands, LU from the middle."""
        rows = self._canvas.height
        return rows - 1 - min(rows - 1, max(0, int((lu + BELOW_LU) / (BELOW_LU + ABOVE_LU) * rows)))

    def _draw_all(
        self, history: History, base: float, target: float | None, mix: MixAlong | None = None
    ) -> None:
        rows, width = self._canvas.height, self._canvas.width
        row = self._row_of(0.0) if target is not None and rows > 1 else -1
        if (self._base, self._target_row) != (base, row) or len(self._bare) != width:
            self._base, self._target_row = base, row
            self._sources, self._bare = [None] * width, [_EMPTY] * width
            self._range_rows = ()
            self._draw_scale(base, target)
        slots = len(history.states)
        for cell in range(width):
            begin, end = self._stretch.slots(cell, width, slots)
            states = history.states[begin:end]
            # what is unheard has no value: NaN, which would never equal itself
            known = history.short_term_lufs[begin:end] if any(states) else ()
            source = (states, known, self._mix_row(mix, cell, base), mix is not None and mix.old)
            if source != self._sources[cell]:
                self._sources[cell] = source
                self._bare[cell] = self._column(*source)
        self._draw_range(history, base)
        columns = list(self._bare)
        self._name_runs(history, columns)
        before, self._columns = self._columns, columns
        for cell, column in enumerate(columns):
            if len(before) != width or before[cell] is not column:
                self._put(cell)

    def _draw_scale(self, base: float, target: float | None) -> None:
        """Labels, and the rows in which there are lines."""
        labels, rows = self._labels, self._canvas.height
        steps = [STEP_LU * step - BELOW_LU for step in range(int((BELOW_LU + ABOVE_LU) / STEP_LU) + 1)]
        if rows < _GRID_FROM:
            self._grid_rows = frozenset()
            named = {rows - 1: base - BELOW_LU, 0: base + ABOVE_LU}
        else:
            # a row begins at its level: where the top of the scale has none of its own, it has no name
            named = {self._row_of(lu): base + lu for lu in reversed(steps)}
            self._grid_rows = frozenset(self._row_of(lu) for lu in steps[1:-1])
        if self._target_row >= 0 and target is not None:
            named[self._target_row] = target
        if not self._scale:
            return
        for row in range(labels.height):
            style = "target" if row == self._target_row else "dim"
            text = numbers.level(named[row], 5) if row in named else ""
            labels.put(0, row, text, style, self.LABEL_CELLS)

    def _draw_axis(self, rate_hz: int) -> None:
        """Times below the columns, as many as have room, at round minutes or parts of them."""
        axis, stretch = self._axis, self._stretch
        if not axis.height or stretch.song_frames <= 0 or rate_hz <= 0:
            return
        begin_s, end_s = stretch.begin_frames / rate_hz, stretch.end_frames / rate_hz
        seconds = end_s - begin_s
        most = max(1, axis.width // 12)
        steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
        step = next((one for one in steps if seconds / one <= most), 7200)
        axis.put(0, 0, "", "dim", axis.width)
        for number in range(math.ceil(begin_s / step), int(end_s / step) + 1):
            text = numbers.short_clock(number * step).strip()
            x = int((number * step - begin_s) / seconds * axis.width)
            if x + len(text) <= axis.width:
                axis.put(x, 0, text, "dim")

    def _mix_row(self, mix: MixAlong | None, cell: int, base: float) -> int:
        """The row of the mix in a column; −1: it is not known, or off the scale."""
        if mix is None:
            return -1
        count = len(mix.levels_lufs)
        place, _ = self._stretch.slots(cell, self._canvas.width, count)
        level = mix.levels_lufs[min(place, count - 1)]
        lu = -math.inf if level is None else level + mix.shift_lu - base
        return self._row_of(lu) if -BELOW_LU <= lu < ABOVE_LU else -1

    def _draw_range(self, history: History, base: float) -> None:
        """A stroke beside the scale over the loudness range: from the 10th to the 95th per cent."""
        if not self._scale or self._canvas.height < _GRID_FROM:
            return
        ends = range_of(history)
        rows: range | tuple[int, ...] = ()
        if ends is not None:
            low, high = (self._row_of(level - base) for level in ends)
            rows = range(high, low + 1)
        if rows != self._range_rows:
            self._range_rows = rows
            for row in range(self._labels.height):
                self._labels.put(self.LABEL_CELLS - 1, row, _RANGE if row in rows else " ", "loudness", 1)

    def _column(self, states: bytes, values: Sequence[float], mix_row: int, mix_old: bool) -> _Column:
        """Glyphs and styles of one column from the top."""
        rows, base = self._canvas.height, self._base
        known = [value for value, state in zip(values, states, strict=False) if state != Heard.UNHEARD]
        outdated = any(state == Heard.OUTDATED for state in states)
        height = rising((max(known) - base + BELOW_LU) / (BELOW_LU + ABOVE_LU), rows) if known else 0
        edge = (height - 1) // 8  # from below
        glyphs, styles = [], []
        for row in range(rows):
            from_below = rows - 1 - row
            glyph, style = column_glyph(height, from_below), "dim" if outdated else "loudness"
            if glyph != " " and from_below < edge and rows > 1:
                glyph = _OUTDATED if outdated else _FILLING
            if row == self._target_row and (glyph == " " or from_below < edge):
                # the target is seen through what rises above it
                glyph, style = _LINE, "target"
            elif glyph == " " and row == rows - 1 and not known:
                glyph, style = _UNHEARD, "unheard"
            elif glyph == " " and row in self._grid_rows:
                glyph, style = _GRID, "faint"
            if row == mix_row and glyph in (" ", _GRID, _FILLING, _OUTDATED, _UNHEARD):
                glyph, style = _MIX, "faint" if mix_old else "reference"
            glyphs.append(glyph)
            styles.append(style)
        return "".join(glyphs), tuple(styles)

    def _name_runs(self, history: History, columns: list[_Column]) -> None:
        """Writes what the longest unheard and the longest outdated part are into them."""
        slots, width = len(history.states), len(columns)
        kinds = [
            history.states[self._stretch.slots(cell, width, slots)[0]] if slots else Heard.UNHEARD
            for cell in range(width)
        ]
        for kind, word, style in _NAMES:
            runs = [list(run) for key, run in groupby(range(width), lambda cell: kinds[cell]) if key == kind]
            longest = max(runs, key=len, default=[])
            if len(longest) < len(word) + 2:
                continue
            begin = longest[0] + (len(longest) - len(word)) // 2
            row = self._canvas.height - 1 - self._canvas.height // 4
            for place, letter in enumerate(word):
                glyphs, styles = columns[begin + place]
                columns[begin + place] = (
                    glyphs[:row] + letter + glyphs[row + 1 :],
                    (*styles[:row], style, *styles[row + 1 :]),
                )

    def _put(self, cell: int) -> None:
        glyphs, styles = self._columns[cell]
        for row, (glyph, style) in enumerate(zip(glyphs, styles, strict=True)):
            if cell == self._playhead and glyph in (" ", _LINE, _UNHEARD, _GRID, _FILLING, _OUTDATED, _MIX):
                glyph, style = "│", "playhead"
            self._canvas.cells(cell, row, [glyph], [style])
