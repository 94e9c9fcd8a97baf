"""Kernels of the compressor: eight uses decided side by side, one use along time, and applying.

With u the gain reduction of the static curve at the present level,

    y₁ ← max(u, α_R·y₁ + (1 − α_R)·u)        y ← α_A·y + (1 − α_A)·y₁

is the smooth decoupled detector. Source of the soft-knee curve and of the detector: D. Giannoulis,
M. Massberg, J. D. Reiss, *Digital Dynamic Range Compressor Design*, JAES 60(6), 2012. Levels are
octaves of power (3.01 dB), reductions octaves of amplitude (6.02 dB). Both ways of deciding give
the same bits.
"""

from __future__ import annotations

from typing import Any

from engine.compiler.abi import QUANTUM_FRAMES, inlined, kernel
from engine.compiler.lanes import (
    firsts,
    flushed,
    fused,
    joined,
    lane,
    load2,
    load8,
    maximum,
    minimum,
    splat8,
    store,
    swapped,
)
from engine.kernels.fastmath import exp2, log2

#: Power below which a level is as good as silence: −300 dBFS, out of every threshold's reach.
_SILENCE = 1e-30

#: Reductions in octaves, and mean squares, below this are set to 0 between quanta.
_NEGLIGIBLE = 1e-30

#: Uses that share a register.
TOGETHER = 8

#: Parameters of a use: first how its columns enter the level (own gain left and right, that of the
#: neighbour left and right), then scalars.
MATRIX = 4
HOLD, KNEE_START, KNEE_WIDTH, KNEE_SCALE, SLOPE, RELEASE, ATTACK, MAKEUP, MIX = range(9)
SCALARS = 9

#: State of a use: mean square, y₁ and y …
STATES = 3
_MEAN, _HELD, _REDUCTION = range(STATES)
#: … and where the scratch line of 64 frames begins that follows it when it is alone.
LINE = 8


@inlined
def _powers(x: Any, own: Any, other: Any) -> Any:
    """In both lanes of each pair, the larger square of the two that are detected."""
    detected = fused(swapped(x), other, x * own)
    square = detected * detected
    return maximum(square, swapped(square))


@inlined
def _powers_of_four(frames_p: Any, at: Any, words_p: Any, word: Any, own: Any, other: Any) -> Any:
    x = joined(
        load2(frames_p, at + words_p[word]),
        load2(frames_p, at + words_p[word + 1]),
        load2(frames_p, at + words_p[word + 2]),
        load2(frames_p, at + words_p[word + 3]),
    )
    return _powers(x, own, other)


@inlined
def _static_curve(power: Any, start: Any, width: Any, scale: Any, slope: Any) -> Any:
    """Gain reduction in octaves of amplitude; start, width and scale are those of the knee."""
    over = maximum(log2(maximum(power, splat8(_SILENCE))) - start, splat8(0.0))
    knee = minimum(over, width)
    return slope * fused(knee * knee, scale, over - knee)


@inlined
def _ballistics(u0: Any, u1: Any, y1: Any, y: Any, release: Any, attack: Any) -> Any:
    """Two frames of the detector, in a form whose feedback is as short as that of one frame.

    Returns y of the first frame, then y₁ and y of the second.
    """
    c0 = (1.0 - release) * u0
    c1 = (1.0 - release) * u1
    first = maximum(u0, fused(release, y1, c0))
    after = maximum(u1, fused(release, u0, c1))
    second = maximum(after, fused(release * release, y1, fused(release, c0, c1)))
    s0 = (1.0 - attack) * first
    s1 = (1.0 - attack) * second
    return fused(attack, y, s0), second, fused(attack * attack, y, fused(attack, s0, s1))


@inlined
def _gain(reduction: Any, makeup: Any, mix: Any) -> Any:
    """Linear gain; exactly 1 without reduction and make-up."""
    return fused(mix, exp2(makeup - reduction) - 1.0, 1.0)


