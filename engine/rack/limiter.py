"""True-peak limiter: two look-ahead stages that measure their signal at 16×, stereo linked.

*Decide* reads a left and a right column and writes one gain column; *apply* delays columns by the
limiter's latency and multiplies them by drive and gain. The gain column holds the limiting alone,
without the drive: it is at most 1, exactly 1.0 where nothing is limited, and belongs to the frame
that leaves `apply` in the same row. Whatever passes through `apply_operation` with the same column
and drive is what the limiter made of it.

The first stage does the limiting, with a hold that follows the programme (see
`engine.kernels.lookahead`). The second is short and corrects what a moving gain adds between
samples: up to 0.25 dB with a look-ahead of 0.5 ms, nothing on music with 2 ms. `release_ms` is the
time constant of an exponential recovery in dB (63 % of the way).

Below the threshold, 0.025 dB under the ceiling, and with 0 dB of drive the output is the delayed
input, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, inlined, kernel
from engine.compiler.lanes import load2, store
from engine.compiler.pointers import ahead, as_floats
from engine.elementary import exp
from engine.kernels.interpolate import SAMPLE_BOUND
from engine.kernels.lookahead import (
    BLOCK_DOUBLES,
    OFFSET,
    SCRATCH_DOUBLES,
    STAGE_PARAMETERS,
    STAGE_WORDS,
    StageDesign,
    decide_gain,
    detect,
    hand_on,
    take_in,
)
from engine.rack.operation import Context, Gain, Operation, Prepared, Use
from engine.units import gain_from_db

#: Two peaks no further apart than this (and the look-ahead) share one gain: half a period of 31 Hz.
HOLD_MS = 16.0

#: Look-ahead of the second stage.
CORRECTION_MS = 0.5

#: Room under the ceiling, stage by stage, for what another interpolator may read more.
_HEADROOM_DB = (0.025, 0.018)

#: The second stage measures where a peak times its gain exceeds the threshold times this.
_CANDIDATE_RATIO = 0.9

_STAGES = 2
_COLUMN_WORDS = 3
_LINE = 8  # float64 in a cache line
_SCALARS = 2  # drive, and the sample below which no peak can reach the first threshold

# State of `decide`: whether the block before was loud, scratch, the block on its way through the
# stages (its gain so far at the end), then the memories of the stages.
_SCRATCH = _LINE
_BLOCK = _SCRATCH + SCRATCH_DOUBLES
_COMMON = _BLOCK + BLOCK_DOUBLES
_PRODUCT = _COMMON - QUANTUM_FRAMES

#: Samples beyond this are measured as this, so that 32-bit sums stay finite.
_LARGEST = np.float32(1e15)


@inlined
def _read_columns(frames_p: Any, columns: Any, words: Any, parameters: Any, state: Any) -> None:
    """The driven columns as float32, and an estimate: can anything near reach the threshold at all?"""
    block = as_floats(ahead(state, _BLOCK))
    left, right = words[0], words[1]
    drive, quiet = parameters[0], np.float32(parameters[1])
    for i in range(QUANTUM_FRAMES):
        block[i] = np.float32(frames_p[i * columns + left] * drive)
        block[QUANTUM_FRAMES + i] = np.float32(frames_p[i * columns + right] * drive)
    loud = np.int32(0)
    for i in range(2 * QUANTUM_FRAMES):
        block[i] = max(min(block[i], _LARGEST), -_LARGEST)
        loud += np.int32(abs(block[i]) > quiet)
    estimate = _LARGEST if loud > 0 or state[0] > 0.0 else np.float32(0.0)
    state[0] = np.float64(loud)
    for i in range(2 * QUANTUM_FRAMES, 3 * QUANTUM_FRAMES):
        block[i] = estimate
    for i in range(QUANTUM_FRAMES):
        state[_PRODUCT + i] = 1.0


@kernel
def decide(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Writes the gain of the frames that leave the limiter now.

    Words: left, right and gain column, then those of each stage. Parameters: drive (linear), the
    sample below which nothing is to be measured, then those of each stage.
    """
    _read_columns(frames_p, columns, words_p, parameters_p, state_p)
    scratch, block = ahead(state_p, _SCRATCH), ahead(state_p, _BLOCK)
    for stage in range(_STAGES):
        words = ahead(words_p, _COLUMN_WORDS + stage * STAGE_WORDS)
        parameters = ahead(parameters_p, _SCALARS + stage * STAGE_PARAMETERS)
        memory = ahead(state_p, words[OFFSET])
        take_in(words, memory, block)
        exceeded = detect(words, parameters, memory, scratch)
        decide_gain(words, parameters, memory, exceeded, scratch)
        hand_on(words, memory, scratch, block)
    gain = words_p[2]
    for i in range(QUANTUM_FRAMES):
        frames_p[i * columns + gain] = state_p[_PRODUCT + i]


