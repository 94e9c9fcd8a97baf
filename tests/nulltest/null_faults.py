"""The fault injector: songs of synthetic stems, and every fault that the null test has a name for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.ndimage
import scipy.signal
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

RATE = 48_000


@dataclass
class Case:
    """Stems and mix of a song, and what was done to them.

    `expected` holds (kind, stem, amount): amount None where the size is not asked for.
    """

    stems: dict[str, Doubles]
    mix: Doubles
    expected: list[tuple[str, str | None, float | None]] = field(default_factory=list)
    shifted: dict[str, float] = field(default_factory=dict)


@functools.lru_cache(maxsize=4)
def song(seed: int, seconds: float = 12.0, stems: int = 5) -> dict[str, Doubles]:
    """Stems like music: bands of noise and notes under rhythmic envelopes, quiet at both ends, ≤ 18 kHz."""
    random = np.random.default_rng(seed)
    frames = round(seconds * RATE)
    time = np.arange(frames) / RATE
    found = {}
    for number in range(stems):
        low, high = 40.0 * 3.0 ** random.uniform(0, 3), random.uniform(6000.0, 16000.0)
        band = scipy.signal.butter(2, [low, high], "bandpass", fs=RATE, output="sos")
        noise = scipy.signal.sosfilt(band, random.standard_normal((frames, 2)), axis=0)
        noise /= np.sqrt(np.mean(noise**2))
        width = random.uniform(0.2, 0.9)
        noise = noise @ np.array([[1.0, 1.0 - width], [1.0 - width, 1.0]])
        tempo, phase = random.uniform(0.7, 3.5), random.uniform(0, 1)
        beat = np.exp(-random.uniform(1.0, 4.0) * ((time * tempo + phase) % 1.0))
        part = 0.55 + 0.45 * np.sin(2 * np.pi * time / random.uniform(5, 20) + random.uniform(0, 6))
        notes = random.choice([55.0, 82.4, 110.0, 146.8, 220.0, 329.6]) * 2.0 ** (
            np.round(4 * np.sin(2 * np.pi * time * random.uniform(0.1, 0.4))) / 12.0
        )
        tone = sum(np.sin(2 * np.pi * n * np.cumsum(notes) / RATE) / n for n in (1, 2, 3))
        pan = np.array([random.uniform(0.3, 1.0), random.uniform(0.3, 1.0)])
        mixed = noise * random.uniform(0.3, 1.0) + np.asarray(tone)[:, None] * pan
        level = 10.0 ** (random.uniform(-26.0, -16.0) / 20.0)
        found[f"S{number + 1}"] = level * mixed * (beat * part)[:, None] * silent_ends(frames)[:, None]
    return {name: _steep(samples) for name, samples in found.items()}


def silent_ends(frames: int) -> Doubles:
    """Silence at both ends and short fades beside it."""
    quiet, fade = RATE // 4, RATE // 10
    shape = np.ones(frames)
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(fade) / fade)
    shape[:quiet], shape[quiet : quiet + fade] = 0.0, rise
    shape[-quiet:], shape[-quiet - fade : -quiet] = 0.0, rise[::-1]
    return shape


def _steep(samples: Doubles) -> Doubles:
    """Nothing above 19 kHz, as converters and codecs of the sources leave it; the ends stay silent."""
    taps = scipy.signal.firwin(255, 18_500.0, fs=RATE, window=("kaiser", 9.0))
    return np.asarray(scipy.signal.fftconvolve(samples, taps[:, None], "same", axes=0))


def total(stems: dict[str, Doubles]) -> Doubles:
    return np.asarray(sum(stems.values()))


def later(samples: Doubles, by: float) -> Doubles:
    """Samples shifted by any number of frames, exactly for band-limited sound."""
    frames = len(samples)
    if by == int(by):
        moved = np.zeros_like(samples)
        whole = int(by)
        if whole >= 0:
            moved[whole:] = samples[: frames - whole]
        else:
            moved[:whole] = samples[-whole:]
        return moved
    spectrum = np.fft.rfft(samples, 2 * frames, axis=0)
    spectrum *= np.exp(-2j * np.pi * np.fft.rfftfreq(2 * frames) * by)[:, None]
    return np.fft.irfft(spectrum, axis=0)[:frames]


def _signed(random: Any, low: float, high: float) -> float:
    """Log-uniform size, either sign."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))) * random.choice([-1, 1]))


def _some_stem(random: Any, case: Case) -> str:
    told = {stem for _, stem, _ in case.expected}
    return str(random.choice([name for name in case.stems if name not in told]))


