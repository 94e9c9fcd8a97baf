"""What is sung: words, melody and harmonies.

A note is written as beat within the phrase, length in beats, pitch and syllable (the sounds of
`phones.py` joined by dots); `-` carries the syllable before on to a new pitch.

    Neon on the water, every window knows your name.
    I've been running slower, waiting on the morning train.
    And it all comes back in waves, in waves:
    Stay in the light, stay where the river runs,
    stay in the light, till every colour comes undone.
"""

from __future__ import annotations

from dataclasses import dataclass

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True)
class Note:
    """One sung note: beat in the phrase, length in beats, MIDI pitch, syllable."""

    beat: float
    length: float
    midi: int
    syllable: str


@dataclass(frozen=True)
class Phrase:
    """A phrase between two breaths.

    Attributes:
        beat: its origin in the song.
        effort: 0 soft and breathy … 1 full voice.
        notes: in order.
        echo: how much of its end is sent to the echo, 0…1.
    """

    beat: float
    effort: float
    notes: tuple[Note, ...]
    echo: float = 0.0


def midi_of(name: str) -> int:
    """MIDI number of a pitch name such as `C4` (60), `Bb3` or `G#4`."""
    return 12 * int(name[-1]) + 12 + _STEPS[name[0]] + name.count("#") - name.count("b", 1)


def _notes(text: str) -> tuple[Note, ...]:
    words = [item.split() for item in text.split(",")]
    return tuple(Note(float(w[0]), float(w[1]), midi_of(w[2]), w[3]) for w in words)


def _lead(beat: float, effort: float, echo: float, text: str) -> Phrase:
    return Phrase(beat, effort, _notes(text), echo)


_HOOK = "-.25 1.3 C5 s.t.ey, 1.5 .45 A4 ih.n, 2 .6 G4 dh.ah, 2.75 1.9 B4 l.aa, "

LEAD: tuple[Phrase, ...] = (
    _lead(8, 0.42, 0.4, "0.5 .45 E4 n.iy, 1 .65 G4 aa.n, 1.75 .6 E4 aa.n, 2.5 .4 D4 dh.ah, "
          "3 .65 E4 w.ao, 3.75 1.6 D4 t.er"),
    _lead(16, 0.45, 0.5, "0.5 .45 C4 eh.v, 1 .4 D4 r.iy, 1.5 .45 E4 w.ih.n, 2 .65 E4 d.ow, "
          "2.75 .45 G4 n.ow.z, 3.25 .4 F4 y.ao, 3.75 2 D4 n.eh, 5.75 .9 E4 ey.m"),
    _lead(24, 0.52, 0.4, "0.5 .45 E4 ay.v, 1 .65 G4 b.ih.n, 1.75 .65 A4 r.ah, 2.5 .45 G4 n.ih.ng, "
          "3 .7 A4 s.l.ow, 3.75 1.7 G#4 w.er"),
    _lead(32, 0.55, 0.5, "0.5 .45 A4 w.ey, 1 .45 G4 t.ih.ng, 1.5 .45 E4 aa.n, 2 .4 D4 dh.ah, "
          "2.5 .65 E4 m.ao.r, 3.25 .45 G4 n.ih.ng, 3.75 1.9 E4 t.r.eh, 5.75 1.4 D4 ey.n"),
    _lead(40, 0.60, 0.0, "0.5 .4 D4 ae.n.d, 1 .4 E4 ih.t, 1.5 .65 G4 ao.l, 2.25 .45 G4 k.ah.m.z, "
          "2.75 .95 Bb4 b.ae.k"),
    _lead(44, 0.70, 0.0, "0 .4 A4 ih.n, 0.5 1 A4 w.ey.v.z, 1.75 .4 A4 ih.n, 2.25 .75 C5 w.eh, "
          "3 .47 B4 ey.v.z"),
    _lead(48, 0.85, 0.5, _HOOK + "4.75 .4 A4 -, 5.25 .9 G4 ay.t"),
    _lead(56, 0.85, 0.5, "-.25 1.3 C5 s.t.ey, 1.5 .45 B4 w.eh.r, 2 .4 A4 dh.ah, 2.5 .45 G4 r.ih, "
          "3 .55 E4 v.er, 3.75 1.5 G4 r.ah, 5.25 1.2 A4 ah.n.z"),
    _lead(64, 0.88, 0.5, _HOOK + "4.75 .4 A4 -, 5.25 .9 G#4 ay.t"),
    _lead(72, 0.90, 0.4, "0.5 .4 A4 t.ih.l, 1 .45 C5 eh.v, 1.5 .4 B4 r.iy, 2 .45 Bb4 k.ah, "
          "2.5 .45 A4 l.er, 3 .65 G4 k.ah.m.z, 3.75 .45 A4 ah.n, 4.25 1.75 A4 d.ah, 6 1.4 G#4 ah.n"),
    _lead(80, 0.55, 0.6, "0 2.6 G4 ow"),
    _lead(88, 0.65, 0.5, "0.5 .45 G4 ih.n, 1 1.3 Bb4 w.ey.v.z, 4.5 .45 A4 ih.n, 5 2 C5 w.eh, "
          "7 .42 B4 ey.v.z"),
    _lead(96, 0.95, 0.5, _HOOK + "4.75 .4 C5 -, 5.25 .9 B4 ay.t"),
    _lead(104, 0.95, 0.5, "-.25 1.3 C5 s.t.ey, 1.25 .5 C5 w.eh.r, 2 .4 Bb4 dh.ah, 2.5 .45 A4 r.ih, "
          "3 .6 G4 v.er, 3.75 2.2 A4 r.ah, 6 1.2 G#4 ah.n.z"),
    _lead(112, 1.0, 0.7, "0.5 .4 G4 ih.n, 1 .9 B4 w.ey.v.z, 2.5 .4 A4 ih.n, 3 1 Bb4 w.ey.v.z, "
          "4.5 .45 A4 ih.n, 5 .65 A4 dh.ah, 5.75 2.1 C5 l.aa, 8 1.7 C5 -, 10 1.7 D5 -, 12 3.9 G4 ay.t"),
)  # fmt: skip


