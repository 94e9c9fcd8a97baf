"""The song as data: tempo, form, chords and the feel of the hands that play it.

"River of Light", C major, 112.5 beats a minute: 32 bars of four beats and a tail, 71.5 s. One beat is
exactly 25 600 frames at 48 kHz. Positions are beats from the first downbeat.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

TITLE = "River of Light"
BEAT_FRAMES = 25_600
LEAD_IN_FRAMES = 9_600
"""Silence before the first downbeat: room for an early hand and for the lead's first breath."""
TOTAL_FRAMES = 3_432_000
SWING = 0.045
"""How late the second of two sixteenths comes, in beats/2: a light, 54 : 46 shuffle."""


@dataclass(frozen=True)
class Section:
    """A part of the form: its name, its first bar (from 0) and its number of bars."""

    name: str
    first_bar: int
    bars: int

    @property
    def first_beat(self) -> float:
        """Beat of its first downbeat."""
        return 4.0 * self.first_bar

    @property
    def last_beat(self) -> float:
        """Beat at which the next section begins."""
        return 4.0 * (self.first_bar + self.bars)


SECTIONS = (
    Section("intro", 0, 2),
    Section("verse", 2, 4),
    Section("verse lift", 6, 4),
    Section("pre-chorus", 10, 2),
    Section("chorus", 12, 8),
    Section("break", 20, 4),
    Section("last chorus", 24, 6),
    Section("outro", 30, 2),
)


@dataclass(frozen=True)
class Chord:
    """A chord with its place.

    Attributes:
        beat: where it starts.
        length: in beats.
        symbol: as a lead sheet names it.
        root: of the bass, MIDI.
        voicing: of the keyboard's hands, MIDI, ascending.
    """

    beat: float
    length: float
    symbol: str
    root: int
    voicing: tuple[int, ...]


_LOW = {
    "Fmaj9": (29, (57, 60, 64, 67)),
    "Em7": (28, (55, 59, 62, 69)),
    "Am9": (33, (55, 59, 60, 64)),
    "Am9/G": (31, (55, 59, 60, 64)),
    "Gm9": (31, (53, 57, 58, 62)),
    "C13": (36, (52, 57, 58, 62)),
    "Fmaj9.": (29, (52, 55, 57, 60)),
    "E7#5": (28, (56, 60, 62, 67)),
    "F#m7b5": (30, (57, 60, 64, 66)),
    "Fm6": (29, (56, 60, 62, 67)),
    "A7b9": (33, (55, 58, 61, 64)),
    "Dm9": (38, (53, 57, 60, 64)),
    "G13sus": (31, (53, 57, 60, 64)),
    "G13": (31, (53, 57, 59, 64)),
}
_HIGH = {
    "Cmaj9": (36, (59, 62, 64, 67)),
    "G/B": (35, (59, 62, 67, 69)),
    "Am9'": (33, (59, 60, 64, 67)),
    "Fmaj9'": (29, (57, 60, 64, 67)),
    "E7b9/G#": (32, (59, 62, 65, 68)),
    "Gm9'": (31, (58, 62, 65, 69)),
    "C13'": (36, (58, 62, 64, 69)),
    "Fm6'": (29, (56, 60, 62, 67)),
    "Em7'": (28, (55, 59, 62, 67)),
    "A7b9'": (33, (55, 58, 61, 67)),
    "Dm9'": (38, (53, 57, 60, 64)),
    "Abmaj9": (32, (55, 58, 60, 63)),
    "Bb69": (34, (55, 60, 62, 65)),
}
_VOICINGS = {**_LOW, **_HIGH}

_FORM = (
    "Fmaj9 | G13sus:3 G13:1"
    " | Fmaj9 | Em7 | Am9 | Gm9:2 C13:2 | Fmaj9. | E7#5 | Am9:2 Am9/G:2 | F#m7b5:2 Fm6:2"
    " | Em7:2 A7b9:2 | Dm9:2 G13sus:1 G13:1"
    " | Cmaj9 | G/B | Am9' | Fmaj9' | Cmaj9 | E7b9/G# | Am9':2 Gm9':1 C13':1 | Fmaj9':2 Fm6':2"
    " | Abmaj9 | Bb69 | Gm9':2 C13':2 | Fmaj9':2 G13sus:1 G13:1"
    " | Cmaj9 | E7b9/G# | Am9':2 Gm9':1 C13':1 | Fmaj9':2 Fm6':2 | Em7':2 A7b9':2 | Dm9':2 G13sus:2"
    " | Abmaj9:2 Bb69:2 | Cmaj9"
)
"""Bars between bars; `symbol:beats` where a chord does not fill its bar; a mark after the symbol
(`.` or `'`) chooses another position of the hands."""


def _chords() -> tuple[Chord, ...]:
    chords = []
    for bar, text in enumerate(_FORM.split("|")):
        beat = 4.0 * bar
        for word in text.split():
            name, _, beats = word.partition(":")
            length = float(beats or 4.0)
            root, voicing = _VOICINGS[name]
            chords.append(Chord(beat, length, name.rstrip(".'"), root, voicing))
            beat += length
    return tuple(chords)


CHORDS = _chords()
LAST_BEAT = SECTIONS[-1].last_beat


def chord_at(beat: float) -> Chord:
    """The chord that sounds at `beat` (the last one beyond the end)."""
    return next((c for c in reversed(CHORDS) if c.beat <= beat + 1e-9), CHORDS[0])


def chord_after(beat: float) -> Chord:
    """The chord that follows the one at `beat`, or the last."""
    return next((c for c in CHORDS if c.beat > beat + 1e-9), CHORDS[-1])


def section_at(beat: float) -> Section:
    """The section that `beat` lies in."""
    return next(s for s in reversed(SECTIONS) if s.first_beat <= max(beat, 0.0) + 1e-9)


def section(name: str) -> Section:
    """The section called `name`."""
    return next(s for s in SECTIONS if s.name == name)


def frame_at(beat: float) -> int:
    """The frame of `beat`, swung: the second sixteenth of each pair comes late."""
    pair, within = divmod(beat, 0.5)
    swung = within * (1.0 + SWING * 2.0) if within <= 0.25 else 0.5 - (0.5 - within) * (1.0 - SWING * 2.0)
    return LEAD_IN_FRAMES + round((0.5 * pair + swung) * BEAT_FRAMES)


class Hand:
    """One player's timing and touch: seeded, so that every performance is the same one.

    Args:
        seed: names the player.
        late_ms: how far behind the beat this player sits on average.
        loose_ms: the largest deviation from that.
        touch: the largest relative deviation of velocity.
    """

    def __init__(self, seed: int, late_ms: float = 0.0, loose_ms: float = 4.0, touch: float = 0.12) -> None:
        self._random = random.Random(seed)
        self._late_ms = late_ms
        self._loose_ms = loose_ms
        self._touch = touch

    def frame(self, beat: float) -> int:
        """When this hand plays what is written at `beat`."""
        wobble_ms = self._late_ms + self._loose_ms * self._triangle()
        return frame_at(beat) + round(wobble_ms * 48.0)

    def velocity(self, written: float) -> float:
        """How hard it plays what is written as `written`."""
        return written * (1.0 + self._touch * self._triangle())

    def choose(self, count: int) -> int:
        """One of `count` variants of a sound."""
        return self._random.randrange(count)

    def spread(self) -> float:
        """A deviation in −1…1, more often small."""
        return self._triangle()

    def _triangle(self) -> float:
        return self._random.random() + self._random.random() - 1.0
