"""A slot: one graph that runs, quantum by quantum, from the files to the master bus.

Time is counted in frames written to the ring while playing, positions in song frames. A slot knows
both for what it reads next and for what stands finished in its `out`, so that two slots can be run
side by side and heard one after the other without a gap.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, callback, inlined
from engine.compiler.addresses import doubles_at, words_at
from engine.compiler.run import run_quantum
from engine.live.loop.cells import (
    AT_OUT,
    AT_OUT_POSITIONS,
    AT_POSITIONS,
    AT_SEGMENTS,
    AT_TICK,
    AT_WAITING,
    BUS_COLUMNS,
    FADE_END,
    FADE_IN,
    FADE_OUT,
    FADE_SHAPE,
    FADE_START,
    FORCE_END,
    FORCE_ON,
    FORCE_START,
    FORMER_END,
    FORMER_ON,
    FORMER_START,
    LOOKED_STEMS,
    LOOP_TIME,
    POSITIONS_MASK,
    RUN_COLUMNS,
    RUN_COUNT,
    RUN_FRAMES,
    RUN_OPERATIONS,
    RUN_PARAMETERS,
    RUN_RESULT,
    RUN_ROW_BYTES,
    RUN_SKIP,
    RUN_STATE,
    SLOT_BUS,
    SLOT_FED,
    SLOT_FEED_TIME,
    SLOT_KEPT,
    SLOT_LEFT,
    SLOT_LOOP_TIME,
    SLOT_OUT,
    SLOT_OUT_TIME,
    SLOT_OUTPUT,
    SLOT_SOURCE,
    SLOT_WAITING,
    SONG_FRAMES,
    STRIP,
    STRIP_NONE,
)
from engine.live.loop.meters import meter_causes, meter_gains, meter_limiting, meter_stems
from engine.live.loop.native import CALLED, observe
from engine.live.loop.strip import keep_stems, keep_strip, operations_before, strip_column
from engine.rack.fade import fade_gain


@inlined
def _loop_at(slot: Any, board: Any, time: Any) -> Any:
    """The loop that holds at a time: on, start, end, and for how many frames that is so."""
    if time < slot[SLOT_LOOP_TIME]:
        return 0, 0, 0, min(slot[SLOT_LOOP_TIME] - time, QUANTUM_FRAMES)
    if time < board[LOOP_TIME]:
        left = min(board[LOOP_TIME] - time, QUANTUM_FRAMES)
        return board[FORMER_ON], board[FORMER_START], board[FORMER_END], left
    return board[FORCE_ON], board[FORCE_START], board[FORCE_END], QUANTUM_FRAMES


@inlined
def _advance(slot: Any, board: Any) -> None:
    """Writes down which song frames the quantum reads, and moves on; a loop ends where it ends."""
    segments = words_at(slot[AT_SEGMENTS])
    positions, mask = words_at(slot[AT_POSITIONS]), slot[POSITIONS_MASK]
    position, time, fed = slot[SLOT_SOURCE], slot[SLOT_FEED_TIME], slot[SLOT_FED]
    count, row = 0, 0
    while row < QUANTUM_FRAMES:
        on, start, end, left = _loop_at(slot, board, time)
        length = min(QUANTUM_FRAMES - row, left)
        if on == 1 and position < end:
            length = min(length, end - position)
        segments[1 + 2 * count] = position
        segments[2 + 2 * count] = length
        count += 1
        for frame in range(length):
            positions[(fed + row + frame) & mask] = position + frame
        position += length
        row += length
        time += length
        if on == 1 and position == end:
            position = start
    segments[0] = count
    slot[SLOT_SOURCE] = position
    slot[SLOT_FEED_TIME] = time
    slot[SLOT_FED] = fed + QUANTUM_FRAMES


@inlined
def _run(slot: Any, first: Any, begin: Any, end: Any) -> None:
    """Runs operations of the plan whose cells begin at `first` over its frame matrix, in order."""
    run_quantum(
        slot[first + RUN_FRAMES],
        slot[first + RUN_COLUMNS],
        slot[first + RUN_OPERATIONS] + begin * slot[first + RUN_ROW_BYTES],
        end - begin,
        slot[first + RUN_ROW_BYTES],
        slot[first + RUN_PARAMETERS],
        slot[first + RUN_STATE],
    )


@inlined
def _run_bus(slot: Any, board: Any, metered: Any) -> None:
    """Runs the bus plan; where somebody looks at a strip, it is copied on the way."""
    bus, count = np.int64(SLOT_BUS), slot[SLOT_BUS + RUN_COUNT]
    strip = observe(board, STRIP) if metered == 1 else np.int64(STRIP_NONE)
    column, before = strip_column(slot, strip), np.int64(0)
    if column >= 0:
        before = operations_before(slot, strip)
        _run(slot, bus, np.int64(0), before)
        keep_strip(slot, board, column, np.int64(0))
    _run(slot, bus, before, count)
    if column >= 0:
        keep_strip(slot, board, column, np.int64(2))


@inlined
def _keep_bus(slot: Any) -> None:
    """Moves the bus behind what waits for the output plan; its latency is dropped, and the song's end
    is silent, as it is in a render, which reads no further."""
    result = doubles_at(slot[SLOT_BUS + RUN_FRAMES])
    columns, column = slot[SLOT_BUS + RUN_COLUMNS], slot[SLOT_BUS + RUN_RESULT]
    waiting, count, width = doubles_at(slot[AT_WAITING]), slot[SLOT_WAITING], slot[BUS_COLUMNS]
    positions, mask, kept = words_at(slot[AT_POSITIONS]), slot[POSITIONS_MASK], slot[SLOT_KEPT]
    skipped = min(slot[SLOT_BUS + RUN_SKIP], QUANTUM_FRAMES)
    slot[SLOT_BUS + RUN_SKIP] -= skipped
    for row in range(skipped, QUANTUM_FRAMES):
        at = row * columns + column
        inside = positions[kept & mask] < slot[SONG_FRAMES]
        for lane in range(width):
            waiting[width * count + lane] = result[at + lane] if inside else 0.0
        count += 1
        kept += 1
    slot[SLOT_WAITING] = count
    slot[SLOT_KEPT] = kept


@inlined
def _take_waiting(slot: Any) -> None:
    """Moves the first quantum that waits into the output plan's columns."""
    frames, columns = doubles_at(slot[SLOT_OUTPUT + RUN_FRAMES]), slot[SLOT_OUTPUT + RUN_COLUMNS]
    waiting, width = doubles_at(slot[AT_WAITING]), slot[BUS_COLUMNS]
    for row in range(QUANTUM_FRAMES):
        for lane in range(width):
            frames[row * columns + lane] = waiting[width * row + lane]
    rest = slot[SLOT_WAITING] - QUANTUM_FRAMES
    for index in range(width * rest):
        waiting[index] = waiting[width * QUANTUM_FRAMES + index]
    slot[SLOT_WAITING] = rest


