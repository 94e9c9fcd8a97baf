"""Candidate explanations that hold for the whole mix, put into words."""

from __future__ import annotations

import numpy as np

from engine.nulltest import wording
from engine.nulltest.buswise import CurveModel, FilterModel, energy, fit_curve, fit_dynamics, fit_filter
from engine.nulltest.excerpt import Excerpt
from engine.nulltest.stem_causes import Named
from engine.units import db_from_gain, db_from_power

#: A filter that varies less than this is none.
_FLAT_DB = 0.2
#: A moving gain that moves less than this from its 5th to its 95th percentile is none …
_MOVES_DB = 0.3
#: … nor one that follows the level with less correlation than this.
_FOLLOWS = 0.3
#: What a candidate's energy left is multiplied by in the comparison: the more it can bend, the more.
_CURVE_PENALTY, _FILTER_PENALTY, _DYNAMICS_PENALTY = 3.0, 4.0, 4.0
#: A conversion filter leaves all alone below an edge of at least this, and above it no more than that.
_CONVERSION_FROM_HZ = 10_000.0
_CONVERSION_LEAVES_DB = -20.0


def bus_candidates(excerpt: Excerpt, start: float) -> list[Named]:
    """A filter, a moving gain and a curve, each where it has the shape of one.

    Args:
        excerpt: with whole lags applied.
        start: energy of its residual.
    """
    total, mix = excerpt.total, excerpt.mix
    if energy(total) <= 0.0:
        return []
    gains = tuple(1.0 for _ in range(excerpt.stems.shape[1]))
    filtered = _filter(fit_filter(total, mix, excerpt.sample_rate), start, gains)
    curved = _curve(fit_curve(total, mix), total, mix, start, gains)
    moving = fit_dynamics(total, mix, excerpt.sample_rate)
    candidates = [candidate for candidate in (filtered, curved) if candidate is not None]
    if moving.high_db - moving.low_db > _MOVES_DB and abs(moving.correlation) > _FOLLOWS:
        share = 1.0 - min(1.0, moving.left / start)
        cause = wording.bus_dynamics(moving.low_db, moving.high_db, moving.correlation, share)
        candidates.append(Named((cause,), moving.left, gains, _DYNAMICS_PENALTY))
    return candidates


def _filter(model: FilterModel, start: float, gains: tuple[float, ...]) -> Named | None:
    db, at = model.gains_db, model.frequencies_hz
    if len(db) == 0 or np.ptp(db) < _FLAT_DB:
        return None
    share = 1.0 - min(1.0, model.left / start)
    edge = float(at[np.argmax(db < -1.0)]) if (db < -1.0).any() else 0.0
    below, above = at < 0.95 * edge, at > 1.05 * edge
    flat = edge >= _CONVERSION_FROM_HZ and np.abs(db[below]).max(initial=0.0) < _FLAT_DB
    if flat and db[above].max(initial=-60.0) < _CONVERSION_LEAVES_DB:
        return Named((wording.resampled(edge, share),), model.left, gains, _FILTER_PENALTY)
    most = int(np.argmax(np.abs(db - np.median(db))))
    cause = wording.bus_filter(float(at[most]), float(db[most]), float(db.min()), float(db.max()), share)
    return Named((cause,), model.left, gains, _FILTER_PENALTY)


def _curve(
    model: CurveModel, total: object, mix: object, start: float, gains: tuple[float, ...]
) -> Named | None:
    out = np.asarray(mix).view(np.float64)
    straight = model.slope * model.at
    bend = np.abs(model.out - straight).max(initial=0.0) / max(
        float(np.abs(straight).max(initial=0.0)), 1e-12
    )
    if bend < 0.01:
        return None
    share = 1.0 - min(1.0, model.left / start)
    ceiling = float(np.abs(out).max())
    # a clipper leaves a tenth of its peaks' samples at one level; saturation spreads them
    hard = bool(np.mean(np.abs(out) > 0.999 * ceiling) > 1e-4)
    odd_db = db_from_power(model.odd_left) - db_from_power(energy(np.asarray(mix)))
    cause = wording.bus_curve(hard, db_from_gain(ceiling), odd_db, share)
    return Named((cause,), min(model.left, model.odd_left), gains, _CURVE_PENALTY)
