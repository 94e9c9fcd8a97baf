"""Peaks that a limiter has held at one level: how many, and whether what follows them differs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.audio.source import AudioSource
from engine.units import gain_from_db

Doubles = NDArray[np.float64]

#: Blocks whose peak lies within this of the file's own maximum are pinned, dB …
WITHIN_DB = 0.1
#: … and are compared with this many further steps of that size below it.
_STEPS_BELOW = 9
#: Sound after a pinned peak that is looked at, s, and how many of the peaks at most.
_AFTER_S = 0.02
_MOST_LOOKED_AT = 64
#: Levels that differ by less than this are the same, dB.
_SAME_DB = 0.05


@dataclass(frozen=True)
class Pinned:
    """Blocks that reach a file's own maximum.

    Attributes:
        blocks: whose peak lies within `WITHIN_DB` of it.
        usual: mean number of blocks in each step of the same size in the 0.9 dB below.
        spread_db: standard deviation of the level of the 20 ms that begin with the peak.
        different: part of these levels that differ from all others, 0 to 1. A note or a drum that is
            played from one recording again and again has the same level after the same peak.
    """

    blocks: int
    usual: float
    spread_db: float
    different: float


#: A file without peaks to speak of.
NONE_PINNED = Pinned(0, 0.0, 0.0, 0.0)


def pinned_peaks(source: AudioSource, peaks: Doubles, block_frames: int) -> Pinned:
    """Looks at a file again where its blocks peak highest.

    Args:
        source: the file, open, its samples finite; any frames of it can be read.
        peaks: largest magnitude of each block.
        block_frames: frames of a block; the last one may be shorter.
    """
    top = float(peaks.max(initial=0.0))
    if top <= 0.0:
        return NONE_PINNED
    steps = top * np.array([gain_from_db(-WITHIN_DB * step) for step in range(_STEPS_BELOW + 2)])
    counts = [int(np.count_nonzero(peaks > low)) for low in steps[1:]]
    highest = np.flatnonzero(peaks > steps[1])
    after = round(_AFTER_S * source.sample_rate)
    # a set, as `np.unique` imports masked arrays, which takes longer than all of this
    chosen = highest[sorted(set(np.linspace(0, len(highest) - 1, _MOST_LOOKED_AT).astype(int).tolist()))]
    sound, levels = np.zeros((block_frames + after, source.channels)), []
    for block in chosen:
        source.read_into(int(block) * block_frames, sound, 0, source.channels)
        first = int(np.argmax(np.abs(sound[:block_frames]).max(axis=1)))
        levels.append(10.0 * np.log10(float(np.sum(sound[first : first + after] ** 2))))
    different = len(set(np.round(np.array(levels) / _SAME_DB).tolist())) / len(levels)
    usual = (counts[-1] - counts[0]) / _STEPS_BELOW
    return Pinned(counts[0], usual, float(np.std(levels)), different)
