"""Width of the image, and mono bass: gains and filters on mid and side.

`width` scales the side signal. `mono_below_hz` passes the side through the high band of a crossover
and the mid through that crossover's all-pass, with which the high band is in phase: the image above
stays as it is, and mid and side go on adding up without a notch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.rack.biquad import cascades
from engine.rack.crossover import all_pass_section, high_band
from engine.rack.midside import decode_columns, encode_columns, turn_columns
from engine.rack.operation import Context, Operation, Prepared, Use
from engine.rack.response import cascade_response, channel_response


def prepare(uses: Sequence[Use], context: Context) -> Prepared:
    """Lays out the uses; there is no latency, and width 1 without mono bass changes no bit.

    Args:
        uses: `width` and `mono_below_hz` of each.
        context: supplies the sample rate.
    """
    operations: list[Operation] = []
    by_width: dict[float, list[int]] = {}
    filtered: list[int] = []
    sections = []
    for use in uses:
        width, below_hz = use.settings["width"], use.settings["mono_below_hz"]
        lefts = [left for left, _ in use.pairs]
        if below_hz > 0.0:
            mid = all_pass_section(below_hz, context.sample_rate)
            side = high_band(below_hz, context.sample_rate)
            side[0, :3] *= width
            filtered += lefts
            sections += [(mid, side)] * len(lefts)
        elif width != 1.0:
            by_width.setdefault(width, []).extend(lefts)
    for width, lefts in by_width.items():
        own, other = (1.0 + width) / 2.0, (1.0 - width) / 2.0
        operations.append(turn_columns(lefts, (own, own), (other, other)))
    if filtered:
        operations += [encode_columns(filtered), *cascades(filtered, sections), decode_columns(filtered)]
    return Prepared(tuple(operations), gains=((),) * len(uses))


def response(
    settings: Mapping[str, Any], at_hz: NDArray[np.float64], sample_rate: int, zero_phase: bool
) -> NDArray[Any]:
    """What it does to left and right, see `engine.rack.response`."""
    below_hz = settings["mono_below_hz"]
    mid: NDArray[Any] = np.ones(len(at_hz))
    side: NDArray[Any] = np.full(len(at_hz), settings["width"])
    if below_hz > 0.0:
        mid = cascade_response(all_pass_section(below_hz, sample_rate), at_hz, sample_rate)
        side = side * cascade_response(high_band(below_hz, sample_rate), at_hz, sample_rate)
    if zero_phase:
        mid, side = np.abs(mid), np.abs(side)
    return channel_response([("mid", mid), ("side", side)], len(at_hz))


def crossovers_hz(settings: Mapping[str, Any]) -> tuple[float, ...]:
    """The crossover that shifts phase, if there is one."""
    return (settings["mono_below_hz"],) if settings["mono_below_hz"] > 0.0 else ()
