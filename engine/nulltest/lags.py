"""By how many whole samples each stem is early or late against the reference."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.cores import usable_cores
from engine.fourier import fft, ifft, next_fast_len
from engine.nulltest.inner_products import Gram, gram_hop_frames
from engine.nulltest.lanes import Lanes, LaneSpecs

Doubles = NDArray[np.float64]

#: Farthest offset looked for, s either way.
SEARCH_S = 1.0
#: How many of a stem's loudest hops are correlated, and their length in hops.
_STRETCHES = 4
_STRETCH_HOPS = 2
#: A lag is proposed when, against no lag, it explains four times the energy …
_EXPLAINS_MORE = 4.0
#: … or leaves half as much unexplained: low notes correlate well at every small lag.
_LEAVES_LESS = 0.5
#: Stretches this much quieter (energy) than the loudest are too quiet to be explained in full.
_QUIETEST = 0.25
#: Peaks of a periodic correlation differ by rounding only.
_EQUALLY_HIGH = 1.0 - 1e-6


@dataclass(frozen=True)
class _Search:
    """Lengths of a correlation, frames."""

    stretch: int
    reach: int
    transform: int


@dataclass(frozen=True)
class Proposal:
    """A lag that one stem may have.

    Attributes:
        lag: samples to delay the stem by (+ is later); 0 where no lag stands out.
        left: part of what the others leave that the stem does not explain at that lag, re the same
            at no lag: the smaller, the surer.
    """

    lag: int = 0
    left: float = 1.0


def propose_lags(specs: LaneSpecs, gram: Gram) -> tuple[Proposal, ...]:
    """A whole-sample delay for every stem that stands out in a leave-one-out correlation.

    Each stem is correlated with what the reference holds beyond all *other* stems, over the
    stretches where the stem is loudest. Both polarities count.

    Args:
        specs: the comparison, gains included.
        gram: of that comparison.

    Returns:
        One for every stem, to be judged by the residual it leaves.
    """
    hop = gram_hop_frames(specs.sample_rate)
    reach = round(SEARCH_S * specs.sample_rate)
    stretch = _STRETCH_HOPS * hop
    search = _Search(stretch, reach, next_fast_len(stretch + 2 * reach))

    def propose(number: int) -> Proposal:
        with specs.open() as lanes:
            return _propose(lanes, number, _stretch_starts(gram.activity[:, number], hop), search)

    with ThreadPoolExecutor(usable_cores()) as pool:
        return tuple(pool.map(propose, range(len(specs.stems))))


def _stretch_starts(activity: Doubles, hop: int) -> list[int]:
    """First frames of the loudest stretches, apart from each other, in song order."""
    sums = np.convolve(activity, np.ones(min(_STRETCH_HOPS, len(activity))), "valid")
    starts = []
    for _ in range(_STRETCHES):
        loudest = int(np.argmax(sums))
        if sums[loudest] <= 0.0:
            break
        starts.append(loudest * hop)
        sums[max(0, loudest - _STRETCH_HOPS + 1) : loudest + _STRETCH_HOPS] = 0.0
    return sorted(starts)


def _propose(lanes: Lanes, number: int, starts: list[int], search: _Search) -> Proposal:
    spectrum = np.zeros(search.transform, np.complex128)
    stem_energy, rest_energies = 0.0, np.zeros(2 * search.reach + 1)
    for start in starts:
        stem, rest = _leave_one_out(lanes, number, start, search)
        spectrum += np.conj(fft(stem, search.transform)) * fft(rest, search.transform)
        stem_energy += float(np.vdot(stem, stem).real)
        running = np.concatenate(([0.0], np.cumsum(rest.real**2 + rest.imag**2)))
        rest_energies += running[search.stretch :] - running[: -search.stretch]
    if stem_energy <= 0.0:
        return Proposal()
    # the real part of the correlation of two L + iR signals is the sum of both channels' correlations
    explained = ifft(spectrum).real[: len(rest_energies)] ** 2 / stem_energy
    # re what is there to explain: else a periodic stem would be sought where the rest is loudest
    share = explained / np.maximum(rest_energies, _QUIETEST * rest_energies.max(initial=1e-300))
    best, none = _nearest_peak(share), search.reach
    if min(rest_energies[best], rest_energies[none]) <= 0.0:
        return Proposal()
    left = (1.0 - explained[best] / rest_energies[best]) / max(
        1e-12, 1.0 - explained[none] / rest_energies[none]
    )
    stands_out = explained[best] > _EXPLAINS_MORE * explained[none] or left < _LEAVES_LESS
    return Proposal(best - search.reach, float(left)) if stands_out else Proposal()


def _nearest_peak(correlation: Doubles) -> int:
    """The highest local maximum; of equally high ones, as periodic sound has them, that nearest to no lag."""
    centre = len(correlation) // 2
    inner = correlation[1:-1]
    highest = correlation.max()
    peaks = np.flatnonzero(
        (inner >= correlation[:-2]) & (inner >= correlation[2:]) & (inner >= _EQUALLY_HIGH * highest)
    )
    if peaks.size == 0:
        return int(np.argmax(correlation))
    return int(peaks[np.argmin(np.abs(peaks + 1 - centre))]) + 1


def _leave_one_out(
    lanes: Lanes, number: int, start: int, search: _Search
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """The stem over the stretch, and reference − other stems over the stretch and the reach around it."""
    frames = search.stretch + 2 * search.reach
    lane, rest = np.zeros((frames, 2)), np.zeros((frames, 2))
    first = start - search.reach
    lanes.reference.read_into(first, rest)
    stem = np.zeros(search.stretch, np.complex128)
    for index, other in enumerate(lanes.stems):
        other.read_into(first, lane)
        if index == number:
            inner = np.ascontiguousarray(lane[search.reach : search.reach + search.stretch])
            stem = inner.view(np.complex128)[:, 0] * other.gain
        else:
            rest -= other.gain * lane
    return stem, rest.view(np.complex128)[:, 0]
