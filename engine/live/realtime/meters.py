"""What only the loop can measure: levels of the stems and gains of the processors, tick by tick.

The master bus goes to the tap as it is and is measured on the control side (`engine.live.metering`).
A tick that finds no room in the ring of ticks goes on: its maxima are not lost.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.kernels.abi import QUANTUM_FRAMES, inlined
from engine.kernels.addresses import doubles_at, words_at
from engine.live.realtime.cells import (
    AT_PARTS,
    AT_STEM_COLUMNS,
    AT_SUMMED,
    AT_TAPS,
    AT_TICK,
    AT_TICKS,
    BLOCK_LOAD_MAX,
    LIMITED_ABOVE,
    LIMITER_COLUMN,
    NO_GAIN,
    PART_DOUBLES,
    PARTS_MASK,
    RUN_COLUMNS,
    RUN_FRAMES,
    RUN_SKIP,
    SERIAL,
    SLOT_BUS,
    SLOT_FED,
    SLOT_LEFT,
    SLOT_OUTPUT,
    STEM_CELLS,
    STEM_LATENCY,
    STEMS,
    TAPPED,
    TAPS,
    TICK_DOUBLES,
    TICK_FRAMES,
    TICK_FRAMES_IN,
    TICK_LIMITED,
    TICK_LOAD,
    TICK_SERIAL,
    TICK_SHARES,
    TICK_STEMS,
    TICK_TAPPED,
    TICK_TAPS,
    TICKS_CAPACITY,
    TICKS_TAKEN,
    TICKS_WRITTEN,
)
from engine.live.realtime.native import observe, publish

#: A gain above this is one of a limiter that rests.
_UNLIMITED = 1.0 - 1e-9
#: At or above full scale.
_FULL_SCALE = 1.0


@inlined
def meter_stems(slot: Any, tick: Any) -> None:
    """Adds the stems' columns, as the bus plan has left them, to the tick."""
    frames, columns = doubles_at(slot[SLOT_BUS + RUN_FRAMES]), slot[SLOT_BUS + RUN_COLUMNS]
    places = words_at(slot[AT_STEM_COLUMNS])
    for stem in range(slot[STEMS]):
        column = places[stem]
        if column < 0:
            continue
        at = TICK_STEMS + stem * STEM_CELLS
        peak_left, peak_right, overs = tick[at], tick[at + 1], tick[at + 4]
        left, right = 0.0, 0.0
        for row in range(QUANTUM_FRAMES):
            x = abs(frames[row * columns + column])
            y = abs(frames[row * columns + column + 1])
            peak_left = max(peak_left, x)
            peak_right = max(peak_right, y)
            left += x * x
            right += y * y
            overs += 1.0 if max(x, y) >= _FULL_SCALE else 0.0
        tick[at], tick[at + 1], tick[at + 4] = peak_left, peak_right, overs
        tick[at + 2] += left
        tick[at + 3] += right