def gain(random: Any, case: Case) -> None:
    name, db = _some_stem(random, case), _signed(random, 0.3, 9.0)
    case.mix = case.mix + (10 ** (db / 20) - 1) * case.stems[name]
    case.expected.append(("gain", name, db))


def polarity(random: Any, case: Case) -> None:
    name = _some_stem(random, case)
    case.mix = case.mix - 2 * case.stems[name]
    case.expected.append(("polarity", name, None))


def offset(random: Any, case: Case) -> None:
    name, by = _some_stem(random, case), round(_signed(random, 2.0, 12000.0))
    case.mix = case.mix - case.stems[name] + later(case.stems[name], by)
    case.expected.append(("offset", name, float(by)))


def fraction(random: Any, case: Case) -> None:
    name, by = _some_stem(random, case), round(_signed(random, 0.15, 30.0), 3) + 0.0005
    case.mix = case.mix - case.stems[name] + later(case.stems[name], by)
    case.expected.append(("offset", name, by))


def all_late(random: Any, case: Case) -> None:
    by = round(_signed(random, 2.0, 12000.0))
    case.mix = later(case.mix, by)
    case.expected.append(("offset", None, float(by)))


def missing(random: Any, case: Case) -> None:
    name = _some_stem(random, case)
    del case.stems[name]
    case.expected.append(("missing_stem", None, None))


def extra(random: Any, case: Case) -> None:
    name = _some_stem(random, case)
    case.mix = case.mix - case.stems[name]
    case.expected.append(("extra_stem", name, None))


def duplicated(random: Any, case: Case) -> None:
    name = _some_stem(random, case)
    case.stems["again"] = case.stems[name].copy()
    case.expected.append(("duplicated_stem", "again", None))


def pan_law(random: Any, case: Case) -> None:
    db = float(random.choice([-3.01, -4.5, -6.02, -1.5, 3.01]))
    case.mix = case.mix * 10 ** (db / 20)
    case.expected.append(("gain", None, db))


def _wide_stem(random: Any, case: Case) -> str:
    """A stem that is not mono: a swap of a mono stem changes nothing, a fold is a gain."""
    told = {stem for _, stem, _ in case.expected}
    widths = {
        name: float(np.sum((x[:, 0] - x[:, 1]) ** 2) / max(float(np.sum(x**2)), 1e-30))
        for name, x in case.stems.items()
        if name not in told
    }
    wide = [name for name, width in widths.items() if width > 0.01]
    return str(random.choice(wide or [max(widths, key=lambda name: widths[name])]))


def swap(random: Any, case: Case) -> None:
    name = _wide_stem(random, case)
    case.mix = case.mix - case.stems[name] + case.stems[name][:, ::-1]
    case.expected.append(("channel_swap", name, None))


def fold(random: Any, case: Case) -> None:
    name = _wide_stem(random, case)
    size = float(random.choice([0.5, 0.7071]))
    mono = size * case.stems[name].sum(axis=1, keepdims=True)
    case.mix = case.mix - case.stems[name] + mono
    case.expected.append(("mono_fold", name, None))


def length(random: Any, case: Case) -> None:
    frames = round(len(case.mix) * random.uniform(0.7, 0.95))
    case.mix = case.mix[:frames]
    case.expected.append(("length", None, None))


def dither(random: Any, case: Case) -> None:
    step = 2.0**-15
    noise = random.random(case.mix.shape) - random.random(case.mix.shape)
    case.mix = np.round(case.mix / step + noise) * step
    case.expected.append(("dither", None, None))


def bus_eq(random: Any, case: Case) -> None:
    """A peaking filter (R. Bristow-Johnson's Audio EQ Cookbook)."""
    at, db, q = 60.0 * 2.0 ** random.uniform(0, 7), _signed(random, 1.0, 6.0), random.uniform(0.5, 2.0)
    a, w = 10 ** (db / 40), 2 * np.pi * at / RATE
    alpha = np.sin(w) / (2 * q)
    b = np.array([1 + alpha * a, -2 * np.cos(w), 1 - alpha * a])
    d = np.array([1 + alpha / a, -2 * np.cos(w), 1 - alpha / a])
    case.mix = scipy.signal.lfilter(b, d, case.mix, axis=0)
    case.expected.append(("bus_processing", None, None))


def compressor(random: Any, case: Case) -> None:
    """Feed-forward, linked, smoothed level of 5 ms, attack and release alike."""
    ratio, time_s = random.uniform(1.5, 4.0), random.uniform(0.02, 0.15)
    power = np.mean(case.mix**2, axis=1)
    pole = np.exp(-1 / (time_s * RATE))
    level = 10 * np.log10(scipy.signal.lfilter([1 - pole], [1, -pole], power) + 1e-9)
    threshold = np.percentile(level[level > -70], random.uniform(30, 60))
    reduction = np.maximum(level - threshold, 0) * (1 - 1 / ratio)
    case.mix = case.mix * 10 ** ((random.uniform(0, 3) - reduction) / 20)[:, None]
    case.expected.append(("bus_processing", None, None))


