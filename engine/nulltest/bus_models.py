"""Explanations that hold for the whole mix: a filter, a gain that moves, a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.cores import usable_cores
from engine.fourier import fft, ifft, irfft, next_fast_len, rfft
from engine.nulltest.windows import SLOW_WINDOWS, products, window_frames

Doubles = NDArray[np.float64]
Complexes = NDArray[np.complex128]

#: Taps of the common filter before and after frame 0.
EARLY_TAPS, _LATE_TAPS = 256, 3840
#: Length of the transform that a filter is looked at in.
_BINS = 8192
#: Bins of the memoryless curve.
_CURVE_BINS = 512
#: Below this many samples an odd polynomial is fitted to all of them.
_FEWEST_SAMPLES = 1000
#: Part that a slow gain may leave of what a fast one explains.
_SLOW_LEAVES = 0.03
#: Below this gain a window is silent; this part of the residual has to lie in such windows.
_GONE, _MOST = 1e-3, 0.8


def energy(signal: Complexes) -> float:
    """Sum of squares over frames and both channels."""
    return float(np.vdot(signal, signal).real)


@dataclass(frozen=True)
class FilterModel:
    """One filter for all stems.

    Attributes:
        taps: impulse response.
        left: energy left, absolute.
        frequencies_hz: where `gains_db` stand: up to the highest frequency that carries signal.
        gains_db: of the filter, at least −60 dB.
        strange: part of what it changes (energy) that a filter of that level over frequency does not, be it
            of minimum phase or of none: what delays stems is strange, an equaliser is not.
    """

    taps: Doubles
    left: float
    frequencies_hz: Doubles
    gains_db: Doubles
    strange: float


def fit_filter(total: Complexes, mix: Complexes, sample_rate: int) -> FilterModel:
    """The impulse response that makes the mix of the sum, by least squares (Wiener–Hopf equations)."""
    from scipy.linalg import solve_toeplitz

    taps = EARLY_TAPS + _LATE_TAPS
    size = next_fast_len(total.shape[1] + taps)
    one = fft(total, size, axis=1, threads=usable_cores())
    two = fft(mix, size, axis=1, threads=usable_cores())
    power = np.sum(np.abs(one) ** 2, axis=0)
    own = ifft(power).real[:taps].copy()
    cross = ifft(np.sum(np.conj(one) * two, axis=0)).real
    wanted = np.concatenate((cross[-EARLY_TAPS:], cross[:_LATE_TAPS]))
    own[0] = own[0] * (1.0 + 1e-9) + 1e-300
    found = solve_toeplitz(own, wanted)
    left = max(energy(mix) - float(found @ wanted), energy(mix) * 1e-12)
    response = rfft(np.roll(np.pad(found, (0, _BINS - taps)), -EARLY_TAPS))
    frequencies = np.fft.rfftfreq(_BINS, 1.0 / sample_rate)
    level = np.interp(
        frequencies, np.fft.fftfreq(size, 1.0 / sample_rate)[: size // 2], _smooth(power[: size // 2])
    )
    carries = (level > 1e-6 * level.max()) & (frequencies > 20.0)
    gains_db = 20.0 * np.log10(np.maximum(np.abs(response), 1e-3))
    strange = _strange(response, np.where(carries, level, 0.0)) if carries.any() else 0.0
    return FilterModel(found, left, frequencies[carries], gains_db[carries], strange)


def _strange(response: Complexes, power: Doubles) -> float:
    """See `FilterModel`; the minimum phase by the folded cepstrum (A. Oppenheim, R. Schafer, "Discrete-Time
    Signal Processing", 12.3), the level held where nothing sounds."""
    known = np.flatnonzero(power)
    level = np.maximum(np.abs(response), 1e-3)
    cepstrum = irfft(np.log(np.interp(np.arange(len(level)), known, level[known])))
    half = len(cepstrum) // 2
    cepstrum[1:half] *= 2.0
    cepstrum[half + 1 :] = 0.0
    changes = max(float(power @ np.abs(response - 1.0) ** 2), 1e-300)
    shapes = np.exp(rfft(cepstrum)), level
    return min(float(power @ np.abs(response - shape) ** 2) for shape in shapes) / changes


def _smooth(power: Doubles) -> Doubles:
    width = max(1, len(power) // 4096)
    return np.convolve(power, np.ones(width) / width, "same")


@dataclass(frozen=True)
class DynamicsModel:
    """One gain for all stems that moves with time.

    Attributes:
        left: energy left, absolute.
        low_db: 1st percentile of the gain over windows that sound: a limiter may act in few of them.
        high_db: 99th percentile.
        correlation: of the gain in dB with the level, in dB or linear: whichever is stronger.
        by_hand: the gain moves as slowly as a hand on a fader, or what is gone is gone altogether, as no
            processor does.
    """

    left: float
    low_db: float
    high_db: float
    correlation: float
    by_hand: bool


def fit_dynamics(total: Complexes, mix: Complexes, sample_rate: int) -> DynamicsModel:
    """The best gain in every 10 ms, joined by straight lines."""
    gains, powers, stepped = _window_gains(total, mix, sample_rate)
    count, window = gains.shape[1], window_frames(sample_rate)
    joined = _joined(gains, window, count * window)
    smooth = energy(mix[:, : count * window] - joined * total[:, : count * window])
    rest = energy((mix - total)[:, count * window :])
    loud = powers > 1e-4 * powers.max(initial=0.0)
    gains_db = 20.0 * np.log10(np.clip(np.abs(gains[loud]), 1e-3, 1e3))
    if len(gains_db) < 8:
        return DynamicsModel(min(stepped, smooth) + rest, 0.0, 0.0, 0.0, False)
    low, high = np.percentile(gains_db, [1.0, 99.0])
    # a limiter acts on the loudest windows alone, which decibels press together
    levels = 10.0 * np.log10(powers[loud]), np.sqrt(powers[loud])
    correlation = max((_correlation(gains_db, level) for level in levels), key=abs)
    by_hand = _is_by_hand(total[:, : count * window], mix[:, : count * window], gains, powers, smooth)
    return DynamicsModel(min(stepped, smooth) + rest, float(low), float(high), correlation, by_hand)


def _is_by_hand(total: Complexes, mix: Complexes, gains: Doubles, powers: Doubles, fast: float) -> bool:
    """Whether a slow gain explains what a fast one does, or the mix is silent where they differ.

    Of what a fast gain explains beyond a fader that stands, a slow one leaves 0.01 % when it was a ride or a
    fade, and 6 to 30 % when it was a compressor, limiter or parallel compression (measured on 36 songs).
    """
    ease = np.hanning(SLOW_WINDOWS + 2)[1:-1]
    crosses, owns = (
        np.stack([np.convolve(row, ease, "same") for row in values]) for values in (gains * powers, powers)
    )
    window = total.shape[1] // gains.shape[1]
    slow_gains = np.where(owns > 0.0, crosses / np.maximum(owns, 1e-300), 1.0)
    slow = energy(mix - _joined(slow_gains, window, total.shape[1]) * total)
    fader = float(crosses.sum()) / max(float(owns.sum()), 1e-300)
    standing = energy(mix - fader * total)
    if slow - fast <= _SLOW_LEAVES * (standing - fast):
        return True
    gone = (np.abs(gains) < _GONE) & (powers > 0.0)
    return float(powers[gone].sum()) >= _MOST * energy(mix - total)


def _correlation(one: Doubles, two: Doubles) -> float:
    return float(np.corrcoef(one, two)[0, 1]) if np.std(one) > 1e-9 and np.std(two) > 1e-9 else 0.0


def moving_gain(total: Complexes, mix: Complexes, sample_rate: int) -> Doubles:
    """The gain of `fit_dynamics` for every frame, `(stretches, frames)`; at least −40 dB."""
    gains, _, _ = _window_gains(total, mix, sample_rate)
    return np.clip(_joined(gains, window_frames(sample_rate), total.shape[1]), 0.01, 100.0)


def _window_gains(total: Complexes, mix: Complexes, sample_rate: int) -> tuple[Doubles, Doubles, float]:
    """Best gain of every window and the sum's energy there, `(stretches, windows)`; energy left."""
    powers, crosses, own = (
        products(one, two, sample_rate) for one, two in ((total, total), (total, mix), (mix, mix))
    )
    gains = crosses / np.maximum(powers, 1e-300)
    left = float(np.sum(np.maximum(own - gains * crosses, 0.0)))
    gains[powers <= 0.0] = 1.0
    return gains, powers, left


def _joined(gains: Doubles, window: int, frames: int) -> Doubles:
    """Straight lines from window to window."""
    at = (np.arange(gains.shape[1]) + 0.5) * window
    return np.stack([np.interp(np.arange(frames), at, row) for row in gains])


@dataclass(frozen=True)
class CurveModel:
    """One curve, sample by sample, from the sum to the mix.

    Attributes:
        left: energy left, absolute.
        at: input levels (bin centres), ascending.
        out: what the curve makes of them.
        slope: at small levels, linear.
        odd_left: energy an odd polynomial of degree 9 leaves, absolute.
    """

    left: float
    at: Doubles
    out: Doubles
    slope: float
    odd_left: float


def fit_curve(total: Complexes, mix: Complexes) -> CurveModel:
    """A broken line in bins of the sum's level, and an odd polynomial beside it."""
    x, y = total.reshape(-1).view(np.float64), mix.reshape(-1).view(np.float64)
    peak = max(float(np.abs(x).max(initial=0.0)), 1e-12)
    bins = np.minimum(((x + peak) * (_CURVE_BINS / (2.0 * peak))).astype(np.int64), _CURVE_BINS - 1)
    centres: Any = (np.arange(_CURVE_BINS) + 0.5) * (2.0 * peak / _CURVE_BINS) - peak
    inside = x - centres[bins]
    sums = [
        np.bincount(bins, weights, _CURVE_BINS) for weights in (None, inside, inside**2, y, inside * y, y * y)
    ]
    n, sx, sxx, sy, sxy, syy = (part.astype(np.float64) for part in sums)
    safe = np.maximum(n, 1.0)
    vx, vxy, vy = sxx - sx * sx / safe, sxy - sx * sy / safe, syy - sy * sy / safe
    slopes = np.where(vx > 1e-12 * (peak / _CURVE_BINS) ** 2, vxy / np.maximum(vx, 1e-300), 0.0)
    left = float(np.sum(np.maximum(vy - slopes * vxy, 0.0)))
    used = n > 8
    middle = np.abs(centres) < 0.1 * peak
    slope = float(np.sum(vxy[middle]) / max(float(np.sum(vx[middle])), 1e-300))
    floor = 1e-15 * float(np.sum(y * y))
    out: Any = (sy - slopes * sx) / safe
    return CurveModel(
        max(left, floor),
        centres[used],
        np.asarray(out[used], np.float64),
        slope,
        max(_odd(x / peak, y), floor),
    )


def _odd(x: Doubles, y: Doubles) -> float:
    """Energy that an odd polynomial of degree 9 leaves, by every fourth sample of either channel."""
    every = np.arange(0, len(x) - 1, 8)
    chosen = np.stack((every, every + 1), axis=1).reshape(-1)
    if len(chosen) < _FEWEST_SAMPLES:
        chosen = np.arange(len(x))
    part, x, y = len(x) / len(chosen), x[chosen], y[chosen]
    square = x * x
    powers = [x]
    for _ in range(4):
        powers.append(powers[-1] * square)
    rows = np.stack([*powers, y])
    gram = rows @ rows.T
    scale = np.sqrt(np.maximum(np.diagonal(gram)[:-1], 1e-300))
    found = (
        np.linalg.lstsq(gram[:-1, :-1] / np.outer(scale, scale), gram[:-1, -1] / scale, rcond=1e-13)[0]
        / scale
    )
    difference = y - found @ rows[:-1]
    return part * float(difference @ difference)
