"""Where the song is: state, position, loop, marker, what is listened to; and the whole song in braille."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from engine.link.records import Source
from tui.controls.probing import listening_to
from tui.controls.tracks import unmatched_words
from tui.desk.pace import Moment
from tui.desk.row import Piece, Row
from tui.desk.words import SOURCES, STATES, UNWELL
from tui.display.cells import Canvas, clipped
from tui.glyphs import numbers
from tui.glyphs.braille import waveform
from tui.view import View

#: A position further from the last one than this is a jump and is shown at once, s.
_JUMP_S = 0.3
_LETTERS = "ABCD"
#: Cells that a track's name gets where the whole one finds no room.
_NAME = 14
#: Steps of the overview's bytes a decibel: 255 are 60 dB.
_STEPS_PER_DB = 255.0 / 60.0
#: Range of the picture below the loudest place of the song, dB: enough to tell a verse from a chorus.
_WAVE_RANGE_DB = 30.0


class TransportBar:
    """The transport's line on row 0 of `canvas`."""

    def __init__(self, canvas: Canvas) -> None:
        self._row = Row(canvas)
        self._position_s = -1.0

    def draw(self, moment: Moment) -> None:
        """Shows the transport of `moment`."""
        position_s = moment.view.snapshot.position_s
        jumped = position_s is not None and abs(position_s - self._position_s) > _JUMP_S
        if moment.figures or jumped:
            self._position_s = -1.0 if position_s is None else position_s
            self._row.draw(_pieces(moment.view))


def _pieces(view: View) -> list[Piece]:
    transport = view.snapshot.transport
    sign, word, style = UNWELL.get(view.health) or STATES[transport.state]
    rate = transport.sample_rate_hz
    length_s = transport.length_frames / rate if rate > 0 else None
    marker = _marker(view)
    return [
        Piece((f"{sign} {word:<7}", f"{sign} {word}"), f"bold {style}", 0),
        Piece((numbers.clock(view.snapshot.position_s),), "bold text", 0),
        Piece((f"/ {numbers.clock(length_s)}",), "dim", 4),
        Piece((_remaining(view), ""), "dim", 8),
        _loop(view),
        Piece(
            (*(f"◊{clipped(marker, size):<{size}}" for size in (20, 12, 8)), "") if marker else ("",),
            "marker",
            7,
        ),
        *_source(view),
        _snapshot(view),
    ]


def _remaining(view: View) -> str:
    """Time to the end of the song."""
    transport = view.snapshot.transport
    if transport.sample_rate_hz <= 0 or transport.length_frames <= 0:
        return ""
    left_s = max(0, transport.length_frames - transport.position_frames) / transport.sample_rate_hz
    return f"{numbers.short_clock(left_s)} left"


def _loop(view: View) -> Piece:
    transport, rate = view.snapshot.transport, view.snapshot.transport.sample_rate_hz
    if max(transport.loop_start_frames, transport.loop_end_frames) < 0 or rate <= 0:
        return Piece(("loop —", ""), "dim", 6)
    ends = [
        numbers.short_clock(frames / rate if frames >= 0 else None).strip()
        for frames in (transport.loop_start_frames, transport.loop_end_frames)
    ]
    fine = [
        numbers.clock(frames / rate if frames >= 0 else None).strip()
        for frames in (transport.loop_start_frames, transport.loop_end_frames)
    ]
    word, style = ("LOOP", "bold loop") if transport.loop_on else ("loop off", "dim")
    return Piece((f"{word} {'–'.join(fine)}", f"{word} {'–'.join(ends)}", word), style, 5)


def _marker(view: View) -> str:
    """The name of the last marker at or before the position."""
    markers = view.document.get("markers") or ()
    places = [int(item["position_frames"]) for item in markers]
    index = bisect_right(places, view.snapshot.transport.position_frames) - 1
    return str(markers[index]["name"]) if index >= 0 else ""


def _source(view: View) -> list[Piece]:
    transport = view.snapshot.transport
    word, what = SOURCES[transport.source], listening_to(view.document)
    if transport.source not in (Source.DELTA, Source.BAND, Source.TRACK):
        what = ""
    style = {
        Source.PROCESSED: "bold accent",
        Source.DRY: "bold reverse note",
        Source.REFERENCE: "bold reverse reference",
        Source.RESIDUAL: "bold reverse residual",
        Source.DELTA: "bold reverse residual",
        Source.BAND: "bold reverse note",
        Source.TRACK: "bold reverse reference",
        Source.CODEC: "bold reverse warn",
    }[transport.source]
    named = (f"{word} {what}", f"{word} {_shortened(what)}", word) if what else (word,)
    match = "—" if transport.match_db != transport.match_db else numbers.change(transport.match_db, 0)
    matched = (f"matched {match} dB", f"{match} dB")
    if unmatched := unmatched_words(view):
        matched = (unmatched, unmatched.removesuffix(" until measured"))
    return [Piece(named, style, 1, right=True), Piece(matched, "value", 3, right=True)]


