"""The drummer: patterns, fills and the stereo picture of the kit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from engine.demo import drum_kit as kit
from engine.demo.song import SECTIONS, TOTAL_FRAMES, Hand, Section, section
from engine.demo.space import Room, add, place, reverberate
from engine.demo.tone import Signal, gain, saturate

_STRENGTH = {"X": 1.0, "x": 0.74, "o": 0.45, "g": 0.28}
_VARIANTS = 4

_GROOVES: dict[str, dict[str, tuple[str, ...]]] = {
    # Sixteen sixteenths a bar; the lines of a piece take turns, bar by bar.
    "intro": {
        "hat": ("x.o.x.o.x.o.x.oo", "x.o.x.o.x.o.x..."),
        "stick": ("....x.......x...", "....x.......x..g"),
    },
    "verse": {
        "kick": ("X.....o.x.......", "X.....o.x..o....", "X.....o.x.......", "X.....o.x..o..o."),
        "stick": ("....X.......X...", "....X.......X...", "....X.......X..o", "....X.......X..."),
        "hat": ("x.o.x.o.x.o.x.o.", "x.o.x.oox.o.x.o.", "x.o.x.o.x.o.x.oo", "x.oox.o.x.o.x..."),
    },
    "verse lift": {
        "kick": ("X.....o.x..x....", "X..o..o.x..x....", "X.....o.x..x....", "X..o..x.x..x..o."),
        "snare": ("....X.......X...", "....X.......X...", "....X.......X...", "....X.......X..."),
        "ghost": (".......g.g.....g", ".......g.g......", ".......g.g...g.g", ".......g.g......"),
        "hat": ("xoxoxoxoxoxoxoxo", "xoxoxoxoxoxoxo..", "xoxoxoxoxoxoxoxo", "xoxoxoxoxoxo...."),
        "open": ("................", "..............x.", "................", "................"),
        "shaker": ("..x...x...x...x.",),
    },
    "pre-chorus": {
        "kick": ("X...x...x...x...", "X.......x......."),
        "snare": ("....X.......X...", "....X..........."),
        "hat": ("x.x.x.x.x.x.x.x.", "x.x.x.x........."),
        "tambourine": ("....x.......x...", "....x..........."),
    },
    "chorus": {
        "kick": ("X...x..xX.x.x...", "X...x..xX...x.o.", "X...x..xX.x.x...", "X...x..xX...x..o"),
        "snare": ("....X.......X...", "....X.......X...", "....X.......X...", "....X.......X..o"),
        "clap": ("....X.......X...",),
        "ghost": (".......g.g.....g", "..g....g.g......", ".......g.g.....g", ".......g.g.g...."),
        "hat": ("x.oox.oox.oox.oo",),
        "open": ("..x...x...x...x.",),
        "tambourine": ("....x.......x..o",),
        "shaker": ("oxoxoxoxoxoxoxox",),
    },
    "break": {
        "kick": ("X.........x.....", "X.........x.....", "X.........x..o..", "X..............."),
        "stick": ("........X.......", "........X.......", "........X......g", "................"),
        "shaker": ("x.oox.oox.oox.oo", "x.oox.oox.oox.oo", "x.oox.oox.oox.oo", "x.oo............"),
    },
}
_GROOVES["last chorus"] = _GROOVES["chorus"] | {
    "tambourine": ("xoxoXoxoxoxoXoxo",),
    "snare": ("....X.......X...", "....X.......X..o", "....X.......X...", "....X..o....X.o."),
}

_FILLS: tuple[tuple[float, str, float], ...] = (
    # Beat, piece, strength: what the patterns leave out.
    (7.0, "snare", 0.5), (7.25, "ghost", 0.4), (7.5, "snare", 0.7), (7.75, "kick", 0.8),
    (23.5, "open", 0.6),
    (39.0, "snare", 0.6), (39.25, "ghost", 0.45), (39.5, "tom1", 0.7), (39.75, "tom2", 0.7),
    (46.0, "snare", 0.7), (46.25, "snare", 0.55), (46.5, "tom1", 0.85), (46.75, "tom1", 0.7),
    (47.0, "tom2", 0.9), (47.25, "tom2", 0.75), (47.5, "tom3", 0.95), (47.75, "snare", 0.9),
    (63.5, "tom1", 0.7), (63.75, "tom2", 0.75),
    (79.0, "snare", 0.8), (79.25, "tom1", 0.75), (79.5, "tom2", 0.85), (79.75, "tom3", 0.9),
    (94.0, "tom2", 0.6), (94.5, "tom2", 0.7), (94.75, "tom3", 0.7), (95.0, "snare", 0.8),
    (95.25, "snare", 0.7), (95.5, "snare", 0.9), (95.75, "snare", 1.0), (95.5, "kick", 0.8),
    (111.5, "tom1", 0.7), (111.75, "tom3", 0.8),
    (118.5, "snare", 0.7), (118.75, "snare", 0.8), (119.0, "tom1", 0.85), (119.25, "tom2", 0.85),
    (119.5, "tom3", 0.95), (119.75, "tom3", 0.85),
    (120.0, "kick", 1.0), (122.0, "kick", 0.9), (121.0, "stick", 0.6), (123.0, "stick", 0.7),
    (123.5, "tom2", 0.6), (123.75, "tom3", 0.7), (124.0, "kick", 1.0),
)  # fmt: skip
_TIME = ("hat", "open", "shaker")
_FILL_AT = section("outro").first_beat - 2.0
"""For the last fill the hand that keeps time is on the toms."""
_CRASHES = ((48.0, 0.9), (64.0, 0.6), (80.0, 0.75), (96.0, 1.0), (112.0, 0.65), (120.0, 0.8), (124.0, 0.7))

_ROOM = Room(
    length_s=0.75,
    low_time_s=0.09,
    mid_time_s=0.12,
    high_time_s=0.07,
    predelay_s=0.008,
    lowest_hz=140.0,
    highest_hz=7500.0,
    seed=41,
)


@dataclass(frozen=True)
class _Piece:
    sound: Callable[[int], Signal]
    level_db: float
    position: float
    room: float
    late_ms: float = 0.0
    loose_ms: float = 3.0
    strokes: list[tuple[float, float]] = field(default_factory=list)


def _kit() -> dict[str, _Piece]:
    return {
        "kick": _Piece(kit.kick, -11.0, 0.0, 0.05, 0.0, 2.0),
        "snare": _Piece(kit.snare, -6.5, 0.06, 0.40, 3.5, 2.5),
        "ghost": _Piece(partial(kit.snare, ghost=True), -8.5, 0.06, 0.25, 5.0, 5.0),
        "stick": _Piece(kit.cross_stick, -11.0, 0.10, 0.45, 3.0, 2.5),
        "clap": _Piece(kit.clap, -12.0, -0.12, 0.55, 5.0, 5.0),
        "tom1": _Piece(partial(kit.tom, 148.0), -10.0, 0.42, 0.35),
        "tom2": _Piece(partial(kit.tom, 112.0), -9.5, -0.08, 0.35),
        "tom3": _Piece(partial(kit.tom, 82.0), -9.0, -0.48, 0.35),
        "hat": _Piece(partial(kit.hat, openness=0.0), -15.0, 0.34, 0.06, 1.0, 4.5),
        "open": _Piece(partial(kit.hat, openness=0.42), -18.0, 0.34, 0.08, 1.0, 4.0),
        "crash": _Piece(kit.crash, -13.5, -0.1, 0.10),
        "tambourine": _Piece(kit.tambourine, -21.0, -0.45, 0.20, 4.0, 5.0),
        "shaker": _Piece(kit.shaker, -18.5, -0.55, 0.10, 0.0, 5.0),
    }


def _pattern_strokes(part: Section) -> Iterator[tuple[str, float, float]]:
    for piece, lines in _GROOVES.get(part.name, {}).items():
        for bar in range(part.bars):
            for step, mark in enumerate(lines[bar % len(lines)]):
                if mark in _STRENGTH:
                    yield piece, part.first_beat + 4.0 * bar + step / 4.0, _STRENGTH[mark]


def strokes() -> list[tuple[str, float, float]]:
    """Everything the drummer plays: piece, beat, strength (0…1)."""
    played = [stroke for part in SECTIONS for stroke in _pattern_strokes(part)]
    played += [(piece, beat, strength) for beat, piece, strength in _FILLS]
    played += [("crash", beat, strength) for beat, strength in _CRASHES]
    return [
        stroke for stroke in played if not (stroke[0] in _TIME and _FILL_AT <= stroke[1] < _FILL_AT + 2.0)
    ]


def render() -> Signal:
    """The drums stem, shape `(2, frames)`, before it is levelled into the mix."""
    pieces = _kit()
    for name, beat, strength in sorted(strokes(), key=lambda s: (s[0], s[1])):
        pieces[name].strokes.append((beat, strength))
    dry = np.zeros((2, TOTAL_FRAMES))
    send = np.zeros(TOTAL_FRAMES)
    for number, piece in enumerate(pieces.values()):
        _play(piece, Hand(11 + number, piece.late_ms, piece.loose_ms), dry, send)
    reverberate(dry, send, _ROOM)
    return saturate(dry, 1.1)


def _play(piece: _Piece, hand: Hand, dry: Signal, send: Signal) -> None:
    variants = [piece.sound(variant) for variant in range(_VARIANTS if len(piece.strokes) > 8 else 2)]
    level, previous = gain(piece.level_db), -1
    for beat, strength in piece.strokes:
        choice = hand.choose(len(variants))
        choice = (choice + 1) % len(variants) if choice == previous else choice
        previous = choice
        sound, frame = variants[choice], hand.frame(beat)
        velocity = hand.velocity(strength) * level
        place(dry, frame, sound, velocity, piece.position)
        mono = sound if sound.ndim == 1 else 0.5 * (sound[0] + sound[1])
        add(send, frame, mono, 0.8 * velocity * piece.room)
