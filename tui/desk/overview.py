"""The song in a few rows: peaks with their RMS inside, where it is limited and over, loop and markers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from engine.link.document import Document, Marks, SongOverview
from tui.desk.pace import Moment
from tui.desk.stretch import Stretch, stretch_of
from tui.display.cells import Canvas, clipped
from tui.glyphs.blocks import column_glyph, rising
from tui.glyphs.braille import area, resampled
from tui.view import View

#: Steps of the overview's bytes a decibel: 255 are 60 dB.
_STEPS_PER_DB = 255.0 / 60.0
#: A byte of a gain reduction is a tenth of a dB; so many fill the row that shows them, dB.
_REDUCTION_RANGE_DB = 6.0
#: Rows from which on there is one for the names of markers, if any; and rows that the waveform keeps
#: before limiting and overs get one.
_NAMES_FROM, _WAVE_ROWS = 3, 2
_OVER = "▲"
_UNKNOWN, _NOTHING = "where the master is limited is not known yet", "nothing is limited, nothing is over"
_NOTHING_HERE = "nothing is limited, nothing is over in this stretch"
Markers = tuple[tuple[int, str], ...]
_NO_OVERVIEW, _NO_MARKS = SongOverview(0, ""), Marks("", "", old=False)


def heights(levels: bytes, loudest: int | None = None) -> list[float]:
    """The overview's bytes as amplitudes of 0…1, the loudest place of the song being 1.

    Linear, as an editor draws a waveform: half the height is half the amplitude, 6 dB less.

    Args:
        levels: bytes, 0 is silence.
        loudest: byte that is 1; None: the largest of them.
    """
    top = max(levels, default=0) if loudest is None else loudest
    # 20 dB are a factor of ten
    return [10.0 ** ((value - top) / _STEPS_PER_DB / 20.0) if value else 0.0 for value in levels]


class Overview:
    """The song on `canvas`, or a stretch of it: columns of braille up to its peaks, solid up to its RMS.

    The scale is the song's in every stretch: what is half as high is half as loud.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._names = self._marks = 0
        self._rows = -1
        self._song: tuple[str, str, Stretch] | None = None
        self._stretch = Stretch()
        self._wave: list[list[str]] = []
        self._wave_styles: list[list[str]] = []
        self._document: Document | None = None
        self._ends: tuple[Any, ...] = ()
        self._key: tuple[Any, ...] = ()
        self._marks_key: tuple[Any, ...] | None = None
        self._playhead = -1
        self._styles: list[list[str]] = []
        self._glyphs: list[list[str]] = []

    def draw(self, moment: Moment) -> None:
        """Shows the song of `moment`."""
        view = moment.view
        transport = view.snapshot.transport
        self._stretch = stretch_of(view)
        ends = transport.loop_start_frames, transport.loop_end_frames, transport.loop_on, self._stretch
        # the document is another object where anything in it has changed
        if view.document is not self._document or ends != self._ends:
            self._document, self._ends = view.document, ends
            self._draw_still(view)
        self._move(self._stretch.cell(transport.position_frames, self._canvas.width))

    def _draw_still(self, view: View) -> None:
        """What does not move."""
        overview = view.document.overview or _NO_OVERVIEW
        song = overview.peaks, overview.rms, self._stretch
        markers = tuple((item.position_frames, item.name) for item in view.document.markers)
        key = (song, markers, self._ends)
        if key != self._key:
            self._key, self._marks_key = key, None
            self._lay_out(bool(markers))
            self._draw_all(song, markers, view)
        self._draw_marks(view)

    def _lay_out(self, marked: bool) -> None:
        """Gives the names of markers a row where there are any, limiting and overs where there is room."""
        height = self._canvas.height
        self._names = int(marked and height >= _NAMES_FROM)
        self._marks = int(height - self._names > _WAVE_ROWS)
        rows = height - self._names - self._marks
        if rows != self._rows:
            self._rows, self._song = rows, None

    def _draw_all(self, song: tuple[str, str, Stretch], markers: Markers, view: View) -> None:
        canvas, width = self._canvas, self._canvas.width
        if song != self._song:
            self._song = song
            self._wave, self._wave_styles = _wave(
                bytes.fromhex(song[0]), bytes.fromhex(song[1]), song[2], (width, self._rows)
            )
        self._styles = [list(row) for row in self._wave_styles]
        self._glyphs = [list(row) for row in self._wave]
        sign_of_marker = "╷" if self._names else "▴"
        signs = [(self._stretch.cell(frames, width), sign_of_marker, "marker") for frames, _ in markers]
        for cell, sign, its_style in (*signs, *self._draw_loop(view)):
            if cell >= 0:
                self._glyphs[-1][cell] = sign
                for row in self._styles:
                    row[cell] = its_style
        self._playhead = -1
        for row_number in range(self._rows):
            row_at = self._names + row_number
            canvas.cells(0, row_at, self._glyphs[row_number], self._styles[row_number])
        if self._names:
            self._draw_names(markers)

    def _draw_loop(self, view: View) -> list[tuple[int, str, str]]:
        """Colours the loop as far as it is shown; returns the signs at its ends: cell, glyph, style."""
        transport, width, stretch = view.snapshot.transport, self._canvas.width, self._stretch
        start_frames, end_frames = transport.loop_start_frames, transport.loop_end_frames
        if min(start_frames, end_frames) >= 0 and stretch.song_frames > 0 and transport.loop_on:
            begin, end = stretch.place(start_frames, width), stretch.place(end_frames, width)
            first, last = max(0, begin), min(width - 1, end)
            # where it ends exactly with a page, nothing of it is on the next one
            if end > begin and last >= first and end_frames > stretch.begin_frames:
                for row in self._styles:
                    row[first : last + 1] = ["loop"] * (last + 1 - first)
        style = "bold loop" if transport.loop_on else "dim"
        end_cell = stretch.cell(end_frames, width)
        if stretch.zoom > 1 and end_frames == stretch.end_frames:
            end_cell = width - 1
        elif stretch.zoom > 1 and end_frames == stretch.begin_frames:
            end_cell = -1
        return [(stretch.cell(start_frames, width), "[", style), (end_cell, "]", style)]

    def _draw_names(self, markers: Markers) -> None:
        canvas, width = self._canvas, self._canvas.width
        canvas.fill(0, 0, width, 1, " ", "marker")
        if self._stretch.song_frames <= 0:
            return
        places = [self._stretch.place(frames, width) for frames, _ in markers] + [width]
        for (_, name), (begin, end) in zip(markers, pairwise(places), strict=True):
            room = min(width, end) - begin
            if begin >= 0 and room >= 2:
                canvas.put(begin, 0, clipped("▾" + name, room - 1), "marker")

    def _draw_marks(self, view: View) -> None:
        """Limiting and overs, in a row of their own below."""
        row = self._canvas.height - 1 if self._marks else -1
        marks = view.document.marks
        key = (row, marks, self._stretch)
        if row < 0 or key == self._marks_key:
            return
        self._marks_key = key
        canvas, width = self._canvas, self._canvas.width
        glyphs, styles = _marked(marks or _NO_MARKS, self._stretch, width)
        canvas.cells(0, row, glyphs, styles)
        if all(glyph == " " for glyph in glyphs):
            nothing = _NOTHING if self._stretch.zoom == 1 else _NOTHING_HERE
            canvas.put(0, row, nothing if marks else _UNKNOWN, "faint", width)

    def _move(self, cell: int) -> None:
        if cell == self._playhead:
            return
        canvas, top = self._canvas, self._names
        for row in range(self._rows):
            if self._playhead >= 0:
                old = self._playhead
                canvas.cells(old, top + row, [self._glyphs[row][old]], [self._styles[row][old]])
            if cell >= 0:
                canvas.cells(cell, top + row, ["┃"], ["bold playhead"])
        self._playhead = cell


