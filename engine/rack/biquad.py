"""Cascades of second-order sections over many lanes at once.

Form: transposed direct form II in float64. Its round-off noise stays below −200 dBFS down to 10 Hz
at 192 kHz with a Q of 20 (tested). Four pairs of lanes fill a SIMD register of eight, single pairs
run in one of two; state and coefficients stay in registers for the whole quantum, and two or three
sections of a cascade run in one pass, so that one hides the latency of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES, Kernel, inlined, kernel
from engine.compiler.lanes import flushed, fused, joined, load2, load8, store, store_pairs
from engine.rack.operation import Operation

Doubles = NDArray[np.float64]

#: A state below this (−600 dBFS) is set to 0 between quanta, long before it becomes denormal.
_NEGLIGIBLE = 1e-30

_COEFFICIENTS = 5
_STATES = 2
_PAIRS_PER_BLOCK = 4
#: Sections of a single pair that run together; one alone takes almost as long as three.
_SECTIONS_PER_PASS = 3
#: The kernels add the feedback.
_SIGNS = np.array([1.0, 1.0, 1.0, -1.0, -1.0])
_IDENTITY = np.array([1.0, 0.0, 0.0, 0.0, 0.0])


@inlined
def _coefficients8(parameters_p: Any, at: Any) -> Any:
    return (
        load8(parameters_p, at),
        load8(parameters_p, at + 8),
        load8(parameters_p, at + 16),
        load8(parameters_p, at + 24),
        load8(parameters_p, at + 32),
    )


@inlined
def _coefficients2(parameters_p: Any, at: Any) -> Any:
    return (
        load2(parameters_p, at),
        load2(parameters_p, at + 2),
        load2(parameters_p, at + 4),
        load2(parameters_p, at + 6),
        load2(parameters_p, at + 8),
    )


@inlined
def _step(x: Any, c: Any, s1: Any, s2: Any) -> Any:
    """One frame of one section with c = (b₀, b₁, b₂, −a₁, −a₂): the output and both new states."""
    y = fused(c[0], x, s1)
    return y, fused(c[3], y, fused(c[1], x, s2)), fused(c[4], y, c[2] * x)


@kernel
def _cascade_blocks(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: blocks, then per block its sections and the left columns of its four pairs.

    Parameters: per section b₀ b₁ b₂ −a₁ −a₂, eight lanes each. State: per section two times eight.
    """
    end = QUANTUM_FRAMES * columns
    p = 0
    s = 0
    for block in range(words_p[0]):
        word = 1 + block * (1 + _PAIRS_PER_BLOCK)
        sections = words_p[word]
        i, j, k, m = words_p[word + 1], words_p[word + 2], words_p[word + 3], words_p[word + 4]
        for _ in range(sections // 2):
            a = _coefficients8(parameters_p, p)
            b = _coefficients8(parameters_p, p + 40)
            a1, a2 = load8(state_p, s), load8(state_p, s + 8)
            b1, b2 = load8(state_p, s + 16), load8(state_p, s + 24)
            for at in range(0, end, columns):
                x = joined(
                    load2(frames_p, at + i),
                    load2(frames_p, at + j),
                    load2(frames_p, at + k),
                    load2(frames_p, at + m),
                )
                x, a1, a2 = _step(x, a, a1, a2)
                x, b1, b2 = _step(x, b, b1, b2)
                store_pairs(frames_p, at + i, at + j, at + k, at + m, x)
            store(state_p, s, flushed(a1, _NEGLIGIBLE))
            store(state_p, s + 8, flushed(a2, _NEGLIGIBLE))
            store(state_p, s + 16, flushed(b1, _NEGLIGIBLE))
            store(state_p, s + 24, flushed(b2, _NEGLIGIBLE))
            p += 80
            s += 32
        if sections % 2 == 1:
            a = _coefficients8(parameters_p, p)
            a1, a2 = load8(state_p, s), load8(state_p, s + 8)
            for at in range(0, end, columns):
                x = joined(
                    load2(frames_p, at + i),
                    load2(frames_p, at + j),
                    load2(frames_p, at + k),
                    load2(frames_p, at + m),
                )
                x, a1, a2 = _step(x, a, a1, a2)
                store_pairs(frames_p, at + i, at + j, at + k, at + m, x)
            store(state_p, s, flushed(a1, _NEGLIGIBLE))
            store(state_p, s + 8, flushed(a2, _NEGLIGIBLE))
            p += 40
            s += 16


@kernel
def _cascade_pairs(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: pairs, then per pair its sections (a multiple of three) and its left column.

    Parameters: per section b₀ b₁ b₂ −a₁ −a₂, two lanes each. State: per section two times two.
    """
    p = 0
    s = 0
    for pair in range(words_p[0]):
        first = words_p[2 + 2 * pair]
        end = first + QUANTUM_FRAMES * columns
        for _ in range(words_p[1 + 2 * pair] // _SECTIONS_PER_PASS):
            a = _coefficients2(parameters_p, p)
            b = _coefficients2(parameters_p, p + 10)
            c = _coefficients2(parameters_p, p + 20)
            a1, a2 = load2(state_p, s), load2(state_p, s + 2)
            b1, b2 = load2(state_p, s + 4), load2(state_p, s + 6)
            c1, c2 = load2(state_p, s + 8), load2(state_p, s + 10)
            for at in range(first, end, columns):
                x = load2(frames_p, at)
                x, a1, a2 = _step(x, a, a1, a2)
                x, b1, b2 = _step(x, b, b1, b2)
                x, c1, c2 = _step(x, c, c1, c2)
                store(frames_p, at, x)
            store(state_p, s, flushed(a1, _NEGLIGIBLE))
            store(state_p, s + 2, flushed(a2, _NEGLIGIBLE))
            store(state_p, s + 4, flushed(b1, _NEGLIGIBLE))
            store(state_p, s + 6, flushed(b2, _NEGLIGIBLE))
            store(state_p, s + 8, flushed(c1, _NEGLIGIBLE))
            store(state_p, s + 10, flushed(c2, _NEGLIGIBLE))
            p += 30
            s += 12


def cascades(columns: Sequence[int], sections: Sequence[tuple[Doubles, Doubles]]) -> tuple[Operation, ...]:
    """Filters pairs of columns in place, each with cascades of its own.

    Pairs without a section are left alone. Pairs of similar length share a register; the shorter
    cascades are filled up with sections that pass the signal unchanged.

    Args:
        columns: left column of each pair, all different; the right one is the next.
        sections: per pair the left and the right cascade, `(sections, 5)` each, as
            `engine.rack.eq_design.design_band` returns them; the lengths may differ.
    """
    length = [max(len(left), len(right)) for left, right in sections]
    order = sorted((n for n in range(len(columns)) if length[n]), key=lambda n: -length[n])
    whole = len(order) // _PAIRS_PER_BLOCK * _PAIRS_PER_BLOCK
    if len(order) - whole == _PAIRS_PER_BLOCK - 1:
        # three pairs are cheaper as a block; its fourth repeats the third and writes the same
        order.append(order[-1])
        whole = len(order)
    blocks = [order[at : at + _PAIRS_PER_BLOCK] for at in range(0, whole, _PAIRS_PER_BLOCK)]
    singles = [[n] for n in order[whole:]]
    operations = []
    for run, members in ((_cascade_blocks, blocks), (_cascade_pairs, singles)):
        if members:
            operations.append(_operation(run, members, columns, sections))
    return tuple(operations)


def _operation(
    run: Kernel,
    blocks: Sequence[Sequence[int]],
    columns: Sequence[int],
    sections: Sequence[tuple[Doubles, Doubles]],
) -> Operation:
    words = [len(blocks)]
    parameters = []
    for block in blocks:
        lanes = [cascade for n in block for cascade in sections[n]]
        length = max(len(cascade) for cascade in lanes)
        if run is _cascade_pairs:
            length = -(-length // _SECTIONS_PER_PASS) * _SECTIONS_PER_PASS
        words += [length, *(columns[n] for n in block)]
        filled = np.tile(_IDENTITY, (length, len(lanes), 1))
        for lane, cascade in enumerate(lanes):
            filled[: len(cascade), lane] = cascade * _SIGNS
        # (section, lane, coefficient) → (section, coefficient, lane)
        parameters.append(filled.transpose(0, 2, 1).ravel())
    flat = np.concatenate(parameters)
    return Operation(run, tuple(words), flat, np.zeros(len(flat) // _COEFFICIENTS * _STATES))