@inlined
def _fade_at(slot: Any, position: Any) -> Any:
    """Gain of the song's fades at a position; the same figures as `engine.rack.fade`."""
    gain = 1.0
    start, end, length = slot[FADE_START], slot[FADE_END], slot[FADE_IN]
    if length > 0 and position < start + length:
        gain = fade_gain(max(0, position - start) / length, slot[FADE_SHAPE])
    length = slot[FADE_OUT]
    if length > 0 and position >= end - length:
        gain *= fade_gain(max(0, end - 1 - position) / length, slot[FADE_SHAPE])
    return gain


@inlined
def _keep_output(slot: Any) -> None:
    """Moves the output plan's result to `out`, faded, its latency dropped."""
    result, columns = doubles_at(slot[SLOT_OUTPUT + RUN_FRAMES]), slot[SLOT_OUTPUT + RUN_COLUMNS]
    column = slot[SLOT_OUTPUT + RUN_RESULT]
    positions, mask, left = words_at(slot[AT_POSITIONS]), slot[POSITIONS_MASK], slot[SLOT_LEFT]
    out, places, count = doubles_at(slot[AT_OUT]), words_at(slot[AT_OUT_POSITIONS]), slot[SLOT_OUT]
    skipped = min(slot[SLOT_OUTPUT + RUN_SKIP], QUANTUM_FRAMES)
    slot[SLOT_OUTPUT + RUN_SKIP] -= skipped
    for row in range(skipped, QUANTUM_FRAMES):
        position = positions[left & mask]
        gain = _fade_at(slot, position)
        at = row * columns + column
        value_left, value_right = result[at], result[at + 1]
        if gain != 1.0:
            value_left *= gain
            value_right *= gain
        out[2 * count] = value_left
        out[2 * count + 1] = value_right
        places[count] = position
        count += 1
        left += 1
    slot[SLOT_OUT] = count
    slot[SLOT_LEFT] = left


@callback(CALLED)
def run_slot(slot_at: Any, board_at: Any, metered: Any) -> None:
    """Reads one quantum and moves everything one quantum on.

    Args:
        slot_at: address of the slot.
        board_at: address of the board.
        metered: 1 when stems and gains are added to the tick, else 0.
    """
    slot, board = words_at(slot_at), words_at(board_at)
    tick = doubles_at(board[AT_TICK])
    # np.int64: for a literal the compiler would make every function anew
    bus, output = np.int64(SLOT_BUS), np.int64(SLOT_OUTPUT)
    _advance(slot, board)
    _run_bus(slot, board, metered)
    if metered == 1:
        meter_stems(slot, tick)
        looked = observe(board, LOOKED_STEMS)
        if looked > 0:
            keep_stems(slot, board, looked)
        meter_gains(slot, tick, bus)
        meter_causes(slot, tick)
    _keep_bus(slot)
    if slot[SLOT_WAITING] >= QUANTUM_FRAMES:
        _take_waiting(slot)
        _run(slot, output, np.int64(0), slot[SLOT_OUTPUT + RUN_COUNT])
        if metered == 1:
            meter_gains(slot, tick, output)
            meter_limiting(slot, tick)
        _keep_output(slot)


@inlined
def drop(slot: Any, frames: Any) -> None:
    """Lets go of the first frames in `out`."""
    out, places = doubles_at(slot[AT_OUT]), words_at(slot[AT_OUT_POSITIONS])
    rest = slot[SLOT_OUT] - frames
    for index in range(rest):
        out[2 * index] = out[2 * (frames + index)]
        out[2 * index + 1] = out[2 * (frames + index) + 1]
        places[index] = places[frames + index]
    slot[SLOT_OUT] = rest
    slot[SLOT_OUT_TIME] += frames


@inlined
def drop_late(slot: Any, time: Any) -> None:
    """Lets go of what should have been heard before `time`."""
    late = min(time - slot[SLOT_OUT_TIME], slot[SLOT_OUT])
    if late > 0:
        drop(slot, late)


@inlined
def head_position(slot: Any) -> Any:
    """Song position of the frame that the slot hands out next."""
    index = slot[SLOT_LEFT] - slot[SLOT_OUT]
    if index >= slot[SLOT_FED]:
        return slot[SLOT_SOURCE]
    return words_at(slot[AT_POSITIONS])[index & slot[POSITIONS_MASK]]