@kernel
def apply(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Delays columns and multiplies them by a drive and a gain column.

    Words: gain column, latency, frames of a ring, count of pairs, the left column of each. Parameter:
    drive (linear). State: place in the rings, then a ring for each pair.
    """
    gain, latency, ring_frames, count = words_p[0], words_p[1], words_p[2], words_p[3]
    write = np.int64(state_p[0])
    read = write - latency if write >= latency else write - latency + ring_frames
    for i in range(QUANTUM_FRAMES):
        factor = parameters_p[0] * frames_p[i * columns + gain]
        for pair in range(count):
            at = i * columns + words_p[4 + pair]
            ring = _LINE + 2 * pair * ring_frames
            store(state_p, ring + 2 * (write + i), load2(frames_p, at))
            store(frames_p, at, load2(state_p, ring + 2 * read) * factor)
        read = read + 1 if read + 1 < ring_frames else 0
    state_p[0] = (write + QUANTUM_FRAMES) % ring_frames


def _stage_designs(settings: Mapping[str, Any], sample_rate: int) -> tuple[StageDesign, ...]:
    """The two stages of a limiter with these settings at this rate in Hz."""
    frames_per_ms = sample_rate / 1000.0
    decay = exp(-1.0 / (settings["release_ms"] * frames_per_ms))
    smoothings_ms = (settings["lookahead_ms"], CORRECTION_MS)
    return tuple(
        StageDesign(
            threshold=gain_from_db(settings["ceiling_dbtp"] - headroom_db),
            decay=0.0 if stage else decay,
            hold_frames=1 if stage else round(HOLD_MS * frames_per_ms),
            smoothing_frames=round(smoothing_ms * frames_per_ms),
            coarse=stage == 0,
            candidate_ratio=_CANDIDATE_RATIO if stage else 1.0,
        )
        for stage, (smoothing_ms, headroom_db) in enumerate(zip(smoothings_ms, _HEADROOM_DB, strict=True))
    )


def _decide_operation(use: Use, designs: Sequence[StageDesign], gain_column: int) -> Operation:
    words = [*use.columns, gain_column]
    parameters = [gain_from_db(use.settings["drive_db"]), designs[0].threshold / SAMPLE_BOUND]
    state = [np.zeros(_COMMON)]
    for design in designs:
        words += design.words(sum(part.size for part in state))
        parameters += design.parameters()
        state.append(design.memory())
    return Operation(decide, tuple(words), np.array(parameters), np.concatenate(state))


def apply_operation(
    pairs: Sequence[tuple[int, int]], gain_column: int, latency_frames: int, drive_db: float
) -> Operation:
    """An operation that does to any columns what the limiter did to its own.

    Args:
        pairs: left and right column, neighbours, of all that is to be delayed and multiplied in place.
        gain_column: the limiter's, of `Prepared.gain_columns`, written earlier in the same quantum.
        latency_frames: the limiter's, of `Prepared.latency_frames`.
        drive_db: the limiter's.
    """
    for left, right in pairs:
        assert right == left + 1, "the right column follows the left one"
    ring_frames = QUANTUM_FRAMES * (math.ceil(latency_frames / QUANTUM_FRAMES) + 1)
    words = (gain_column, latency_frames, ring_frames, len(pairs), *(left for left, _ in pairs))
    state = np.zeros(_LINE + 2 * len(pairs) * ring_frames)
    return Operation(apply, words, np.array([gain_from_db(drive_db)]), state)


def prepare(uses: Sequence[Use], context: Context) -> Prepared:
    """Lays out a limiter for each use.

    Preparing costs far less than a millisecond, so another drive or ceiling is had by preparing
    again; the latency depends on neither. All uses have the same look-ahead: a session has one limiter.

    Args:
        uses: `ceiling_dbtp`, `drive_db`, `release_ms`, `lookahead_ms` of each, and its columns.
        context: gives the sample rate and the gain columns.
    """
    first_gain = context.allocate_columns(len(uses))
    all_designs = [_stage_designs(use.settings, context.sample_rate) for use in uses]
    latencies = {sum(design.latency_frames for design in designs) for designs in all_designs}
    if len(latencies) > 1:
        raise ValueError("limiters that are prepared together have one look-ahead")
    latency_frames = max(latencies, default=0)
    operations: list[Operation] = []
    for gain_column, (use, designs) in enumerate(zip(uses, all_designs, strict=True), first_gain):
        operations.append(_decide_operation(use, designs, gain_column))
        operations.append(apply_operation(use.pairs, gain_column, latency_frames, use.settings["drive_db"]))
    gains = tuple((Gain(first_gain + n),) for n in range(len(uses)))
    return Prepared(tuple(operations), latency_frames, gains)
