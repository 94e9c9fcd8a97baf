"""What may have been done to stems: proposals from correlations, derivatives and clocks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.cores import usable_cores
from engine.fourier import fft, ifft, next_fast_len
from engine.nulltest.placed_excerpt import Stage
from engine.nulltest.placing import Complexes, Placing
from engine.nulltest.solve import left_of, solve
from engine.nulltest.spread import products_with

Doubles = NDArray[np.float64]

#: Farthest lag looked for, s either way.
SEARCH_S = 1.0
#: A stem below this gain is absent.
ABSENT_BELOW = 0.1
#: A lag has to keep this part of a sound's energy within the stretches.
_KEEPS = 0.25
#: Gauss–Newton steps of an offset.
_STEPS = 6
#: A step after which the next one would be below 10⁻⁵ samples.
_SMALL_STEP = 2e-3


@dataclass(frozen=True)
class Lag:
    """A lag that a stem, or all together, may have.

    Attributes:
        lag: samples, on top of where the stem is placed.
        gain: energy (of the rest) that it explains beyond what no lag explains.
    """

    lag: int
    gain: float


#: What a row of a stage depends on: stem, place, shape and bus.
_Row = tuple[int, Placing, int, int]


class Correlations:
    """Correlations of stems with what the others leave of the mix, over ±`SEARCH_S`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        frames = stage.mix.shape[1]
        self._reach = min(round(SEARCH_S * stage.sample_rate), frames // 2)
        self._size = _transform_frames(frames + self._reach)
        self._spectra: dict[_Row, NDArray[np.complex64]] = {}
        self._own: dict[_Row, Doubles] = {}
        self._powers: dict[_Row, Doubles] = {}

    def _fft(self, row: Complexes) -> NDArray[np.complex64]:
        found: NDArray[np.complex64] = fft(
            row.astype(np.complex64), self._size, axis=-1, threads=usable_cores()
        )
        return found

    def _lags(self, spectrum: NDArray[np.complex64]) -> Doubles:
        correlation = ifft(spectrum).real
        return np.concatenate((correlation[-self._reach :], correlation[: self._reach + 1])).astype(
            np.float64
        )

    def of_stems(self, gains: Doubles) -> list[Lag]:
        """The best lag of every stem, each with the others as they are."""
        stage = self._stage
        residual = np.asarray(stage.mix - stage.total(gains))
        rest = self._fft(residual)

        def one(number: int) -> Lag:
            return self._of_stem(number, float(gains[number]), residual, rest)

        with ThreadPoolExecutor(usable_cores()) as pool:
            return list(pool.map(one, range(stage.count)))

    def _of_stem(self, number: int, gain: float, residual: Complexes, rest: NDArray[np.complex64]) -> Lag:
        stage = self._stage
        key = number, stage.places[number], stage.shaped[number], id(stage.bus)
        if float(stage.gram[number, number]) <= 0.0:
            return Lag(0, 0.0)
        row = stage.rows[number]
        if key not in self._spectra:
            found = self._fft(row)
            self._own[key] = self._lags(np.sum(found.real**2 + found.imag**2, axis=0) + 0j)
            self._spectra[key] = np.conj(found, out=found)
            self._powers[key] = _power(row)
        cross = np.multiply(self._spectra[key], rest).sum(axis=0)
        wanted = _power(residual + gain * row)
        return self._best(self._lags(cross) + gain * self._own[key], self._powers[key], wanted)

    def of_all(self, total: Complexes) -> Lag:
        """The best lag of a sum of stems against the mix."""
        one, two = self._fft(total), self._fft(self._stage.mix)
        correlation = self._lags(np.multiply(one.conj(), two).sum(axis=0))
        return self._best(correlation, _power(total), _power(self._stage.mix))

    def _best(self, correlation: Doubles, sound: Doubles, wanted: Doubles) -> Lag:
        """The lag of the highest normalised correlation, of those that keep most of the sound in.

        Args:
            correlation: from −reach to reach.
            sound: energy of the sound frame by frame, `wanted` that of what it should be.
        """
        before, after = self._kept(sound), self._kept(wanted)[::-1]
        if before[self._reach] <= 0.0 or after[self._reach] <= 0.0:
            return Lag(0, 0.0)
        enough = (before > _KEEPS * before.max()) & (after > 0.0)
        share = np.where(enough, correlation**2 / np.maximum(before * after, 1e-300), 0.0)
        best, none = int(np.argmax(share)), self._reach
        return Lag(best - none, float((share[best] - share[none]) * after[none]))

    def _kept(self, power: Doubles) -> Doubles:
        """Energy of the frames that still lie within the stretch when moved by each lag."""
        running = np.concatenate(([0.0], np.cumsum(power)))
        frames, reach = len(power), self._reach
        later = running[frames - np.arange(reach + 1)]
        earlier = running[-1] - running[np.arange(1, reach + 1)]
        return np.concatenate((earlier[::-1], later))


def _transform_frames(frames: int) -> int:
    """A length that transforms fast; a power of two of this size is slower than its neighbours."""
    return int(next_fast_len(frames))


def _power(rows: Complexes) -> Doubles:
    """Energy frame by frame, all stretches together."""
    found: Doubles = (rows.real**2 + rows.imag**2).sum(axis=0)
    return found


def refine_offset(stage: Stage, number: int, hopeless: float = 1.0) -> float:
    """Moves a stem by less than some samples until the rest is smallest (Gauss–Newton).

    Args:
        stage: is left with the stem moved.
        number: of the stem.
        hopeless: a first step that promises to leave more than this part ends it.

    Returns:
        By how many samples it was moved.
    """
    moved = 0.0
    for _ in range(_STEPS):
        gram = _with_slope(stage, number)
        found = solve(gram[:-1, :-1], gram[:-1, -1])
        promised = left_of(gram, found)
        if not moved and promised > hopeless * stage.gains()[1]:
            break
        gain = float(found[1 + number])
        # the regression is on the derivative of the stem at unity
        step = max(-1.0, min(1.0, float(found[0]) / gain if abs(gain) > 1e-3 else 0.0))
        moved += step
        if abs(moved) > 6.0:
            break
        stage.place({number: stage.places[number].later(step)})
        if abs(step) < _SMALL_STEP:
            break
    return moved


def _with_slope(stage: Stage, number: int) -> Doubles:
    """The Gram matrix with the derivative of a stem as its first row."""
    steep = stage.slope(number)
    gram = np.zeros((stage.count + 2, stage.count + 2))
    gram[1:, 1:] = stage.gram
    products = products_with([*stage.rows, steep], steep)
    gram[0, 1:], gram[1:, 0], gram[0, 0] = products[:-1], products[:-1], products[-1]
    return gram


def common_fraction(total: Complexes, mix: Complexes) -> float:
    """By how many samples a sum of stems is early, at most a few; 0 where that explains little.

    The weighted slope of the phase of the cross-spectrum, iterated.
    """
    window = np.hanning(total.shape[1])
    one = fft(total * window, axis=-1, threads=usable_cores())
    two = fft(mix * window, axis=-1, threads=usable_cores())
    omega = 2.0 * np.pi * np.fft.fftfreq(total.shape[1])
    cross = np.sum(np.conj(one) * two, axis=0)
    weight = np.abs(cross) * (np.abs(omega) < 0.6 * np.pi)
    offset, scale = 0.0, max(float(np.sum(weight * omega**2)), 1e-300)
    for _ in range(_STEPS):
        step = -float(np.sum(weight * omega * np.angle(cross * np.exp(1j * omega * offset)))) / scale
        offset += step
        if abs(step) < 1e-6:
            break
    return offset if abs(offset) < 2.0 else 0.0


def likeliest_fractions(stage: Stage) -> list[tuple[float, int]]:
    """Energy left, and stem: by the derivative of each stem beside all gains, the best first."""
    found = []
    for number in range(stage.count):
        placing = stage.places[number]
        if placing.ppm or placing.form or stage.gram[number, number] <= 0.0:
            continue
        gram = _with_slope(stage, number)
        found.append((left_of(gram, solve(gram[:-1, :-1], gram[:-1, -1])), number))
    return sorted(found)
