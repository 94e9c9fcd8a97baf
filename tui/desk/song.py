"""Loudness over the song: what was heard, what has changed since, what is unheard; and the target."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from engine.link.history import Heard, History
from tui.desk.pace import Moment
from tui.desk.target import target_lufs
from tui.display.cells import Canvas
from tui.glyphs import numbers
from tui.glyphs.blocks import column_glyph, rising

#: Without a target the scale stands about this loudness, LUFS (EBU R 128's programme level).
MIDDLE_LUFS = -23.0
#: The scale reaches from so far below the target to so far above, LU (EBU Tech 3341's default scale
#: is −18…+9 LU; a master stays closer to its target).
BELOW_LU = 18.0
ABOVE_LU = 6.0
#: Glyphs of a column from the top, and their styles.
_Column = tuple[str, tuple[str, ...]]
_EMPTY: _Column = ("", ())
_UNHEARD = "┄"
_LINE = "─"
#: Rows from which on the line of the target may hide a row of the columns.
_LINE_ABOVE_FROM = 5
#: What the longest part of a kind is labelled with.
_NAMES = ((Heard.UNHEARD, " unheard ", "unheard"), (Heard.OUTDATED, " outdated ", "note"))


class SongLoudness:
    """A column of short-term loudness per cell of `canvas`, on a scale about the target."""

    #: Cells left of the columns.
    LABEL_CELLS = 6

    def __init__(self, canvas: Canvas) -> None:
        self._scale = self.LABEL_CELLS if canvas.height >= 3 and canvas.width >= 40 else 0
        self._labels = canvas.part(0, 0, self._scale, canvas.height)
        self._canvas = canvas.part(self._scale, 0, canvas.width - self._scale, canvas.height)
        self._key: tuple[Any, ...] = ()
        self._columns: list[_Column] = []
        #: the columns before parts were named in them, and what they were made from
        self._bare: list[_Column] = []
        self._sources: list[tuple[bytes, Sequence[float]] | None] = []
        self._base = 0.0
        self._playhead = -1

    def draw(self, moment: Moment) -> None:
        """Shows the history of `moment`, and where the song is."""
        view = moment.view
        history, target = view.history, target_lufs(view)
        if moment.histories or not self._columns:
            key = (id(history), len(history.states), history.revision, target)
            if key != self._key:
                self._key = key
                self._draw_all(history, target)
        transport = view.snapshot.transport
        width, length = self._canvas.width, transport.length_frames
        cell = min(width - 1, max(0, transport.position_frames * width // length)) if length > 0 else -1
        if cell != self._playhead:
            before, self._playhead = self._playhead, cell
            for place in (before, cell):
                if place >= 0:
                    self._put(place)

    def _draw_all(self, history: History, target: float | None) -> None:
        base = MIDDLE_LUFS if target is None else target
        rows, width = self._canvas.height, self._canvas.width
        line = -1
        if target is not None and rows > 1:
            line = rows - 1 - int(BELOW_LU / (BELOW_LU + ABOVE_LU) * rows)
        if self._base != base or len(self._bare) != width:
            self._base, self._sources, self._bare = base, [None] * width, [_EMPTY] * width
            self._draw_scale(base, target, line)
        slots = len(history.states)
        for cell in range(width):
            begin = cell * slots // width
            end = max(begin + 1, (cell + 1) * slots // width)
            states = history.states[begin:end]
            # what is unheard has no value: NaN, which would never equal itself
            source = (states, history.short_term_lufs[begin:end] if any(states) else ())
            if source != self._sources[cell]:
                self._sources[cell] = source
                self._bare[cell] = self._column(*source, base, line)
        columns = list(self._bare)
        self._name_runs(history, columns)
        before, self._columns = self._columns, columns
        for cell, column in enumerate(columns):
            if len(before) != width or before[cell] is not column:
                self._put(cell)

    def _draw_scale(self, base: float, target: float | None, line: int) -> None:
        labels = self._labels
        if not self._scale:
            return
        for row in range(labels.height):
            labels.put(0, row, "", "dim", self.LABEL_CELLS)
        labels.put(0, 0, numbers.level(base + ABOVE_LU, 5), "dim")
        labels.put(0, labels.height - 1, numbers.level(base - BELOW_LU, 5), "dim")
        if line > 0:
            labels.put(0, line, numbers.level(target, 5), "target")

    def _column(self, states: bytes, values: Sequence[float], base: float, line: int) -> _Column:
        """Glyphs and styles of one column from the top."""
        rows = self._canvas.height
        known = [value for value, state in zip(values, states, strict=False) if state != Heard.UNHEARD]
        outdated = any(state == Heard.OUTDATED for state in states)
        height = rising((max(known) - base + BELOW_LU) / (BELOW_LU + ABOVE_LU), rows) if known else 0
        glyphs, styles = [], []
        for row in range(rows):
            glyph, style = column_glyph(height, rows - 1 - row), "loudness"
            if outdated and glyph != " ":
                glyph, style = "░", "dim"
            if row == line and glyph == " ":
                glyph, style = _LINE, "target"
            elif row == line and glyph == "█" and rows >= _LINE_ABOVE_FROM:
                # the target is seen through the columns that rise above it
                glyph, style = _LINE, "target on loudness"
            elif glyph == " " and row == rows - 1 and not known:
                glyph, style = _UNHEARD, "unheard"
            glyphs.append(glyph)
            styles.append(style)
        return "".join(glyphs), tuple(styles)

    def _name_runs(self, history: History, columns: list[_Column]) -> None:
        """Writes what the longest unheard and the longest outdated part are into them."""
        slots, width = len(history.states), len(columns)
        kinds = [history.states[cell * slots // width] if slots else Heard.UNHEARD for cell in range(width)]
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
            if cell == self._playhead and glyph in (" ", _LINE, _UNHEARD):
                glyph, style = "│", "playhead"
            self._canvas.cells(cell, row, [glyph], [style])
