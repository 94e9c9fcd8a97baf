"""Sample-rate conversion of a stream: soxr at its very high quality, exact in length and in place.

soxr's VHQ recipe is a linear-phase filter of 28 bit accuracy, pass band to 0.913 of the lower
Nyquist frequency, stop band from Nyquist (soxr.h, `SOXR_VHQ`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Frames soxr is handed at once, always, so that the caller's blocks cannot influence the result.
_BLOCK_FRAMES = 8192


def converted_frames(frames: int, input_rate: int, output_rate: int) -> int:
    """Length after conversion: `round(frames · output_rate / input_rate)`, halves to even."""
    return round(Fraction(frames * output_rate, input_rate))


@cache
def _library() -> Any:
    """soxr, told to compute in plain C, whatever instructions the processor has.

    Its SIMD code is not that of every processor and rounds otherwise here and there; at this quality it
    is not faster either. soxr reads `SOXR_…` from the environment, whenever it begins a stream.
    """
    for name in [name for name in os.environ if name.startswith("SOXR_")]:
        del os.environ[name]
    os.environ["SOXR_USE_SIMD"] = "0"
    import soxr

    return soxr


class Converter:
    """Converts a stream block by block; a frame at time t stays at t.

    The output is the same whatever the size of the blocks. Equal rates pass everything through.
    One thread at a time; soxr itself runs without the GIL.

    Args:
        input_rate: Hz.
        output_rate: Hz.
        channels: per frame.
    """

    def __init__(self, input_rate: int, output_rate: int, channels: int) -> None:
        self.input_rate = input_rate
        self.output_rate = output_rate
        self.channels = channels
        self._frames_in = 0
        self._frames_out = 0
        self._ended = False
        self._pending = np.empty((_BLOCK_FRAMES, channels))
        self._pending_frames = 0
        self._stream = None
        if input_rate != output_rate:
            soxr = _library()
            self._stream = soxr.ResampleStream(
                input_rate, output_rate, channels, dtype="float64", quality="VHQ"
            )

    def process(self, block: NDArray[np.float64], last: bool = False) -> NDArray[np.float64]:
        """Takes the next frames and returns those that are ready.

        Args:
            block: `(frames, channels)` float64, any number of frames, none included.
            last: the stream ends with this block; the rest is returned.

        Returns:
            `(frames, channels)` float64, often fewer or none; over the whole stream exactly
            `converted_frames` of all frames given. With equal rates it is `block` itself.

        Raises:
            ValueError: after the last block, or when the channels do not fit.
        """
        if self._ended or block.ndim != 2 or block.shape[1] != self.channels:
            raise ValueError(f"a block of shape {block.shape} does not continue this stream")
        self._ended = last
        self._frames_in += len(block)
        if self._stream is None:
            return block
        ready = [self._convert(full) for full in self._full_blocks(block)]
        if last:
            ready.append(self._tail())
            joined = np.concatenate(ready)
            wanted = converted_frames(self._frames_in, self.input_rate, self.output_rate)
            return joined[: wanted - self._frames_out]
        self._frames_out += sum(len(part) for part in ready)
        return np.concatenate(ready) if ready else np.empty((0, self.channels))

    def _full_blocks(self, block: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
        """Collects frames and yields the collection each time it is full."""
        start = 0
        while start < len(block):
            taken = min(len(block) - start, _BLOCK_FRAMES - self._pending_frames)
            begin = self._pending_frames
            self._pending[begin : begin + taken] = block[start : start + taken]
            self._pending_frames += taken
            start += taken
            if self._pending_frames == _BLOCK_FRAMES:
                self._pending_frames = 0
                yield self._pending

    def _convert(self, block: NDArray[np.float64], *, last: bool = False) -> NDArray[np.float64]:
        assert self._stream is not None
        return np.asarray(self._stream.resample_chunk(block, last=last))

    def _tail(self) -> NDArray[np.float64]:
        """All that is left, and at least one frame more: soxr rounds the length its own way.

        What lies beyond the end of a stream is silence to soxr as well, so zeros change nothing else.
        """
        zeros = np.zeros((1 + -(-self.input_rate // self.output_rate), self.channels))
        return self._convert(np.concatenate((self._pending[: self._pending_frames], zeros)), last=True)
