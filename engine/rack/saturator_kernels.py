"""The saturator's curves, and the kernel that runs them at the high rate.

A curve f has f(0) = 0 and f'(0) = 1. With the drive d, h(x) = f(d·x)/(d·x) − 1 says what share of
the signal the curve adds or takes: the output is x + h(x)·x, and parts of x get h(x) times
themselves, so that they go on adding up. h is finite everywhere; near 0 it is that of 10⁻⁶.

tape   tanh(x): odd harmonics, gradual.
tube   T/(1 + b·T), T = tanh(x), which is (tanh(x + β) − tanh(β))/(1 − tanh²β) with b = tanh β: even
       and odd harmonics. An asymmetric curve shifts the mean of what it distorts; that DC stays.
soft   the integral of (1 − x²/X²)⁶ up to X, where it reaches 1 with six zero derivatives: nearly
       straight, then round.
hard   clips at ±1, with first-order anti-derivative anti-aliasing of the difference clip(x) − x, whose
       integral is −e²/2 with e = max(|x| − 1, 0). Source: J. Parker, V. Zavalishin, E. Le Bivic,
       "Reducing the aliasing of nonlinear waveshaping using continuous-time convolution", DAFx 2016.
"""

from __future__ import annotations

import math
from typing import Any

from engine.compiler.abi import QUANTUM_FRAMES, inlined, kernel
from engine.compiler.lanes import (
    advanced,
    chosen,
    fused,
    load8,
    magnitude,
    maximum,
    minimum,
    signed,
    splat8,
    store,
)
from engine.elementary import LN2
from engine.kernels.fastmath import exp2
from engine.kernels.line_machine import INSTRUCTION_WORDS, run_lines

#: Curves by number: `TANH` is tape and tube, told apart by b.
TANH, SOFT, HARD = range(3)

#: Inputs of a curve are kept within these magnitudes where they divide.
_LEAST = 1e-6
_LARGEST = 1e9

_SOFT_ORDER = 6
#: X of the soft curve: where the integral of (1 − x²/X²)⁶ is 1.
SOFT_END = math.prod((2 * j + 1) / (2 * j) for j in range(1, _SOFT_ORDER + 1))
#: ∫(1 − s²)⁶ ds / s in powers of s².
_C0, _C1, _C2, _C3, _C4, _C5, _C6 = (
    math.comb(_SOFT_ORDER, j) * (-1.0) ** j / (2 * j + 1) for j in range(_SOFT_ORDER + 1)
)

_OCTAVES_PER_NEPER = 1.0 / LN2
#: tanh is ±1 long before; 2^x is made for exponents up to 1000.
_TANH_END = 300.0

# Words of the head: uses, doubles of a lane's memory, where the parameters of the uses begin, then what
# `engine.rack.oversampler` says.
(_USES, _MEMORY, _PARAMETERS, _VALUES, _EVEN, _ODD) = range(6)
(_EVEN_DIFFERENCE, _ODD_DIFFERENCE, _INPUT, _DRY, _RESULT) = range(6, 11)
(_UP_COUNT, _DOWN_COUNT, _SHIFT_COUNT) = range(11, 14)
HEAD_WORDS = 14


@inlined
def _tanh_share(x: Any, b: Any) -> Any:
    safe = signed(minimum(maximum(magnitude(x), splat8(_LEAST)), splat8(_LARGEST)), x)
    exponent = signed(minimum(magnitude(safe), splat8(_TANH_END)), x)
    decay = exp2(exponent * (-2.0 * _OCTAVES_PER_NEPER))
    # tanh = (1 − decay)/(1 + decay)
    below = safe * fused(decay, 1.0 - b, 1.0 + b)
    return ((1.0 - decay) - below) / below


@inlined
def _soft_share(x: Any) -> Any:
    size = minimum(magnitude(x), splat8(_LARGEST))
    beyond = maximum(size, splat8(SOFT_END))
    s = minimum(size, splat8(SOFT_END)) * (1.0 / SOFT_END)
    ss = s * s
    series = fused(
        ss, fused(ss, fused(ss, fused(ss, fused(ss, fused(ss, _C6, _C5), _C4), _C3), _C2), _C1), _C0
    )
    return fused(series, SOFT_END / beyond, -1.0)


