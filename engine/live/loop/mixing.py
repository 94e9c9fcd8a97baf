"""From the running slots to what is captured and what is heard: crossfades and the monitor section.

The *main* graph is what a render writes: it is captured and metered. What is *heard* is the main
graph or the one beside it (dry, reference mix, null residual, soloed stems), level-matched; only
that passes the monitor section, so nothing of it can reach a capture.
"""

from __future__ import annotations

from typing import Any

from engine.compiler.abi import QUANTUM_FRAMES, inlined
from engine.compiler.addresses import doubles_at, words_at
from engine.live.loop.cells import (
    ASIDE,
    AT_FADE,
    AT_OUT,
    AT_OUT_POSITIONS,
    AT_TAP,
    AT_TARGETS,
    AT_ZEROS,
    CHANGE,
    CHANGE_ASIDE,
    CURRENT_ASIDE,
    CURRENT_MAIN,
    CURRENT_MATRIX,
    CURRENT_PLAY,
    FADED,
    FOLLOW,
    MAIN,
    NEXT_ASIDE,
    NEXT_MAIN,
    PHASE,
    PLAY_STEP,
    TAP_CAPACITY,
    TAPPED,
    TARGET_ASIDE,
    TARGET_MAIN,
    TARGET_MATRIX,
)
from engine.live.loop.native import publish

#: Closer than this to its target a gain has reached it.
_THERE = 1e-9


@inlined
def _out_of(board: Any, address: Any) -> Any:
    """What a slot hands out; silence where there is none."""
    return doubles_at(board[AT_ZEROS] if address == 0 else words_at(address)[AT_OUT])


@inlined
def mix(board: Any, main: Any, heard: Any, positions: Any) -> None:
    """Fills the master bus and what is heard from the slots' next quantum.

    Args:
        board: the board.
        main: `(64, 2)` float64 for the master bus.
        heard: `(64, 2)` float64 for the monitor section.
        positions: 64 int64 for the song positions.
    """
    fading = board[PHASE] == 2 and board[FADED] >= 0
    targets, weights = doubles_at(board[AT_TARGETS]), doubles_at(board[AT_FADE])
    next_main = board[NEXT_MAIN] if fading and board[NEXT_MAIN] != 0 else board[MAIN]
    aside, next_aside = board[ASIDE], board[ASIDE]
    if fading and words_at(board[CHANGE])[CHANGE_ASIDE] != 0:
        next_aside = board[NEXT_ASIDE]
    old, new = _out_of(board, board[MAIN]), _out_of(board, next_main)
    beside, next_beside = _out_of(board, aside), _out_of(board, next_aside)
    places = words_at(words_at(next_main)[AT_OUT_POSITIONS])
    match_main, match_aside = targets[CURRENT_MAIN], targets[CURRENT_ASIDE]
    for frame in range(QUANTUM_FRAMES):
        match_main += (targets[TARGET_MAIN] - match_main) * targets[FOLLOW]
        match_aside += (targets[TARGET_ASIDE] - match_aside) * targets[FOLLOW]
        weight = weights[board[FADED] + frame] if fading else 0.0
        positions[frame] = places[frame]
        for lane in range(2):
            at = 2 * frame + lane
            before, after = old[at], new[at]
            main[at] = before if not fading else (1.0 - weight) * before + weight * after
            former = before * match_main if aside == 0 else beside[at] * match_aside
            coming = after * match_main if next_aside == 0 else next_beside[at] * match_aside
            heard[at] = former if not fading else (1.0 - weight) * former + weight * coming
    targets[CURRENT_MAIN], targets[CURRENT_ASIDE] = match_main, match_aside
    if board[PHASE] == 2:
        board[FADED] += QUANTUM_FRAMES


@inlined
def monitor(board: Any, heard: Any) -> None:
    """Level, dim, mono, side and swap as one matrix that follows its targets.

    Args:
        board: the board.
        heard: `(64, 2)` float64, in place.
    """
    targets = doubles_at(board[AT_TARGETS])
    follow = targets[FOLLOW]
    m0, m1 = targets[CURRENT_MATRIX], targets[CURRENT_MATRIX + 1]
    m2, m3 = targets[CURRENT_MATRIX + 2], targets[CURRENT_MATRIX + 3]
    for frame in range(QUANTUM_FRAMES):
        m0 += (targets[TARGET_MATRIX] - m0) * follow
        m1 += (targets[TARGET_MATRIX + 1] - m1) * follow
        m2 += (targets[TARGET_MATRIX + 2] - m2) * follow
        m3 += (targets[TARGET_MATRIX + 3] - m3) * follow
        left, right = heard[2 * frame], heard[2 * frame + 1]
        heard[2 * frame] = m0 * left + m1 * right
        heard[2 * frame + 1] = m2 * left + m3 * right
    targets[CURRENT_MATRIX], targets[CURRENT_MATRIX + 1] = m0, m1
    targets[CURRENT_MATRIX + 2], targets[CURRENT_MATRIX + 3] = m2, m3
    for index in range(4):
        if abs(targets[CURRENT_MATRIX + index] - targets[TARGET_MATRIX + index]) < _THERE:
            targets[CURRENT_MATRIX + index] = targets[TARGET_MATRIX + index]


@inlined
def fade_play(board: Any, heard: Any, play: Any) -> None:
    """The gain with which playing begins and ends; it comes last, so that nothing rings on after it.

    Args:
        board: the board.
        heard: `(64, 2)` float64, in place.
        play: what the gain moves to, 0 or 1.
    """
    targets = doubles_at(board[AT_TARGETS])
    gain, step = targets[CURRENT_PLAY], targets[PLAY_STEP]
    for frame in range(QUANTUM_FRAMES):
        gain = min(gain + step, play) if gain < play else max(gain - step, play)
        heard[2 * frame] *= gain
        heard[2 * frame + 1] *= gain
    targets[CURRENT_PLAY] = gain


@inlined
def tap(board: Any, main: Any, positions: Any, frames: Any) -> None:
    """Writes the master bus where meters and capture read it; the oldest frames are overwritten."""
    written, mask = board[TAPPED], board[TAP_CAPACITY] - 1
    samples, places = doubles_at(board[AT_TAP]), words_at(board[AT_TAP])
    for frame in range(frames):
        at = 3 * ((written + frame) & mask)
        samples[at] = main[2 * frame]
        samples[at + 1] = main[2 * frame + 1]
        places[at + 2] = positions[frame]
    publish(board, TAPPED, written + frames)