def clipper(random: Any, case: Case) -> None:
    peak = np.abs(case.mix).max() * 10 ** (-random.uniform(2.0, 8.0) / 20)
    case.mix = np.clip(case.mix, -peak, peak)
    case.expected.append(("bus_processing", None, None))


def saturation(random: Any, case: Case) -> None:
    drive = random.uniform(0.5, 2.0) / np.abs(case.mix).max()
    case.mix = np.tanh(case.mix * drive) / drive
    case.expected.append(("bus_processing", None, None))


def drift(random: Any, case: Case) -> None:
    """The whole mix on another clock."""
    ppm = _signed(random, 5.0, 100.0)
    case.mix = on_another_clock(case.mix, ppm)
    case.expected.append(("clock_drift", None, ppm))


def stem_drift(random: Any, case: Case) -> None:
    """One stem of the mix on another clock."""
    name, ppm = _some_stem(random, case), _signed(random, 10.0, 100.0)
    case.mix = case.mix - case.stems[name] + on_another_clock(case.stems[name], ppm)
    case.expected.append(("clock_drift", name, ppm))


def on_another_clock(samples: Doubles, ppm: float) -> Doubles:
    """The samples taken so many millionths further apart: what was at t is at t · (1 + ppm / 10⁶)."""
    import soxr

    up = soxr.resample(samples, RATE, 4 * RATE, "VHQ")
    at = np.arange(len(samples)) * (4.0 / (1.0 + ppm * 1e-6))
    from scipy.interpolate import CubicSpline

    return np.asarray(CubicSpline(np.arange(len(up)), up)(np.minimum(at, len(up) - 1)))


def resampled(random: Any, case: Case) -> None:
    """Through a lower rate and back."""
    import soxr

    rate = int(random.choice([32000, 24000, 22050]))
    down = soxr.resample(case.mix, RATE, rate, "VHQ")
    back = soxr.resample(down, rate, RATE, "VHQ")
    mix = np.zeros_like(case.mix)
    mix[: len(back)] = back[: len(mix)]
    case.mix = mix
    case.expected.append(("resampled", None, None))


def limiter(random: Any, case: Case) -> None:
    """Look-ahead of 2 ms, release of 30 to 150 ms, linked channels: peaks held under a ceiling."""
    peaks = np.abs(case.mix).max(axis=1)
    ceiling = peaks.max() * 10 ** (-random.uniform(2.0, 8.0) / 20)
    look, release = 96, random.uniform(0.03, 0.15)
    wanted = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    held = scipy.ndimage.minimum_filter1d(wanted, 2 * look + 1)
    case.mix = case.mix * _released(held, np.exp(-1 / (release * RATE)), look)[:, None]
    case.expected.append(("bus_processing", None, None))


def _released(held: Doubles, pole: float, look: int) -> Doubles:
    """A gain that rises back to one with a time constant, and falls over `look` frames."""
    gain, now = np.empty_like(held), 1.0
    for index, value in enumerate(held.tolist()):
        now = min(value, 1.0 - (1.0 - now) * pole)
        gain[index] = now
    return np.asarray(scipy.ndimage.uniform_filter1d(gain, look))


FAULTS: dict[str, Callable[[Any, Case], None]] = {
    function.__name__: function
    for function in (
        *(gain, polarity, offset, fraction, extra, swap, fold, stem_drift),
        *(all_late, bus_eq, compressor, clipper, limiter, saturation, pan_law, resampled, drift),
        *(missing, duplicated, length, dither),
    )
}
"""In the order in which they happen: to stems on their way, on the bus, to the files, to the set."""


def inject(seed: int, *faults: str, seconds: float = 12.0) -> Case:
    """A synthetic song of its own with faults in it."""
    return inject_into(song(seed, seconds, 4 + seed % 4), seed, *faults)


def inject_into(
    stems: dict[str, Doubles],
    seed: int,
    *faults: str,
    known: Mapping[str, Callable[[Any, Case], None]] = FAULTS,
) -> Case:
    """Stems and a mix of them with faults in it, in the order of `known`."""
    random = np.random.default_rng([seed, *(ord(letter) for letter in "".join(faults))])
    case = Case(dict(stems), total(stems))
    for fault in sorted(faults, key=list(known).index):
        known[fault](random, case)
    return case