def _shortened(name: str) -> str:
    """The beginning of a long name, as that of a render is."""
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


def _snapshot(view: View) -> Piece:
    chosen = view.snapshot.transport.snapshot
    kept = view.document.get("snapshots") or {}
    letters = [
        f"[{letter}]" if index == chosen else letter if kept.get(letter) else "·"
        for index, letter in enumerate(_LETTERS)
    ]
    letter = _LETTERS[chosen] if 0 <= chosen < len(_LETTERS) else "—"
    return Piece((f"snapshot {' '.join(letters)}", f"snap {letter}"), "label", 2, right=True)


def heights(peaks: bytes) -> list[float]:
    """The overview's bytes as heights of 0…1, the loudest place of the song being 1."""
    loudest, span = max(peaks, default=0), _WAVE_RANGE_DB * _STEPS_PER_DB
    return [max(0.0, 1.0 - (loudest - value) / span) if value else 0.0 for value in peaks]


class Overview:
    """The song in braille on `canvas`: with three rows or more the first holds the markers' names."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._names = 1 if canvas.height >= 3 else 0
        self._rows = canvas.height - self._names
        self._peaks: str | None = None
        self._wave: list[str] = []
        self._key: tuple[Any, ...] = ()
        self._playhead = -1
        self._styles: list[str] = []
        self._glyphs: list[list[str]] = []

    def draw(self, moment: Moment) -> None:
        """Shows the song of `moment`."""
        view = moment.view
        transport = view.snapshot.transport
        overview = view.document.get("overview")
        peaks = overview["peaks"] if overview else ""
        ends = transport.loop_start_frames, transport.loop_end_frames, transport.loop_on
        markers = tuple(
            (int(item["position_frames"]), str(item["name"])) for item in view.document.get("markers") or ()
        )
        key = (peaks, ends, markers, transport.length_frames)
        if key != self._key:
            self._key = key
            self._draw_all(peaks, markers, view)
        self._move(self._cell(transport.position_frames, transport.length_frames))

    def _cell(self, frames: int, length: int) -> int:
        width = self._canvas.width
        return min(width - 1, max(0, frames * width // length)) if length > 0 and frames >= 0 else -1

    def _draw_all(self, peaks: str, markers: tuple[tuple[int, str], ...], view: View) -> None:
        canvas, width = self._canvas, self._canvas.width
        if peaks != self._peaks:
            self._peaks = peaks
            self._wave = waveform(heights(bytes.fromhex(peaks)), width, self._rows)
        transport = view.snapshot.transport
        length = transport.length_frames
        begin = self._cell(transport.loop_start_frames, length)
        end = self._cell(transport.loop_end_frames, length)
        self._styles = ["waveform" if peaks else "faint"] * width
        self._glyphs = [list(row) for row in self._wave]
        if not peaks:
            self._glyphs = [["·"] * width for _ in range(self._rows)]
        for frames, _ in markers:
            cell = self._cell(frames, length)
            if cell >= 0:
                self._glyphs[-1][cell], self._styles[cell] = "╷" if self._names else "▴", "marker"
        if begin >= 0 and end > begin and transport.loop_on:
            self._styles[begin : end + 1] = ["loop"] * (end + 1 - begin)
        for cell, sign in ((begin, "["), (end, "]")):
            if cell >= 0:
                self._glyphs[-1][cell], self._styles[cell] = sign, "bold loop" if transport.loop_on else "dim"
        self._playhead = -1
        for row in range(self._rows):
            canvas.cells(0, self._names + row, self._glyphs[row], self._styles)
        if self._names:
            self._draw_names(markers, length)

    def _draw_names(self, markers: tuple[tuple[int, str], ...], length: int) -> None:
        canvas, width = self._canvas, self._canvas.width
        canvas.fill(0, 0, width, 1, " ", "marker")
        places = [self._cell(frames, length) for frames, _ in markers] + [width]
        for index, (_, name) in enumerate(markers):
            begin = places[index]
            room = min(width, places[index + 1]) - begin
            if begin >= 0 and room >= 2:
                canvas.put(begin, 0, clipped("▾" + name, room - 1), "marker")

    def _move(self, cell: int) -> None:
        if cell == self._playhead:
            return
        canvas, top = self._canvas, self._names
        for row in range(self._rows):
            if self._playhead >= 0:
                old = self._playhead
                canvas.cells(old, top + row, [self._glyphs[row][old]], [self._styles[old]])
            if cell >= 0:
                canvas.cells(cell, top + row, ["┃"], ["bold playhead"])
        self._playhead = cell
