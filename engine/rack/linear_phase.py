"""Linear-phase filters: FIRs from a zero-phase response, long enough for a 30 Hz corner.

At 44.1 and 48 kHz a filter spans 12287 taps, 128 ms to either side: a second-order corner at 30 Hz
with a Q of 0.7071 has decayed below −140 dB there. Higher rates take as many times more taps. The
outer quarter of either side is tapered, so that what has not decayed ends without a step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.kernels.elementary import cos_pi
from engine.kernels.fixed_order import impulse_of_even
from engine.rack.convolve import BLOCK_FRAMES

Doubles = NDArray[np.float64]

_REFERENCE_RATE = 48000
#: Parts of a filter at the reference rate, see `engine.rack.convolve`.
_PARTS = 6
#: Points of the grid of frequencies at the reference rate; the impulse response may last so long.
_GRID = 1 << 16
#: Outer part of either side that is tapered.
_TAPERED = 0.25
#: Level re the main peak below which pre-ringing is no longer counted.
PRE_RINGING_FLOOR_DB = -60.0


def _scale(sample_rate: int) -> int:
    """How many times longer filters are than at the reference rate: 1, 2, 4 …"""
    return 1 << max(0, round(math.log2(sample_rate / _REFERENCE_RATE)))


def half_length_frames(sample_rate: int) -> int:
    """Taps on either side of the middle one."""
    return _PARTS * _scale(sample_rate) * BLOCK_FRAMES // 2 - 1


def latency_frames(sample_rate: int) -> int:
    """Whole frames by which a linear-phase filter is late: 8191 at 48 kHz.

    That is (N − 1)/2 of a filter of N = 16383 taps whose outermost 2048 on either side are zero:
    the convolution needs the time of a block to compute.
    """
    return BLOCK_FRAMES + half_length_frames(sample_rate)


def grid_hz(sample_rate: int) -> Doubles:
    """The frequencies, from 0 to half the rate, at which a response is to be given."""
    points = _GRID * _scale(sample_rate)
    return np.arange(points // 2 + 1, dtype=np.float64) * (sample_rate / points)


def taps_of(response: Doubles, sample_rate: int) -> Doubles:
    """The taps of a linear-phase filter.

    Args:
        response: real gain at each frequency of `grid_hz`.
        sample_rate: Hz.

    Returns:
        `(2·half_length_frames + 1,)`, symmetric.
    """
    half = half_length_frames(sample_rate)
    impulse = impulse_of_even(response)
    distance = np.arange(half + 1) / (half + 1)
    outer = np.maximum(0.0, distance - (1.0 - _TAPERED)) / _TAPERED
    one_side = impulse[: half + 1] * (0.5 + 0.5 * cos_pi(outer))
    return np.concatenate([one_side[:0:-1], one_side])


def pre_ringing_ms(taps: Sequence[Doubles], sample_rate: int) -> float:
    """How long before its main peak a linear-phase filter is above `PRE_RINGING_FLOOR_DB`.

    Args:
        taps: one or more filters of one processor, symmetric, of one length; the floor is re the
            largest tap of them all.
        sample_rate: Hz.
    """
    size = np.abs(np.array(taps)).max(axis=0)
    loud = np.flatnonzero(size > size.max() * 10.0 ** (PRE_RINGING_FLOOR_DB / 20.0))
    return 0.0 if len(loud) == 0 else float(len(size) // 2 - loud[0]) * 1000.0 / sample_rate
