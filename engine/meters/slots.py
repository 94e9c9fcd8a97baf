"""Slots: the 10 ms steps, anchored at frame 0, in which meters keep what they find.

At rates that are no multiple of 100 Hz slots begin at the nearest frame, so that they never drift
from time (ITU-R BS.1770-5 asks for block lengths "to the nearest sample").
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import inlined

SLOTS_PER_SECOND = 100
#: Momentary loudness and gating blocks: 400 ms (EBU Tech 3341, 2.2; ITU-R BS.1770-5, Annex 1).
MOMENTARY_SLOTS = 40
#: Short-term loudness: 3 s (EBU Tech 3341, 2.2).
SHORT_TERM_SLOTS = 300
#: Gating blocks overlap by 75 % (ITU-R BS.1770-5, Annex 1); 3 s windows move by 100 ms as well.
GATING_HOP_SLOTS = 10


def slot_start(slot: Any, sample_rate: Any) -> Any:
    """The first frame of a slot: `slot`/100 s, to the nearest frame."""
    return (2 * slot * sample_rate + SLOTS_PER_SECOND) // (2 * SLOTS_PER_SECOND)


#: The same inside compiled functions.
slot_start_compiled = inlined(slot_start)


def complete_slots(frames: int, sample_rate: int) -> int:
    """How many slots end within the first `frames` frames."""
    return (2 * SLOTS_PER_SECOND * frames + SLOTS_PER_SECOND - 1) // (2 * sample_rate)


def slots_in(frames: int, sample_rate: int) -> int:
    """How many slots `frames` frames can complete at most, counting one begun before."""
    return frames * SLOTS_PER_SECOND // sample_rate + 2


def with_room(table: NDArray[np.float64], columns: int) -> NDArray[np.float64]:
    """`table`, or a copy at least twice as wide with zeros behind, so that it has `columns` columns."""
    if table.shape[-1] >= columns:
        return table
    grown = np.zeros((*table.shape[:-1], max(columns, 2 * table.shape[-1])))
    grown[..., : table.shape[-1]] = table
    return grown
