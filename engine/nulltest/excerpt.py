"""The stretches of the song on which causes are looked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

#: Length of a stretch, s, rounded to a power of two of frames.
_STRETCH_S = 2.7
#: Most stretches, and most stretches times lanes: what memory and time allow.
_MOST_STRETCHES = 6
_MOST_LANE_STRETCHES = 60


def stretch_frames(sample_rate: int) -> int:
    """Frames of a stretch."""
    return 1 << max(12, round(float(np.log2(_STRETCH_S * sample_rate))))


def choose_starts(
    activity: Doubles, hop: int, length: int, common_frames: int, worst_frame: int
) -> tuple[int, ...]:
    """Stretches in which every stem sounds somewhere, the worst place among them, spread over the song.

    Args:
        activity: `(hops, stems)`: energy of each stem by hop.
        hop: frames of a hop.
        length: frames of a stretch.
        common_frames: frames that both stems and reference have; a stretch keeps within where it can.
        worst_frame: where the residual is loudest.
    """
    last = max(0, common_frames - length)
    most = max(2, min(_MOST_STRETCHES, _MOST_LANE_STRETCHES // (activity.shape[1] + 1)))
    chosen = [min(max(0, worst_frame - length // 4), last)]
    hops = max(1, length // hop)
    sums = np.apply_along_axis(np.convolve, 0, activity, np.ones(min(hops, len(activity))), "valid")
    shares = sums / np.maximum(sums.max(axis=0, initial=0.0), 1e-300)
    covered = np.full(activity.shape[1], 0.05)
    while len(chosen) < most:
        starts = np.minimum(np.arange(len(shares)) * hop, last)
        apart = np.min(np.abs(starts[:, None] - np.asarray(chosen)), axis=1)
        worth = (shares / covered).sum(axis=1) * (apart >= length)
        best = int(np.argmax(worth))
        if worth[best] <= 0.0:
            break
        chosen.append(int(starts[best]))
        covered += shares[best]
    return tuple(sorted(chosen))
