"""One strip looked at closely: its signal before and after its chain, for the meters alone.

A plan's operations run in place, so what comes before a chain is gone when the plan has run. The loop
therefore stops there once, copies, and goes on: the same operations over the same frames in the same
order, whether anybody looks or not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, inlined
from engine.compiler.addresses import doubles_at, words_at
from engine.live.loop.cells import (
    AT_STEM_COLUMNS,
    AT_STRIP,
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
