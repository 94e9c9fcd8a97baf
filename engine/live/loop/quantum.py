"""One quantum of the song, from the running slots into the tap and the ring."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, callback, inlined
from engine.compiler.addresses import doubles_at, words_at
from engine.live.loop.cells import (
    ASIDE,
    AT_BOARD,
    AT_RING,
    AT_RUN_SLOT,
    AT_SCRATCH,
    AT_TARGETS,
    AT_TRANSLATE,
    CHANGE,
    CHANGE_MODE,
    CHANGE_POSITION,
    CURRENT_PLAY,
    FADED,
    MAIN,
    MODE_SEEK,
    NEXT_ASIDE,
    NEXT_MAIN,
    PHASE,
    PLAY,
    POSITION,
    SCRATCH_HEARD,
    SCRATCH_MAIN,
    SCRATCH_POSITIONS,
    SLOT_OUT,
    STATE,
    STATE_ENDED,
    STOP_FRAME,
    TIME,
)
from engine.live.loop.handover import wait_for_seek
from engine.live.loop.meters import count_frames, end_tick, follow_slot
from engine.live.loop.mixing import fade_play, mix, monitor, tap
from engine.live.loop.native import CALLED, call, observe, publish
from engine.live.loop.ring import put
from engine.live.loop.run_graph import drop, head_position


@inlined
def _fill(board: Any, address: Any, metered: Any) -> None:
    """Runs a slot until it has a quantum to hand out."""
    if address != 0:
        slot = words_at(address)
        while slot[SLOT_OUT] < QUANTUM_FRAMES:
            call(board[AT_RUN_SLOT], address, board[AT_BOARD], metered)


@inlined
def _use_up(address: Any) -> None:
    if address != 0:
        drop(words_at(address), np.int64(QUANTUM_FRAMES))


@inlined
def _frames_to_stop(board: Any, positions: Any) -> Any:
    """How many frames of the quantum lie before the end; a seek to the end fades out first."""
    stop = board[STOP_FRAME]
    if board[PHASE] == 2 and board[FADED] >= 0:
        change = words_at(board[CHANGE])
        if change[CHANGE_MODE] == MODE_SEEK and change[CHANGE_POSITION] >= stop:
            return QUANTUM_FRAMES
    for frame in range(QUANTUM_FRAMES):
        if positions[frame] >= stop:
            return frame
    return QUANTUM_FRAMES


@callback(CALLED)
def play_quantum(board_at: Any, _second: Any, _third: Any) -> None:
    """Plays a quantum: runs the slots, mixes, taps, monitors, writes.

    Args:
        board_at: address of the board.
    """
    board = words_at(board_at)
    scratch = board[AT_SCRATCH]
    main, heard = doubles_at(scratch + SCRATCH_MAIN), doubles_at(scratch + SCRATCH_HEARD)
    positions = words_at(scratch + SCRATCH_POSITIONS)
    unmetered = np.int64(0)
    _fill(board, board[MAIN], np.int64(1))
    _fill(board, board[ASIDE], unmetered)
    fading = board[PHASE] == 2
    if fading:
        _fill(board, board[NEXT_MAIN], unmetered)
        _fill(board, board[NEXT_ASIDE], unmetered)
    mix(board, main, heard, positions)
    frames = _frames_to_stop(board, positions)
    follow_slot(board, words_at(board[MAIN]))
    tap(board, main, positions, frames)
    count_frames(board, frames)
    monitor(board, heard)
    call(board[AT_TRANSLATE], board[AT_BOARD], scratch + SCRATCH_HEARD, 0)
    fade_play(board, heard, 1.0 if observe(board, PLAY) == 1 else 0.0)
    put(words_at(board[AT_RING]), board[AT_RING], heard, positions, frames)
    _use_up(board[MAIN])
    _use_up(board[ASIDE])
    if fading:
        _use_up(board[NEXT_MAIN])
        _use_up(board[NEXT_ASIDE])
    wait_for_seek(board)
    board[TIME] += QUANTUM_FRAMES
    if frames == QUANTUM_FRAMES:
        board[POSITION] = head_position(words_at(board[MAIN]))
    else:
        board[POSITION] = board[STOP_FRAME]
        end_tick(board)
        doubles_at(board[AT_TARGETS])[CURRENT_PLAY] = 0.0
        publish(board, STATE, STATE_ENDED)
