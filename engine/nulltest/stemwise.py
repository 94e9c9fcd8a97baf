"""Explanations stem by stem: gain, polarity, time and channels of each, fitted to an excerpt."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.nulltest.excerpt import Complexes, Excerpt

Doubles = NDArray[np.float64]

#: Eigenvalues of a normalised Gram matrix below this part of the largest count as zero.
_RANK_LIMIT = 1e-8
#: Gauss–Newton steps per stem, and the fall of the energy that makes a stem worth shifting.
_STEPS = 5
_WORTH_A_STEM = 0.7
#: A shift of less than this many samples is none.
SMALLEST_SHIFT = 0.005
#: Frames at either end of a stretch that a fractional shift may spoil.
_MARGIN_FRAMES = 1024


@dataclass(frozen=True)
class StemModel:
    """What to apply to each stem of an excerpt, and what that leaves.

    Attributes:
        gains: `(stems,)`, linear.
        offsets: `(stems,)`, samples, + is later.
        errors: `(stems,)`: standard errors of the gains, from stretch to stretch.
        left: energy of the residual re that without any change, 0 to 1.
    """

    gains: Doubles
    offsets: Doubles
    errors: Doubles
    left: float


def products(rows: Complexes) -> Doubles:
    """Inner products over frames and both channels, `(stretches, rows, rows)`; rows are L + iR."""
    flat = rows.view(np.float64)
    summed: Doubles = flat @ flat.transpose(0, 2, 1)
    return summed


def solve(gram: Doubles, against: Doubles) -> Doubles:
    """Least-squares coefficients of least norm.

    Args:
        gram: `(rows, rows)`.
        against: `(rows,)`: inner products of the rows with what they shall make.
    """
    scale = np.sqrt(np.diagonal(gram))
    safe = np.where(scale > 0.0, scale, 1.0)
    values, vectors = np.linalg.eigh(gram / np.outer(safe, safe))
    kept = values > _RANK_LIMIT * max(values.max(initial=0.0), 1e-300)
    coefficients: Doubles = (
        (vectors[:, kept] / values[kept]) @ (vectors[:, kept].T @ (against / safe))
    ) / safe
    return coefficients


def _left(gram: Doubles, coefficients: Doubles) -> float:
    """Energy that coefficients leave of the last row, rounding aside."""
    weights = np.concatenate((coefficients, [-1.0]))
    return max(float(weights @ gram @ weights), float(gram[-1, -1]) * 1e-15)


def fit_gains_only(excerpt: Excerpt) -> StemModel:
    """Gains of all stems, by least squares on their deviation from unity."""
    residual = excerpt.mix - excerpt.total
    by_stretch = products(np.concatenate((excerpt.stems, residual[:, None]), axis=1))
    gram = by_stretch.sum(axis=0)
    deviation = solve(gram[:-1, :-1], gram[:-1, -1])
    stems, stretches = len(deviation), len(by_stretch)
    errors = np.full(stems, math.inf)
    if stretches > 1:
        left_out = np.array([solve((gram - part)[:-1, :-1], (gram - part)[:-1, -1]) for part in by_stretch])
        # jackknife: B. Efron, "The Jackknife, the Bootstrap and Other Resampling Plans", 1982
        spread = left_out - left_out.mean(axis=0)
        errors = np.sqrt((stretches - 1) / stretches * np.sum(spread**2, axis=0))
    start = max(float(gram[-1, -1]), 1e-300)
    return StemModel(1.0 + deviation, np.zeros(stems), errors, _left(gram, deviation) / start)


class _Shifter:
    """Shifts stems of an excerpt by fractions of a sample, in the frequency domain."""

    def __init__(self, excerpt: Excerpt) -> None:
        from scipy.fft import fft, fftfreq

        frames = excerpt.mix.shape[1]
        self.margin = min(_MARGIN_FRAMES, frames // 8)
        self._taper = np.ones(frames)
        rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(self.margin) + 0.5) / self.margin)
        self._taper[: self.margin], self._taper[-self.margin :] = rise, rise[::-1]
        self._omega = 2.0 * np.pi * fftfreq(frames)
        self._excerpt, self._fft = excerpt, fft
        self._spectra: dict[int, Complexes] = {}

    def inner(self, rows: Complexes) -> Complexes:
        """The frames that shifting does not spoil."""
        return rows[..., 2 * self.margin : -2 * self.margin]

    def shifted(self, stem: int, offset: float) -> tuple[Complexes, Complexes]:
        """The stem later by `offset` samples, and the derivative by that offset; inner frames."""
        from scipy.fft import ifft

        if stem not in self._spectra:
            tapered = self._excerpt.stems[:, stem] * self._taper
            self._spectra[stem] = self._fft(tapered, axis=-1, workers=os.cpu_count())
        turned = self._spectra[stem] * np.exp(-1j * self._omega * offset)
        moved = ifft(turned, axis=-1, workers=os.cpu_count())
        slope = ifft(turned * (-1j * self._omega), axis=-1, workers=os.cpu_count())
        return self.inner(moved), self.inner(slope)


def fit_with_fractions(excerpt: Excerpt) -> StemModel:
    """Gains, and shifts of less than a few samples where they explain more than gains.

    The mix is regressed on the stems and their derivatives: to first order a stem later by d is
    s − d · s′. The stem whose derivative explains most is shifted (Gauss–Newton), then the next,
    while that is worth it.
    """
    shifter = _Shifter(excerpt)
    count = excerpt.stems.shape[1]
    rows = np.concatenate((excerpt.stems, excerpt.mix[:, None]), axis=1)
    rows = np.ascontiguousarray(shifter.inner(rows))
    slopes = np.stack([shifter.shifted(stem, 0.0)[1] for stem in range(count)], axis=1)
    gram = products(np.concatenate((slopes, rows), axis=1)).sum(axis=0)
    unity = np.ones(count)
    start = max(_left(gram[count:, count:], unity), 1e-300)
    plain = gram[count:, count:]
    gains = solve(plain[:-1, :-1], plain[:-1, -1])
    offsets, left, tried = np.zeros(count), _left(plain, gains), set[int]()
    del slopes
    while len(tried) < min(count, 4) and left > 1e-12 * start:
        guilty = _guilty(gram, count, tried)
        tried.add(guilty)
        backup = rows[:, guilty].copy()
        better, offset, better_gains = _shift_one(shifter, rows, guilty, float(gains[guilty]))
        if better > _WORTH_A_STEM * left or abs(offset) > 8.0:
            rows[:, guilty] = backup
            if len(tried) > 1:
                break
            continue
        offsets[guilty], left, gains = offset, better, better_gains
    offsets[np.abs(offsets) < SMALLEST_SHIFT] = 0.0
    return StemModel(gains, offsets, np.zeros(count), left / start)


def _guilty(gram: Doubles, count: int, tried: set[int]) -> int:
    """The stem whose derivative, together with all gains, leaves least."""
    lefts = []
    for stem in range(count):
        chosen = [stem, *range(count, 2 * count + 1)]
        part = gram[np.ix_(chosen, chosen)]
        lefts.append(math.inf if stem in tried else _left(part, solve(part[:-1, :-1], part[:-1, -1])))
    return int(np.argmin(lefts))


def _shift_one(shifter: _Shifter, rows: Complexes, stem: int, gain: float) -> tuple[float, float, Doubles]:
    """Shifts one stem as far as it explains more; `rows` are left with it shifted.

    Returns:
        energy left, the offset, all gains.
    """
    offset = 0.0
    for _ in range(_STEPS):
        moved, slope = shifter.shifted(stem, offset)
        rows[:, stem] = moved
        both = products(np.concatenate((slope[:, None], rows), axis=1)).sum(axis=0)
        coefficients = solve(both[:-1, :-1], both[:-1, -1])
        gain = float(coefficients[1 + stem])
        step = float(coefficients[0]) / gain if abs(gain) > 1e-3 else 0.0
        offset += max(-1.0, min(1.0, step))
        if abs(step) < 1e-6:
            break
    rows[:, stem] = shifter.shifted(stem, offset)[0]
    gram = products(rows).sum(axis=0)
    gains = solve(gram[:-1, :-1], gram[:-1, -1])
    return _left(gram, gains), offset, gains


def fit_matrices(excerpt: Excerpt) -> tuple[Doubles, float]:
    """What each channel of the mix holds of each channel of every stem.

    Returns:
        `(stems, 2, 2)`: [stem, mix channel, stem channel]; energy left re that without any change.
    """
    stems = excerpt.stems
    count = stems.shape[1]
    flat = np.concatenate(
        (stems.real, stems.imag, excerpt.mix.real[:, None], excerpt.mix.imag[:, None]), axis=1
    )
    gram = (flat @ flat.transpose(0, 2, 1)).sum(axis=0)
    inside = gram[: 2 * count, : 2 * count]
    matrices, left = np.zeros((count, 2, 2)), 0.0
    for channel in range(2):
        against = gram[: 2 * count, 2 * count + channel]
        unity = np.zeros(2 * count)
        unity[channel * count : (channel + 1) * count] = 1.0
        found = unity + solve(inside, against - inside @ unity)
        matrices[:, channel, 0], matrices[:, channel, 1] = found[:count], found[count:]
        left += float(
            gram[2 * count + channel, 2 * count + channel] - 2.0 * found @ against + found @ inside @ found
        )
    residual = excerpt.mix - excerpt.total
    start = max(float(np.vdot(residual, residual).real), 1e-300)
    return matrices, max(left / start, 1e-15)
