"""The compressor: feed-forward, gain computer in dB before the ballistics, one gain for both lanes.

*Decide* turns a pair of columns into one gain column (linear, make-up and dry path included, 1.0 =
unity); *apply* multiplies columns by a gain column, so that the same gain can act on other columns.
The level is the larger of both channels, as peak or as mean square over `RMS_MS`; attack and
release are times to 63 %. Formulas: `engine.rack.compressor_kernels`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES
from engine.elementary import exp
from engine.kernels.fastmath import DB_PER_OCTAVE
from engine.rack import compressor_kernels as kernels
from engine.rack.biquad import cascades
from engine.rack.eq_design import design_band
from engine.rack.mix import copy_columns
from engine.rack.operation import Context, Gain, Operation, Prepared, Use
from engine.rack.watch import watch
from engine.units import gain_from_db

Doubles = NDArray[np.float64]

#: Integration time of the RMS detector.
RMS_MS = 10.0

#: Up to four uses are decided faster one by one, along time.
_AT_LEAST_TOGETHER = 5

#: Gains of the left and the right column themselves, then of their neighbours: in what is
#: detected …
_DETECTED: Mapping[str, tuple[float, float, float, float]] = {
    "stereo": (1.0, 1.0, 0.0, 0.0),
    "left": (1.0, 0.0, 0.0, 1.0),
    "right": (0.0, 1.0, 1.0, 0.0),
    "mid": (0.5, 0.5, 0.5, 0.5),
    "side": (0.5, 0.5, -0.5, -0.5),
}
#: … and in the part of the signal that the gain acts on.
_ACTED_ON: Mapping[str, tuple[float, float, float, float]] = {
    **_DETECTED,
    "left": (1.0, 0.0, 0.0, 0.0),
    "right": (0.0, 1.0, 0.0, 0.0),
}


def apply_operation(
    columns: Sequence[int], gain_columns: Sequence[int], channels: Sequence[str]
) -> Operation:
    """Applies gain columns to pairs of columns; a gain of 1 changes no bit.

    Args:
        columns: left column of each pair; the right one is the next.
        gain_columns: of each pair.
        channels: of each pair, what the gain acts on: stereo, mid, side, left or right.
    """
    words = [len(columns)]
    for column, gain_column, which in zip(columns, gain_columns, channels, strict=True):
        words += [column, gain_column, int(which == "stereo")]
    parameters = np.array([_ACTED_ON[which] for which in channels]).ravel()
    return Operation(kernels.apply, tuple(words), parameters)


#: Knees up to this width are corners: what they differ by is below any number's last bit.
SMALLEST_KNEE_DB = 1e-9


def _smoothing(time_ms: float, sample_rate: int) -> float:
    return exp(-1000.0 / (time_ms * sample_rate))


def _scalars(settings: Mapping[str, Any], sample_rate: int) -> Doubles:
    db_per_octave_of_power = DB_PER_OCTAVE / 2.0
    # a knee too narrow to divide by is a corner
    knee_db = settings["knee_db"] if settings["knee_db"] > SMALLEST_KNEE_DB else 0.0
    width = knee_db / db_per_octave_of_power
    scalars = np.zeros(kernels.SCALARS)
    scalars[kernels.HOLD] = _smoothing(RMS_MS, sample_rate) if settings["detector"] == "rms" else 0.0
    scalars[kernels.KNEE_START] = (settings["threshold_db"] - knee_db / 2.0) / db_per_octave_of_power
    scalars[kernels.KNEE_WIDTH] = width
    scalars[kernels.KNEE_SCALE] = 0.5 / width if width > 0.0 else 0.0
    # the curve comes in octaves of power, the reduction is wanted in octaves of amplitude
    scalars[kernels.SLOPE] = (1.0 - 1.0 / settings["ratio"]) / 2.0
    scalars[kernels.RELEASE] = _smoothing(settings["release_ms"], sample_rate)
    scalars[kernels.ATTACK] = _smoothing(settings["attack_ms"], sample_rate)
    scalars[kernels.MAKEUP] = settings["makeup_db"] / DB_PER_OCTAVE
    scalars[kernels.MIX] = settings["mix"]
    return scalars


def _detector_columns(uses: Sequence[Use], context: Context) -> tuple[list[Operation], list[tuple[int, ...]]]:
    """Per use the left columns to detect from, its followers' too where it is watched; and what filters
    those that are filtered, which are copies."""
    seen: list[tuple[int, ...]] = []
    copies: list[tuple[int, int]] = []
    sections: list[tuple[int, Doubles]] = []
    for use in uses:
        lefts = tuple(left for left, _ in (use.pairs if use.watched else (use.columns,)))
        highpass_hz = use.settings["sidechain_highpass_hz"]
        if highpass_hz > 0.0:
            first = context.allocate_columns(2 * len(lefts))
            filtered = tuple(range(first, first + 2 * len(lefts), 2))
            copies += zip(lefts, filtered, strict=True)
            band = {"shape": "high_pass", "frequency_hz": highpass_hz, "gain_db": 0.0, "q": math.sqrt(0.5)}
            section = design_band(band, context.sample_rate)
            sections += [(copy, section) for copy in filtered]
            lefts = filtered
        seen.append(lefts)
    operations = [copy_columns(copies)] if copies else []
    if sections:
        operations += cascades([column for column, _ in sections], [(one, one) for _, one in sections])
    return operations, seen


def prepare(uses: Sequence[Use], context: Context) -> Prepared:
    """Lays out deciding and applying; there is no latency.

    Args:
        uses: the compressor's settings, all of its declared parameters and `channels`.
        context: supplies the sample rate and the gain columns.
    """
    operations, gains = decide(uses, context)
    columns, gain_columns, channels = [], [], []
    for use, gain in zip(uses, gains, strict=True):
        columns += [left for left, _ in use.pairs]
        gain_columns += [gain.column] * len(use.pairs)
        channels += [use.settings["channels"]] * len(use.pairs)
    operations.append(apply_operation(columns, gain_columns, channels))
    return Prepared(tuple(operations), gains=tuple((gain,) for gain in gains))


def decide(uses: Sequence[Use], context: Context) -> tuple[list[Operation], list[Gain]]:
    """What decides the gains of `uses`, side-chain filters included, and the gain of each."""
    operations, seen = _detector_columns(uses, context)
    settings = [use.settings for use in uses]
    deciding, columns = decide_from(settings, [lefts[0] for lefts in seen], context)
    operations += deciding
    gains = []
    for use, column, lefts in zip(uses, columns, seen, strict=True):
        watching = watch_gain(column, use.settings, lefts, context.sample_rate) if use.watched else None
        gains.append(decided_gain(column, use.settings, watching))
        operations += [] if watching is None else [watching]
    return operations, gains


def decided_gain(column: int, settings: Mapping[str, Any], watching: Operation | None) -> Gain:
    """A gain as a compressor of these settings decides it.

    It rests at the make-up on the wet path, and nothing below the beginning of the knee makes it act.
    """
    makeup = gain_from_db(float(settings["makeup_db"]))
    neutral = 1.0 + float(settings["mix"]) * (makeup - 1.0)
    floor = gain_from_db(float(settings["threshold_db"]) - float(settings["knee_db"]) / 2.0)
    return Gain(column, neutral, floor, watching)


def watch_gain(
    column: int, settings: Mapping[str, Any], detected: Sequence[int], sample_rate: int
) -> Operation:
    """Watches what makes a gain act.

    Args:
        column: of the gain.
        settings: of the compressor that decides it.
        detected: left columns of what its detector sees: of the programme, of parts that add up to it.
        sample_rate: Hz.
    """
    hold = _smoothing(RMS_MS, sample_rate) if settings["detector"] == "rms" else 0.0
    return watch(detected, _DETECTED[settings["channels"]], gain_column=column, hold=hold)


def decide_from(
    settings: Sequence[Mapping[str, Any]], sources: Sequence[int], context: Context
) -> tuple[list[Operation], list[int]]:
    """What turns detector signals into gains, several uses side by side.

    Args:
        settings: of each use, as for `prepare`; its side-chain filter has been applied already.
        sources: left column of each use's detector signal; the right one is the next.
        context: supplies the sample rate and the gain columns.

    Returns:
        The operations, and the gain column of each use.
    """
    operations: list[Operation] = []
    gain_columns: list[int] = []
    for begin in range(0, len(settings), kernels.TOGETHER):
        members = range(begin, min(begin + kernels.TOGETHER, len(settings)))
        matrices = [_DETECTED[settings[n]["channels"]] for n in members]
        scalars = [_scalars(settings[n], context.sample_rate) for n in members]
        detected = [sources[n] for n in members]
        if len(members) < _AT_LEAST_TOGETHER:
            first = context.allocate_columns(len(members))
            for n, source in enumerate(detected):
                operations.append(_alone(first + n, source, matrices[n], scalars[n]))
        else:
            first = context.allocate_columns(kernels.TOGETHER)
            operations.append(_together(first, detected, matrices, scalars))
        gain_columns += range(first, first + len(members))
    return operations, gain_columns


def _alone(gain_column: int, source: int, matrix: Sequence[float], scalars: Doubles) -> Operation:
    parameters = np.concatenate([matrix, scalars])
    return Operation(
        kernels.decide_alone, (gain_column, source), parameters, np.zeros(kernels.LINE + QUANTUM_FRAMES)
    )


def _together(
    first_gain_column: int,
    sources: Sequence[int],
    matrices: Sequence[Sequence[float]],
    scalars: Sequence[Doubles],
) -> Operation:
    """Idle lanes repeat the last use, and write to gain columns that nothing reads."""
    order = [min(n, len(sources) - 1) for n in range(kernels.TOGETHER)]
    # (use, own or other, lane) → (four uses, own or other, use, lane)
    matrix = np.array([matrices[n] for n in order]).reshape(2, 4, 2, 2).transpose(0, 2, 1, 3)
    parameters = np.concatenate([matrix.ravel(), np.array([scalars[n] for n in order]).T.ravel()])
    words = (first_gain_column, *(sources[n] for n in order))
    return Operation(kernels.decide_together, words, parameters, np.zeros(kernels.TOGETHER * kernels.STATES))
