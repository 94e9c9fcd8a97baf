"""What only the loop can measure: levels of the stems and gains of the processors, tick by tick.

The master bus goes to the tap as it is and is measured on the control side (`engine.live.metering.levels`).
A tick that finds no room in the ring of ticks goes on: its maxima are not lost.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, inlined
from engine.compiler.addresses import doubles_at, words_at
from engine.live.loop.cells import (
    AT_STEM_COLUMNS,
    AT_TAPS,
    AT_TICK,
    AT_TICKS,
    AT_WATCHES,
    BLOCK_LOAD_MAX,
    BUS_LATENCY,
    LIMITED_ABOVE,
    LIMITER_COLUMN,
    LIMITER_WATCH,
    MAXIMUM_STEMS,
    NO_GAIN,
    RUN_COLUMNS,
    RUN_FRAMES,
    RUN_SKIP,
    SERIAL,
    SLOT_BUS,
    SLOT_FED,
    SLOT_LEFT,
    SLOT_OUTPUT,
    STEM_CELLS,
    STEMS,
    TAPPED,
    TAPS,
    TICK_DOUBLES,
    TICK_FRAMES,
    TICK_FRAMES_IN,
    TICK_LEVELS,
    TICK_LOAD,
    TICK_SERIAL,
    TICK_SHARES,
    TICK_STEMS,
    TICK_TAPPED,
    TICK_TAPS,
    TICKS_CAPACITY,
    TICKS_TAKEN,
    TICKS_WRITTEN,
    WATCH_CELLS,
    WATCH_FIRST,
    WATCH_FLOOR,
    WATCH_NEUTRAL,
    WATCH_PARTS,
    WATCH_STATE,
    WATCHES,
)
from engine.live.loop.native import observe, publish
from engine.rack.watch import LEVEL, ROWS, SHARES, SMALLEST_GAIN, row_of

#: A gain above this part of its neutral value is one that rests.
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
def _take_shares(slot: Any, tick: Any, number: Any, age: Any, level: Any) -> None:
    """Copies the shares that a watch has written down to the tick.

    Args:
        slot: cells of the slot.
        tick: the tick.
        number: of the watch.
        age: of the quantum, 0: the latest.
        level: of what made the gain act.
    """
    watches = words_at(slot[AT_WATCHES] + number * WATCH_CELLS * 8)
    state, parts = doubles_at(watches[WATCH_STATE]), watches[WATCH_PARTS]
    row = row_of(state, parts, age)
    if state[row + LEVEL] == 0.0:  # from before the memory that was taken over
        return
    tick[TICK_LEVELS + number] = level
    shares = TICK_SHARES + number * MAXIMUM_STEMS
    for stem in range(slot[STEMS]):
        tick[shares + stem] = state[row + SHARES + watches[WATCH_FIRST] + stem]


@inlined
def meter_causes(slot: Any, tick: Any) -> None:
    """Adds the largest that made each gain of the bus plan act, and each stem's share of it, to the tick."""
    for number in range(slot[WATCHES]):
        if number == slot[LIMITER_WATCH]:
            continue
        watches = words_at(slot[AT_WATCHES] + number * WATCH_CELLS * 8)
        state = doubles_at(watches[WATCH_STATE])
        row = row_of(state, watches[WATCH_PARTS], 0)
        level = state[row + LEVEL]
        acts = state[row + SMALLEST_GAIN] < watches[WATCH_NEUTRAL] * 1e-9 * _UNLIMITED
        if acts and level > max(tick[TICK_LEVELS + number], watches[WATCH_FLOOR] * 1e-9):
            _take_shares(slot, tick, number, 0, level)


@inlined
def meter_limiting(slot: Any, tick: Any) -> None:
    """Adds the largest sample that the limiter turns down, and each stem's share of it, to the tick."""
    column, number = slot[LIMITER_COLUMN], slot[LIMITER_WATCH]
    if column < 0 or number < 0:
        return
    frames, columns = doubles_at(slot[SLOT_OUTPUT + RUN_FRAMES]), slot[SLOT_OUTPUT + RUN_COLUMNS]
    largest, place = max(tick[TICK_LEVELS + number], slot[LIMITED_ABOVE] * 1e-9), np.int64(-1)
    for row in range(min(slot[SLOT_OUTPUT + RUN_SKIP], QUANTUM_FRAMES), QUANTUM_FRAMES):
        gain = frames[row * columns + column]
        after = max(abs(frames[row * columns]), abs(frames[row * columns + 1]))
        if gain < _UNLIMITED and after > largest * gain:
            largest, place = after / gain, np.int64(row)
    if place < 0:
        return
    skipped = min(slot[SLOT_OUTPUT + RUN_SKIP], QUANTUM_FRAMES)
    # the frame of the bus that it comes from: its quantum is kept among the latest
    frame = slot[SLOT_LEFT] + place - skipped + slot[BUS_LATENCY]
    age = slot[SLOT_FED] // QUANTUM_FRAMES - 1 - frame // QUANTUM_FRAMES
    if 0 <= age < ROWS:
        _take_shares(slot, tick, number, age, largest)


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
