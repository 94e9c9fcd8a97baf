"""The fractional part of a stem's offset: a linear-phase sinc on its two lanes."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.audio.fractional import HALF_LENGTH_FRAMES, fractional_taps
from engine.compiler.abi import QUANTUM_FRAMES, carray, kernel
from engine.rack.operation import Operation

_TAPS = 2 * HALF_LENGTH_FRAMES + 2
_HISTORY = _TAPS - 1


@kernel
def _fir_pair(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    first = carray(words_p, (1,))[0]
    taps = carray(parameters_p, (_TAPS,))
    x = carray(frames_p, (QUANTUM_FRAMES, columns))
    lines = carray(state_p, (3, _HISTORY + QUANTUM_FRAMES))
    result = lines[2]
    for lane in range(2):
        line = lines[lane]
        for row in range(QUANTUM_FRAMES):
            line[_HISTORY + row] = x[row, first + lane]
            result[row] = 0.0
        # tap by tap over the whole quantum: the inner loop runs along time and vectorises
        for tap in range(_TAPS):
            weight = taps[tap]
            begin = _HISTORY - tap
            for row in range(QUANTUM_FRAMES):
                result[row] += weight * line[begin + row]
        for row in range(QUANTUM_FRAMES):
            x[row, first + lane] = result[row]
        for frame in range(_HISTORY):
            line[frame] = line[frame + QUANTUM_FRAMES]


def fraction_latency_frames() -> int:
    """Whole frames the filter delays by besides the fraction."""
    return HALF_LENGTH_FRAMES


def fractional_delay(pair: tuple[int, int], fraction: float) -> Operation:
    """Delays a pair of neighbouring columns by `fraction_latency_frames() + fraction` frames.

    Args:
        pair: left and right column.
        fraction: 0 ≤ fraction < 1.
    """
    return Operation(
        kernel=_fir_pair,
        words=(pair[0],),
        parameters=fractional_taps(fraction),
        state=np.zeros(3 * (_HISTORY + QUANTUM_FRAMES)),
    )
