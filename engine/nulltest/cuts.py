"""A part that was taken out of the mix, or put in: from there on all stems stand elsewhere."""

from __future__ import annotations

import numpy as np

from engine.nulltest import wording_of_mix
from engine.nulltest.distant import far_lags
from engine.nulltest.inner_products import Gram, gram_hop_frames, measure_gram
from engine.nulltest.lanes import LaneSpecs
from engine.report.null_causes import NullCause

#: Up to the cut the residual is at most this part of the mix (−40 dB), block by block.
_AGREES = 1e-4
#: So much of the song, s, lies on either side of a cut at least.
_BESIDE_S = 1.5
#: Behind the cut the stems, moved, leave this part of what they left.
_LEAVES = 0.1


def cut_in_mix(specs: LaneSpecs, gram: Gram) -> NullCause | None:
    """The place from which on the mix has all stems earlier or later; None where there is none.

    Args:
        specs: the comparison.
        gram: inner products of its lanes, stretch by stretch.
    """
    course, rate = gram.course, specs.sample_rate
    if gram.reference <= 0.0:
        return None
    floor = 1e-3 * float(course.reference.mean())
    apart = np.flatnonzero(course.residual > _AGREES * np.maximum(course.reference, floor))
    if not len(apart):
        return None
    at = int(apart[0]) * course.block
    beside = round(_BESIDE_S * rate)
    hop = gram_hop_frames(rate)
    first_hop = -(-at // hop)
    if at < beside or len(gram.activity) - first_hop < 2 or float(course.residual[: apart[0]].sum()) < 0.0:
        return None
    activity = gram.activity.copy()
    activity[:first_hop] = 0.0
    lags = far_lags(specs, activity, list(range(len(specs.stems))))
    if lags is None or len(set(lags)) != 1 or not lags[0]:
        return None
    moved = measure_gram(specs.later(lags)).course
    behind = slice(int(apart[0]) + max(0, -(-lags[0] // course.block)) + 1, None)
    before, after = float(course.residual[behind].sum()), float(moved.residual[behind].sum())
    if after > _LEAVES * before:
        return None
    return wording_of_mix.cut_out(at / rate, lags[0] / rate, 1.0 - after / max(before, 1e-300))