def _choir(beat: float, effort: float, vowel: str, text: str) -> tuple[Phrase, ...]:
    """Three parts that hold chords: beat, length, three pitches low to high; later chords are tied on."""
    chords = [item.split() for item in text.split(",")]
    return tuple(
        Phrase(
            beat,
            effort,
            tuple(
                Note(float(word[0]), float(word[1]), midi_of(word[2 + part]), "-" if number else vowel)
                for number, word in enumerate(chords)
            ),
        )
        for part in range(3)
    )


def _hook(beat: float, effort: float, *parts: str) -> tuple[Phrase, ...]:
    """The hook's words and rhythm on the pitches of each part."""
    model = _notes(_HOOK + "4.75 .4 A4 -, 5.25 .9 G4 ay.t")
    return tuple(
        Phrase(
            beat,
            effort,
            tuple(
                Note(note.beat, note.length, midi_of(pitch), note.syllable)
                for note, pitch in zip(model, part.split(), strict=True)
            ),
        )
        for part in parts
    )


_COLOUR = "0 1.9 C4 E4 G4, 2 .95 Bb3 D4 F4, 3 .95 Bb3 E4 A4, 4 1.9 A3 E4 G4, 6 1.6 Ab3 D4 F4"

BACKING: tuple[tuple[Phrase, ...], ...] = (
    _choir(24, 0.25, "uw", "0 3.9 A3 C4 E4, 4 3.9 G#3 C4 D4, 8 1.9 G3 C4 E4, 10 1.9 G3 B3 E4, "
           "12 1.9 A3 C4 E4, 14 1.7 Ab3 C4 D4"),
    _choir(40, 0.50, "aa", "0 1.9 B3 D4 G4, 2 1.9 Bb3 C#4 G4, 4 1.9 C4 E4 A4, 6 .95 C4 F4 A4, "
           "7 .55 B3 F4 B4"),
    _hook(48, 0.60, "C4 A3 G3 B3 A3 G3", "E4 C4 C4 D4 D4 B3", "G4 E4 E4 G4 G4 D4"),
    _choir(56, 0.50, "aa", "0.5 3.4 C4 E4 G4, 4 3.2 C4 E4 A4"),
    _hook(64, 0.65, "C4 A3 G3 B3 A3 G#3", "E4 C4 C4 D4 D4 B3", "G4 E4 E4 E4 E4 D4"),
    _choir(72, 0.55, "aa", _COLOUR),
    _choir(80, 0.60, "ow", "0 3.9 C4 Eb4 G4, 4 3.7 D4 F4 G4"),
    _choir(88, 0.30, "uw", "0 1.9 Bb3 D4 A4, 2 1.9 Bb3 E4 A4, 4 1.9 A3 E4 G4, 6 .95 C4 F4 A4, "
           "7 .5 B3 F4 A4"),
    _hook(96, 0.75, "C4 A3 G3 B3 A3 G#3", "E4 C4 C4 D4 D4 B3", "G4 E4 E4 E4 E4 D4"),
    _choir(104, 0.65, "aa", _COLOUR),
    _choir(112, 0.75, "aa", "0 1.9 B3 D4 G4, 2 1.9 Bb3 C#4 G4, 4 1.9 C4 E4 A4, 6 1.9 C4 F4 A4, "
           "8 1.9 C4 Eb4 G4, 10 1.9 D4 F4 G4, 12 4.4 E4 G4 B4"),
)  # fmt: skip
"""What the choir sings: each entry has its parts from low to high, all on the same words."""
