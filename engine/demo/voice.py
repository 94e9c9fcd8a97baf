"""A singing voice: a glottis that buzzes and breathes, and a mouth that shapes it.

The source is read from a band-limited table of one glottal pulse; the mouth is an all-pole tract
(resonators in cascade, as in D. H. Klatt, Software for a Cascade/Parallel Formant Synthesizer, 1980)
applied frame by frame in the frequency domain, so that formants may move from one frame to the next
without a click. Control values live every `HOP_FRAMES`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import fft

from engine.demo.tone import SAMPLE_RATE, Signal, Spectrum, noise, pinned, product, read_table, sine, smoothed

HOP_FRAMES = 384
_FFT_POINTS = 2048
_BINS = 640
"""Bins of the tract that carry sound: up to 15 kHz."""
_TABLE_POINTS = 2048
_UPPER_FORMANTS = ((4250.0, 210.0), (5050.0, 320.0))
_TUBE_FORMANTS = tuple((6150.0 + 1120.0 * n, 420.0 + 60.0 * n) for n in range(8))
"""Resonances above the fifth lie evenly, as those of a tube about 15.5 cm long do (c / 2L = 1120 Hz)."""
_WIDTHS = (85.0, 105.0, 150.0)


@dataclass(frozen=True)
class Singer:
    """What tells one voice from another.

    Attributes:
        size: scale of all formants; below 1 is a longer tract.
        vibrato_hz: its rate.
        vibrato_semitones: its depth to either side.
        breathiness: level of breath in the tone.
        scoop_semitones: how far below a phrase's first note starts.
        colour: what the microphone adds: bumps of centre Hz, width in octaves, dB.
        seed: of everything that wavers.
    """

    size: float
    vibrato_hz: float
    vibrato_semitones: float
    breathiness: float
    scoop_semitones: float
    colour: tuple[tuple[float, float, float], ...]
    seed: int


@dataclass(frozen=True)
class Curves:
    """A phrase as the voice will sing it, one value per hop.

    Attributes:
        midi: pitch, shape `(hops,)`.
        voiced: level of the buzz, `(hops,)`.
        breath: level of breath through the mouth, `(hops,)`.
        formants: F1, F2, F3 in Hz, `(hops, 3)`.
        effort: 0…1, one number.
    """

    midi: Signal
    voiced: Signal
    breath: Signal
    formants: Signal
    effort: float


@cache
def _pulse(harmonics: int, pressed: bool) -> tuple[Signal, Signal, Signal]:
    """One period of glottal flow derivative with `harmonics` partials: table, its steps, its flow.

    The flow rises as (1 − cos)/2 and falls as a quarter cosine (A. E. Rosenberg, Effect of Glottal
    Pulse Shape on the Quality of Natural Vowels, J. Acoust. Soc. Am. 49, 1971, pulse C); a pressed
    voice closes earlier and faster.
    """
    opening, closing = (0.36, 0.10) if pressed else (0.46, 0.24)
    time = np.arange(_TABLE_POINTS) / _TABLE_POINTS
    rising = 0.5 - 0.5 * np.cos(np.pi * time / opening)
    falling = np.cos(0.5 * np.pi * (time - opening) / closing)
    flow = pinned(np.where(time < opening, rising, np.where(time < opening + closing, falling, 0.0)))
    spectrum = fft.rfft(np.diff(flow, append=flow[0]))
    spectrum[harmonics + 1 :] = 0.0
    wave = fft.irfft(spectrum, _TABLE_POINTS)
    wave /= math.sqrt(float(np.cumsum(wave * wave)[-1]) / _TABLE_POINTS)
    table = np.append(wave, wave[0])
    return table, np.append(np.diff(table), 0.0), np.append(flow, flow[0])


def audio_rate(control: Signal) -> Signal:
    """Control values joined by straight lines, `(hops,)` → `(hops · HOP_FRAMES,)`."""
    step = np.append(np.diff(control), 0.0)[:, None] / HOP_FRAMES
    return np.asarray((control[:, None] + step * np.arange(HOP_FRAMES)).reshape(-1))


def _wavering(singer: Singer, curves: Curves) -> Signal:
    """Pitch in MIDI with vibrato on held notes and the drift no voice is without."""
    hops = curves.midi.size
    per_second = SAMPLE_RATE / HOP_FRAMES
    held = np.abs(np.diff(curves.midi, prepend=curves.midi[0])) < 0.004
    steady = np.zeros(hops)
    for hop in range(1, hops):
        steady[hop] = steady[hop - 1] + 1.0 if held[hop] else 0.75 * steady[hop - 1]
    bloom = np.clip((steady / per_second - 0.22) / 0.35, 0.0, 1.0)
    drift = smoothed(noise(hops, singer.seed), 70)
    rate = singer.vibrato_hz * (1.0 + 0.5 * smoothed(noise(hops, singer.seed + 1), 160))
    vibrato = sine(np.cumsum(rate) / per_second) * smoothed(bloom, 30)
    jitter = smoothed(noise(hops, singer.seed + 2), 6) * 0.10
    return curves.midi + singer.vibrato_semitones * vibrato + 1.2 * drift + jitter


def excitation(singer: Singer, curves: Curves) -> tuple[Signal, Signal]:
    """What the glottis does: its buzz, and how far it is open to breath (0…1).

    Both have shape `(hops · HOP_FRAMES,)`.
    """
    midi = _wavering(singer, curves)
    frequency = audio_rate(pinned(440.0 * np.exp2((midi - 69.0) / 12.0)))
    cycles = np.cumsum(frequency) / SAMPLE_RATE
    # The mouth passes nothing above 15 kHz, so partials may fold down as far as that unheard.
    harmonics = int(32_000.0 / float(np.max(frequency)))
    shimmer = 1.0 + 0.25 * smoothed(noise(midi.size, singer.seed + 3), 8)
    soft, soft_step, flow = _pulse(harmonics, False)
    hard, hard_step, _ = _pulse(harmonics, True)
    effort = curves.effort
    blend = (1.0 - effort) * soft + effort * hard
    buzz = read_table(blend, (1.0 - effort) * soft_step + effort * hard_step, cycles)
    open_glottis = flow.take(((cycles - np.floor(cycles)) * _TABLE_POINTS).astype(np.int32))
    return buzz * audio_rate(curves.voiced * shimmer), open_glottis


def breathed(singer: Singer, curves: Curves, open_glottis: Signal) -> Signal:
    """Breath: some leaks through the open glottis while it sounds, some is only breath."""
    leak = singer.breathiness * (1.25 - curves.effort) * curves.voiced
    air = noise(open_glottis.size, singer.seed + 4)
    return air * (audio_rate(0.35 * leak + curves.breath) + audio_rate(0.65 * leak) * open_glottis)


def _damping(frequency: Signal, width: Signal) -> tuple[Signal, Signal]:
    """Real and imaginary part of 1/H of a two-pole resonator with unit gain at DC; broadcasts."""
    radius = pinned(np.exp(-math.pi * width / SAMPLE_RATE))
    turn = pinned(2.0 * radius * np.cos(2.0 * math.pi * frequency / SAMPLE_RATE))
    square = radius * radius
    scale = 1.0 / (1.0 - turn + square)
    cosine, sine_, cosine2, sine2 = _unit()
    turn, square = turn * scale, square * scale
    return scale - turn * cosine + square * cosine2, turn * sine_ - square * sine2


@cache
def _unit() -> tuple[Signal, Signal, Signal, Signal]:
    """Cosine and sine of each bin's angle and of its double."""
    angle = 2.0 * math.pi * np.arange(_BINS) / _FFT_POINTS
    return pinned(np.cos(angle)), pinned(np.sin(angle)), pinned(np.cos(2 * angle)), pinned(np.sin(2 * angle))


