"""A part that was taken out of the mix, or put in: from there on all stems stand elsewhere."""

from __future__ import annotations

import numpy as np

from engine.nulltest import wording_of_mix
from engine.nulltest.distant import far_lags
from engine.nulltest.inner_products import Course, Gram, gram_hop_frames, measure_gram
from engine.nulltest.lanes import LaneSpecs
from engine.report.null_causes import NullCause

#: Up to the cut the residual is at most this part of the mix (−40 dB), block by block.
_AGREES = 1e-4
#: So much of the song, s, lies on either side of a cut at least.
_BESIDE_S = 1.5
#: Behind the cut the stems, moved, leave this part of what they left.
_LEAVES = 0.1
#: Beside other faults: the mix holds the sum at this in the first third of the song, below that in the last …
_HELD, _LOST = 0.6, 0.4
#: … and both sides of the cut leave this part of what they leave with the other side's lag.
_BETTER_THERE = 0.5


def cut_in_mix(specs: LaneSpecs, gram: Gram) -> NullCause | None:
    """The place from which on the mix has all stems earlier or later; None where there is none.

    Args:
        specs: the comparison.
        gram: inner products of its lanes, stretch by stretch.
    """
    if gram.reference <= 0.0:
        return None
    found = _clean_cut(specs, gram)
    return _cut_beside_others(specs, gram) if found is None and _end_is_lost(gram.course) else found


def _clean_cut(specs: LaneSpecs, gram: Gram) -> NullCause | None:
    """A cut up to which nothing is wrong."""
    course, rate = gram.course, specs.sample_rate
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


def _end_is_lost(course: Course) -> bool:
    """Whether the sum of the stems is in the mix in the first third of the song and not in the last."""
    end = _end(course)
    crossed, powers = (course.reference - course.held)[:end], course.total[:end]
    third = end // 3
    if third < 1:
        return False
    first, last = (
        float(crossed[part].sum()) / max(float(powers[part].sum()), 1e-300)
        for part in (slice(None, third), slice(-third, None))
    )
    return first > _HELD and last < _LOST


def _end(course: Course) -> int:
    """The block at which the mix is over: a stem may go on."""
    sounds = np.flatnonzero(course.reference > 0.0)
    return int(sounds[-1]) + 1 if len(sounds) else 0


def _cut_beside_others(specs: LaneSpecs, gram: Gram) -> NullCause | None:
    """A cut though a residual is there from the beginning: where two lags part the song best."""
    activity, rate, end = gram.activity.copy(), specs.sample_rate, _end(gram.course)
    last_hop = -(-end * gram.course.block // gram_hop_frames(rate))
    activity[last_hop:] = 0.0
    activity[: last_hop - max(2, last_hop // 3)] = 0.0
    lags = far_lags(specs, activity, list(range(len(specs.stems))))
    if lags is None or len(set(lags)) != 1 or not lags[0]:
        return None
    moved = measure_gram(specs.later(lags)).course
    count = min(len(moved.residual), end)
    one, two = (np.concatenate(([0.0], np.cumsum(c.residual[:count]))) for c in (gram.course, moved))
    at = int(np.argmin(one - two))
    beside = round(_BESIDE_S * rate / gram.course.block)
    if not beside <= at <= count - beside:
        return None
    before, after = float(one[-1] - one[at]), float(two[-1] - two[at])
    if one[at] > _BETTER_THERE * two[at] or after > _BETTER_THERE * before:
        return None
    share = (before - after) / max(float(one[-1]), 1e-300)
    return wording_of_mix.cut_out(at * gram.course.block / rate, lags[0] / rate, share)
