"""Constants (DC) that the mix holds and the stems do not, or the other way round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.nulltest import wording_of_mix
from engine.nulltest.inner_products import Course
from engine.nulltest.placing import Complexes
from engine.report.null_causes import NullCause

Doubles = NDArray[np.float64]

#: Smaller constants than this (−80 dBFS) are none.
_SMALLEST = 1e-4
#: Part of the residual's energy that a constant has to make.
_MATTERS = 1e-3
#: The middle half of all blocks has to lie within this part of the constant.
_STEADY = 0.6
#: A stem is the one that carries it when the two differ by this part at most.
_SAME = 0.1


@dataclass(frozen=True)
class Constants:
    """What was found.

    Attributes:
        cause: in words.
        lanes: `(stems + 1,)`: what is to be taken off each stem and, last, the mix, L + iR.
        share: part of the residual's energy that the constant makes.
    """

    cause: NullCause
    lanes: Complexes
    share: float


def find_constants(course: Course, names: list[str]) -> Constants | None:
    """The constant of a residual; None where there is none.

    Stems that were moved go on behind the end of the mix: there is nothing to compare.
    """
    there = course.reference[:-1] > 0.0
    if there.sum() < 3:
        return None
    means = course.sums[:-1][there] / course.block
    typical = np.median(means, axis=0)
    low, high = np.percentile(means, [25.0, 75.0], axis=0)
    size, spread = np.abs(typical[-2]), (high - low)[-2]
    held = (size > _SMALLEST) & (spread < _STEADY * size)
    if not held.any():
        return None
    constant = np.where(held, typical[-2], 0.0)
    energy = float(np.sum(constant**2)) * course.block * (int(there.sum()) + 1)
    share = min(1.0, energy / max(float(course.residual.sum()), 1e-300))
    if share < _MATTERS:
        return None
    lanes = np.zeros((len(names) + 1, 2))
    stem, told, carrier = None, constant, -1
    for number, name in enumerate(names):
        if np.abs(typical[number] + constant).max() < _SAME * float(np.abs(constant).max()):
            stem, told, carrier = name, -constant, number
    lanes[carrier] = told
    cause = wording_of_mix.dc(stem, float(told[0]), float(told[1]), share)
    return Constants(cause, lanes.view(np.complex128)[:, 0], share)
