"""What a processor's filters do to left and right, as complex responses; plain numpy.

A rack module whose filters shift phase has `response(settings, at_hz, sample_rate, zero_phase)`: an
array `(2, 2, frequencies)`, output by input, with the latency taken off and dynamics at rest. With
`zero_phase` it is what the processor would do if its filters had linear phase. One with crossovers
that shift phase also tells their frequencies, `crossovers_hz(settings)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def unchanged(count: int) -> NDArray[Any]:
    """The response of nothing at all, at `count` frequencies."""
    matrix = np.zeros((2, 2, count))
    matrix[0, 0] = matrix[1, 1] = 1.0
    return matrix


def channel_response(gains: Iterable[tuple[str, NDArray[Any]]], count: int) -> NDArray[Any]:
    """The response of gains in series, each on stereo, mid, side, left or right.

    Args:
        gains: channels, and the real or complex gain at each frequency.
        count: of frequencies.
    """
    matrix = unchanged(count)
    for channels, gain in gains:
        if channels in ("mid", "side"):
            own, other = (gain + 1.0) / 2.0, (gain - 1.0) / 2.0
            other = other if channels == "mid" else -other
            matrix = np.stack([own * matrix[0] + other * matrix[1], other * matrix[0] + own * matrix[1]])
        else:
            left = gain if channels != "right" else np.ones(1)
            right = gain if channels != "left" else np.ones(1)
            matrix = np.stack([left * matrix[0], right * matrix[1]])
    return matrix


def cascade_response(sections: Doubles, at_hz: Doubles, sample_rate: int) -> NDArray[np.complex128]:
    """The complex gain of sections in series.

    Args:
        sections: `(sections, 5)`: b₀ b₁ b₂ a₁ a₂ with a₀ = 1.
        at_hz: `(frequencies,)`.
        sample_rate: Hz.
    """
    z = np.exp(-2j * np.pi * at_hz / sample_rate)
    gain = np.ones(len(at_hz), dtype=np.complex128)
    for b0, b1, b2, a1, a2 in sections:
        gain *= (b0 + z * (b1 + z * b2)) / (1.0 + z * (a1 + z * a2))
    return gain
