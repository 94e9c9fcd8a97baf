"""Blocks of one size from blocks of any, for encoders whose result depends on it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


class FixedBlocks:
    """Collects frames and hands on every full block.

    Args:
        frames: of a block.
        channels: per frame.
        take: gets each block, `(frames, channels)` float64, to be used before it returns.
    """

    def __init__(self, frames: int, channels: int, take: Callable[[NDArray[np.float64]], None]) -> None:
        self._block = np.empty((frames, channels))
        self._held = 0
        self._take = take

    def write(self, samples: NDArray[np.float64]) -> None:
        """Appends `(frames, channels)` float64."""
        start = 0
        while start < len(samples):
            taken = min(len(samples) - start, len(self._block) - self._held)
            self._block[self._held : self._held + taken] = samples[start : start + taken]
            self._held += taken
            start += taken
            if self._held == len(self._block):
                self._held = 0
                self._take(self._block)

    def flush(self) -> None:
        """Hands on what is left, a shorter block, if anything is."""
        held, self._held = self._held, 0
        if held:
            self._take(self._block[:held])
