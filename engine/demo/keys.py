"""The keyboards: electric piano, string pad and bell, and the lines they play."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy import fft

from engine.demo.song import (
    BEAT_FRAMES,
    CHORDS,
    SECTIONS,
    TOTAL_FRAMES,
    Hand,
    Section,
    chord_at,
    frame_at,
    section,
    section_at,
)
from engine.demo.space import add, darkened, place
from engine.demo.strings import released
from engine.demo.tone import (
    SAMPLE_RATE,
    Signal,
    decay,
    frames_of,
    hertz,
    high_pass,
    low_pass,
    noise,
    peak,
    pin,
    pinned,
    ramp_in,
    ramp_out,
    saturate,
    sine,
)

# Beat within the bar, length in beats, strength, and whether the chord is that of the next slot.
_Comp = tuple[tuple[float, float, float, bool], ...]
_COMPING: dict[str, tuple[_Comp, ...]] = {
    "intro": (
        ((0, 1.4, 0.7, False), (1.5, 0.4, 0.5, False), (2.5, 1.3, 0.6, False)),
        ((0, 1.4, 0.7, False), (1.75, 0.9, 0.55, False), (3.0, 0.8, 0.6, False)),
    ),
    "verse": (
        ((0, 0.9, 0.62, False), (1.5, 0.35, 0.45, False), (2.75, 1.0, 0.55, False)),
        ((0, 0.6, 0.6, False), (1.75, 0.8, 0.5, False), (3.5, 0.45, 0.5, False)),
    ),
    "pre-chorus": (((0, 1.8, 0.7, False), (2, 0.9, 0.7, False), (3, 0.9, 0.75, False)),),
    "chorus": (
        ((0, 0.8, 0.9, False), (0.75, 0.3, 0.55, False), (1.5, 0.7, 0.8, False), (2.5, 0.7, 0.75, False),
         (3.25, 0.4, 0.7, False)),
        ((0, 0.8, 0.85, False), (1.5, 0.4, 0.75, False), (2.25, 0.6, 0.7, False), (3.0, 0.3, 0.7, False),
         (3.75, 0.5, 0.85, True)),
    ),
    "break": (((0, 3.6, 0.55, False), (2.0, 1.8, 0.4, False)),),
    "outro": (((0, 1.9, 0.85, False), (2, 1.9, 0.85, False)), ((0, 7.0, 0.85, False),)),
}  # fmt: skip
_COMPING["verse lift"] = _COMPING["verse"]
_COMPING["last chorus"] = _COMPING["chorus"]

# The riff that opens the song, returns in the break and closes it: beat, length, MIDI.
_RIFF = (
    (0.0, 0.7, 76), (0.75, 0.7, 72), (1.5, 0.9, 74), (2.5, 0.2, 71), (2.75, 1.1, 67),
    (4.5, 0.45, 69), (5.0, 0.45, 71), (5.5, 0.9, 72), (6.5, 0.4, 69), (7.0, 0.9, 67),
)  # fmt: skip
_BREAK_LINE = (
    (0.5, 0.4, 67), (1.0, 0.7, 72), (1.75, 0.7, 75), (2.5, 1.2, 70), (3.75, 0.2, 72),
    (4.0, 0.9, 74), (5.0, 0.4, 72), (5.5, 0.9, 70), (6.5, 0.2, 74), (6.75, 1.2, 77),
)  # fmt: skip


@cache
def electric_piano(midi: int, hard: bool) -> Signal:
    """One note of a tine piano, mono, by frequency modulation. Shared: do not write to it.

    The body is a sine bent by its own frequency, the tine a short partial far above it, as in
    J. M. Chowning, The Synthesis of Complex Audio Spectra by Means of Frequency Modulation, 1973.
    """
    count = frames_of(2.6)
    frequency_hz = hertz(midi)
    cycles = np.arange(count) * pin(frequency_hz / SAMPLE_RATE)
    life_s = 1.05 * pin(2.0 ** ((60 - midi) / 24.0))
    bark = (0.26 if hard else 0.13) * decay(count, 0.33 * life_s) + 0.035
    body = sine(cycles + bark * sine(cycles)) * decay(count, life_s)
    body += 0.16 * sine(2.0 * cycles + 0.11) * decay(count, 0.5 * life_s)
    tine = sine(7.01 * cycles) if midi < 72 else sine(5.02 * cycles)
    body += (0.11 if hard else 0.055) * tine * decay(count, 0.10 * life_s)
    knock = low_pass(noise(count, 1200 + midi), 1800.0) * decay(count, 0.004)
    body = peak(peak(high_pass(body + 0.10 * knock, 110.0), 320.0, 0.8, -2.5), 2600.0, 0.5, 4.0)
    return ramp_out(ramp_in(body, 0.0015), 0.9)


@cache
def bell(midi: int) -> Signal:
    """One note of a glassy bell, mono: sines at 1, 2.76, 5.40 (a bar's modes) that die apart.

    Ratios: N. H. Fletcher and T. D. Rossing, The Physics of Musical Instruments, 1998, section 2.15
    (bar with free ends). Shared: do not write to it.
    """
    count = frames_of(1.5)
    cycles = np.arange(count) * pin(hertz(midi) / SAMPLE_RATE)
    sound = sine(cycles) * decay(count, 0.36) + 0.30 * sine(2.0 * cycles) * decay(count, 0.24)
    sound += 0.20 * sine(2.756 * cycles) * decay(count, 0.11)
    sound += 0.07 * sine(5.404 * cycles) * decay(count, 0.05)
    return ramp_in(sound, 0.002)


@cache
def _echoed_bell(midi: int) -> Signal:
    return darkened(bell(midi))


@cache
def strings(midi: int) -> Signal:
    """A looping ensemble of one pitch, shape `(131072,)`: every harmonic smeared into a band.

    Harmonics with a Gaussian profile and random phases, transformed back at once: the PADsynth
    algorithm, P. Nasca, 2005. The loop has no seam. Shared: do not write to it.
    """
    points = 2**17
    bins = np.arange(points // 2 + 1)
    spectrum = np.zeros(bins.size)
    frequency_hz = hertz(midi)
    for harmonic in range(1, int(5200.0 / frequency_hz) + 1):
        centre = harmonic * frequency_hz * points / SAMPLE_RATE
        width = 0.0085 * centre
        first, last = max(1, int(centre - 4 * width)), int(centre + 4 * width) + 2
        offset = (bins[first:last] - centre) / width
        level = harmonic**-1.25 / (1.0 + (harmonic * frequency_hz / 2600.0) ** 2)
        level *= min(1.0, (harmonic * frequency_hz / 240.0) ** 2)
        spectrum[first:last] += level / math.sqrt(width) * np.exp(-0.5 * offset * offset)
    phases = noise(bins.size, 1300 + midi)
    magnitudes = pinned(spectrum)
    wave = fft.irfft(magnitudes * sine(phases) + 1j * magnitudes * sine(phases + 0.25), points)
    return np.asarray(wave / np.sqrt(float(np.cumsum(wave * wave)[-1]) / points))


def _chord_tones(beat: float, next_slot: bool) -> tuple[int, ...]:
    return chord_at(beat + 0.25 if next_slot else beat).voicing


def render_piano() -> Signal:
    """The electric piano with its stereo tremolo, shape `(2, frames)`."""
    hand = Hand(51, late_ms=4.0, loose_ms=4.0, touch=0.15)
    track = np.zeros((2, TOTAL_FRAMES))
    for part in SECTIONS:
        bars = _COMPING[part.name]
        for bar in range(part.bars):
            for beat, length, strength, next_slot in bars[bar % len(bars)]:
                _strum(track, hand, part.first_beat + 4.0 * bar + beat, (length, strength), next_slot)
    # The tremolo keeps the song's time: five swings every two beats.
    swing = 0.22 * sine(np.arange(2 * BEAT_FRAMES) * (5.0 / (2 * BEAT_FRAMES)))
    for first in range(0, TOTAL_FRAMES, swing.size):
        piece = track[:, first : first + swing.size]
        piece[0] *= 1.0 + swing[: piece.shape[1]]
        piece[1] *= 1.0 - swing[: piece.shape[1]]
    return saturate(track, 0.4)


def _strum(track: Signal, hand: Hand, beat: float, touch: tuple[float, float], next_slot: bool) -> None:
    length, strength = touch
    tones = _chord_tones(beat, next_slot)
    frames = frame_at(beat + length) - frame_at(beat)
    for number, midi in enumerate(tones):
        velocity = hand.velocity(strength) * (0.9 if 0 < number < len(tones) - 1 else 1.0)
        note = released(electric_piano(midi, hard=velocity > 0.66), frames, 0.16)
        spread = 0.18 * (number - 0.5 * (len(tones) - 1)) / max(len(tones) - 1, 1)
        place(track, hand.frame(beat) + 90 * number, note, 0.16 * velocity, spread)


def render_pad() -> Signal:
    """The strings: pre-chorus, choruses, break and end, each chord swelling into the next."""
    track = np.zeros((2, TOTAL_FRAMES))
    levels = {"pre-chorus": 0.55, "chorus": 0.72, "break": 1.0, "last chorus": 0.9, "outro": 0.95}
    for chord in CHORDS:
        level = levels.get(section_at(chord.beat).name, 0.0)
        if level == 0.0:
            continue
        last = chord is CHORDS[-1]
        frames = frame_at(chord.beat + chord.length + (0.8 if last else 0.0)) - frame_at(chord.beat)
        release_s = 2.6 if last else 0.6
        top = (*chord.voicing[1:], chord.voicing[0] + 12)
        for number, midi in enumerate(sorted(top)):
            for side in range(2):
                loop = np.roll(strings(midi), 37_171 * side + 7001 * number)
                repeats = -(-(frames + frames_of(release_s)) // loop.size)
                note = np.tile(loop, repeats)[: frames + frames_of(release_s)]
                note = released(ramp_in(note, 0.16 if chord.length < 4.0 else 0.3), frames, release_s)
                add(track[side], frame_at(chord.beat) - frames_of(0.06), note, level)
    return track


def render_bell() -> tuple[Signal, Signal]:
    """The bell: the riff, the line of the break, the sparkle above the last chorus.

    Returns:
        The sound and what of it goes to the echo, both mono.
    """
    hand = Hand(53, late_ms=0.0, loose_ms=4.0, touch=0.15)
    track, send = np.zeros(TOTAL_FRAMES), np.zeros(TOTAL_FRAMES)
    lines = [(beat, length, midi, 0.8) for beat, length, midi in _RIFF]
    first = section("break").first_beat
    lines += [(first + beat, length, midi, 0.9) for beat, length, midi in _BREAK_LINE]
    lines += _sparkle(section("last chorus"))
    lines += [(120.0 + beat, 0.5, midi, 0.7) for beat, midi in _CLOSING]
    for beat, length, midi, strength in lines:
        frames = frame_at(beat + length) - frame_at(beat)
        frame, velocity = hand.frame(beat), hand.velocity(strength)
        add(track, frame, released(bell(midi), frames, 0.5), velocity)
        add(send, frame, released(_echoed_bell(midi), frames, 0.5), velocity)
    return track, send


_CLOSING = (
    (0.5, 75),
    (0.75, 72),
    (1.5, 79),
    (2.5, 77),
    (2.75, 74),
    (3.5, 81),
    (4.0, 79),
    (5.0, 76),
    (6.0, 83),
)


def _sparkle(part: Section) -> list[tuple[float, float, int, float]]:
    """Rising and falling eighths of the chord, an octave above the hands."""
    line = []
    order = (0, 2, 1, 3, 2, 3, 1, 2)
    for step in range(int(8 * part.bars)):
        beat = part.first_beat + step / 2.0
        tones = chord_at(beat).voicing
        strength = 0.5 if step % 2 else 0.34
        line.append((beat + 0.25, 0.4, tones[order[step % 8] % len(tones)] + 12, strength))
    return line
