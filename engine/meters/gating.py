"""From slot powers to loudness: windows, gates and the loudness range, as functions of arrays.

Everything here takes `slot_powers`: the K-weighted power of all channels together, one value per
10 ms, oldest first (`engine.meters.loudness` measures them). Sources: ITU-R BS.1770-5 Annex 1, EBU
Tech 3341 v4 and EBU Tech 3342 v4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.meters.slots import GATING_HOP_SLOTS, MOMENTARY_SLOTS, SHORT_TERM_SLOTS
from engine.units import db_from_power, power_from_db

Doubles = NDArray[np.float64]

#: Cancels the K-weighting's gain at 997 Hz (BS.1770-5, Annex 1, equation 2).
LOUDNESS_OFFSET_DB = -0.691
#: Blocks at or below are left out (BS.1770-5, Annex 1).
ABSOLUTE_GATE_LUFS = -70.0
#: The second gate, re the mean power of what passed the first (BS.1770-5, Annex 1).
RELATIVE_GATE_LU = -10.0
#: The same for the loudness range (EBU Tech 3342, 2.2).
RANGE_GATE_LU = -20.0
#: Percentiles between which the loudness range lies (EBU Tech 3342, 2.2).
RANGE_PERCENTILES = (10.0, 95.0)


@dataclass(frozen=True)
class Loudness:
    """What a programme's loudness came to; None where there is no value.

    Attributes:
        integrated_lufs: gated; None when no 400 ms block passes the gates.
        lra_lu: loudness range; None under 3 s or when nothing passes the absolute gate.
        momentary_max_lufs: largest over 400 ms, every 10 ms; None under 400 ms and for silence.
        short_term_max_lufs: largest over 3 s, every 10 ms; None under 3 s and for silence.
    """

    integrated_lufs: float | None
    lra_lu: float | None
    momentary_max_lufs: float | None
    short_term_max_lufs: float | None


def lufs_from_power(power: float) -> float:
    """Loudness of a weighted mean power; −∞ at 0."""
    return LOUDNESS_OFFSET_DB + db_from_power(power)


def power_from_lufs(loudness_lufs: float) -> float:
    """Weighted mean power of a loudness."""
    return power_from_db(loudness_lufs - LOUDNESS_OFFSET_DB)


def window_means(slot_powers: Doubles, slots: int) -> Doubles:
    """Mean power of every window of `slots` slots, one per slot from the first complete window on.

    Sums are built from sums of half their length: no difference is taken, so a quiet passage after a
    loud one is as exact as any other.

    Returns:
        `(len(slot_powers) − slots + 1,)`, empty where the programme is shorter than the window.
    """
    count = slot_powers.size - slots + 1
    if count < 1:
        return np.zeros(0)
    total = np.zeros(count)
    sums, length, done = slot_powers, 1, 0
    while length <= slots:
        if slots & length:
            total += sums[done : done + count]
            done += length
        sums = sums[:-length] + sums[length:]
        length *= 2
    return total / slots


def _series_lufs(slot_powers: Doubles, slots: int) -> Doubles:
    powers = window_means(slot_powers, slots)
    levels = np.full(powers.size, -math.inf)
    np.log10(powers, out=levels, where=powers > 0.0)
    return LOUDNESS_OFFSET_DB + 10.0 * levels


def momentary_series(slot_powers: Doubles) -> Doubles:
    """Momentary loudness, LUFS, every 10 ms; the first value is that of slots 0 to 39."""
    return _series_lufs(slot_powers, MOMENTARY_SLOTS)


def short_term_series(slot_powers: Doubles) -> Doubles:
    """Short-term loudness, LUFS, every 10 ms; the first value is that of slots 0 to 299."""
    return _series_lufs(slot_powers, SHORT_TERM_SLOTS)


def integrated_lufs(slot_powers: Doubles) -> float | None:
    """Gated loudness of a programme: 400 ms blocks every 100 ms, an incomplete last one dropped.

    Returns:
        LUFS, None when no block passes the gates.
    """
    return gated_lufs(window_means(slot_powers, MOMENTARY_SLOTS)[::GATING_HOP_SLOTS])


def gated_lufs(blocks: Doubles) -> float | None:
    """Gated loudness of 400 ms blocks, given as mean powers; None when none passes the gates."""
    audible = blocks[blocks > power_from_lufs(ABSOLUTE_GATE_LUFS)]
    if audible.size == 0:
        return None
    kept = audible[audible > float(audible.mean()) * power_from_db(RELATIVE_GATE_LU)]
    return lufs_from_power(float(kept.mean()))


def gated_levels_lufs(blocks: Doubles) -> Doubles:
    """Gated loudness of many programmes at once, to rounding as `gated_lufs`.

    Args:
        blocks: `(programmes, blocks)`, mean powers of 400 ms.

    Returns:
        `(programmes,)` LUFS, NaN where no block passes the gates.
    """
    audible = np.where(blocks > power_from_lufs(ABSOLUTE_GATE_LUFS), blocks, 0.0)
    counts = np.maximum(1, np.count_nonzero(audible, axis=1))
    gates = audible.sum(axis=1) / counts * power_from_db(RELATIVE_GATE_LU)
    kept = np.where(audible > gates[:, None], audible, 0.0)
    means = kept.sum(axis=1) / np.maximum(1, np.count_nonzero(kept, axis=1))
    levels = np.full(len(blocks), math.nan)
    np.log10(means, out=levels, where=means > 0.0)
    return LOUDNESS_OFFSET_DB + 10.0 * levels


def loudness_range_lu(slot_powers: Doubles) -> float | None:
    """Loudness range of a programme, from 3 s windows every 100 ms.

    The programme is taken as it is: no silence is appended before the last value, as the reference
    code of Tech 3342 does for files. Percentiles are nearest ranks.

    Returns:
        LU, None when no window passes the absolute gate.
    """
    return gated_range_lu(window_means(slot_powers, SHORT_TERM_SLOTS)[::GATING_HOP_SLOTS])


def gated_range_lu(windows: Doubles) -> float | None:
    """Loudness range of 3 s windows, given as mean powers; None when none passes the absolute gate."""
    bounds = _gated_bounds_lufs(windows)
    return None if bounds is None else bounds[1] - bounds[0]


def range_bounds_lufs(slot_powers: Doubles) -> tuple[float, float] | None:
    """The levels between which the loudness range of a programme lies, LUFS; None without one."""
    return _gated_bounds_lufs(window_means(slot_powers, SHORT_TERM_SLOTS)[::GATING_HOP_SLOTS])


def _gated_bounds_lufs(windows: Doubles) -> tuple[float, float] | None:
    audible = windows[windows >= power_from_lufs(ABSOLUTE_GATE_LUFS)]
    if audible.size == 0:
        return None
    kept = np.sort(audible[audible >= float(audible.mean()) * power_from_db(RANGE_GATE_LU)])
    low, high = (float(kept[math.floor((kept.size - 1) * p / 100.0 + 0.5)]) for p in RANGE_PERCENTILES)
    return lufs_from_power(low), lufs_from_power(high)


def loudest_lufs(slot_powers: Doubles, slots: int) -> float | None:
    """The largest loudness of any window of `slots` slots; None for silence or without a window."""
    loudest = float(window_means(slot_powers, slots).max(initial=0.0))
    return lufs_from_power(loudest) if loudest > 0.0 else None


def loudness_of(slot_powers: Doubles) -> Loudness:
    """Everything about the loudness of a programme."""
    return Loudness(
        integrated_lufs=integrated_lufs(slot_powers),
        lra_lu=loudness_range_lu(slot_powers),
        momentary_max_lufs=loudest_lufs(slot_powers, MOMENTARY_SLOTS),
        short_term_max_lufs=loudest_lufs(slot_powers, SHORT_TERM_SLOTS),
    )
