"""Lead and backing vocals: phrases turned into curves, consonants, breaths, and their place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.demo.phones import VOWELS, Consonant, Formants, Span, spans
from engine.demo.song import BEAT_FRAMES, TOTAL_FRAMES, Hand
from engine.demo.space import Room, add, darkened, ping_pong, reverberate
from engine.demo.tone import (
    SAMPLE_RATE,
    Signal,
    band_pass,
    decay,
    frames_of,
    gain,
    high_pass,
    noise,
    ramp_in,
    ramp_out,
    smoothed,
)
from engine.demo.vocal_score import BACKING, LEAD, Phrase
from engine.demo.voice import HOP_FRAMES, Curves, Singer, sung

_HOPS_PER_S = SAMPLE_RATE / HOP_FRAMES
_BEFORE_S = 0.75
"""A phrase's curves begin this long before its first vowel: breath and first consonants."""
_AFTER_S = 0.45
_LEGATO_S = 0.3

_PLATE = Room(
    length_s=1.7,
    low_time_s=0.22,
    mid_time_s=0.27,
    high_time_s=0.15,
    predelay_s=0.045,
    lowest_hz=250.0,
    highest_hz=7000.0,
    seed=43,
)
_CHAMBER = Room(
    length_s=2.1,
    low_time_s=0.30,
    mid_time_s=0.36,
    high_time_s=0.20,
    predelay_s=0.03,
    lowest_hz=170.0,
    highest_hz=6000.0,
    seed=47,
)

# Peaks of the microphone: centre Hz, width in octaves, dB.
_NEAR = ((4000.0, 0.9, -2.5), (9500.0, 1.0, 9.0))
_FAR = ((380.0, 0.9, -3.0), (5000.0, 1.4, 5.0))
LEAD_SINGER = Singer(1.0, 5.5, 0.34, 0.22, 0.9, _NEAR, 2000)
_CHOIR = (
    # Left and right of each part, low to high.
    (Singer(0.97, 5.1, 0.20, 0.20, 0.3, _FAR, 2100), Singer(1.05, 5.6, 0.22, 0.22, 0.4, _FAR, 2110)),
    (Singer(0.97, 5.4, 0.20, 0.20, 0.4, _FAR, 2120), Singer(1.05, 4.9, 0.18, 0.22, 0.3, _FAR, 2130)),
    (Singer(0.97, 5.7, 0.22, 0.20, 0.3, _FAR, 2140), Singer(1.05, 5.2, 0.20, 0.22, 0.5, _FAR, 2150)),
)


@dataclass(frozen=True)
class Laid:
    """A phrase laid out in time.

    Attributes:
        origin_frame: song frame of the first hop.
        curves: what the voice does.
        hisses: song frame, consonant, its length in seconds.
        end_s: where the last note ends, in seconds from the origin.
    """

    origin_frame: int
    curves: Curves
    hisses: tuple[tuple[int, Consonant, float], ...]
    end_s: float


def lay(phrase: Phrase, hand: Hand, singer: Singer, inhale: float) -> Laid:
    """Turns notes and syllables into curves.

    Args:
        phrase: what is sung.
        hand: when the singer sings it.
        singer: with which habits.
        inhale: level of the breath taken before it.
    """
    starts = [hand.frame(phrase.beat + note.beat) for note in phrase.notes]
    origin = starts[0] - frames_of(_BEFORE_S)
    begin_s = [(start - origin) / SAMPLE_RATE for start in starts]
    ends_s = _note_ends(phrase, begin_s)
    hops = int((ends_s[-1] + _AFTER_S) * _HOPS_PER_S)
    laid: list[Span] = []
    for note, begin, end in zip(phrase.notes, begin_s, ends_s, strict=True):
        laid += _syllable(note.syllable, begin, end, laid)
    voiced, breath = _levels(laid, hops)
    swell = _swell(phrase, begin_s, ends_s, hops)
    inhaling = _inhale(hops, laid[0].start_s - 0.02) * inhale
    curves = Curves(
        midi=_pitch(phrase, singer, begin_s, ends_s[-1], hops),
        voiced=_eased(voiced, 0.036) * swell,
        breath=_eased(breath, 0.026) * 0.22 + inhaling,
        formants=_mouth(laid, hops),
        effort=phrase.effort,
    )
    hisses = tuple(
        (origin + frames_of(s.start_s), s.consonant, s.end_s - s.start_s)
        for s in laid
        if s.consonant is not None and s.consonant.hiss > 0.0
    )
    return Laid(origin, curves, hisses, ends_s[-1])


