"""Left and right into mid and side and back: M = (L + R)/2, S = (L − R)/2; L = M + S, R = M − S."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, kernel
from engine.compiler.lanes import load2, store, swapped
from engine.rack.operation import Operation


@kernel
def _sum_and_difference(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: pairs, their left columns. Parameters: the gains of a column itself, left and right,
    and of its neighbour, left and right."""
    own = load2(parameters_p, 0)
    other = load2(parameters_p, 2)
    for pair in range(words_p[0]):
        first = words_p[1 + pair]
        for at in range(first, first + QUANTUM_FRAMES * columns, columns):
            x = load2(frames_p, at)
            store(frames_p, at, x * own + swapped(x) * other)


def turn_columns(columns: Sequence[int], own: Sequence[float], other: Sequence[float]) -> Operation:
    """Mixes the two lanes of each pair in place.

    Args:
        columns: left column of each pair; the right one is the next.
        own: gains of a lane in itself, left and right.
        other: gains of the neighbour in a lane, left and right.
    """
    return Operation(_sum_and_difference, (len(columns), *columns), np.array([*own, *other]))


def encode_columns(columns: Sequence[int]) -> Operation:
    """Turns each pair from left and right into mid and side, in place.

    Args:
        columns: left column of each pair; the right one is the next.
    """
    return turn_columns(columns, (0.5, -0.5), (0.5, 0.5))


def decode_columns(columns: Sequence[int]) -> Operation:
    """Turns each pair from mid and side into left and right, in place.

    Args:
        columns: left column of each pair; the right one is the next.
    """
    return turn_columns(columns, (1.0, -1.0), (1.0, 1.0))
