"""Where the song is: state, position, loop, marker, what is listened to."""

from __future__ import annotations

from bisect import bisect_right

from engine.link.records import Source
from tui.desk.pace import Moment
from tui.desk.row import Piece, Row
from tui.desk.stretch import stretch_of
from tui.desk.words import SOURCES, STATES, UNWELL
from tui.display.cells import Canvas, clipped
from tui.glyphs import numbers
from tui.heard import listening_to, unmatched_words
from tui.view import View

#: A position further from the last one than this is a jump and is shown at once, s.
_JUMP_S = 0.3
_LETTERS = "ABCD"
#: Cells that a track's name gets where the whole one finds no room.
_NAME = 14


class TransportBar:
    """The transport's line on row 0 of `canvas`."""

    def __init__(self, canvas: Canvas) -> None:
        self._row = Row(canvas)
        self._position_s = -1.0
        self._page = 0

    def draw(self, moment: Moment) -> None:
        """Shows the transport of `moment`."""
        position_s = moment.view.snapshot.position_s
        jumped = position_s is not None and abs(position_s - self._position_s) > _JUMP_S
        page = stretch_of(moment.view).page
        if moment.figures or jumped or page != self._page:
            self._page = page
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
        # a stretch that is shown matters more: where it begins and ends
        Piece((f"/ {numbers.clock(length_s)}", *([""] if view.focus.zoom > 1 else [])), "dim", 4),
        Piece((_remaining(view), ""), "dim", 8),
        _shown(view),
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


def _shown(view: View) -> Piece:
    """Which stretch of the song the time lines show, unless it is all of it."""
    stretch, rate = stretch_of(view), view.snapshot.transport.sample_rate_hz
    if stretch.zoom == 1 or rate <= 0:
        return Piece(("",), "bold accent", 9)
    begin, end = (
        numbers.short_clock(frames / rate).strip() for frames in (stretch.begin_frames, stretch.end_frames)
    )
    words = f"{stretch.name} {begin}–{end}"
    return Piece((f"shown {words}", words, stretch.name), "bold accent", 2)


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
    markers = view.document.markers
    places = [item.position_frames for item in markers]
    index = bisect_right(places, view.snapshot.transport.position_frames) - 1
    return markers[index].name if index >= 0 else ""


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
    kept = view.document.snapshots
    letters = [
        f"[{letter}]" if index == chosen else letter if kept.get(letter) else "·"
        for index, letter in enumerate(_LETTERS)
    ]
    letter = _LETTERS[chosen] if 0 <= chosen < len(_LETTERS) else "—"
    return Piece((f"snapshot {' '.join(letters)}", f"snap {letter}"), "label", 2, right=True)
