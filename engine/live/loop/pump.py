"""The loop: keeps the output ring full, and never returns until it is told to.

It runs in a thread of its own without the GIL and talks to everybody else through the cells of the
board (`engine.live.loop.cells`). After it has begun there is no allocation, no lock, no Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, compiled, inlined
from engine.compiler.addresses import doubles_at, words_at
from engine.live.loop.cells import (
    ASIDE,
    AT_BOARD,
    AT_CATCH_UP,
    AT_LOADS,
    AT_MOVE_ON,
    AT_PLAY_QUANTUM,
    AT_RING,
    AT_SCRATCH,
    AT_TARGETS,
    AT_TICK,
    AT_TRANSLATE,
    AT_ZEROS,
    BEAT_NS,
    BLOCK_FRAMES,
    BLOCK_LOAD_MAX,
    CURRENT_MATRIX,
    CURRENT_PLAY,
    FORCE_END,
    FORCE_ON,
    FORCE_START,
    FORMER_END,
    FORMER_ON,
    FORMER_START,
    LOAD_BLOCKS,
    LOAD_CELLS,
    LOAD_MAX,
    LOAD_STEPS_PER_UNIT,
    LOAD_SUM,
    LOOP_END,
    LOOP_ON,
    LOOP_SEEN,
    LOOP_SEQUENCE,
    LOOP_START,
    LOOP_TIME,
    MAILBOX,
    MAIN,
    PHASE,
    PLAY,
    POSITION,
    PROCESSED,
    PROCESSED_NS,
    QUIT,
    RING_ARMED,
    RING_TARGET,
    SAMPLE_RATE,
    SCRATCH_POSITIONS,
    SLOT_FEED_TIME,
    STATE,
    STATE_ENDED,
    STATE_PAUSED,
    STATE_PLAYING,
    STEPS,
    TAP_CAPACITY,
    TAP_TAKEN,
    TAP_WAITS,
    TAPPED,
    TARGET_MATRIX,
    TIME,
)
from engine.live.loop.meters import clear_tick
from engine.live.loop.native import call, now_ns, observe, publish, sleep_us
from engine.live.loop.ring import put, ring_filled

#: Sleep when the ring is full; while nothing plays a tenth of what the ring holds.
_NAP_US, _RESTING_NAP_US = 500, 4000


@inlined
def _feed_time(address: Any) -> Any:
    return words_at(address)[SLOT_FEED_TIME] if address != 0 else 0


@inlined
def _follow_loop(board: Any) -> None:
    """Adopts a new loop from the first frame on that no slot has read yet, so that all agree.

    One that is being written, or that comes before every slot has arrived at the last one, waits.
    """
    sequence = observe(board, LOOP_SEQUENCE)
    if sequence == board[LOOP_SEEN] or sequence & 1 == 1 or board[PHASE] != 0:
        return
    if board[MAIN] != 0 and _feed_time(board[MAIN]) < board[LOOP_TIME]:
        return
    if board[ASIDE] != 0 and _feed_time(board[ASIDE]) < board[LOOP_TIME]:
        return
    on, start, end = board[LOOP_ON], board[LOOP_START], board[LOOP_END]
    if observe(board, LOOP_SEQUENCE) != sequence:
        return
    board[FORMER_ON], board[FORMER_START], board[FORMER_END] = (
        board[FORCE_ON],
        board[FORCE_START],
        board[FORCE_END],
    )
    board[FORCE_ON], board[FORCE_START], board[FORCE_END] = on, start, end
    board[LOOP_TIME] = max(board[TIME], max(_feed_time(board[MAIN]), _feed_time(board[ASIDE])))
    board[LOOP_SEEN] = sequence


@inlined
def _rest(board: Any, ring: Any) -> None:
    """A quantum of silence while nothing plays; gains need not glide where nobody hears them."""
    targets = doubles_at(board[AT_TARGETS])
    for index in range(CURRENT_PLAY - CURRENT_MATRIX):
        targets[CURRENT_MATRIX + index] = targets[TARGET_MATRIX + index]
    positions = words_at(board[AT_SCRATCH] + SCRATCH_POSITIONS)
    for frame in range(QUANTUM_FRAMES):
        positions[frame] = board[POSITION]
    call(board[AT_TRANSLATE], board[AT_BOARD], 0, 1)
    put(ring, board[AT_RING], doubles_at(board[AT_ZEROS]), positions, np.int64(QUANTUM_FRAMES))


@inlined
def _is_playing(board: Any) -> Any:
    """Whether the song moves: while it is wanted, and until it has faded out.

    It does not begin before what was handed over earlier has come in.
    """
    if board[MAIN] == 0 or board[STATE] == STATE_ENDED:
        return False
    wanted = observe(board, PLAY) == 1
    if board[STATE] != STATE_PLAYING and (board[PHASE] != 0 or observe(board, MAILBOX) != 0):
        return False
    return wanted or doubles_at(board[AT_TARGETS])[CURRENT_PLAY] > 0.0


@inlined
def _note_load(board: Any, spent_ns: Any, frames: Any) -> None:
    """Adds processing time to the block in progress; a whole block is one load."""
    board[PROCESSED_NS] += spent_ns
    board[PROCESSED] += frames
    if board[PROCESSED] < board[BLOCK_FRAMES]:
        return
    load = board[PROCESSED_NS] * board[SAMPLE_RATE] // board[PROCESSED]
    step = load * LOAD_STEPS_PER_UNIT // 1_000_000_000
    words_at(board[AT_LOADS])[min(step, LOAD_CELLS - 1)] += 1
    board[LOAD_SUM] += load
    board[LOAD_MAX] = max(board[LOAD_MAX], load)
    board[BLOCK_LOAD_MAX] = max(board[BLOCK_LOAD_MAX], load)
    publish(board, LOAD_BLOCKS, board[LOAD_BLOCKS] + 1)
    board[PROCESSED_NS] = 0
    board[PROCESSED] = 0


@inlined
def _has_room(board: Any, ring: Any) -> Any:
    if ring_filled(ring) + QUANTUM_FRAMES > board[RING_TARGET]:
        return False
    if board[TAP_WAITS] == 1:
        return board[TAPPED] - observe(board, TAP_TAKEN) + QUANTUM_FRAMES <= board[TAP_CAPACITY]
    return True


@inlined
def _work(board: Any, ring: Any) -> Any:
    """Does what is most urgent; returns for how many frames of song, −1 where nothing was to be done.

    A new graph may use up half the ring while it catches up; then both move on by turns.
    """
    playing = _is_playing(board)
    call(board[AT_MOVE_ON], board[AT_BOARD], 0 if playing else 1, 0)
    catching_up = board[PHASE] == 1
    if catching_up and (not playing or 2 * ring_filled(ring) > board[RING_TARGET]):
        call(board[AT_CATCH_UP], board[AT_BOARD], 0, 0)
        return 0
    if not _has_room(board, ring):
        return -1
    if catching_up:
        call(board[AT_CATCH_UP], board[AT_BOARD], 0, 0)
    if playing:
        publish(board, STATE, STATE_PLAYING)
        call(board[AT_PLAY_QUANTUM], board[AT_BOARD], 0, 0)
    else:
        if board[STATE] == STATE_PLAYING:
            publish(board, STATE, STATE_PAUSED)
        _rest(board, ring)
    publish(board, STEPS, board[STEPS] + 1)
    return QUANTUM_FRAMES if playing else 0


@compiled("void(int64)")
def pump(board_at: Any) -> None:
    """Runs until QUIT.

    Args:
        board_at: address of the board.
    """
    board = words_at(board_at)
    ring = words_at(board[AT_RING])
    clock = board[AT_SCRATCH]
    clear_tick(doubles_at(board[AT_TICK]))
    while observe(board, QUIT) == 0:
        _follow_loop(board)
        begun = now_ns(clock)
        frames = _work(board, ring)
        if frames >= 0:
            # what is prepared while nothing plays makes nobody wait
            if board[STATE] == STATE_PLAYING:
                _note_load(board, now_ns(clock) - begun, frames)
        else:
            publish(ring, RING_ARMED, 1)
            publish(board, BEAT_NS, begun)
            sleep_us(_NAP_US if board[STATE] == STATE_PLAYING else _RESTING_NAP_US)
    publish(ring, RING_ARMED, 0)