@cache
def _fixed_tract(size: float) -> tuple[Signal, Signal]:
    """1/H of the part of the tract that no vowel moves."""
    real, imaginary = np.ones(_BINS), np.zeros(_BINS)
    for frequency, width in (*_UPPER_FORMANTS, *_TUBE_FORMANTS):
        damping = _damping(np.array(frequency * size), np.array(width))
        real, imaginary = _times((real, imaginary), damping)
    return real, imaginary


def _times(left: tuple[Signal, Signal], right: tuple[Signal, Signal]) -> tuple[Signal, Signal]:
    return left[0] * right[0] - left[1] * right[1], left[0] * right[1] + left[1] * right[0]


@cache
def _microphone(colour: tuple[tuple[float, float, float], ...]) -> Signal:
    """Gain of each bin: the colour's bumps, the lowest rumble and the last octave faded out."""
    bins = np.arange(_BINS)
    octaves = np.log2(np.maximum(bins, 1) * (SAMPLE_RATE / _FFT_POINTS))
    level_db = np.zeros(_BINS)
    for centre_hz, width, peak_db in colour:
        level_db += peak_db * np.exp(-(((octaves - math.log2(centre_hz)) / width) ** 2))
    edges = np.clip((_BINS - 1 - bins) / 90.0, 0.0, 1.0) * np.clip((bins - 2) / 7.0, 0.0, 1.0)
    return pinned(10.0 ** (level_db / 20.0)) * edges


