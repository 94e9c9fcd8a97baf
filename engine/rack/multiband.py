"""The multiband compressor: a crossover, one compressor for each band, and the sum.

With minimum phase the crossovers are of fourth order (`engine.rack.crossover`): without compression
the bands add up to the crossovers' all-passes, flat in magnitude. With linear phase they have the
same magnitudes and no phase: the bands add up to the delayed input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES, kernel
from engine.compiler.lanes import fused, load2, splat2, store
from engine.rack import compressor
from engine.rack.biquad import cascades
from engine.rack.convolve import Convolution, convolve
from engine.rack.crossover import all_pass_section, band_cascades
from engine.rack.delay import delay_columns
from engine.rack.linear_phase import grid_hz, taps_of
from engine.rack.linear_phase import latency_frames as linear_latency_frames
from engine.rack.mix import copy_columns, subtract_columns
from engine.rack.operation import Context, Operation, Prepared, Use
from engine.rack.response import cascade_response, unchanged

Doubles = NDArray[np.float64]
Pair = tuple[int, int]


def latency_frames(settings: Mapping[str, Any], sample_rate: int) -> int:
    """Whole frames of delay: 0 with minimum phase, the same for all crossovers with linear phase."""
    return linear_latency_frames(sample_rate) if settings["phase"] == "linear" else 0


@kernel
def _weighted_sum(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: pairs, then per pair its left column, its bands, and their left and gain columns."""
    span = QUANTUM_FRAMES * columns
    word = 1
    for _ in range(words_p[0]):
        left, bands = words_p[word], words_p[word + 1]
        for band in range(bands):
            to_band = words_p[word + 2 + 2 * band] - left
            to_gain = words_p[word + 3 + 2 * band] - left
            for at in range(left, left + span, columns):
                before = load2(frames_p, at) if band > 0 else splat2(0.0)
                part = load2(frames_p, at + to_band)
                store(frames_p, at, fused(part, frames_p[at + to_gain], before))
        word += 2 + 2 * bands


@lru_cache(maxsize=16)
def _linear_filters(crossovers_hz: tuple[float, ...], sample_rate: int) -> tuple[tuple[Doubles], ...]:
    """For each crossover the taps of everything below it.

    The magnitude is that of a Linkwitz-Riley filter, 1/(1 + (f/f₀)⁴); what is missing to 1 is that of
    its high band.
    """
    frequency = grid_hz(sample_rate)
    squares = [(frequency / f) * (frequency / f) for f in crossovers_hz]
    return tuple((taps_of(1.0 / (1.0 + square * square), sample_rate),) for square in squares)


def prepare(uses: Sequence[Use], context: Context) -> Prepared:
    """Lays out crossovers, compressors and sums.

    Args:
        uses: `phase`, `crossovers_hz` and `bands` of each, of one phase; the bands are settings of
            compressors.
        context: supplies the sample rate and scratch columns.
    """
    phases = {use.settings["phase"] for use in uses}
    if len(phases) > 1:
        raise ValueError("multiband compressors that are prepared together have one phase")
    # per use and pair of columns, the columns of its bands
    bands = [[_band_columns(use, context) for _ in use.pairs] for use in uses]
    if phases == {"linear"}:
        operations = _linear_split(uses, bands, context.sample_rate)
    else:
        operations = _minimum_phase_split(uses, bands, context.sample_rate)
    compressors = [
        Use({**settings, "channels": "stereo"}, leader, tuple(followers), use.watched)
        for use, columns in zip(uses, bands, strict=True)
        for settings, leader, *followers in zip(use.settings["bands"], *columns, strict=True)
    ]
    deciding, gains = compressor.decide(compressors, context)
    operations += [*deciding, _join(uses, bands, [gain.column for gain in gains])]
    latency = linear_latency_frames(context.sample_rate) if phases == {"linear"} else 0
    of_bands = iter(gains)
    per_use = tuple(tuple(next(of_bands) for _ in use.settings["bands"]) for use in uses)
    return Prepared(tuple(operations), latency, per_use)


def _band_columns(use: Use, context: Context) -> list[Pair]:
    count = len(use.settings["bands"])
    first = context.allocate_columns(2 * count)
    return [(left, left + 1) for left in range(first, first + 2 * count, 2)]


def _join(uses: Sequence[Use], bands: Sequence[Sequence[Sequence[Pair]]], gains: Sequence[int]) -> Operation:
    """Overwrites all pairs with their bands times the gains, which come use by use, band by band."""
    words: list[int] = []
    first = 0
    for use, of_use in zip(uses, bands, strict=True):
        count = len(use.settings["bands"])
        for pair, of_pair in zip(use.pairs, of_use, strict=True):
            words += [pair[0], count]
            for (left, _), gain in zip(of_pair, gains[first : first + count], strict=True):
                words += [left, gain]
        first += count
    return Operation(_weighted_sum, (sum(len(use.pairs) for use in uses), *words))


def _minimum_phase_split(
    uses: Sequence[Use], bands: Sequence[Sequence[Sequence[Pair]]], sample_rate: int
) -> list[Operation]:
    copies: list[tuple[int, int]] = []
    sections: list[tuple[Doubles, Doubles]] = []
    for use, of_use in zip(uses, bands, strict=True):
        filters = band_cascades(use.settings["crossovers_hz"], sample_rate)
        for pair, of_pair in zip(use.pairs, of_use, strict=True):
            copies += [(pair[0], left) for left, _ in of_pair]
            sections += [(cascade, cascade) for cascade in filters]
    return [copy_columns(copies), *cascades([column for _, column in copies], sections)]


def _linear_split(
    uses: Sequence[Use], bands: Sequence[Sequence[Sequence[Pair]]], sample_rate: int
) -> list[Operation]:
    """Each band is what is below its upper crossover without what is below its lower one."""
    convolutions = []
    differences = []
    for use, of_use in zip(uses, bands, strict=True):
        filters = _linear_filters(tuple(use.settings["crossovers_hz"]), sample_rate)
        for pair, of_pair, turn in zip(use.pairs, of_use, use.all_turns, strict=True):
            lefts = [left for left, _ in of_pair]
            convolutions.append(Convolution(pair[0], tuple(lefts[:-1]), filters, turn))
            differences.append((lefts[-1], pair[0], lefts[-2]))
            differences += [(lefts[n], lefts[n], lefts[n - 1]) for n in range(len(lefts) - 2, 0, -1)]
    pairs = [pair for use in uses for pair in use.pairs]
    whole = delay_columns(pairs, [linear_latency_frames(sample_rate)] * len(pairs))
    return [*convolve(convolutions), whole, subtract_columns(differences)]


def response(settings: Mapping[str, Any], at_hz: Doubles, sample_rate: int, zero_phase: bool) -> NDArray[Any]:
    """What it does to left and right at rest, see `engine.rack.response`."""
    if zero_phase or settings["phase"] == "linear":
        return unchanged(len(at_hz))
    sections = [all_pass_section(frequency, sample_rate) for frequency in settings["crossovers_hz"]]
    return unchanged(len(at_hz)) * cascade_response(np.concatenate(sections), at_hz, sample_rate)


def crossovers_hz(settings: Mapping[str, Any]) -> tuple[float, ...]:
    """The crossovers that shift phase."""
    return tuple(settings["crossovers_hz"]) if settings["phase"] == "minimum" else ()
