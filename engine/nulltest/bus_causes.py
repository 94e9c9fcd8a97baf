"""Candidate explanations that hold for the whole mix, put into words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from engine.cores import usable_cores
from engine.nulltest import wording_of_mix
from engine.nulltest.bus_models import (
    Complexes,
    CurveModel,
    DynamicsModel,
    FilterModel,
    energy,
    fit_curve,
    fit_dynamics,
    fit_filter,
)
from engine.nulltest.causes_of_search import Named
from engine.report.null_causes import NullCause
from engine.units import db_from_gain, db_from_power

#: A filter that varies less than this is none.
_FLAT_DB = 0.2
#: A filter more of which than this is strange moves stems. Bells leave 0.00, high-passes up to 0.4, a stem
#: late by a fraction 0.66 to 0.99 where the filter explains most of it.
STRANGE = 0.5
#: A moving gain that moves less than this from its 1st to its 99th percentile is none …
_MOVES_DB = 0.3
#: … nor one that follows the level with less correlation than this.
_FOLLOWS = 0.3
#: Fewest levels at which a curve has to be known.
_FEWEST_LEVELS = 16
#: What a candidate's energy left is multiplied by in the comparison: the more it can bend, the more.
_CURVE_PENALTY, _FILTER_PENALTY, _DYNAMICS_PENALTY = 3.0, 4.0, 4.0
#: A conversion filter leaves all alone below an edge of at least this, and above it no more than that.
_CONVERSION_FROM_HZ = 10_000.0
_CONVERSION_LEAVES_DB = -20.0


def bus_candidates(total: Complexes, mix: Complexes, sample_rate: int, start: float) -> list[Named]:
    """A filter, a moving gain and a curve, each where it has the shape of one.

    Args:
        total: sum of the stems, `(stretches, frames)`.
        mix: what it should be.
        sample_rate: Hz.
        start: energy of the residual.
    """
    if energy(total) <= 0.0:
        return []
    with ThreadPoolExecutor(usable_cores()) as pool:
        filtering = pool.submit(fit_filter, total, mix, sample_rate)
        bending, gliding = (
            pool.submit(fit_curve, total, mix),
            pool.submit(fit_dynamics, total, mix, sample_rate),
        )
    filtered, curved, moving = filtering.result(), bending.result(), gliding.result()
    found = (
        (filter_cause(filtered, start), filtered.left, _FILTER_PENALTY),
        (curve_cause(curved, mix, start), min(curved.left, curved.odd_left), _CURVE_PENALTY),
        (dynamics_cause(moving, start), moving.left, _DYNAMICS_PENALTY),
    )
    return [Named((cause,), left, penalty) for cause, left, penalty in found if cause is not None]


def filter_cause(model: FilterModel, start: float, most_strange: float = STRANGE) -> NullCause | None:
    """An equaliser or a conversion of the rate; None where the filter is flat or mostly delays."""
    db, at = model.gains_db, model.frequencies_hz
    if len(db) == 0 or np.ptp(db) < _FLAT_DB or model.strange > most_strange:
        return None
    share = 1.0 - min(1.0, model.left / start)
    edge = float(at[np.argmax(db < -1.0)]) if (db < -1.0).any() else 0.0
    below, above = at < 0.95 * edge, at > 1.05 * edge
    flat = edge >= _CONVERSION_FROM_HZ and np.abs(db[below]).max(initial=0.0) < _FLAT_DB
    if flat and db[above].max(initial=-60.0) < _CONVERSION_LEAVES_DB:
        return wording_of_mix.resampled(edge, share)
    most = int(np.argmax(np.abs(db - np.median(db))))
    return wording_of_mix.bus_filter(
        float(at[most]), float(db[most]), float(db.min()), float(db.max()), share
    )


def dynamics_cause(model: DynamicsModel, start: float) -> NullCause | None:
    """A compressor or the like, or a fader that was moved; None where the gain stands or does as it likes."""
    share = 1.0 - min(1.0, model.left / start)
    if model.high_db - model.low_db <= _MOVES_DB:
        return None
    if model.by_hand:
        return wording_of_mix.mix_edit(model.low_db, model.high_db, share)
    if abs(model.correlation) <= _FOLLOWS:
        return None
    return wording_of_mix.bus_dynamics(model.low_db, model.high_db, model.correlation, share)


def curve_cause(model: CurveModel, mix: Complexes, start: float) -> NullCause | None:
    """A clipper or saturation; None where the curve is straight."""
    if len(model.at) < _FEWEST_LEVELS:
        return None
    out = np.ascontiguousarray(mix).view(np.float64)
    straight = model.slope * model.at
    most = max(float(np.abs(straight).max(initial=0.0)), 1e-12)
    if np.abs(model.out - straight).max(initial=0.0) / most < 0.01:
        return None
    left = min(model.left, model.odd_left)
    share = 1.0 - min(1.0, left / start)
    ceiling = float(np.abs(out).max())
    # a clipper leaves a tenth of its peaks' samples at one level; saturation spreads them
    hard = bool(np.mean(np.abs(out) > 0.999 * ceiling) > 1e-4)
    odd_db = db_from_power(model.odd_left) - db_from_power(energy(mix))
    return wording_of_mix.bus_curve(hard, db_from_gain(ceiling), odd_db, share)
