"""The song in a thousand equal parts: what is loudest, limited or over in each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES
from engine.meters.gating import lufs_from_power, window_means
from engine.meters.slots import SHORT_TERM_SLOTS
from engine.plan.stream import Stream
from engine.rack.operation import Doubles

#: Parts of the song, and the range of a byte that stands for a level.
BINS, RANGE_DB = 1000, 60.0
#: Parts that loudness is told of: its window of 3 s is no shorter than several of them.
_LOUDNESS_BINS = 500
#: A gain reduction in a byte is in tenths of a dB.
_REDUCTION_STEPS_PER_DB = 10.0
#: At or above full scale.
_FULL_SCALE = 1.0


class AlongSong:
    """Peaks, RMS and overs in each part of a song that comes block by block.

    Args:
        frames: length of the song.
    """

    def __init__(self, frames: int) -> None:
        self._frames = frames
        count = min(BINS, frames)
        self._peaks, self._overs = np.zeros(count), np.zeros(count, np.bool_)
        self._squares, self._sizes = np.zeros((count, 2)), np.zeros(count)

    def add(self, block: Doubles, position: int) -> None:
        """Takes in `(frames, 2)` of the song from frame `position` on, without what lies behind its end."""
        block = block[: max(0, self._frames - position)]
        bins = (np.arange(position, position + len(block)) * len(self._peaks)) // self._frames
        begins = np.flatnonzero(np.diff(bins, prepend=-1))
        if not len(begins):
            return
        places = bins[begins]
        largest = np.maximum.reduceat(np.abs(block).max(axis=1), begins)
        np.maximum.at(self._peaks, places, largest)
        self._overs[places] |= largest >= _FULL_SCALE
        self._squares[places] += np.add.reduceat(block * block, begins, axis=0)
        self._sizes[places] += np.diff(begins, append=len(block))

    def peaks_as_bytes(self) -> bytes:
        """The largest sample of each part, as a level in a byte."""
        return _as_bytes(self._peaks)

    def rms_as_bytes(self) -> bytes:
        """The RMS of the louder channel, likewise."""
        return _as_bytes(np.sqrt(self._squares.max(axis=1) / np.maximum(1.0, self._sizes)))

    def overs_as_bytes(self) -> bytes:
        """1 where a sample is at or above full scale."""
        return self._overs.astype(np.uint8).tobytes()


def _as_bytes(levels: Doubles) -> bytes:
    """255 is full scale, 0 is `RANGE_DB` below it or silence."""
    level_db = 20.0 * np.log10(np.maximum(levels, 1e-12))
    return np.clip(np.rint(255.0 * (1.0 + level_db / RANGE_DB)), 0.0, 255.0).astype(np.uint8).tobytes()


def deepest_reductions(stream: Stream, frames: int) -> bytes:
    """The deepest gain reduction of the limiter in each part, tenths of a dB; empty without a limiter.

    Args:
        stream: the output plan, at the end of the song.
        frames: length of the song.
    """
    gains: NDArray[np.float64] = stream.gains
    if not gains.shape[1] or not frames:
        return b""
    # the quanta begin at the plan's first frame, which is as late as the plan
    first = np.arange(len(gains)) * QUANTUM_FRAMES - stream.plan.latency_frames
    reductions_db = np.maximum(0.0, -20.0 * np.log10(np.maximum(gains[:, 0], 1e-9)))
    deepest = np.zeros(min(BINS, frames))
    # a quantum may lie in two parts, or, of a short song, hold several
    for at in (first, first + QUANTUM_FRAMES - 1):
        inside = (at >= 0) & (at < frames)
        np.maximum.at(deepest, at[inside] * len(deepest) // frames, reductions_db[inside])
    return np.clip(np.rint(_REDUCTION_STEPS_PER_DB * deepest), 0.0, 255.0).astype(np.uint8).tobytes()


def short_term_along(powers: Doubles) -> tuple[float, ...]:
    """The loudest short-term loudness in each part, LUFS, from the K-weighted powers of 10 ms slots.

    At the beginning, where there are no 3 s yet, it is over what there is, as in the live meters.
    """
    if not len(powers):
        return ()
    begun = np.cumsum(powers[: SHORT_TERM_SLOTS - 1]) / np.arange(1, min(SHORT_TERM_SLOTS, len(powers) + 1))
    means = np.concatenate([begun, window_means(powers, SHORT_TERM_SLOTS)])[: len(powers)]
    count = min(_LOUDNESS_BINS, len(means))
    begins = np.arange(count) * len(means) // count
    return tuple(lufs_from_power(float(power)) for power in np.maximum.reduceat(means, begins))
