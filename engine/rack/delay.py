"""Whole-frame delays: parallel paths arrive together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, kernel
from engine.compiler.lanes import load2, store
from engine.rack.operation import Operation


@kernel
def _delay(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: pairs, then per pair its left column and its delay.

    State: per pair the frame to exchange next, then the delayed frames, left and right by turns.
    """
    begin = 0
    for pair in range(words_p[0]):
        first = words_p[1 + 2 * pair]
        length = words_p[2 + 2 * pair]
        line = begin + 1
        position = int(state_p[begin])
        for at in range(first, first + QUANTUM_FRAMES * columns, columns):
            slot = line + 2 * position
            arriving = load2(frames_p, at)
            store(frames_p, at, load2(state_p, slot))
            store(state_p, slot, arriving)
            position += 1
            if position == length:
                position = 0
        state_p[begin] = float(position)
        begin = line + 2 * length


def delay_columns(columns: Sequence[tuple[int, int]], frames: Sequence[int]) -> Operation:
    """Delays pairs of columns by whole frames; before the first frame there is silence.

    Args:
        columns: left and right column of each pair, neighbours.
        frames: delay of each pair, ≥ 0; the memory is 16 bytes a frame.
    """
    words: list[int] = []
    state_length = 0
    for (left, right), length in zip(columns, frames, strict=True):
        assert right == left + 1, "the right column follows the left one"
        if length > 0:
            words += [left, length]
            state_length += 1 + 2 * length
    return Operation(_delay, (len(words) // 2, *words), state=np.zeros(state_length))
