"""The saturator: memoryless curves at four (hard: eight) times the rate.

Left and right are distorted each by itself. Only the difference that the curve makes runs through
the filters of `engine.rack.oversampler`; it is added to the delayed input. Small signals therefore
pass unchanged, `mix` needs no second path, and the latency is the same for every character. DC that
the tube's asymmetry makes is not removed: that would take a filter with a memory.

Followers get the leader's share of each value at the high rate, see `engine.rack.saturator_kernels`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.kernels.line_machine import INSTRUCTION_WORDS
from engine.rack.delay import delay_columns
from engine.rack.operation import Context, Operation, Prepared, Use
from engine.rack.oversampler import Oversampler, oversampler
from engine.rack.saturator_kernels import HARD, SOFT, TANH, saturate
from engine.units import gain_from_db

#: b of the tube: saturates at 1/(1 + b) and −1/(1 − b); the second harmonic is b/2 of the square.
_TUBE_ASYMMETRY = 0.2

_CURVES: Mapping[str, tuple[int, float]] = {
    "tape": (TANH, 0.0),
    "tube": (TANH, _TUBE_ASYMMETRY),
    "soft": (SOFT, 0.0),
    "hard": (HARD, 0.0),
}


def _oversamplers(sample_rate: int) -> Mapping[bool, Oversampler]:
    """The one for smooth curves and the one for corners (True), with one latency."""
    latency = max(
        oversampler(sample_rate, 2, False).latency_frames, oversampler(sample_rate, 3, True).latency_frames
    )
    return {
        False: oversampler(sample_rate, 2, False, latency),
        True: oversampler(sample_rate, 3, True, latency),
    }


def latency_frames(settings: Mapping[str, Any], sample_rate: int) -> int:
    """Whole frames of delay; the same for all settings."""
    return _oversamplers(sample_rate)[False].latency_frames


def prepare(uses: Sequence[Use], context: Context) -> Prepared:
    """Lays out the uses; one without any saturated share only delays, bit for bit.

    Args:
        uses: `drive_db`, `mix` and `character` of each.
        context: supplies the sample rate.
    """
    latency = latency_frames({}, context.sample_rate)
    operations = []
    dry = [pair for use in uses if use.settings["mix"] == 0.0 for pair in use.pairs]
    if dry:
        operations.append(delay_columns(dry, [latency] * len(dry)))
    for cornered, design in _oversamplers(context.sample_rate).items():
        members = [use for use in uses if use.settings["mix"] > 0.0 and (_curve(use)[0] == HARD) == cornered]
        if members:
            operations.append(_operation(members, design))
    return Prepared(tuple(operations), latency, ((),) * len(uses))


def _curve(use: Use) -> tuple[int, float]:
    return _CURVES[use.settings["character"]]


def _operation(uses: Sequence[Use], design: Oversampler) -> Operation:
    parameters = [design.taps]
    words = [
        len(uses),
        design.memory_doubles,
        len(design.taps),
        design.values,
        design.even,
        design.odd,
        design.even_difference,
        design.odd_difference,
        design.input,
        design.dry,
        design.result,
        len(design.up) // INSTRUCTION_WORDS,
        len(design.down) // INSTRUCTION_WORDS,
        len(design.shift) // INSTRUCTION_WORDS,
        *design.up,
        *design.down,
        *design.shift,
    ]
    lanes = 0
    for use in uses:
        curve, asymmetry = _curve(use)
        words += [curve, len(use.pairs), *(left for left, _ in use.pairs)]
        parameters.append(np.array([gain_from_db(use.settings["drive_db"]), use.settings["mix"], asymmetry]))
        lanes += 2 * len(use.pairs)
    state = np.zeros(2 * design.values + lanes * design.memory_doubles)
    return Operation(saturate, tuple(words), np.concatenate(parameters), state)
