"""Clocks that run apart: the lag against the mix as a line over time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.fourier import fft, ifft
from engine.nulltest.bus_models import Complexes, energy

Doubles = NDArray[np.float64]

#: Windows in which a lag is measured, frames; three in every stretch.
WINDOW_FRAMES = 16384
_WINDOWS = 3
#: Farthest lag that is looked for, frames.
REACH_FRAMES = 4096
#: The line has to run by so many samples over the song …
_RUNS_SAMPLES = 0.3
#: … and the lags have to keep this near to it (median), in samples and re what it runs.
_NEAR_SAMPLES, _NEAR_PART = 0.5, 0.15
#: A window this far (energy) below the loudest stretch is quiet: its lag counts only where undoing it leaves
#: at most this part of what there was.
_QUIET, _QUIET_LEAVES = 0.01, 0.1
#: Frames at either end of a stretch over which a sound is faded before its derivative is taken.
_EASED_FRAMES = 1024
#: A condition at which start and rate of a clock cannot be told apart.
_SINGULAR = 1e12


@dataclass(frozen=True)
class ClockModel:
    """A lag that grows.

    Attributes:
        ppm: by how much the mix runs longer than the stems.
        at_start: the line's lag at song frame 0, samples.
        spread: median distance of the lags from the line, samples.
        left: energy left in the windows re that without any change.
    """

    ppm: float
    at_start: float
    spread: float
    left: float


def fit_clock(sound: Complexes, target: Complexes, starts: tuple[int, ...]) -> ClockModel | None:
    """The line of lags of a sound against what it should be, where there is one.

    Lags are peaks of cross-correlations refined by the phase slope; the line is that of H. Theil and
    P. K. Sen ("Estimates of the Regression Coefficient Based on Kendall's Tau", JASA 63, 1968).

    Args:
        sound: `(stretches, frames)`.
        target: of the same shape.
        starts: song frames at which the stretches begin.
    """
    frames = sound.shape[1]
    if frames < 2 * REACH_FRAMES + _WINDOWS * WINDOW_FRAMES:
        return None
    loudest = max(float(np.mean(np.abs(row) ** 2)) for row in sound)
    points = []
    for row, first in enumerate(starts):
        for at in np.linspace(REACH_FRAMES, frames - REACH_FRAMES - WINDOW_FRAMES, _WINDOWS).astype(int):
            part = sound[row, at : at + WINDOW_FRAMES]
            power = float(np.mean(np.abs(part) ** 2))
            if power <= 0.0:
                continue
            around = target[row, at - REACH_FRAMES : at + WINDOW_FRAMES + REACH_FRAMES]
            lag, left, before = lag_in(part, around)
            # a stem that enters late is quiet in most windows, and yet alone in them with what remains
            if power >= _QUIET * loudest or left <= _QUIET_LEAVES * before:
                points.append((first + at + WINDOW_FRAMES / 2, lag, left, before))
    if len(points) < 4:
        return None
    times, lags, lefts, befores = (np.array(column) for column in zip(*points, strict=True))
    one, two = np.triu_indices(len(times), 1)
    apart = times[two] - times[one]
    slope = float(np.median((lags[two] - lags[one])[apart > 0] / apart[apart > 0]))
    at_start = float(np.median(lags - slope * times))
    line = at_start + slope * times
    spread = float(np.median(np.abs(lags - line)))
    runs = abs(slope) * float(np.ptp(times))
    if runs < _RUNS_SAMPLES or spread > min(_NEAR_SAMPLES, _NEAR_PART * runs):
        return None
    return ClockModel(slope * 1e6, at_start, spread, float(lefts.sum() / max(befores.sum(), 1e-300)))


def clock_step(total: Complexes, rest: Complexes, starts: tuple[int, ...]) -> tuple[float, float]:
    """By how many samples at song frame 0, and how many ppm, a sum that nearly fits is early and short.

    Least squares of the rest on the derivative of the sum and the derivative times song time.

    Args:
        total: the sum as it is placed, `(stretches, frames)`.
        rest: what it leaves, of the same shape.
        starts: song frames at which the stretches begin.
    """
    frames = total.shape[1]
    ease = 0.5 - 0.5 * np.cos(np.pi * (np.arange(_EASED_FRAMES) + 0.5) / _EASED_FRAMES)
    taper = np.concatenate((ease, np.ones(max(0, frames - 2 * _EASED_FRAMES)), ease[::-1]))
    omega = 2.0 * np.pi * np.fft.fftfreq(frames)
    inside = slice(_EASED_FRAMES, frames - _EASED_FRAMES)
    powers, crosses = np.zeros(3), np.zeros(2)
    for row, left, start in zip(total, rest, starts, strict=True):
        steep = ifft(fft(row * taper) * (-1j * omega))[inside]
        times = 1e-6 * (start + np.arange(frames)[inside])
        own = steep.real**2 + steep.imag**2
        cross = steep.real * left.real[inside] + steep.imag * left.imag[inside]
        powers += (own.sum(), own @ times, own @ times**2)
        crosses += (cross.sum(), cross @ times)
    inner = np.array([[powers[0], powers[1]], [powers[1], powers[2]]])
    if np.linalg.cond(inner) > _SINGULAR:
        return 0.0, 0.0
    at_start, ppm = np.linalg.solve(inner, crosses)
    return float(at_start), float(ppm)


def lag_in(part: Complexes, around: Complexes, free: bool = True) -> tuple[float, float, float]:
    """Lag of `part` in `around`, energy left with it undone, energy left without.

    Args:
        part: `WINDOW_FRAMES` of a sound.
        around: what it should be there, and `REACH_FRAMES` on either side.
        free: whether the gain, of either sign, is fitted as well.
    """
    size, window = len(around), _window(len(part))
    windowed = part * window
    correlation = ifft(np.conj(fft(windowed, size)) * fft(around), overwrite=True).real[: 2 * REACH_FRAMES]
    whole = int(np.argmax(np.abs(correlation) if free else correlation))
    one, two = fft(windowed), fft(around[whole : whole + len(part)] * window, overwrite=True)
    # the phase is weighted up to 0.3 of the rate: no more of it is looked at
    omega, used = _frequencies(len(part))
    low, cross = omega[used], np.conj(one[used]) * two[used]
    weight = np.abs(cross)
    scale = max(float(np.sum(weight * low**2)), 1e-300)
    offset = 0.0
    for _ in range(3):
        offset -= float(np.sum(weight * low * np.angle(cross * np.exp(1j * low * offset)))) / scale
    turned = one * np.exp(-1j * omega * offset)
    gain = float(np.sum(np.conj(turned) * two).real / max(energy(turned), 1e-300)) if free else 1.0
    here = fft(around[REACH_FRAMES : REACH_FRAMES + len(part)] * window, overwrite=True)
    return whole - REACH_FRAMES + offset, energy(two - gain * turned), energy(here - one)


@lru_cache(maxsize=2)
def _window(frames: int) -> Doubles:
    return np.hanning(frames)


@lru_cache(maxsize=2)
def _frequencies(frames: int) -> tuple[Doubles, NDArray[np.intp]]:
    """Radians per frame of a transform's bins, and the bins below 0.3 of the rate."""
    omega = np.asarray(2.0 * np.pi * np.fft.fftfreq(frames), np.float64)
    return omega, np.flatnonzero(np.abs(omega) < 0.6 * np.pi)
