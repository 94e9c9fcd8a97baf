"""Windows in which a moving gain is seen: energies and products, 10 ms each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.nulltest.placing import Complexes

Doubles = NDArray[np.float64]

_WINDOW_S = 0.010
#: Windows over which a gain is smoothed to that of a hand.
SLOW_WINDOWS = 25


def window_frames(sample_rate: int) -> int:
    """Frames of a window."""
    return max(16, round(_WINDOW_S * sample_rate))


def products(one: Complexes, two: Complexes, sample_rate: int) -> Doubles:
    """Inner products of two sounds window by window, `(stretches, windows)`; of one with itself its energies.

    Args:
        one: `(stretches, frames)`, left and right as real and imaginary part.
        two: of the same shape.
        sample_rate: Hz.
    """
    window = window_frames(sample_rate)
    count = one.shape[1] // window
    first, second = (sound[:, : count * window].reshape(len(sound), count, window) for sound in (one, two))
    found: Doubles = np.sum(first.real * second.real + first.imag * second.imag, axis=2)
    return found
