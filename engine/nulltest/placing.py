"""Where a hypothesis places a stem, and what it takes the bus to do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Complexes = NDArray[np.complex128]

#: What the mix may hold of both channels of a stem instead of each by itself: [mix channel][stem channel].
FORMS: Mapping[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "channel_swap": ((0.0, 1.0), (1.0, 0.0)),
    "mono_fold": ((0.5, 0.5), (0.5, 0.5)),
}

#: Samples below which a shift is none.
SMALLEST_SHIFT = 0.005


@dataclass(frozen=True)
class Placing:
    """How a stem enters the sum.

    Attributes:
        lag: whole samples, + is later.
        fraction: of a sample, on top.
        ppm: by how much the stem is stretched, from song frame 0 on.
        form: "" or one of `FORMS`.
        sides: gains of its left and right channel, negative for an inverted one.
    """

    lag: int = 0
    fraction: float = 0.0
    ppm: float = 0.0
    form: str = ""
    sides: tuple[float, float] = (1.0, 1.0)

    @property
    def is_lopsided(self) -> bool:
        """Whether left and right are changed in different ways."""
        return self.sides != (1.0, 1.0)

    @property
    def offset(self) -> float:
        """Samples by which the stem is later at song frame 0."""
        return self.lag + self.fraction

    def later(self, samples: float) -> Placing:
        """The same, later by a number of samples, whole and fraction kept apart."""
        moved = self.offset + samples
        lag = round(moved)
        return replace(self, lag=lag, fraction=moved - lag)

    def at(self, frame: float) -> float:
        """Samples by which the stem is later at a song frame."""
        return self.offset + self.ppm * 1e-6 * frame


@dataclass(frozen=True)
class Shape:
    """What is done to one stem besides placing it.

    Attributes:
        taps: of a filter, with `early` of them before frame 0; None: no filter.
        early: see `taps`.
        moving: `(stretches, frames)`: a gain for every frame; None: it stands.
    """

    taps: Doubles | None = None
    early: int = 0
    moving: Doubles | None = None


@dataclass(frozen=True)
class Bus:
    """What a bus does to every stem alike.

    Attributes:
        taps: of a filter, with `early` of them before frame 0; None: no filter.
        early: see `taps`.
        moving: `(stretches, frames)` or None: gains by frame, L + iR for those of left and right.
        target: `(stretches, frames)`: what the stems then have to make; None: the mix.
    """

    taps: Doubles | None = None
    early: int = 0
    moving: Complexes | None = None
    target: Complexes | None = None

    @property
    def does_nothing(self) -> bool:
        """Whether every stem passes as it is."""
        return self.taps is None and self.moving is None and self.target is None


def significant_shift(samples: float) -> bool:
    """Whether a shift is one at all."""
    return math.fabs(samples) >= SMALLEST_SHIFT


def delay_response(length: int, samples: float) -> Complexes:
    """exp(−i ω samples) at the `length` frequencies of a transform, in its order.

    The exponents are equally spaced, so that products of a few hundred exponentials make all of them.
    """
    half = length // 2
    fine = 1 << (half.bit_length() // 2)
    step = -2j * np.pi * samples / length
    coarse = np.exp(step * fine * np.arange(-(-(half + 1) // fine)))
    upper = np.outer(coarse, np.exp(step * np.arange(fine))).reshape(-1)[: half + 1]
    return np.concatenate((upper[: length - half], np.conj(upper[half:0:-1])))
