"""Fades of the finished programme: a gain that follows the song's frames."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, carray, compiled, inlined, kernel
from engine.kernels.fastmath import DB_PER_OCTAVE, exp2
from engine.rack.operation import Operation
from engine.units import gain_from_db

#: Names of the shapes; a shape is known to the kernel by its place in this tuple.
FADE_SHAPES = ("linear", "cosine", "exp")

#: Level at the silent end of an exponential fade; it reaches true zero through an offset.
_EXPONENTIAL_FLOOR_DB = -60.0
_EXPONENTIAL_FLOOR = gain_from_db(_EXPONENTIAL_FLOOR_DB)
# what is left out is below 3·10⁻¹⁶
_SINE = tuple((-1.0) ** (order // 2) / math.factorial(order) for order in range(19, 0, -2))
_EXPONENTIAL_OCTAVES = -_EXPONENTIAL_FLOOR_DB / DB_PER_OCTAVE


@inlined
def _quarter_sine(position: Any) -> Any:
    """sin(πp/2) for p from 0 to 1 by its Taylor series: a C library's has other bits elsewhere."""
    x = 0.5 * math.pi * position
    series = 0.0
    for power in range(len(_SINE)):
        series = series * (x * x) + _SINE[power]
    return x * series


@inlined
def fade_gain(position: Any, shape: Any) -> Any:
    """Gain at `position` 0 (silent) … 1 (full) of a fade.

    linear: p. cosine: sin²(πp/2) = (1 − cos πp)/2, the raised cosine. exp: a straight line in dB from −60 dB,
    shifted and scaled so that its end is zero and its start one.
    """
    if shape == 0 or position <= 0.0 or position >= 1.0:
        return position
    if shape == 1:
        quarter_turn = _quarter_sine(position)
        return quarter_turn * quarter_turn
    rising = exp2(_EXPONENTIAL_OCTAVES * (position - 1.0))
    return (rising - _EXPONENTIAL_FLOOR) / (1.0 - _EXPONENTIAL_FLOOR)


@compiled("void(float64[::1], int64, float64[::1])")
def fade_gains(positions: Any, shape: Any, out: Any) -> None:
    """The gain at each of some positions, into `out` of the same length; `shape` indexes `FADE_SHAPES`."""
    for index in range(positions.size):
        out[index] = fade_gain(positions[index], shape)


@kernel
def _fade(frames_p: Any, columns: Any, words_p: Any, _parameters_p: Any, state_p: Any) -> None:
    words = carray(words_p, (6,))
    first, start, end = words[0], words[1], words[2]
    fade_in, fade_out, shape = words[3], words[4], words[5]
    state = carray(state_p, (1,))
    x = carray(frames_p, (QUANTUM_FRAMES, columns))
    base = np.int64(state[0])
    state[0] = state[0] + QUANTUM_FRAMES
    for row in range(QUANTUM_FRAMES):
        frame = base + row
        gain = 1.0
        if fade_in > 0 and frame < start + fade_in:
            gain = fade_gain(max(0, frame - start) / fade_in, shape)
        if fade_out > 0 and frame >= end - fade_out:
            gain *= fade_gain(max(0, end - 1 - frame) / fade_out, shape)
        if gain != 1.0:
            x[row, first] *= gain
            x[row, first + 1] *= gain


def fade_columns(
    pair: tuple[int, int],
    *,
    start_frame: int,
    end_frame: int,
    fade_in_frames: int,
    fade_out_frames: int,
    shape: int,
) -> Operation:
    """Fades a pair of columns in from `start_frame` and out towards `end_frame`.

    The first faded-in frame and the last faded-out frame are silent; between the fades the gain is
    exactly 1.

    Args:
        pair: left and right column, neighbours.
        start_frame: of the run, where the fade-in starts.
        end_frame: of the run, one past the last frame of the fade-out.
        fade_in_frames: 0 for none.
        fade_out_frames: 0 for none.
        shape: index into `FADE_SHAPES`.
    """
    return Operation(
        kernel=_fade,
        words=(pair[0], start_frame, end_frame, fade_in_frames, fade_out_frames, shape),
        state=np.zeros(1),
    )