def _wave(
    peaks: bytes, rms: bytes, stretch: Stretch, size: tuple[int, int]
) -> tuple[list[list[str]], list[list[str]]]:
    """Glyphs and styles of a stretch of the waveform, row by row from above; `size` is width and rows."""
    width, rows = size
    if not peaks:
        return [["·"] * width for _ in range(rows)], [["faint"] * width for _ in range(rows)]
    loudest = max(peaks)
    glyphs = [list(row) for row in area(heights(stretch.part(peaks), loudest), width, rows)]
    if rows == 1 or not rms:
        return glyphs, [["waveform"] * width for _ in range(rows)]
    styles = [["dim"] * width for _ in range(rows)]
    bodies = resampled(heights(stretch.part(rms), loudest), width)
    for column, body in enumerate(bodies):
        eighths = rising(body, rows)
        for above in range(-(-eighths // 8)):
            row = rows - 1 - above
            glyphs[row][column], styles[row][column] = column_glyph(eighths, above), "waveform"
    return glyphs, styles


def _marked(marks: Marks, stretch: Stretch, width: int) -> tuple[list[str], list[str]]:
    """One row: columns as high as the limiter's reduction, a sign where full scale is passed."""
    reductions, overs = (stretch.part(bytes.fromhex(one)) for one in (marks.reductions, marks.overs))
    old = marks.old
    deepest = resampled([value / 10.0 for value in reductions], width)
    passed: Sequence[float] = resampled(list(map(float, overs)), width)
    glyphs = [column_glyph(rising(reduced / _REDUCTION_RANGE_DB, 1), 0) for reduced in deepest]
    styles = ["faint" if old else "reduction"] * width
    for cell, over in enumerate(passed):
        if over:
            glyphs[cell], styles[cell] = _OVER, "faint" if old else "bold over"
    return glyphs, styles
