"""What is looked at closely: a strip before and after its chain, every stem after it; for the meters alone.

A plan's operations run in place, so what comes before a chain is gone when the plan has run. The loop
therefore stops there once, copies, and goes on: the same operations over the same frames in the same
order, whether anybody looks or not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, inlined
from engine.compiler.addresses import doubles_at, floats_at, words_at
from engine.live.loop.cells import (
    AT_LOOKED,
    AT_STEM_COLUMNS,
    AT_STRIP,
    LOOKED,
    LOOKED_FRAMES,
    LOOKED_MAXIMUM,
    RUN_COLUMNS,
    RUN_FRAMES,
    RUN_RESULT,
    SLOT_BUS,
    SLOT_RAW,
    SLOT_SUMMED,
    STEMS,
    STRIP_FRAMES,
    STRIP_MASTER,
    STRIPPED,
)
from engine.live.loop.native import publish


@inlined
def strip_column(slot: Any, strip: Any) -> Any:
    """Left column of a strip in the bus plan; −1: the slot has no such strip."""
    if strip == STRIP_MASTER:
        return slot[SLOT_BUS + RUN_RESULT]
    if strip < 0 or strip >= slot[STEMS]:
        return np.int64(-1)
    return words_at(slot[AT_STEM_COLUMNS])[strip]


@inlined
def operations_before(slot: Any, strip: Any) -> Any:
    """How many of the bus plan's operations come before the strip's chain."""
    return slot[SLOT_SUMMED] if strip == STRIP_MASTER else slot[SLOT_RAW]


@inlined
def keep_strip(slot: Any, board: Any, column: Any, lane: Any) -> None:
    """Copies a quantum of the strip: lane 0 before its chain, 2 after it; the latter publishes both."""
    frames, columns = doubles_at(slot[SLOT_BUS + RUN_FRAMES]), slot[SLOT_BUS + RUN_COLUMNS]
    kept, written = doubles_at(board[AT_STRIP]), board[STRIPPED]
    for row in range(QUANTUM_FRAMES):
        at = 4 * ((written + row) & (STRIP_FRAMES - 1)) + lane
        kept[at] = frames[row * columns + column]
        kept[at + 1] = frames[row * columns + column + 1]
    if lane == 2:
        publish(board, STRIPPED, written + QUANTUM_FRAMES)


@inlined
def keep_stems(slot: Any, board: Any, looked: Any) -> None:
    """Copies a quantum of the first `looked` stems, as the bus plan has left them; a stem without a column
    is silent."""
    frames, columns = doubles_at(slot[SLOT_BUS + RUN_FRAMES]), slot[SLOT_BUS + RUN_COLUMNS]
    places, kept, written = words_at(slot[AT_STEM_COLUMNS]), floats_at(board[AT_LOOKED]), board[LOOKED]
    for row in range(QUANTUM_FRAMES):
        at = 2 * LOOKED_MAXIMUM * ((written + row) & (LOOKED_FRAMES - 1))
        for stem in range(looked):
            column = places[stem] if stem < slot[STEMS] else np.int64(-1)
            left, right = 0.0, 0.0
            if column >= 0:
                left, right = frames[row * columns + column], frames[row * columns + column + 1]
            kept[at + 2 * stem] = left
            kept[at + 2 * stem + 1] = right
    publish(board, LOOKED, written + QUANTUM_FRAMES)
