"""How a new slot comes in: it takes over memory, catches up with what is heard, then fades in."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, callback, inlined
from engine.compiler.addresses import words_at
from engine.live.loop.cells import (
    ASIDE,
    AT_BOARD,
    AT_OUT,
    AT_OUT_POSITIONS,
    AT_POSITIONS,
    AT_RUN_SLOT,
    AT_WAITING,
    BUS_COLUMNS,
    CHANGE,
    CHANGE_ASIDE,
    CHANGE_ASIDE_COPIES,
    CHANGE_ASIDE_COUNT,
    CHANGE_ASIDE_FORMER,
    CHANGE_ASIDE_MODE,
    CHANGE_MAIN,
    CHANGE_MAIN_COPIES,
    CHANGE_MAIN_COUNT,
    CHANGE_MAIN_FORMER,
    CHANGE_MODE,
    CHANGE_POSITION,
    CHANGE_SERIAL,
    CHANGE_WAIT_FRAMES,
    CHANGE_WARM_FRAMES,
    CHANGES_DONE,
    FADE_FRAMES,
    FADED,
    LOOP_TIME,
    MAILBOX,
    MAIN,
    MODE_CONTINUE,
    MODE_SEEK,
    NEXT_ASIDE,
    NEXT_MAIN,
    OUT_FRAMES,
    PHASE,
    POSITION,
    POSITIONS_MASK,
    RUN_SKIP,
    SLOT_BUS,
    SLOT_FEED_TIME,
    SLOT_LOOP_TIME,
    SLOT_OUT,
    SLOT_OUT_TIME,
    SLOT_OUTPUT,
    SLOT_PROGRESS,
    SLOT_SOURCE,
    STATE,
    STATE_ENDED,
    STATE_PAUSED,
    TIME,
    WAITING_FRAMES,
)
from engine.live.loop.native import CALLED, call, exchange, publish
from engine.live.loop.run_graph import drop_late, head_position


@inlined
def _copy(source: Any, target: Any, words: Any) -> None:
    """Copies 64-bit words between addresses, whatever they hold."""
    origin, destination = words_at(source), words_at(target)
    for index in range(words):
        destination[index] = origin[index]


@inlined
def _take_over(copies: Any, count: Any) -> None:
    """Carries out a table of copies: source, target, words."""
    table = words_at(copies)
    for index in range(count):
        _copy(table[3 * index], table[3 * index + 1], table[3 * index + 2])


@inlined
def _continue(slot: Any, former: Any) -> None:
    """Makes a slot stand where another one of the same shape stands."""
    for cell in range(SLOT_PROGRESS):
        slot[cell] = former[cell]
    slot[SLOT_BUS + RUN_SKIP] = former[SLOT_BUS + RUN_SKIP]
    slot[SLOT_OUTPUT + RUN_SKIP] = former[SLOT_OUTPUT + RUN_SKIP]
    _copy(former[AT_POSITIONS], slot[AT_POSITIONS], slot[POSITIONS_MASK] + 1)
    _copy(former[AT_WAITING], slot[AT_WAITING], slot[BUS_COLUMNS] * WAITING_FRAMES)
    _copy(former[AT_OUT], slot[AT_OUT], np.int64(2 * OUT_FRAMES))
    _copy(former[AT_OUT_POSITIONS], slot[AT_OUT_POSITIONS], np.int64(OUT_FRAMES))


@inlined
def _start_at(slot: Any, position: Any, warm_frames: Any, time: Any) -> None:
    """Lets a slot read from `warm_frames` before `position`, which is heard at `time`."""
    slot[SLOT_SOURCE] = position - warm_frames
    slot[SLOT_FEED_TIME] = time - warm_frames
    slot[SLOT_OUT_TIME] = time - warm_frames
    slot[SLOT_LOOP_TIME] = time


@inlined
def _begin_change(board: Any, address: Any, still: Any) -> None:
    """Puts the slots of a change beside the running ones.

    What continues holds audio from before the change in its delays: it would come out after the
    crossfade, so that waits. While nothing is heard there is no need to: all of it is run anew. What is run
    from the song's first frame on begins with an empty memory, as a render does.
    """
    change = words_at(address)
    board[CHANGE] = address
    board[NEXT_MAIN] = change[CHANGE_MAIN]
    board[NEXT_ASIDE] = max(change[CHANGE_ASIDE], 0)
    time = board[TIME]
    position = change[CHANGE_POSITION]
    if change[CHANGE_MODE] != MODE_SEEK and board[MAIN] != 0:
        position = head_position(words_at(board[MAIN]))
    warm_frames = min(change[CHANGE_WARM_FRAMES], max(position, 0))
    if change[CHANGE_MODE] == MODE_SEEK:
        # everything is read anew: the loop holds at once
        board[LOOP_TIME] = time
    if board[NEXT_MAIN] != 0:
        slot = words_at(board[NEXT_MAIN])
        continues = change[CHANGE_MODE] == MODE_CONTINUE and still == 0
        if continues or warm_frames < position:
            _take_over(change[CHANGE_MAIN_COPIES], change[CHANGE_MAIN_COUNT])
        if continues:
            _continue(slot, words_at(change[CHANGE_MAIN_FORMER]))
        else:
            _start_at(slot, position, warm_frames, time)
    if board[NEXT_ASIDE] != 0:
        slot = words_at(board[NEXT_ASIDE])
        continues = change[CHANGE_ASIDE_MODE] == MODE_CONTINUE and still == 0
        if continues or warm_frames < position:
            _take_over(change[CHANGE_ASIDE_COPIES], change[CHANGE_ASIDE_COUNT])
        if continues:
            _continue(slot, words_at(change[CHANGE_ASIDE_FORMER]))
        else:
            _start_at(slot, position, warm_frames, time)
    board[FADED] = -change[CHANGE_WAIT_FRAMES]
    publish(board, PHASE, 1)


@inlined
def _is_ready(address: Any, time: Any) -> Any:
    if address == 0:
        return True
    slot = words_at(address)
    return slot[SLOT_OUT] >= QUANTUM_FRAMES and slot[SLOT_OUT_TIME] == time


@inlined
def _all_ready(board: Any) -> Any:
    """Whether every new slot has caught up."""
    return _is_ready(board[NEXT_MAIN], board[TIME]) and _is_ready(board[NEXT_ASIDE], board[TIME])


@callback(CALLED)
def catch_up(board_at: Any, _second: Any, _third: Any) -> None:
    """Runs one quantum of a new slot that is not there yet.

    Args:
        board_at: address of the board.
    """
    board = words_at(board_at)
    address = board[NEXT_MAIN]
    if _is_ready(address, board[TIME]):
        address = board[NEXT_ASIDE]
    slot = words_at(address)
    drop_late(slot, board[TIME])
    if slot[SLOT_OUT] < QUANTUM_FRAMES:
        call(board[AT_RUN_SLOT], address, board[AT_BOARD], 0)
        drop_late(slot, board[TIME])


@inlined
def _shift(address: Any) -> None:
    if address != 0:
        slot = words_at(address)
        slot[SLOT_FEED_TIME] += QUANTUM_FRAMES
        slot[SLOT_OUT_TIME] += QUANTUM_FRAMES
        slot[SLOT_LOOP_TIME] += QUANTUM_FRAMES


@inlined
def wait_for_seek(board: Any) -> None:
    """While a seek catches up the song goes on elsewhere: what it begins with is heard later."""
    if board[PHASE] == 1 and words_at(board[CHANGE])[CHANGE_MODE] == MODE_SEEK:
        _shift(board[NEXT_MAIN])
        _shift(board[NEXT_ASIDE])


@inlined
def _finish_change(board: Any) -> None:
    """The new slots are the running ones."""
    change = words_at(board[CHANGE])
    if board[NEXT_MAIN] != 0:
        board[MAIN] = board[NEXT_MAIN]
    if change[CHANGE_ASIDE] != 0:
        board[ASIDE] = board[NEXT_ASIDE]
    board[NEXT_MAIN] = 0
    board[NEXT_ASIDE] = 0
    if change[CHANGE_MODE] == MODE_SEEK and board[STATE] == STATE_ENDED:
        board[STATE] = STATE_PAUSED
    publish(board, PHASE, 0)
    publish(board, CHANGES_DONE, change[CHANGE_SERIAL])


@callback(CALLED)
def move_on(board_at: Any, still: Any, _third: Any) -> None:
    """Moves a change on: takes the next one, begins its crossfade, or ends it.

    Args:
        board_at: address of the board.
        still: 1 when nothing is heard, so that no crossfade is needed.
    """
    board = words_at(board_at)
    if board[PHASE] == 0:
        address = exchange(board, MAILBOX, 0)
        if address == 0:
            return
        _begin_change(board, address, still)
    if board[PHASE] == 1 and _all_ready(board):
        if still == 0:
            publish(board, PHASE, 2)
        else:
            _finish_change(board)
    elif board[PHASE] == 2 and (board[FADED] >= board[FADE_FRAMES] or still == 1):
        _finish_change(board)
    if board[PHASE] == 0 and board[MAIN] != 0:
        board[POSITION] = head_position(words_at(board[MAIN]))
