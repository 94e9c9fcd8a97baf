"""The equaliser: bands in series, each on both channels or on left, right, mid or side alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.rack.biquad import cascades
from engine.rack.eq_design import design_band
from engine.rack.eq_linear import linear_phase_operations, zero_phase_matrix
from engine.rack.linear_phase import latency_frames as linear_latency_frames
from engine.rack.midside import decode_columns, encode_columns
from engine.rack.operation import Context, Operation, Prepared, Use
from engine.rack.response import cascade_response, channel_response
from engine.session.response import is_flat

Doubles = NDArray[np.float64]

_NOTHING = np.zeros((0, 5))
_FIRST_LANE = frozenset({"stereo", "left", "mid"})
_SECOND_LANE = frozenset({"stereo", "right", "side"})


@dataclass
class _Stretch:
    """Consecutive bands that run without turning the signal in between.

    Attributes:
        mid_side: whether the lanes are mid and side; None while only stereo bands are in it, which
            are the same on either.
        first: cascade of the left or mid lane, `(sections, 5)`.
        second: cascade of the right or side lane.
    """

    mid_side: bool | None = None
    first: Doubles = field(default_factory=lambda: _NOTHING)
    second: Doubles = field(default_factory=lambda: _NOTHING)

    def admits(self, mid_side: bool | None) -> bool:
        return mid_side is None or self.mid_side is None or self.mid_side == mid_side

    def append(self, band: Mapping[str, Any], sections: Doubles) -> None:
        if band["channels"] in _FIRST_LANE:
            self.first = np.concatenate([self.first, sections])
        if band["channels"] in _SECOND_LANE:
            self.second = np.concatenate([self.second, sections])


#: Equalisers whose stretches are known, by their bands and the rate: an edit changes one of many.
_KEPT = 256
_known: OrderedDict[tuple[int, int], tuple[Sequence[Mapping[str, Any]], list[_Stretch]]] = OrderedDict()


def _known_stretches(bands: Sequence[Mapping[str, Any]], sample_rate: int) -> list[_Stretch]:
    """`_stretches` of the very same bands, designed once."""
    key = (id(bands), sample_rate)
    found = _known.get(key)
    if found is None or found[0] is not bands:
        found = _known[key] = (
            bands,
            _stretches(bands, sample_rate),
        )  # with them, so that no other has their id
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    return found[1]


def _stretches(bands: Sequence[Mapping[str, Any]], sample_rate: int) -> list[_Stretch]:
    stretches = [_Stretch()]
    for band in bands:
        if is_flat(band):
            continue
        mid_side = None if band["channels"] == "stereo" else band["channels"] in {"mid", "side"}
        if not stretches[-1].admits(mid_side):
            stretches.append(_Stretch())
        if mid_side is not None:
            stretches[-1].mid_side = mid_side
        stretches[-1].append(band, design_band(band, sample_rate))
    return stretches


def latency_frames(settings: Mapping[str, Any], sample_rate: int) -> int:
    """Whole frames of delay: 0 with minimum phase, the same for all bands with linear phase."""
    return linear_latency_frames(sample_rate) if settings["phase"] == "linear" else 0


def prepare(uses: Sequence[Use], context: Context) -> Prepared:
    """Designs all bands and lays out their operations.

    A use without a band that changes anything passes its columns bit for bit.

    Args:
        uses: `phase` and `bands` of each, of one phase; a band has shape, frequency_hz, gain_db, q
            and channels.
        context: supplies the sample rate.
    """
    phases = {use.settings["phase"] for use in uses}
    if len(phases) > 1:
        raise ValueError("equalisers that are prepared together have one phase")
    if phases == {"linear"}:
        operations = linear_phase_operations(uses, context.sample_rate)
    else:
        operations = _minimum_phase_operations(uses, context.sample_rate)
    latency = linear_latency_frames(context.sample_rate) if phases == {"linear"} else 0
    return Prepared(tuple(operations), latency, ((),) * len(uses))


def _minimum_phase_operations(uses: Sequence[Use], sample_rate: int) -> list[Operation]:
    """Stretch by stretch, so that all uses share registers at each."""
    remaining = [
        (left, stretches)
        for use in uses
        for stretches in [_known_stretches(use.settings["bands"], sample_rate)]
        for left, _ in use.pairs
    ]
    operations: list[Operation] = []
    for level in range(max((len(stretches) for _, stretches in remaining), default=0)):
        here = [(left, stretches[level]) for left, stretches in remaining if level < len(stretches)]
        turned = [column for column, stretch in here if stretch.mid_side]
        if turned:
            operations.append(encode_columns(turned))
        operations += cascades(
            [column for column, _ in here], [(stretch.first, stretch.second) for _, stretch in here]
        )
        if turned:
            operations.append(decode_columns(turned))
    return operations


def response(settings: Mapping[str, Any], at_hz: Doubles, sample_rate: int, zero_phase: bool) -> NDArray[Any]:
    """What it does to left and right, see `engine.rack.response`."""
    if zero_phase or settings["phase"] == "linear":
        return zero_phase_matrix(settings, at_hz)
    gains = [
        (band["channels"], cascade_response(design_band(band, sample_rate), at_hz, sample_rate))
        for band in settings["bands"]
    ]
    return channel_response(gains, len(at_hz))