@kernel
def decide_together(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: first of eight gain columns, left column of each use's detector signal.

    Parameters: for uses 1–4, then 5–8, their own gains and those of their neighbours (a pair of
    lanes per use); then eight lanes of each scalar. State: eight lanes of each.

    The loops are apart because each is a chain of dependent instructions far longer than what the
    processor looks ahead: one loop over everything takes twice as long.
    """
    gain = words_p[0]
    span = QUANTUM_FRAMES * columns
    own_low, other_low = load8(parameters_p, 0), load8(parameters_p, 8)
    own_high, other_high = load8(parameters_p, 16), load8(parameters_p, 24)
    base = TOGETHER * MATRIX
    hold = load8(parameters_p, base + 8 * HOLD)
    mean = load8(state_p, 8 * _MEAN)
    for at in range(0, span, columns):
        low = _powers_of_four(frames_p, at, words_p, 1, own_low, other_low)
        high = _powers_of_four(frames_p, at, words_p, 5, own_high, other_high)
        mean = fused(hold, mean, (1.0 - hold) * firsts(low, high))
        store(frames_p, at + gain, mean)
    store(state_p, 8 * _MEAN, flushed(mean, _NEGLIGIBLE))
    start = load8(parameters_p, base + 8 * KNEE_START)
    width = load8(parameters_p, base + 8 * KNEE_WIDTH)
    scale = load8(parameters_p, base + 8 * KNEE_SCALE)
    slope = load8(parameters_p, base + 8 * SLOPE)
    for at in range(gain, gain + span, columns):
        store(frames_p, at, _static_curve(load8(frames_p, at), start, width, scale, slope))
    release = load8(parameters_p, base + 8 * RELEASE)
    attack = load8(parameters_p, base + 8 * ATTACK)
    y1 = load8(state_p, 8 * _HELD)
    y = load8(state_p, 8 * _REDUCTION)
    for at in range(gain, gain + span, 2 * columns):
        u0, u1 = load8(frames_p, at), load8(frames_p, at + columns)
        before, y1, y = _ballistics(u0, u1, y1, y, release, attack)
        store(frames_p, at, before)
        store(frames_p, at + columns, y)
    store(state_p, 8 * _HELD, flushed(y1, _NEGLIGIBLE))
    store(state_p, 8 * _REDUCTION, flushed(y, _NEGLIGIBLE))
    makeup = load8(parameters_p, base + 8 * MAKEUP)
    mix = load8(parameters_p, base + 8 * MIX)
    for at in range(gain, gain + span, columns):
        store(frames_p, at, _gain(load8(frames_p, at), makeup, mix))


@kernel
def decide_alone(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: gain column, left column of the detector signal.

    Parameters: the matrix, then the scalars. State: the use's own, then a line of 64 frames.
    """
    gain = words_p[0]
    column = words_p[1]
    span = QUANTUM_FRAMES * columns
    own, other = load2(parameters_p, 0), load2(parameters_p, 2)
    frame = LINE
    for at in range(column, column + span, columns):
        state_p[frame] = lane(_powers(load2(frames_p, at), own, other), 0)
        frame += 1
    hold = parameters_p[MATRIX + HOLD]
    if hold > 0.0:
        mean = state_p[_MEAN]
        for frame in range(LINE, LINE + QUANTUM_FRAMES):
            mean = fused(hold, mean, (1.0 - hold) * state_p[frame])
            state_p[frame] = mean
        state_p[_MEAN] = flushed(mean, _NEGLIGIBLE)
    start = splat8(parameters_p[MATRIX + KNEE_START])
    width = splat8(parameters_p[MATRIX + KNEE_WIDTH])
    scale = splat8(parameters_p[MATRIX + KNEE_SCALE])
    slope = splat8(parameters_p[MATRIX + SLOPE])
    for frame in range(LINE, LINE + QUANTUM_FRAMES, 8):
        store(state_p, frame, _static_curve(load8(state_p, frame), start, width, scale, slope))
    release = parameters_p[MATRIX + RELEASE]
    attack = parameters_p[MATRIX + ATTACK]
    y1 = state_p[_HELD]
    y = state_p[_REDUCTION]
    for frame in range(LINE, LINE + QUANTUM_FRAMES, 2):
        before, y1, y = _ballistics(state_p[frame], state_p[frame + 1], y1, y, release, attack)
        state_p[frame] = before
        state_p[frame + 1] = y
    state_p[_HELD] = flushed(y1, _NEGLIGIBLE)
    state_p[_REDUCTION] = flushed(y, _NEGLIGIBLE)
    makeup = splat8(parameters_p[MATRIX + MAKEUP])
    mix = splat8(parameters_p[MATRIX + MIX])
    for frame in range(LINE, LINE + QUANTUM_FRAMES, 8):
        store(state_p, frame, _gain(load8(state_p, frame), makeup, mix))
    frame = LINE
    for at in range(gain, gain + span, columns):
        frames_p[at] = state_p[frame]
        frame += 1


@kernel
def apply(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: uses, then per use its left column, its gain column, and 1 where it acts on both lanes.

    Parameters: per use the matrix of the part that the gain acts on.
    """
    span = QUANTUM_FRAMES * columns
    for use in range(words_p[0]):
        column = words_p[1 + 3 * use]
        to_gain = words_p[2 + 3 * use] - column
        if words_p[3 + 3 * use] == 1:
            for at in range(column, column + span, columns):
                store(frames_p, at, load2(frames_p, at) * frames_p[at + to_gain])
        else:
            own = load2(parameters_p, use * MATRIX)
            other = load2(parameters_p, use * MATRIX + 2)
            for at in range(column, column + span, columns):
                x = load2(frames_p, at)
                part = fused(swapped(x), other, x * own)
                store(frames_p, at, fused(part, frames_p[at + to_gain] - 1.0, x))
