"""How it sounds elsewhere: a playback system behind the monitor matrix, changed without a click.

The control side leaves the address of a system's run on the board. The next one runs beside the
present one until its filters have settled, then they are crossfaded; while nothing is heard it is
taken at once, with an empty memory. Only what is heard passes here: neither tap nor meters do.
"""

from __future__ import annotations

from typing import Any

from engine.compiler.abi import QUANTUM_FRAMES, callback, inlined
from engine.compiler.addresses import doubles_at, words_at
from engine.compiler.run import run_quantum
from engine.live.loop.cells import (
    AT_FADE,
    FADE_FRAMES,
    NEXT_TRANSLATED,
    RUN_COLUMNS,
    RUN_COUNT,
    RUN_FRAMES,
    RUN_OPERATIONS,
    RUN_PARAMETERS,
    RUN_ROW_BYTES,
    RUN_STATE,
    TRANSLATED,
    TRANSLATION,
    TRANSLATION_FADED,
    TRANSLATION_STATE,
)
from engine.live.loop.native import CALLED, observe

#: Frames for which a system's filters run before they are heard: the longest of them, a high-pass at
#: 20 Hz, has settled by then.
_SETTLING_FRAMES = 64 * QUANTUM_FRAMES


@inlined
def _empty(address: Any) -> None:
    """Clears the memory of a system's filters."""
    if address != 0:
        run = words_at(address)
        state = doubles_at(run[RUN_STATE])
        for index in range(run[TRANSLATION_STATE]):
            state[index] = 0.0


@inlined
def _run(address: Any, heard: Any) -> None:
    """Plays a quantum through a system, into the first two columns of its own frames."""
    run = words_at(address)
    frames, columns = doubles_at(run[RUN_FRAMES]), run[RUN_COLUMNS]
    for frame in range(QUANTUM_FRAMES):
        frames[frame * columns] = heard[2 * frame]
        frames[frame * columns + 1] = heard[2 * frame + 1]
    run_quantum(
        run[RUN_FRAMES],
        columns,
        run[RUN_OPERATIONS],
        run[RUN_COUNT],
        run[RUN_ROW_BYTES],
        run[RUN_PARAMETERS],
        run[RUN_STATE],
    )


@inlined
def _mix(board: Any, heard: Any, before: Any, after: Any) -> None:
    """What is heard between two systems, each of which has run; 0 is the signal itself."""
    fading = before != after and board[TRANSLATION_FADED] >= 0
    weights, faded = doubles_at(board[AT_FADE]), board[TRANSLATION_FADED]
    for frame in range(QUANTUM_FRAMES):
        for lane in range(2):
            at = 2 * frame + lane
            own = heard[at]
            former = own
            coming = own
            if before != 0:
                run = words_at(before)
                former = doubles_at(run[RUN_FRAMES])[frame * run[RUN_COLUMNS] + lane]
            if after != 0:
                run = words_at(after)
                coming = doubles_at(run[RUN_FRAMES])[frame * run[RUN_COLUMNS] + lane]
            weight = weights[faded + frame] if fading else 0.0
            heard[at] = (1.0 - weight) * former + weight * coming if fading else former


@callback(CALLED)
def translate(board_at: Any, heard_at: Any, still: Any) -> None:
    """Plays a quantum through the playback system that was asked for, in place.

    Args:
        board_at: address of the board.
        heard_at: address of `(64, 2)` float64.
        still: 1 when nothing is heard: then what was asked for is taken at once.
    """
    board = words_at(board_at)
    wanted = observe(board, TRANSLATION)
    if still == 1:
        board[TRANSLATED] = wanted
        board[NEXT_TRANSLATED] = wanted
        _empty(wanted)
        return
    if board[TRANSLATED] == board[NEXT_TRANSLATED]:
        if wanted == board[TRANSLATED]:
            if wanted == 0:
                return
        else:
            _empty(wanted)
            board[NEXT_TRANSLATED] = wanted
            board[TRANSLATION_FADED] = -_SETTLING_FRAMES if wanted != 0 else 0
    heard = doubles_at(heard_at)
    before, after = board[TRANSLATED], board[NEXT_TRANSLATED]
    if before != 0:
        _run(before, heard)
    if after != 0 and after != before:
        _run(after, heard)
    _mix(board, heard, before, after)
    if after != before:
        board[TRANSLATION_FADED] += QUANTUM_FRAMES
        if board[TRANSLATION_FADED] >= board[FADE_FRAMES]:
            board[TRANSLATED] = after
