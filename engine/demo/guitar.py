"""The guitarist: clean sixteenth-note rhythm on the left, a single-string line on the right."""

from __future__ import annotations

from functools import cache

import numpy as np

from engine.demo.song import SECTIONS, TOTAL_FRAMES, Hand, Section, chord_at, frame_at
from engine.demo.space import add
from engine.demo.strings import String, muted, plucked, released
from engine.demo.tone import Signal, high_pass, low_pass, peak, saturate

CLEAN = String(
    pluck=0.11,
    pickup=0.21,
    stiffness=0.00004,
    partials=26,
    time_s=0.55,
    damping=0.16,
    top_hz=7500.0,
    tilt=-0.45,
    attack=0.10,
    attack_hz=3200.0,
)

_NOTE_FRAMES = 21_600

# Sixteenths: X accented chord, x chord, o short chord, m choked chord.
_STRUMS: dict[str, tuple[str, ...]] = {
    "verse": ("................", "..........m.X.o.", "................", "..........mmX.o."),
    "verse lift": ("m.mo..mmm.X.mmo.", "m.mo..mmm.Xom.o."),
    "pre-chorus": ("X.......X.......", "X.......X...X..."),
    "chorus": ("m.mXm.oxm.mXmmox", "m.mXm.oxm.Xomxox"),
    "last chorus": ("m.mXm.oxm.mXmmox", "m.mXm.oxm.XomxoX"),
    "outro": ("X.......X.......", "X..............."),
}
# The line on the right: beat within two bars, length, step among the chord's tones.
_LINE = (
    (0.5, 0.3, 3), (1.25, 0.2, 2), (1.5, 0.4, 3), (2.75, 0.2, 1), (3.0, 0.3, 2),
    (4.5, 0.3, 3), (5.25, 0.2, 2), (5.75, 0.3, 1), (6.5, 0.2, 2), (7.0, 0.2, 3), (7.5, 0.3, 2),
)  # fmt: skip
_STRENGTH = {"X": 1.0, "x": 0.75, "o": 0.55, "m": 0.5}


def render_rhythm() -> Signal:
    """The rhythm guitar, mono."""
    hand = Hand(61, late_ms=-1.0, loose_ms=3.5, touch=0.18)
    track = np.zeros(TOTAL_FRAMES)
    for part in SECTIONS:
        bars = _STRUMS.get(part.name, ())
        for bar in range(part.bars if bars else 0):
            for step, mark in enumerate(bars[bar % len(bars)]):
                if mark in _STRENGTH:
                    _stroke(track, hand, part.first_beat + 4.0 * bar + step / 4.0, mark)
    return saturate(track, 0.9)


def _stroke(track: Signal, hand: Hand, beat: float, mark: str) -> None:
    # The right hand goes down on eighths and up between them: low strings first, or high ones.
    downwards = (beat * 4.0) % 2.0 == 0.0
    tones = [midi + 12 for midi in chord_at(beat).voicing[-3:]]
    frame, strength = hand.frame(beat), hand.velocity(_STRENGTH[mark])
    length = {"X": 0.42, "x": 0.24, "o": 0.15}.get(mark, 0.0)
    frames = frame_at(beat + length) - frame_at(beat)
    for number, midi in enumerate(tones if downwards else reversed(tones)):
        start = frame + number * (330 if length > 0.3 else 210)
        if mark == "m":
            add(track, start, _choked(midi - 12), 0.30 * strength)
        else:
            add(track, start, released(_picked(midi), frames, 0.035), 0.34 * strength)


def render_line() -> Signal:
    """The single-string line of verse lift and choruses, mono."""
    hand = Hand(67, late_ms=2.0, loose_ms=4.0, touch=0.15)
    track = np.zeros(TOTAL_FRAMES)
    for part in SECTIONS:
        if part.name in ("verse lift", "chorus", "last chorus"):
            _play_line(track, hand, part)
    return saturate(track, 0.9)


def _play_line(track: Signal, hand: Hand, part: Section) -> None:
    level = 0.42 if part.name == "verse lift" else 0.55
    for pair in range(part.bars // 2):
        for beat, length, step in _LINE:
            at = part.first_beat + 8.0 * pair + beat
            midi = chord_at(at).voicing[step % len(chord_at(at).voicing)] + 12
            frames = frame_at(at + length) - frame_at(at)
            note = released(_picked(midi), frames, 0.03)
            add(track, hand.frame(at), note, hand.velocity(level))


@cache
def _picked(midi: int) -> Signal:
    return _speaker(plucked(CLEAN, midi, _NOTE_FRAMES))


@cache
def _choked(midi: int) -> Signal:
    return _speaker(muted(CLEAN, midi))


def _speaker(sound: Signal) -> Signal:
    """What a clean combo makes of a string: presence, less boxiness, the speaker's band."""
    return low_pass(peak(peak(high_pass(sound, 180.0), 2600.0, 0.8, 3.0), 450.0, 0.8, -3.0), 6200.0)
