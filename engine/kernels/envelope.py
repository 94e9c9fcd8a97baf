"""Parts of a look-ahead gain computer, on blocks of 64 frames: logarithm, release, sliding maximum
and minimum, exact moving sums, exponential.

Attenuation is measured in octaves of amplitude (1 octave = 6.02 dB), and from the release on in
whole *steps* of 2^−20 octave (6·10^−6 dB): sums of whole numbers come back to exactly zero when the
attenuation has, so that the gain comes back to exactly 1.0.

All functions are compiled into their callers and take pointers. Memory is the caller's and begins
as zeros.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, inlined
from engine.compiler.pointers import ahead
from engine.kernels.fastmath import exp2, log2

#: Steps per octave of attenuation.
STEPS = 2.0**20

#: A decaying attenuation below this is nought; it is far below one step.
_NEGLIGIBLE_OCTAVES = 2.0**-40

_SMALLEST = -0x7FFFFFFF  # of int32; its negation exists


@inlined
def octaves_above(peaks: Any, scale: Any, octaves: Any) -> None:
    """log₂ of `peaks·scale` where that is above 1, else exactly 0.

    Args:
        peaks: `(64,)` float32 ≥ 0.
        scale: 1/threshold.
        octaves: `(64,)` float64, the result.
    """
    for i in range(QUANTUM_FRAMES):
        octaves[i] = log2(max(np.float64(peaks[i]) * scale, 1.0))


@inlined
def release(octaves: Any, decay: Any, memory: Any, steps: Any) -> None:
    """Instant rise, exponential fall: the larger of the input and the decayed last result.

    Args:
        octaves: `(64,)` float64 ≥ 0.
        decay: factor per frame, 0…1; attenuation is logarithmic, so the fall is exponential in dB.
        memory: `(1,)` float64, the last result.
        steps: `(64,)` int32, the result in whole steps, rounded down.
    """
    held = memory[0]
    for i in range(QUANTUM_FRAMES):
        held = max(octaves[i], held * decay)
        steps[i] = np.int32(held * STEPS)
    memory[0] = held if held > _NEGLIGIBLE_OCTAVES else 0.0


@inlined
def sliding_maximum(values: Any, sign: Any, window: Any, ring: Any, memory: Any) -> None:
    """Replaces each value by the largest (`sign` 1) or smallest (−1) of the last `window` values.

    The stream is cut into runs of `window` values. The last `window` values are the end of the run
    before, whose maxima-to-the-end are in `ring`, and the beginning of this one, whose running
    maximum is in `memory`; each maximum-to-the-end is overwritten by a value of this run just when
    it is needed no longer (van Herk, "A fast algorithm for local minimum and maximum filters on
    rectangular and octagonal kernels", Pattern Recognition Letters 13, 1992).

    Args:
        values: `(64,)` int32 ≥ 0, in and out; before the beginning there are zeros.
        sign: 1 or −1, int32.
        window: count of values, ≥ 1.
        ring: `(window,)` int32.
        memory: `(2,)` int64: place in the run, running maximum above the smallest number.
    """
    place = memory[0]
    running = np.int32(memory[1] + _SMALLEST)
    i = 0
    while i < QUANTUM_FRAMES:
        count = min(QUANTUM_FRAMES - i, window - 1 - place)
        run = ahead(values, i)
        old = ahead(ring, place)
        for k in range(count):
            value = sign * run[k]
            running = max(running, value)
            old[k] = value
            run[k] = sign * max(running, old[k + 1])
        i += count
        place += count
        if i < QUANTUM_FRAMES:
            ring[place] = sign * values[i]
            running = max(running, ring[place])
            values[i] = sign * running
            for k in range(window - 2, -1, -1):
                ring[k] = max(ring[k], ring[k + 1])
            i += 1
            place = 0
            running = np.int32(_SMALLEST)
    memory[0] = place
    memory[1] = np.int64(running) - _SMALLEST


@inlined
def moving_sum(values: Any, length: Any, ring: Any, memory: Any) -> None:
    """Replaces each value by the sum of the last `length` values, exactly.

    Args:
        values: `(64,)` int64, in and out; before the beginning there are zeros.
        length: count of values, ≥ 1.
        ring: `(length,)` int64.
        memory: `(2,)` int64: place in the ring, sum.
    """
    place, total = memory[0], memory[1]
    i = 0
    while i < QUANTUM_FRAMES:
        count = min(QUANTUM_FRAMES - i, length - place)
        run = ahead(values, i)
        old = ahead(ring, place)
        for k in range(count):
            value = run[k]
            total += value - old[k]
            old[k] = value
            run[k] = total
        i += count
        place += count
        if place == length:
            place = 0
    memory[0], memory[1] = place, total


@inlined
def gain_of_steps(steps: Any, octaves_per_step: Any, gain: Any) -> None:
    """2^−(steps·octaves_per_step), exactly 1.0 for no steps.

    Args:
        steps: `(64,)` int64 ≥ 0.
        octaves_per_step: the attenuation is at most 1000 octaves.
        gain: `(64,)` float64, the result.
    """
    for i in range(QUANTUM_FRAMES):
        gain[i] = exp2(-(np.float64(steps[i]) * octaves_per_step))
