"""The sounds of speech as data, and how a sung syllable is laid out in time.

Vowel formants are the averages of women's voices measured by G. E. Peterson and H. L. Barney,
Control Methods Used in a Study of the Vowels, J. Acoust. Soc. Am. 24, 1952, table II. Consonant loci
and durations are rounded from D. H. Klatt, Software for a Cascade/Parallel Formant Synthesizer,
J. Acoust. Soc. Am. 67, 1980, table III, and set for singing.
"""

from __future__ import annotations

from dataclasses import dataclass

Formants = tuple[float, float, float]

VOWELS: dict[str, Formants] = {
    "iy": (310.0, 2790.0, 3310.0),
    "ih": (430.0, 2480.0, 3070.0),
    "eh": (610.0, 2330.0, 2990.0),
    "ae": (860.0, 2050.0, 2850.0),
    "aa": (850.0, 1220.0, 2810.0),
    "ao": (590.0, 920.0, 2710.0),
    "uh": (470.0, 1160.0, 2680.0),
    "uw": (370.0, 950.0, 2670.0),
    "ah": (760.0, 1400.0, 2780.0),
    "er": (500.0, 1640.0, 1960.0),
}

GLIDES: dict[str, tuple[str, str]] = {
    "ey": ("eh", "iy"),
    "ay": ("aa", "ih"),
    "ow": ("ao", "uw"),
    "aw": ("ae", "uh"),
}
"""Diphthongs: held on the first vowel, leaving for the second at the end."""


@dataclass(frozen=True)
class Consonant:
    """How a consonant sounds.

    Attributes:
        length_s: how long it takes.
        formants: of the mouth while it sounds; None keeps what follows.
        voice: level of the voice during it, relative to a vowel.
        breath: level of breath through the mouth.
        hiss: level of its own noise.
        hiss_hz, hiss_q: where that noise lies.
        burst: True if the noise is a short release at the end, not a steady stream.
    """

    length_s: float
    formants: Formants | None
    voice: float
    breath: float = 0.0
    hiss: float = 0.0
    hiss_hz: float = 5000.0
    hiss_q: float = 1.0
    burst: bool = False


CONSONANTS: dict[str, Consonant] = {
    "m": Consonant(0.070, (290.0, 1050.0, 2300.0), 0.42),
    "n": Consonant(0.065, (300.0, 1650.0, 2600.0), 0.42),
    "ng": Consonant(0.080, (300.0, 2200.0, 2800.0), 0.38),
    "l": Consonant(0.065, (390.0, 1150.0, 2800.0), 0.60),
    "r": Consonant(0.070, (420.0, 1300.0, 1800.0), 0.62),
    "w": Consonant(0.070, (340.0, 760.0, 2500.0), 0.55),
    "y": Consonant(0.060, (310.0, 2500.0, 3200.0), 0.55),
    "v": Consonant(0.055, (320.0, 1250.0, 2500.0), 0.40, 0.05, 0.05, 5200.0, 0.5),
    "dh": Consonant(0.045, (320.0, 1450.0, 2700.0), 0.35, 0.05, 0.06, 5800.0, 0.6),
    "z": Consonant(0.085, (300.0, 1700.0, 2700.0), 0.25, 0.05, 0.22, 7200.0, 1.6),
    "s": Consonant(0.115, None, 0.0, 0.0, 0.42, 7600.0, 1.7),
    "f": Consonant(0.095, None, 0.0, 0.06, 0.14, 6000.0, 0.4),
    "h": Consonant(0.060, None, 0.05, 0.45),
    "t": Consonant(0.070, None, 0.0, 0.10, 0.50, 5200.0, 0.9, burst=True),
    "k": Consonant(0.075, None, 0.0, 0.12, 0.50, 2300.0, 1.2, burst=True),
    "d": Consonant(0.050, (300.0, 1800.0, 2700.0), 0.16, 0.0, 0.28, 4300.0, 0.8, burst=True),
    "b": Consonant(0.055, (280.0, 900.0, 2300.0), 0.16, 0.0, 0.25, 1100.0, 0.8, burst=True),
}


@dataclass(frozen=True)
class Span:
    """A stretch of one articulation.

    Attributes:
        start_s, end_s: in seconds from the phrase's origin.
        formants: at its start and at its end; None keeps the neighbour's.
        consonant: what it is, None for a vowel.
    """

    start_s: float
    end_s: float
    formants: tuple[Formants, Formants] | None
    consonant: Consonant | None


def split(syllable: str) -> tuple[list[str], str, list[str]]:
    """A syllable such as ``"l.ay.t"`` as onset consonants, vowel and final consonants.

    Raises:
        ValueError: the syllable has no vowel.
    """
    sounds = syllable.split(".")
    place = next((i for i, s in enumerate(sounds) if s in VOWELS or s in GLIDES), None)
    if place is None:
        raise ValueError(f"{syllable!r} has no vowel")
    return sounds[:place], sounds[place], sounds[place + 1 :]


def spans(syllable: str, start_s: float, end_s: float) -> list[Span]:
    """Lays out one syllable: the vowel begins *on* the beat, so its onset comes before.

    Args:
        syllable: sounds joined by dots.
        start_s: where the vowel begins.
        end_s: where the last consonant ends; the vowel keeps at least a third of the note.
    """
    onset, vowel, coda = split(syllable)
    first, last = GLIDES.get(vowel, (vowel, vowel))
    laid, at = [], start_s - sum(CONSONANTS[c].length_s for c in onset)
    for name in onset:
        consonant = CONSONANTS[name]
        laid.append(_consonant_span(consonant, at, at + consonant.length_s))
        at += consonant.length_s
    coda_s = sum(CONSONANTS[c].length_s for c in coda)
    squeeze = min(1.0, 0.66 * (end_s - start_s) / coda_s) if coda else 1.0
    turn_s = end_s - squeeze * coda_s
    if first == last:
        laid.append(Span(start_s, turn_s, (VOWELS[first], VOWELS[first]), None))
    else:
        leave_s = max(start_s + 0.45 * (turn_s - start_s), turn_s - 0.22)
        laid.append(Span(start_s, leave_s, (VOWELS[first], VOWELS[first]), None))
        laid.append(Span(leave_s, turn_s, (VOWELS[first], VOWELS[last]), None))
    for name in coda:
        length_s = CONSONANTS[name].length_s * squeeze
        laid.append(_consonant_span(CONSONANTS[name], turn_s, turn_s + length_s))
        turn_s += length_s
    return laid


def _consonant_span(consonant: Consonant, start_s: float, end_s: float) -> Span:
    held = None if consonant.formants is None else (consonant.formants, consonant.formants)
    return Span(start_s, end_s, held, consonant)
