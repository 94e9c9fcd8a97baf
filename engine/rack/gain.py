"""Static gain: the `gain` processor, corrections, polarity and faders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES, kernel
from engine.compiler.lanes import load8, store
from engine.rack.operation import Context, Operation, Prepared, Use
from engine.rack.response import unchanged
from engine.units import gain_from_db


@kernel
def _scale(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: first column, count. Parameters: one factor per column."""
    first = words_p[0]
    count = words_p[1]
    whole = count // 8 * 8
    for begin in range(first, first + QUANTUM_FRAMES * columns, columns):
        for column in range(0, whole, 8):
            factor = load8(parameters_p, column)
            store(frames_p, begin + column, load8(frames_p, begin + column) * factor)
        for column in range(whole, count):
            frames_p[begin + column] *= parameters_p[column]


def scale_columns(first_column: int, factors: Sequence[float] | NDArray[np.float64]) -> Operation:
    """Multiplies adjacent columns, each by its own factor; a factor of 1 changes no bit.

    Args:
        first_column: where the first factor applies.
        factors: linear, one per column; a negative one inverts the polarity.
    """
    parameters = np.array(factors, dtype=np.float64)
    return Operation(_scale, (first_column, len(parameters)), parameters)


def prepare(uses: Sequence[Use], context: Context) -> Prepared:
    """One operation per run of neighbouring columns; a use at 0 dB changes no bit.

    Args:
        uses: `gain_db` of each.
        context: not needed.
    """
    gains = {pair[0]: gain_from_db(use.settings["gain_db"]) for use in uses for pair in use.pairs}
    runs: list[tuple[int, list[float]]] = []
    for column, gain in sorted(gains.items()):
        if gain == 1.0:
            continue
        if runs and runs[-1][0] + len(runs[-1][1]) == column:
            runs[-1][1].extend((gain, gain))
        else:
            runs.append((column, [gain, gain]))
    operations = tuple(scale_columns(first, factors) for first, factors in runs)
    return Prepared(operations, gains=((),) * len(uses))


def response(
    settings: Mapping[str, Any], at_hz: NDArray[np.float64], sample_rate: int, zero_phase: bool
) -> NDArray[Any]:
    """What it does to left and right, see `engine.rack.response`."""
    return unchanged(len(at_hz)) * gain_from_db(settings["gain_db"])
