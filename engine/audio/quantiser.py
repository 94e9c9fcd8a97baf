"""The quantiser of one file: white or shaped dither, block after block."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.audio.dither import quantise
from engine.audio.shaping import Shaper


class Quantiser(Protocol):
    """Quantises the blocks of one file in order; the result does not depend on how they are cut."""

    def quantise(self, samples: NDArray[np.float64], out: NDArray[np.int32]) -> int:
        """Dithers and quantises the next `(frames, channels)` into `out`; how many had to be saturated.

        Raises:
            ValueError: a sample is NaN or infinite.
        """


class WhiteDither:
    """Triangular dither without shaping (`engine.audio.dither`).

    Args:
        bits: word length.
        key: chooses the dither sequences.
    """

    def __init__(self, bits: int, key: int) -> None:
        self._bits, self._key = bits, key
        self._frames = 0

    def quantise(self, samples: NDArray[np.float64], out: NDArray[np.int32]) -> int:
        """As of `Quantiser`."""
        saturated = quantise(samples, bits=self._bits, key=self._key, first_frame=self._frames, out=out)
        self._frames += len(samples)
        return saturated


def quantiser_of(dither: str, sample_rate: int, channels: int, bits: int, key: int) -> Quantiser:
    """The quantiser of a file.

    Args:
        dither: `tpdf` or `shaped`.
        sample_rate: Hz; with shaped dither one of `engine.session.encodings.SHAPED_RATES`.
        channels: per frame.
        bits: word length, 8 to 31.
        key: chooses the dither sequences: give each file of a render its own.
    """
    return Shaper(sample_rate, channels, bits, key) if dither == "shaped" else WhiteDither(bits, key)
