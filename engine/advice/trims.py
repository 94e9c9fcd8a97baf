"""A model of a mix that answers at once what trims do, and a search for the smallest set of them.

The model takes the stems behind the master chain as they are now, so that any mix of them is a
weighted sum: its loudness is a quadratic form of the weights in every 100 ms (gated after BS.1770-5),
its peak the largest of the weighted sums at the frames where the mix has been loudest. The master's
dynamics are taken to stay where they are; whoever uses the model checks what it finds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from engine.meters.gating import gated_levels_lufs
from engine.meters.loudness import k_weighting
from engine.plan.plan import Plan, pack
from engine.plan.stream import Stream
from engine.rack.biquad import cascades
from engine.rack.operation import Doubles

#: Trims move in such steps.
STEP_DB = 0.1
#: Peaks this far below the largest can no longer become it: a trim of 3 dB up, one of 3 dB down.
_PEAK_RANGE = 10.0 ** (-9.0 / 20.0)
#: Peaks are kept by stretches of a tenth of a slot; this many of the largest are enough.
_PER_SLOT, _MOST_PEAKS = 10, 3000
#: 400 ms of slots of 100 ms.
_BLOCK_SLOTS = 4
#: Exponent of the mean that stands for the maximum, so that every peak near it pulls.
_POWER = 40.0
#: So many sets of trims are tried with one more stem.
_BEAM = 4

Rows = NDArray[np.int64]


class MixModel:
    """What a mix measures at any weights.

    Args:
        stems: how many.
        sample_rate: Hz.
        loud: whose sum has the loudness that is aimed at; None: all.
    """

    def __init__(self, stems: int, sample_rate: int, loud: Sequence[int] | None = None) -> None:
        self.stems = stems
        self._slot = sample_rate // 10
        self._loud = np.ones(stems)
        if loud is not None:
            self._loud[:] = 0.0
            self._loud[list(loud)] = 1.0
        self._weighting = Stream(_weighting_plan(sample_rate, stems), 2 * stems)
        self._weighted = np.zeros((0, 2 * stems))
        self._rest = np.zeros((0, 2 + 2 * stems))
        self._energies: list[Doubles] = []
        self._rows = np.zeros((0, stems))
        self._heights = np.zeros(0)
        self._blocks: Doubles | None = None

    def process(self, block: Doubles) -> None:
        """The next frames.

        Args:
            block: `(frames, 2 + 2 · stems)`: the mix, then the stems, all before the limiter.
        """
        self._keep_energies(self._weighting.process(np.ascontiguousarray(block[:, 2:])))
        data = np.concatenate((self._rest, block))
        frames = len(data) // self._slot * self._slot
        whole, self._rest = data[:frames], data[frames:]
        if frames:
            self._keep_peaks(whole, self._slot // _PER_SLOT)

    def _keep_energies(self, weighted: Doubles) -> None:
        data = np.concatenate((self._weighted, weighted))
        slots = len(data) // self._slot
        whole, self._weighted = data[: slots * self._slot], data[slots * self._slot :]
        for slot in whole.reshape(slots, self._slot, 2 * self.stems):
            common = slot.T @ slot / self._slot
            self._energies.append(common[0::2, 0::2] + common[1::2, 1::2])

    def _keep_peaks(self, whole: Doubles, length: int) -> None:
        stretches = len(whole) // length
        levels = np.abs(whole[: stretches * length, :2]).reshape(stretches, length, 2)
        for side in (0, 1):
            frames = levels[:, :, side].argmax(axis=1) + np.arange(stretches) * length
            self._rows = np.concatenate((self._rows, whole[frames, 2 + side :: 2]))
            self._heights = np.concatenate((self._heights, np.abs(whole[frames, side])))
        kept = np.flatnonzero(self._heights >= _PEAK_RANGE * self._heights.max())
        if kept.size > _MOST_PEAKS:
            kept = np.sort(np.argsort(-self._heights, kind="stable")[:_MOST_PEAKS])
        self._rows, self._heights = self._rows[kept], self._heights[kept]

    def finish(self) -> None:
        """After the last frame."""
        self._keep_energies(self._weighting.finish())
        if len(self._rest):
            self._keep_peaks(self._rest, max(1, min(len(self._rest), self._slot // _PER_SLOT)))
        slots = np.array(self._energies).reshape(-1, self.stems, self.stems)
        count = len(slots) - _BLOCK_SLOTS + 1
        if count < 1:
            self._blocks = np.zeros((0, self.stems, self.stems))
        else:
            self._blocks = np.mean([slots[n : n + count] for n in range(_BLOCK_SLOTS)], axis=0)

    def peaks_db(self, changes_db: Doubles, power: float = math.inf) -> Doubles:
        """The largest samples of mixes.

        Args:
            changes_db: `(mixes, stems)`.
            power: finite: a mean of that power over all peaks instead.
        """
        heights = np.abs(self._rows @ _gains(changes_db).T)
        largest = np.maximum(heights.max(axis=0, initial=0.0), 1e-15)
        if math.isfinite(power):
            largest = largest * np.mean(_to_the(heights / largest, power), axis=0) ** (1.0 / power)
        return np.asarray(20.0 * np.log10(largest))

    def loudness_lufs(self, changes_db: Doubles) -> Doubles:
        """Integrated loudness of mixes, without the limiter; NaN where there is none."""
        assert self._blocks is not None, "finish has been called"
        gains = _gains(changes_db) * self._loud
        pairs = (gains[:, :, None] * gains[:, None, :]).reshape(len(gains), -1)
        return gated_levels_lufs(pairs @ self._blocks.reshape(len(self._blocks), -1).T)

    def crest_db(self, changes_db: Doubles, power: float = math.inf) -> Doubles:
        """Peak over loudness: what a limiter has to take away at a given loudness, but for a constant."""
        return self.peaks_db(changes_db, power) - self.loudness_lufs(changes_db)


def _weighting_plan(sample_rate: int, stems: int) -> Plan:
    """K-weighting of every stem."""
    sections = k_weighting(sample_rate)
    lefts = range(0, 2 * stems, 2)
    return pack(
        list(cascades(lefts, [(sections, sections)] * stems)),
        columns=2 * stems,
        output_column=0,
        latency_frames=0,
        gain_columns=(),
        output_columns=2 * stems,
    )


def _to_the(values: Doubles, power: float) -> Doubles:
    """A power; of whole numbers by squaring, in a tenth of the time."""
    if power != int(power):
        return np.asarray(values**power)
    result, left = None, int(power)
    while left:
        if left & 1:
            result = values if result is None else result * values
        left >>= 1
        values = values * values if left else values
    return np.ones_like(values) if result is None else result


def _gains(changes_db: Doubles) -> Doubles:
    return np.asarray(10.0 ** (changes_db / 20.0))


def _in_db(steps: Rows) -> Doubles:
    """Steps in dB, without the rounding of 0.1 in binary."""
    return np.round(steps.astype(np.float64) * STEP_DB, 6)


class Search:
    """Looks for the smallest set of trims.

    Args:
        model: of the mix.
        low_steps: per stem, how far its trim may go down, in steps, ≤ 0.
        high_steps: the same upwards, ≥ 0.
    """

    def __init__(self, model: MixModel, low_steps: Sequence[int], high_steps: Sequence[int]) -> None:
        self._model = model
        self._low = np.array(low_steps, np.int64)
        self._high = np.array(high_steps, np.int64)
        self._known: dict[bytes, float] = {}

    def run(self, crest_db: float) -> tuple[Doubles, bool]:
        """Changes of trims with which the mix's crest is at most `crest_db`, dB by stem.

        Of all sets that reach it the one with the fewest stems, and of these the one that moves
        least in total, as far as the search sees: sets of one and two stems are all tried, larger
        ones grow from the best smaller ones.

        Returns:
            The changes, and whether they reach it; if not, they are the best that was found.
        """
        movable = [n for n in range(self._model.stems) if self._low[n] < self._high[n]]
        everything, reaches = self._descend(movable, crest_db)
        if not reaches or not everything.any():
            return _in_db(everything), reaches
        best = self._trimmed(everything, crest_db)
        most = int(np.count_nonzero(best))
        tried: list[tuple[float, tuple[int, ...]]] = []
        for size in range(1, most):
            found = []
            level = []
            for members in self._sets(size, movable, tried):
                steps, reaches = self._descend(members, crest_db)
                level.append((self._crest(steps), members))
                if reaches:
                    found.append(self._trimmed(steps, crest_db))
            if found:
                return _in_db(min(found, key=lambda steps: int(np.abs(steps).sum()))), True
            tried = sorted(level)[:_BEAM]
        return _in_db(best), True

    def _sets(
        self, size: int, movable: Sequence[int], tried: Sequence[tuple[float, tuple[int, ...]]]
    ) -> Iterator[tuple[int, ...]]:
        if size <= 2:
            yield from combinations(movable, size)
            return
        grown = {tuple(sorted((*members, n))) for _, members in tried for n in movable if n not in members}
        yield from sorted(grown)

    def _crest(self, steps: Rows) -> float:
        key = steps.tobytes()
        if key not in self._known:
            self._known[key] = float(self._model.crest_db(_in_db(steps)[None, :])[0])
        return self._known[key]

    def _descend(self, members: Sequence[int], crest_db: float) -> tuple[Rows, bool]:
        """Step by step the way down that helps most; with the mean of all peaks, then with the largest."""
        steps = np.zeros(self._model.stems, np.int64)
        moves = self._moves(members)
        for power in (_POWER, math.inf):
            level = float(self._model.crest_db(_in_db(steps)[None, :], power)[0])
            while True:
                if self._crest(steps) <= crest_db:
                    return steps, True
                nearby = steps + moves
                nearby = nearby[((nearby >= self._low) & (nearby <= self._high)).all(axis=1)]
                if not len(nearby):
                    return steps, False
                levels = self._model.crest_db(_in_db(nearby), power)
                best = int(np.argmin(np.where(np.isnan(levels), math.inf, levels)))
                if not levels[best] < level - 1e-6:
                    break
                steps, level = nearby[best], float(levels[best])
        return steps, False

    def _moves(self, members: Sequence[int]) -> Rows:
        """One step down, and one up, of each member."""
        moves = np.zeros((2 * len(members), self._model.stems), np.int64)
        for place, member in enumerate(members):
            moves[2 * place, member], moves[2 * place + 1, member] = -1, 1
        return moves

    def _trimmed(self, steps: Rows, crest_db: float) -> Rows:
        """The same without what is not needed, the smallest changes first."""
        for member in np.argsort(np.abs(steps), kind="stable"):
            while steps[member]:
                less = steps.copy()
                less[member] -= np.sign(less[member])
                if self._crest(less) > crest_db:
                    break
                steps = less
        return steps
