"""The watch: what makes a gain act, quantum by quantum, and each part's share of it.

A *watch* changes no signal. It looks at what a detector sees of a programme and of the parts that
add up to it, and writes down, for each quantum, the smallest gain, the level of the *deciding
sample* (the largest that the detector sees, of either channel), and which part that sample is made
of. Where the detector follows the mean square m[n] = a·m[n−1] + (1 − a)·x[n]², the same recursion
over x·s says what a part s contributes: with x = Σ s these add up to m exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, inlined, kernel
from engine.rack.operation import Doubles, Operation

#: Quanta that are kept until they are taken.
ROWS = 128
#: A quantum's row: these, then the shares of the parts, which add up to 1 (0 where all is silent).
SMALLEST_GAIN, LEVEL, FRAME, SHARES = range(4)

# parameters: gains of the left and the right column themselves, of their neighbours, and a
_OWN_LEFT, _OWN_RIGHT, _OTHER_LEFT, _OTHER_RIGHT, _HOLD = range(5)
# state: rows written since they were taken, the mean square and its parts, a line for each channel's
# weights in them, rows
_WRITTEN, _MEAN = range(2)
# powers below this are silence, and denormal soon
_NEGLIGIBLE = 1e-60


@inlined
def row_of(state: Any, parts: Any, age: Any) -> Any:
    """Where the row of a quantum begins in a watch's state.

    Args:
        state: of the watch.
        parts: how many it has.
        age: 0 for the latest quantum, up to `ROWS` − 1.
    """
    first = _MEAN + 1 + parts + 2 * QUANTUM_FRAMES
    return first + (np.int64(state[_WRITTEN]) + ROWS - 1 - age) % ROWS * (SHARES + parts)


@kernel
def _watch(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: gain column or −1, parts, left columns of the whole and of each part."""
    parts = words_p[1]
    whole = words_p[2]
    hold = parameters_p[_HOLD]
    own_left, own_right = parameters_p[_OWN_LEFT], parameters_p[_OWN_RIGHT]
    other_left, other_right = parameters_p[_OTHER_LEFT], parameters_p[_OTHER_RIGHT]
    lefts = _MEAN + 1 + parts
    rights = lefts + QUANTUM_FRAMES
    row = rights + QUANTUM_FRAMES + (np.int64(state_p[_WRITTEN]) % ROWS) * (SHARES + parts)
    mean, largest, deciding = state_p[_MEAN], 0.0, np.int64(0)
    for frame in range(QUANTUM_FRAMES):
        at = frame * columns + whole
        left = own_left * frames_p[at] + other_left * frames_p[at + 1]
        right = own_right * frames_p[at + 1] + other_right * frames_p[at]
        # the detected channel and what of the part's columns it is: x·s = weights · (left, right)
        if abs(left) >= abs(right):
            seen, state_p[lefts + frame], state_p[rights + frame] = left, left * own_left, left * other_left
        else:
            seen = right
            state_p[lefts + frame], state_p[rights + frame] = right * other_right, right * own_right
        mean = hold * mean + (1.0 - hold) * seen * seen
        if mean > largest:
            largest, deciding = mean, np.int64(frame)
    state_p[_MEAN] = mean if mean > _NEGLIGIBLE else 0.0
    for part in range(parts):
        column, kept = words_p[3 + part], state_p[_MEAN + 1 + part]
        share = 0.0
        for frame in range(QUANTUM_FRAMES if hold > 0.0 else 0):
            at = frame * columns + column
            now = state_p[lefts + frame] * frames_p[at] + state_p[rights + frame] * frames_p[at + 1]
            kept = hold * kept + (1.0 - hold) * now
            share = kept if frame == deciding else share
        if hold == 0.0:
            at = deciding * columns + column
            share = state_p[lefts + deciding] * frames_p[at] + state_p[rights + deciding] * frames_p[at + 1]
        state_p[_MEAN + 1 + part] = kept if state_p[_MEAN] > 0.0 else 0.0
        state_p[row + SHARES + part] = share / largest if largest > _NEGLIGIBLE else 0.0
    smallest = 1.0 if words_p[0] < 0 else math.inf
    if words_p[0] >= 0:
        for at in range(words_p[0], words_p[0] + QUANTUM_FRAMES * columns, columns):
            smallest = min(smallest, frames_p[at])
    state_p[row + SMALLEST_GAIN], state_p[row + LEVEL] = smallest, math.sqrt(largest)
    state_p[row + FRAME] = deciding
    state_p[_WRITTEN] += 1.0


def watch(
    columns: Sequence[int],
    matrix: Sequence[float] = (1.0, 1.0, 0.0, 0.0),
    *,
    gain_column: int = -1,
    hold: float = 0.0,
) -> Operation:
    """Watches a programme.

    Args:
        columns: left columns of the programme and of the parts that add up to it; the right ones
            are the next.
        matrix: what the detector makes of a pair of columns: gains of left and right themselves,
            then of their neighbours.
        gain_column: whose smallest value is written down; −1: none, that is 1.
        hold: a of the mean square, 0 to 1; 0: peaks count.
    """
    parts = len(columns) - 1
    state = np.zeros(_MEAN + 1 + parts + 2 * QUANTUM_FRAMES + ROWS * (SHARES + parts))
    return Operation(_watch, (gain_column, parts, *columns), np.array([*matrix, hold]), state)


def take_rows(state: Doubles, parts: int) -> Doubles:
    """What a watch has written down since the last call, `(quanta, SHARES + parts)`, the oldest first.

    Args:
        state: of the watch's operation and on; at most `ROWS` quanta have been run since.
        parts: how many it has.
    """
    count = int(state[_WRITTEN])
    if count > ROWS:
        raise ValueError(f"a watch keeps {ROWS} quanta, {count} were run")
    first = _MEAN + 1 + parts + 2 * QUANTUM_FRAMES
    rows = state[first : first + count * (SHARES + parts)].reshape(count, SHARES + parts).copy()
    state[_WRITTEN] = 0.0
    return rows
