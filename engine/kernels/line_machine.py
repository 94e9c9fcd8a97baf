"""A small machine for kernels that work along time: filters over lines of values, as data.

A *line* is a stretch of memory with a few remembered values, then those of the present quantum.
Instructions filter lines, weave two lines into one of twice the rate, undo that, and at the end of
a quantum move what is to be remembered to the beginning. Each is a row of words; addresses count
doubles from the beginning of the caller's memory.
"""

from __future__ import annotations

from typing import Any

from engine.compiler.abi import inlined
from engine.compiler.lanes import (
    firsts,
    fused,
    load8,
    paired_high,
    paired_low,
    seconds,
    splat8,
    store,
)

#: Words of an instruction, and its kinds: the first word.
INSTRUCTION_WORDS = 9
FILTER, WEAVE, UNWEAVE, SHIFT = range(4)


@inlined
def _filter(memory_p: Any, taps_p: Any, words_p: Any, at: Any) -> None:
    """Words: kind, target, values (a multiple of 64), then twice: source, first tap, taps.

    target[i] = Σ taps[k]·source[i + k] over both sources.
    """
    target = words_p[at + 1]
    for first in range(0, words_p[at + 2], 64):
        a, b, c, d = splat8(0.0), splat8(0.0), splat8(0.0), splat8(0.0)
        e, f, g, h = splat8(0.0), splat8(0.0), splat8(0.0), splat8(0.0)
        for part in range(at + 3, at + 9, 3):
            source = words_p[part] + first
            tap = words_p[part + 1]
            for x in range(source, source + words_p[part + 2]):
                weight = splat8(taps_p[tap])
                tap += 1
                a = fused(weight, load8(memory_p, x), a)
                b = fused(weight, load8(memory_p, x + 8), b)
                c = fused(weight, load8(memory_p, x + 16), c)
                d = fused(weight, load8(memory_p, x + 24), d)
                e = fused(weight, load8(memory_p, x + 32), e)
                f = fused(weight, load8(memory_p, x + 40), f)
                g = fused(weight, load8(memory_p, x + 48), g)
                h = fused(weight, load8(memory_p, x + 56), h)
        y = target + first
        store(memory_p, y, a)
        store(memory_p, y + 8, b)
        store(memory_p, y + 16, c)
        store(memory_p, y + 24, d)
        store(memory_p, y + 32, e)
        store(memory_p, y + 40, f)
        store(memory_p, y + 48, g)
        store(memory_p, y + 56, h)


@inlined
def run_lines(memory_p: Any, words_p: Any, first_word: Any, count: Any, taps_p: Any) -> None:
    """Carries out instructions.

    Args:
        memory_p: the caller's memory.
        words_p: words, with `count` instructions from `first_word` on. WEAVE: target, values of each
            source, even source, odd source. UNWEAVE: even target, values of each, source, odd
            target. SHIFT: beginning of the line, values of a quantum, values to remember (multiples
            of 8).
        first_word: see there.
        count: see there.
        taps_p: the filters' taps.
    """
    for at in range(first_word, first_word + count * INSTRUCTION_WORDS, INSTRUCTION_WORDS):
        kind, target, values = words_p[at], words_p[at + 1], words_p[at + 2]
        source, other = words_p[at + 3], words_p[at + 4]
        if kind == FILTER:
            _filter(memory_p, taps_p, words_p, at)
        elif kind == WEAVE:
            for i in range(0, values, 8):
                even, odd = load8(memory_p, source + i), load8(memory_p, other + i)
                store(memory_p, target + 2 * i, paired_low(even, odd))
                store(memory_p, target + 2 * i + 8, paired_high(even, odd))
        elif kind == UNWEAVE:
            for i in range(0, values, 8):
                low, high = load8(memory_p, source + 2 * i), load8(memory_p, source + 2 * i + 8)
                store(memory_p, target + i, firsts(low, high))
                store(memory_p, other + i, seconds(low, high))
        else:
            for i in range(target, target + source, 8):
                store(memory_p, i, load8(memory_p, i + values))