@inlined
def _hard_share(a: Any, b: Any) -> Any:
    """Of the mean of two neighbours of the high rate."""
    ea = maximum(magnitude(a) - 1.0, splat8(0.0))
    eb = maximum(magnitude(b) - 1.0, splat8(0.0))
    middle = (a + b) * 0.5
    step = a - b
    even = 0.0 - signed(maximum(magnitude(middle) - 1.0, splat8(0.0)), middle)
    difference = (eb - ea) * (ea + eb) * 0.5 / signed(maximum(magnitude(step), splat8(_LEAST)), step)
    difference = chosen(magnitude(step), _LEAST, even, difference)
    share = difference / signed(maximum(magnitude(middle), splat8(_LEAST)), middle)
    # where the two cancel, the share of either
    either = 0.0 - ea / maximum(magnitude(a), splat8(1.0))
    return chosen(magnitude(middle), _LEAST, either, share)


@inlined
def _decide(lane_p: Any, share_p: Any, words_p: Any, curve: Any, parameters_p: Any, at: Any) -> None:
    """The share of each value of the high rate: those of the even line, then those of the odd one.

    Parameters from `at` on: drive and mix (linear), b of the tube.
    """
    values, even, odd = words_p[_VALUES], words_p[_EVEN], words_p[_ODD]
    drive, mix, b = parameters_p[at], parameters_p[at + 1], parameters_p[at + 2]
    if curve == HARD:
        for i in range(0, values, 8):
            x, y = load8(lane_p, even + i) * drive, load8(lane_p, odd + i) * drive
            before = load8(lane_p, odd + i - 1) * drive
            store(share_p, i, _hard_share(x, before) * mix)
            store(share_p, values + i, _hard_share(y, x) * mix)
        return
    for line in range(2):
        source = odd if line == 1 else even
        target = line * values
        if curve == TANH:
            for i in range(0, values, 8):
                store(share_p, target + i, _tanh_share(load8(lane_p, source + i) * drive, b) * mix)
        else:
            for i in range(0, values, 8):
                store(share_p, target + i, _soft_share(load8(lane_p, source + i) * drive) * mix)


@inlined
def _apply(lane_p: Any, share_p: Any, words_p: Any, curve: Any) -> None:
    """Multiplies a lane by the shares that its leader decided."""
    values, even, odd = words_p[_VALUES], words_p[_EVEN], words_p[_ODD]
    even_difference, odd_difference = words_p[_EVEN_DIFFERENCE], words_p[_ODD_DIFFERENCE]
    if curve == HARD:
        for i in range(0, values, 8):
            x, y, before = load8(lane_p, even + i), load8(lane_p, odd + i), load8(lane_p, odd + i - 1)
            store(lane_p, even_difference + i, (x + before) * 0.5 * load8(share_p, i))
            store(lane_p, odd_difference + i, (x + y) * 0.5 * load8(share_p, values + i))
    else:
        for i in range(0, values, 8):
            store(lane_p, even_difference + i, load8(lane_p, even + i) * load8(share_p, i))
            store(lane_p, odd_difference + i, load8(lane_p, odd + i) * load8(share_p, values + i))


@kernel
def saturate(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: the head, the program, then per use its curve, the count of its pairs of columns, and
    their left columns, the leader's first.

    Parameters: the program's taps, then per use drive, mix and b. State: the shares, then the memory
    of each lane.
    """
    up = HEAD_WORDS
    down = up + words_p[_UP_COUNT] * INSTRUCTION_WORDS
    shift = down + words_p[_DOWN_COUNT] * INSTRUCTION_WORDS
    word = shift + words_p[_SHIFT_COUNT] * INSTRUCTION_WORDS
    memory = 2 * words_p[_VALUES]
    for use in range(words_p[_USES]):
        curve, pairs = words_p[word], words_p[word + 1]
        for side in range(2):
            for pair in range(pairs):
                lane_p = advanced(state_p, memory)
                memory += words_p[_MEMORY]
                column = words_p[word + 2 + pair] + side
                at = words_p[_INPUT]
                for begin in range(column, column + QUANTUM_FRAMES * columns, columns):
                    lane_p[at] = frames_p[begin]
                    at += 1
                run_lines(lane_p, words_p, up, words_p[_UP_COUNT], parameters_p)
                if pair == 0:
                    _decide(lane_p, state_p, words_p, curve, parameters_p, words_p[_PARAMETERS] + 3 * use)
                _apply(lane_p, state_p, words_p, curve)
                run_lines(lane_p, words_p, down, words_p[_DOWN_COUNT], parameters_p)
                dry, at = words_p[_DRY], words_p[_RESULT]
                for begin in range(column, column + QUANTUM_FRAMES * columns, columns):
                    frames_p[begin] = lane_p[dry] + lane_p[at]
                    dry += 1
                    at += 1
                run_lines(lane_p, words_p, shift, words_p[_SHIFT_COUNT], parameters_p)
        word += 2 + pairs