def _note_ends(phrase: Phrase, begin_s: list[float]) -> list[float]:
    """Where notes end: small gaps are sung over, overlaps cut short."""
    ends_s = [
        b + note.length * BEAT_FRAMES / SAMPLE_RATE for b, note in zip(begin_s, phrase.notes, strict=True)
    ]
    for number, following_s in enumerate(begin_s[1:]):
        if following_s - ends_s[number] < _LEGATO_S:
            ends_s[number] = following_s
    return ends_s


def _syllable(text: str, begin_s: float, end_s: float, before: list[Span]) -> list[Span]:
    if text != "-":
        return spans(text, begin_s, end_s)
    vowel = next(s.formants for s in reversed(before) if s.formants and s.consonant is None)
    return [Span(begin_s, end_s, (vowel[1], vowel[1]), None)]


def _eased(values: Signal, seconds: float) -> Signal:
    return smoothed(values, round(seconds * _HOPS_PER_S))


def _levels(laid: list[Span], hops: int) -> tuple[Signal, Signal]:
    """Buzz and breath of each hop, later spans over earlier ones."""
    voiced, breath = np.zeros(hops), np.zeros(hops)
    for span in laid:
        part = slice(max(0, round(span.start_s * _HOPS_PER_S)), round(span.end_s * _HOPS_PER_S))
        voiced[part] = 1.0 if span.consonant is None else span.consonant.voice
        breath[part] = 0.0 if span.consonant is None else span.consonant.breath
    return voiced, breath


def _mouth(laid: list[Span], hops: int) -> Signal:
    """Formants of each hop: straight from target to target, then as slow as a tongue is."""
    known = [s for s in laid if s.formants is not None]
    times: list[float] = []
    targets: list[Formants] = []
    for span in known:
        if span.formants is not None:
            inset = min(0.012, 0.25 * (span.end_s - span.start_s))
            times += [span.start_s + inset, span.end_s - inset]
            targets += [span.formants[0], span.formants[1]]
    at = np.arange(hops) / _HOPS_PER_S
    points = np.maximum.accumulate(np.array(times))
    open_mouth = VOWELS["ah"]
    points = np.concatenate(([points[0] - 0.25, points[0] - 0.12], points))
    values = np.array([open_mouth, targets[0], *targets])
    return np.stack([_eased(np.interp(at, points, values[:, n]), 0.055) for n in range(3)], axis=1)


def _pitch(phrase: Phrase, singer: Singer, begin_s: list[float], end_s: float, hops: int) -> Signal:
    """Pitch in MIDI: steps made into glides, a scoop into the phrase, a fall out of it."""
    midi = np.full(hops, float(phrase.notes[0].midi))
    for note, begin in zip(phrase.notes, begin_s, strict=True):
        midi[max(0, round((begin - 0.035) * _HOPS_PER_S)) :] = note.midi
    for number, (note, begin) in enumerate(zip(phrase.notes, begin_s, strict=True)):
        # Each sung syllable is reached from below, the first from furthest; the cosine makes no two alike.
        depth = singer.scoop_semitones * (1.0 if number == 0 else 0.45 * (note.syllable != "-"))
        reach = slice(max(0, round((begin - 0.035) * _HOPS_PER_S)), round((begin + 0.045) * _HOPS_PER_S))
        midi[reach] -= depth * (0.6 + 0.4 * math.cos(7.0 * begin))
    midi[: round(begin_s[0] * _HOPS_PER_S)] -= singer.scoop_semitones
    midi[round((end_s - 0.05) * _HOPS_PER_S) :] -= 2.2 * singer.scoop_semitones
    return _eased(midi, 0.11)


def _swell(phrase: Phrase, begin_s: list[float], ends_s: list[float], hops: int) -> Signal:
    """The phrase's arc: held notes bloom, the last one dies away."""
    at = np.arange(hops) / _HOPS_PER_S
    level = np.full(hops, 0.86)
    for note, begin, end in zip(phrase.notes, begin_s, ends_s, strict=True):
        part = (at >= begin) & (at < end)
        where = (at[part] - begin) / max(end - begin, 1e-3)
        weight = min(1.0, 0.45 + 0.35 * note.length)
        level[part] = 0.74 + weight * (0.30 * np.minimum(1.0, 2.5 * where) - 0.14 * where * where)
    fall = np.clip((ends_s[-1] + 0.13 - at) / 0.22, 0.0, 1.0)
    return _eased(level, 0.08) * fall * fall


def _inhale(hops: int, until_s: float) -> Signal:
    """The breath before the phrase: it swells for a third of a second and stops short."""
    at = np.arange(hops) / _HOPS_PER_S
    where = np.clip((at - (until_s - 0.36)) / 0.36, 0.0, 1.0)
    return where * where * (1.0 - where) * 6.75


