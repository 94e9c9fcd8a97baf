"""The bass player: a fingered electric bass, with ghost notes, octaves and approaches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.demo.song import CHORDS, TOTAL_FRAMES, Chord, Hand, chord_after, frame_at, section_at
from engine.demo.space import add
from engine.demo.strings import String, muted, plucked, released
from engine.demo.tone import Signal, band_pass, frames_of, high_pass, low_pass, peak, saturate

FINGERED = String(
    pluck=0.17,
    pickup=0.12,
    stiffness=0.00012,
    partials=30,
    time_s=1.15,
    damping=0.20,
    top_hz=4200.0,
    tilt=-0.35,
    attack=0.10,
    attack_hz=1500.0,
)

_RELEASE_S = 0.05


@dataclass(frozen=True)
class Note:
    """A note of the bass: beat, length in beats (0 is a ghost note), MIDI pitch, strength 0…1."""

    beat: float
    length: float
    midi: int
    strength: float


# A figure is a list of: beat within the chord, length in beats, degree, strength. Degrees: R root, 8 octave,
# 5 fifth, 7 seventh, A a half-tone below the next root, B a half-tone above it, g a ghost note on the root.
_WHOLE: dict[str, tuple[str, ...]] = {
    "verse": (
        "0 .9 R .9, 1.5 .4 R .7, 2.5 .45 5 .7, 3 .4 8 .75",
        "0 1.2 R .9, 1.75 0 g .5, 2 .45 R .75, 2.75 .3 8 .7, 3.5 .4 A .7",
    ),
    "verse lift": (
        "0 .7 R .95, .75 0 g .5, 1.5 .35 R .75, 2 0 g .5, 2.5 .2 5 .75, 2.75 .2 7 .6, "
        "3 .3 8 .85, 3.5 .4 A .75",
        "0 .7 R .95, 1 .2 8 .8, 1.5 .35 R .75, 2.25 0 g .5, 2.5 .35 8 .8, 3 .3 5 .7, 3.5 .4 B .75",
    ),
    "chorus": (
        "0 .6 R 1, .75 .2 R .6, 1 .2 8 .9, 1.5 .25 R .8, 1.75 0 g .5, 2.25 .4 R .9, 2.75 .2 5 .7, "
        "3 .25 8 .9, 3.5 .4 A .85",
        "0 .6 R 1, .75 0 g .5, 1 .2 8 .9, 1.5 .4 R .8, 2 0 g .5, 2.25 .4 R .9, 2.75 .2 7 .75, 3 .25 8 .9, "
        "3.25 .2 5 .65, 3.5 .4 B .85",
    ),
    "break": ("0 2.6 R .85, 3 .4 5 .6, 3.5 .45 8 .65", "0 2.4 R .85, 2.5 .4 R .6, 3.5 .45 A .65"),
    "outro": ("0 5 R .9",),
}
_HALF: dict[str, str] = {
    "verse": "0 .8 R .9, 1 .4 R .65, 1.5 .4 A .7",
    "verse lift": "0 .7 R .9, .75 0 g .5, 1 .25 8 .75, 1.5 .4 A .75",
    "pre-chorus": "0 .9 R .9, 1 .4 8 .7, 1.5 .4 A .8",
    "chorus": "0 .6 R 1, .75 .2 R .6, 1 .25 8 .9, 1.5 .4 A .85",
    "break": "0 1.3 R .85, 1.5 .4 A .6",
    "outro": "0 1.3 R .95, 1.5 .4 8 .8",
}
_SHORT = "0 .4 R .9, .5 .35 A .8"
_ALIAS = {"last chorus": "chorus", "intro": "break"}
_FIRST_BEAT = 4.0
"""The intro's first bar belongs to the keys."""


def _pitch(degree: str, chord: Chord) -> int:
    following = chord_after(chord.beat).root
    flat_fifth = 6 if "b5" in chord.symbol else 7
    degrees = {"R": 0, "g": 0, "8": 12, "5": flat_fifth, "7": 11 if "maj" in chord.symbol else 10}
    if degree in degrees:
        return chord.root + degrees[degree]
    return following - 1 if degree == "A" and following > 28 else following + 1


def notes() -> list[Note]:
    """The bass line, in order."""
    line = []
    for number, chord in enumerate(c for c in CHORDS if c.beat >= _FIRST_BEAT):
        name = section_at(chord.beat).name
        name = _ALIAS.get(name, name)
        if chord.length >= 3.0:
            figures = _WHOLE.get(name, _WHOLE["verse"])
            figure = figures[number % len(figures)]
        else:
            figure = _HALF[name] if chord.length == 2.0 else _SHORT
        for beat, length, degree, strength in (item.split() for item in figure.split(",")):
            pitch = _pitch(degree, chord)
            line.append(Note(chord.beat + float(beat), float(length), pitch, float(strength)))
    return sorted(line, key=lambda note: note.beat)


def render() -> Signal:
    """The bass stem, shape `(2, frames)`, before it is levelled into the mix."""
    hand = Hand(31, late_ms=2.0, loose_ms=3.5, touch=0.10)
    line = np.zeros(TOTAL_FRAMES)
    line_notes = notes()
    longest: dict[int, int] = {}
    for note in line_notes:
        needed = frame_at(note.beat + note.length) - frame_at(note.beat) + frames_of(_RELEASE_S)
        longest[note.midi] = max(longest.get(note.midi, 0), needed)
    for note in line_notes:
        frame, strength = hand.frame(note.beat), hand.velocity(note.strength)
        if note.length == 0.0:
            add(line, frame, muted(FINGERED, note.midi), 0.8 * strength)
            continue
        length = frame_at(note.beat + note.length) - frame_at(note.beat)
        # The harder the finger, the more of the bright string and the less of the dark one.
        for colour, share in ((plucked, strength * strength), (_dark, 1.0 - strength * strength)):
            sound = released(colour(FINGERED, note.midi, longest[note.midi]), length, _RELEASE_S)
            add(line, frame, sound, strength * share)
    return np.stack([_amplified(line)] * 2)


@cache
def _dark(string: String, midi: int, count: int) -> Signal:
    return low_pass(plucked(string, midi, count), 700.0)


def _amplified(mono: Signal) -> Signal:
    """A warm valve amplifier: the low end stays clean, growl comes from the mids."""
    growl = band_pass(mono, 850.0, 0.5)
    driven = saturate(2.6 * growl, 1.0) * 0.30
    sound = peak(saturate(mono, 0.65) + driven, 85.0, 0.8, 2.0)
    return high_pass(peak(sound, 260.0, 1.0, -2.0), 32.0)