def _tract(singer: Singer, curves: Curves) -> Spectrum:
    """Response of the mouth at each hop, `(hops, bins)`, levelled so that vowels are about equally loud.

    A held vowel is computed once: formants are rounded to whole hertz.
    """
    pitch_hz = 440.0 * np.exp2((curves.midi - 69.0) / 12.0)
    formants = np.rint(curves.formants * singer.size)
    # Singers open the mouth so that the first formant does not fall below the note.
    formants[:, 0] = np.maximum(formants[:, 0], np.rint(1.06 * pitch_hz))
    moves = np.any(np.diff(formants, axis=0) != 0.0, axis=1)
    different = np.concatenate(([0], np.cumsum(moves)))
    return _responses(singer, formants[np.concatenate(([True], moves))])[different]


def _responses(singer: Singer, formants: Signal) -> Spectrum:
    inverse = _fixed_tract(singer.size)
    for number, width in enumerate(_WIDTHS):
        frequency = formants[:, number]
        widths = width * (1.0 + 0.25 * frequency / 1000.0)
        inverse = _times(inverse, _damping(frequency[:, None], widths[:, None]))
    power = 1.0 / (inverse[0] * inverse[0] + inverse[1] * inverse[1])
    bins = np.arange(_BINS)
    # A voice falls by 12 dB an octave before it is radiated: weigh the response as it will be used.
    weight = np.where(bins < 8, 0.0, 1.0 / (12.0 + bins) ** 2)
    loudness = np.sqrt(np.add.accumulate(power * weight, axis=1)[:, -1:])
    power *= _microphone(singer.colour) / loudness
    response = np.empty(power.shape, dtype=np.complex128)
    response.real = inverse[0] * power
    response.imag = -inverse[1] * power
    return response


def through_mouth(singer: Singer, curves: Curves, source: Signal) -> Signal:
    """The source shaped by the moving tract: windowed frames, filtered and overlapped.

    Args:
        singer: whose mouth.
        curves: how it moves.
        source: shape `(hops · HOP_FRAMES,)`.

    Returns:
        Shape `(hops · HOP_FRAMES + ringing,)`, starting where the source starts.
    """
    hops = curves.midi.size
    window = pinned(np.sin(math.pi * (np.arange(2 * HOP_FRAMES) + 0.5) / (2 * HOP_FRAMES)) ** 2)
    padded = np.concatenate((np.zeros(HOP_FRAMES), source, np.zeros(HOP_FRAMES)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * HOP_FRAMES)[::HOP_FRAMES][:hops]
    out = np.zeros(HOP_FRAMES * (hops + 1) + _FFT_POINTS)
    for first in range(0, hops, 256):
        part = slice(first, min(first + 256, hops))
        spectra = fft.rfft(frames[part] * window, _FFT_POINTS, axis=1)
        spectra[:, :_BINS] = product(spectra[:, :_BINS], _tract(singer, _cut(curves, part)))
        spectra[:, _BINS:] = 0.0
        pieces = fft.irfft(spectra, _FFT_POINTS, axis=1)
        for row, piece in enumerate(pieces):
            start = (first + row) * HOP_FRAMES
            out[start : start + _FFT_POINTS] += piece
    return out[HOP_FRAMES:]


def _cut(curves: Curves, part: slice) -> Curves:
    return Curves(
        curves.midi[part], curves.voiced[part], curves.breath[part], curves.formants[part], curves.effort
    )


def sung(singers: Sequence[Singer], parts: Sequence[Curves]) -> Signal:
    """Several voices on the same words through one mouth, the first singer's."""
    source, open_glottis = excitation(singers[0], parts[0])
    for singer, curves in zip(singers[1:], parts[1:], strict=True):
        source += excitation(singer, curves)[0]
    source += breathed(singers[0], parts[0], open_glottis)
    return _levelled(through_mouth(singers[0], parts[0], source))


def _levelled(voice: Signal) -> Signal:
    """Evens a voice out by 2 : 1 around its own loudness, as the fader rides of any mix do; in place."""
    hops = voice.size // HOP_FRAMES
    blocks = voice[: hops * HOP_FRAMES].reshape(hops, HOP_FRAMES)
    power = smoothed(np.add.accumulate(blocks * blocks, axis=1)[:, -1] / HOP_FRAMES, 13)
    loudest = float(np.max(power))
    # The fourth root of the power is the square root of the level.
    ride = 1.0 / np.sqrt(np.sqrt(power / loudest + 0.01))
    voice[: hops * HOP_FRAMES] *= audio_rate(ride / float(np.sqrt(loudest)))
    return voice