def hiss(consonant: Consonant, length_s: float, seed: int) -> Signal:
    """The noise of a fricative, or of a stop's release at the end of its closure."""
    count = frames_of(length_s + 0.06)
    sound = band_pass(noise(count, seed), consonant.hiss_hz, consonant.hiss_q)
    sound = high_pass(sound, 0.6 * consonant.hiss_hz)
    sound += 0.35 * band_pass(noise(count, seed + 1), 1.45 * consonant.hiss_hz, 1.5)
    if consonant.burst:
        closure = frames_of(0.62 * length_s)
        envelope = np.concatenate((np.zeros(closure), decay(count - closure, 0.011)))
        return ramp_out(sound * envelope, 0.02)
    tail = frames_of(0.05)
    sound = sound[: frames_of(length_s) + tail // 2]
    return ramp_out(ramp_in(sound, 0.45 * length_s), 0.05)


def _sing_lead() -> tuple[Signal, Signal]:
    """The dry lead and its send to the echo, both mono."""
    dry, echo = np.zeros(TOTAL_FRAMES), np.zeros(TOTAL_FRAMES)
    hand = Hand(71, late_ms=9.0, loose_ms=7.0)
    for phrase in LEAD:
        laid = lay(phrase, hand, LEAD_SINGER, inhale=0.035)
        voice = sung([LEAD_SINGER], [laid.curves])
        level = 0.80 + 0.34 * phrase.effort
        add(dry, laid.origin_frame, voice, level)
        # Only the end of a phrase is thrown into the echo, so that words stay clear.
        last = max(0, voice.size - frames_of(1.6))
        add(echo, laid.origin_frame + last, darkened(ramp_in(voice[last:].copy(), 0.1)), phrase.echo * level)
        for number, (frame, consonant, length_s) in enumerate(laid.hisses):
            add(dry, frame, hiss(consonant, length_s, 3000 + 10 * number), 4.4 * consonant.hiss * level)
    return dry, echo


def render_lead() -> Signal:
    """The lead vocal stem, shape `(2, frames)`, before it is levelled into the mix."""
    dry, echo = _sing_lead()
    stem = ping_pong(echo, 3 * BEAT_FRAMES // 4, 0.45, 4)
    send = 0.14 * dry
    for lane in stem:
        add(send, 0, lane, 0.10)
        lane *= 0.30
        add(lane, 0, dry, 1.0)
    reverberate(stem, send, _PLATE)
    return stem


def render_backing() -> Signal:
    """The backing vocals stem, shape `(2, frames)`: three parts, two singers each, left and right."""
    sides = np.zeros((2, TOTAL_FRAMES))
    for parts in BACKING:
        for side, lane in enumerate(sides):
            _sing_choir(lane, parts, side)
    mono = 0.21 * (sides[0] + sides[1])
    # A little of each side on the other: the choir is wide, but nobody stands in one ear alone.
    left = sides[0].copy()
    add(sides[0], 0, sides[1], gain(-12.0))
    add(sides[1], 0, left, gain(-12.0))
    reverberate(sides, mono, _CHAMBER)
    return sides


def _sing_choir(lane: Signal, parts: tuple[Phrase, ...], side: int) -> None:
    hand = Hand(81 + round(parts[0].beat) + 7 * side, late_ms=12.0 + 6.0 * side, loose_ms=8.0)
    singers = [_CHOIR[number][side] for number in range(len(parts))]
    first = lay(parts[0], hand, singers[0], inhale=0.03)
    curves = [first.curves]
    for phrase, singer in zip(parts[1:], singers[1:], strict=True):
        begin_s = _begins(parts[0], first)
        curves.append(
            Curves(
                _pitch(phrase, singer, begin_s, first.end_s, first.curves.midi.size),
                first.curves.voiced,
                0.5 * first.curves.breath,
                first.curves.formants,
                phrase.effort,
            )
        )
    add(lane, first.origin_frame, sung(singers, curves), 0.6 + 0.3 * parts[0].effort)
    for number, (frame, consonant, length_s) in enumerate(first.hisses):
        sound = hiss(consonant, length_s, 5000 + 100 * side + 10 * number)
        add(lane, frame, sound, 2.6 * consonant.hiss)


def _begins(phrase: Phrase, laid: Laid) -> list[float]:
    first = phrase.notes[0].beat
    return [_BEFORE_S + (note.beat - first) * BEAT_FRAMES / SAMPLE_RATE for note in phrase.notes]
