"""What the samples themselves tell: peak, RMS, DC offset, correlation, clipped samples."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import compiled, inlined
from engine.units import db_from_gain, db_from_power

Doubles = NDArray[np.float64]

#: Shorter runs at full scale are music; longer ones were cut off.
CLIPPED_RUN = 3

# Columns of the sums kept per channel, and of the counts.
_SUM, _SQUARES, _PRODUCTS, _PEAK = range(4)
_RUN, _CLIPPED = range(2)


@inlined
def _count(samples: Any, limit: Any, counts: Any) -> None:
    """Counts samples in runs of at least `CLIPPED_RUN` whose magnitude is `limit` or more."""
    run, clipped = counts[_RUN], counts[_CLIPPED]
    for i in range(samples.size):
        if abs(samples[i]) >= limit:
            run += 1
            if run == CLIPPED_RUN:
                clipped += CLIPPED_RUN
            elif run > CLIPPED_RUN:
                clipped += 1
        else:
            run = 0
    counts[_RUN], counts[_CLIPPED] = run, clipped


@inlined
def _sum_pair(left: Any, right: Any, left_sums: Any, right_sums: Any) -> None:
    sum_l, squares_l, peak_l = left_sums[_SUM], left_sums[_SQUARES], left_sums[_PEAK]
    sum_r, squares_r, peak_r = right_sums[_SUM], right_sums[_SQUARES], right_sums[_PEAK]
    products = left_sums[_PRODUCTS]
    for i in range(left.size):
        x, r = left[i], right[i]
        sum_l += x
        sum_r += r
        squares_l += x * x
        squares_r += r * r
        products += x * r
        peak_l = max(peak_l, abs(x))
        peak_r = max(peak_r, abs(r))
    left_sums[_SUM], left_sums[_SQUARES], left_sums[_PEAK] = sum_l, squares_l, peak_l
    right_sums[_SUM], right_sums[_SQUARES], right_sums[_PEAK] = sum_r, squares_r, peak_r
    left_sums[_PRODUCTS] = products


@compiled("void(float64[:, ::1], float64, float64[:, ::1], int64[:, ::1])")
def add_up(block: Any, limit: Any, sums: Any, counts: Any) -> None:
    """Adds a block to the sums and counts.

    Args:
        block: `(frames, channels)`.
        limit: magnitude from which a sample is at full scale.
        sums: `(channels + 1, 4)`: Σx, Σx², Σx·(next channel), max |x| of each; the last row is for the
            missing partner of an odd last channel.
        counts: `(channels, 2)`: length of the run at full scale, clipped samples.
    """
    channels = block.shape[1]
    for left in range(0, channels, 2):
        right = min(left + 1, channels - 1)
        _sum_pair(block[:, left], block[:, right], sums[left], sums[left + 1])
    for channel in range(channels):
        if sums[channel, _PEAK] >= limit:
            _count(block[:, channel], limit, counts[channel])


@dataclass(frozen=True)
class Statistics:
    """What was found; levels are None where they do not exist (no samples, silence).

    Attributes:
        sample_peak_dbfs: largest magnitude over all channels.
        rms_dbfs: of the mean power over all channels; 1.0 RMS is 0 dBFS.
        correlation: ΣLR/√(ΣL²·ΣR²) of the first two channels; None for mono and when one is silent.
        dc_offset: mean of each channel, linear; None without samples.
        clipped_samples: in runs of at least three at full scale, over all channels.
    """

    sample_peak_dbfs: float | None
    rms_dbfs: float | None
    correlation: float | None
    dc_offset: tuple[float | None, ...]
    clipped_samples: int


class StatisticsMeter:
    """Collects the statistics of a programme handed over in blocks of any size, with the same result.

    Args:
        channels: of the blocks.
        full_scale: magnitude from which a sample counts as at full scale (`full_scale_of`).
    """

    def __init__(self, channels: int, full_scale: float = 1.0) -> None:
        self.channels = channels
        self.frames = 0
        self._full_scale = full_scale
        self._sums = np.zeros((channels + 1, 4))
        self._counts = np.zeros((channels, 2), dtype=np.int64)

    def process(self, block: Doubles) -> None:
        """Adds the next frames: `(frames, channels)` float64, C order, full scale ±1.0, finite."""
        add_up(block, self._full_scale, self._sums, self._counts)
        self.frames += len(block)

    def result(self) -> Statistics:
        """The statistics so far; collecting may go on."""
        sums = self._sums[: self.channels]
        squares = float(sums[:, _SQUARES].sum())
        level = db_from_power(squares / (self.channels * self.frames)) if self.frames else -math.inf
        peak = db_from_gain(float(sums[:, _PEAK].max()))
        return Statistics(
            sample_peak_dbfs=peak if math.isfinite(peak) else None,
            rms_dbfs=level if math.isfinite(level) else None,
            correlation=self._correlation(),
            dc_offset=tuple(float(total) / self.frames if self.frames else None for total in sums[:, _SUM]),
            clipped_samples=int(self._counts[:, _CLIPPED].sum()),
        )

    def _correlation(self) -> float | None:
        if self.channels < 2:
            return None
        left, right = self._sums[0], self._sums[1]
        norm = math.sqrt(float(left[_SQUARES])) * math.sqrt(float(right[_SQUARES]))
        # rounding may carry the quotient past what it can be
        return min(1.0, max(-1.0, float(left[_PRODUCTS]) / norm)) if norm > 0.0 else None


def full_scale_of(bits: int | None) -> float:
    """The magnitude at which samples count as clipped: full scale − 1 LSB of integers of `bits` bits,
    1.0 for everything else (`bits` None)."""
    return 1.0 if bits is None else 1.0 - 2.0 ** (1 - bits)


def bits_of(subtype: str) -> int | None:
    """Bits of the integer samples of a `subtype` as libsndfile names it; None for every other coding."""
    found = re.fullmatch(r"(?:PCM|ALAC)_[SU]?(\d+)", subtype)
    return int(found[1]) if found else None