@inlined
def keep_parts(slot: Any) -> None:
    """Keeps what each stem contributes to the quantum that has been read: with b the sum of the stems
    s, Σ b² and every Σ s·b, over both channels. They say who causes the limiting when the quantum has
    come through the master chain and the limiter."""
    if slot[LIMITER_COLUMN] < 0:
        return
    frames, columns = doubles_at(slot[SLOT_BUS + RUN_FRAMES]), slot[SLOT_BUS + RUN_COLUMNS]
    places, summed = words_at(slot[AT_STEM_COLUMNS]), words_at(slot[AT_SUMMED])
    quantum = (slot[SLOT_FED] // QUANTUM_FRAMES - 1) & slot[PARTS_MASK]
    parts = doubles_at(slot[AT_PARTS] + quantum * PART_DOUBLES * 8)
    for index in range(1 + slot[STEMS]):
        parts[index] = 0.0
    for row in range(0, QUANTUM_FRAMES * columns, columns):
        left, right = 0.0, 0.0
        for stem in range(slot[STEMS]):
            if summed[stem] == 1:
                left += frames[row + places[stem]]
                right += frames[row + places[stem] + 1]
        parts[0] += left * left + right * right
        for stem in range(slot[STEMS]):
            if summed[stem] == 1:
                part = frames[row + places[stem]] * left + frames[row + places[stem] + 1] * right
                parts[1 + stem] += part


@inlined
def meter_limiting(slot: Any, tick: Any) -> None:
    """Adds the largest sample that the limiter turns down to the tick, and each stem's share of it.

    The share is measured before the master chain, over the two quanta (2.7 ms at 48 kHz) around what
    became that sample: a stem's part in the energy of the sum. Shares add up to 1.
    """
    column = slot[LIMITER_COLUMN]
    if column < 0:
        return
    frames, columns = doubles_at(slot[SLOT_OUTPUT + RUN_FRAMES]), slot[SLOT_OUTPUT + RUN_COLUMNS]
    largest, place = max(tick[TICK_LIMITED], slot[LIMITED_ABOVE] * 1e-9), np.int64(-1)
    for row in range(min(slot[SLOT_OUTPUT + RUN_SKIP], QUANTUM_FRAMES), QUANTUM_FRAMES):
        gain = frames[row * columns + column]
        after = max(abs(frames[row * columns]), abs(frames[row * columns + 1]))
        if gain < _UNLIMITED and after > largest * gain:
            largest, place = after / gain, np.int64(row)
    if place < 0:
        return
    skipped = min(slot[SLOT_OUTPUT + RUN_SKIP], QUANTUM_FRAMES)
    # the frame of the stems' columns that it comes from, and the two quanta nearest to it
    frame = slot[SLOT_LEFT] + place - skipped + slot[STEM_LATENCY]
    first = (frame + QUANTUM_FRAMES // 2) // QUANTUM_FRAMES - 1
    one = doubles_at(slot[AT_PARTS] + (first & slot[PARTS_MASK]) * PART_DOUBLES * 8)
    other = doubles_at(slot[AT_PARTS] + ((first + 1) & slot[PARTS_MASK]) * PART_DOUBLES * 8)
    energy = one[0] + other[0]
    if energy > 0.0:
        tick[TICK_LIMITED] = largest
        for stem in range(slot[STEMS]):
            tick[TICK_SHARES + stem] = (one[1 + stem] + other[1 + stem]) / energy


@inlined
def meter_gains(slot: Any, tick: Any, plan: Any) -> None:
    """Adds the smallest gains of one plan's taps to the tick.

    Args:
        slot: cells of the slot.
        tick: the tick.
        plan: SLOT_BUS or SLOT_OUTPUT.
    """
    taps = words_at(slot[AT_TAPS])
    frames, columns = doubles_at(slot[plan + RUN_FRAMES]), slot[plan + RUN_COLUMNS]
    for tap in range(slot[TAPS]):
        if taps[2 * tap] == plan:
            smallest = tick[TICK_TAPS + tap]
            for row in range(QUANTUM_FRAMES):
                smallest = min(smallest, frames[row * columns + taps[2 * tap + 1]])
            tick[TICK_TAPS + tap] = smallest


@inlined
def clear_tick(tick: Any) -> None:
    """Begins a tick."""
    for index in range(TICK_DOUBLES):
        tick[index] = 0.0 if index < TICK_TAPS else NO_GAIN


@inlined
def end_tick(board: Any) -> None:
    """Hands the tick to the control side and begins another, unless there is no room for it."""
    tick, written = doubles_at(board[AT_TICK]), board[TICKS_WRITTEN]
    if tick[TICK_FRAMES_IN] == 0.0 or written - observe(board, TICKS_TAKEN) >= board[TICKS_CAPACITY]:
        return
    tick[TICK_TAPPED] = board[TAPPED]
    tick[TICK_LOAD] = board[BLOCK_LOAD_MAX] * 1e-9
    row = doubles_at(board[AT_TICKS] + (written & (board[TICKS_CAPACITY] - 1)) * TICK_DOUBLES * 8)
    for index in range(TICK_DOUBLES):
        row[index] = tick[index]
    publish(board, TICKS_WRITTEN, written + 1)
    board[BLOCK_LOAD_MAX] = 0
    serial = tick[TICK_SERIAL]
    clear_tick(tick)
    tick[TICK_SERIAL] = serial


@inlined
def follow_slot(board: Any, slot: Any) -> None:
    """A tick belongs to one graph: with the first quantum of a new one the former's tick ends."""
    tick = doubles_at(board[AT_TICK])
    if tick[TICK_SERIAL] != slot[SERIAL]:
        end_tick(board)
        tick[TICK_SERIAL] = slot[SERIAL]


@inlined
def count_frames(board: Any, frames: Any) -> None:
    """Moves the tick on, and ends it when it is long enough."""
    tick = doubles_at(board[AT_TICK])
    tick[TICK_FRAMES_IN] += frames
    if tick[TICK_FRAMES_IN] >= board[TICK_FRAMES]:
        end_tick(board)
