"""Fits the magnitude of a cascade to a curve, by steps that can never leave the stable filters.

With x = sin²(ω/2), the squared magnitude of a biquad is a ratio of two quadratics

    B₀(1 − x)² + B₁x² + (λ − 2√(B₀B₁))·x(1 − x) = (√B₀(1 − x) − √B₁x)² + λ·x(1 − x)

where B₀ and B₁ are the quadratic's values at 0 Hz and at Nyquist. It is positive for every
B₀, B₁, λ > 0, so any such *triple* factors into a stable, minimum-phase polynomial, and a fit may move
the three logarithms freely. Source of the squared magnitude in sin²(ω/2): M. Vicanek, *Matched
Second Order Digital Filters*, 2016, section 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.elementary import LN10, power_of_ten
from engine.kernels.elementary import exp, log10
from engine.kernels.fixed_order import inner_products, solve_symmetric

Doubles = NDArray[np.float64]

#: Deviation that is close enough to stop where progress is slow.
TOLERANCE_DB = 0.03
#: A fit this close is not improved any further.
_GOOD_ENOUGH_DB = 0.02
_DB_PER_NEPER = 10.0 / LN10
#: Longest step of a logarithm, and the tries to find one that helps.
_LONGEST_STEP = 3.0
_TRIES = 6
#: Added to the curvature along each logarithm, so that one without any effect can stand still.
_LEAST_CURVATURE = 1e-3


@dataclass(frozen=True)
class Target:
    """What to fit.

    Attributes:
        x: sin²(ω/2) of the grid.
        basis: `(3, grid)`: (1 − x)², x², x(1 − x).
        inside: which points have to be met.
        wanted_db: the level wanted at each.
        weight: of each in the fit.
    """

    x: Doubles
    basis: Doubles
    inside: NDArray[np.bool_]
    wanted_db: Doubles
    weight: Doubles


@dataclass(frozen=True)
class Fit:
    """Triples (B₀, B₁, λ), numerators first, and how far their magnitude is off."""

    triples: Doubles
    error_db: Doubles
    worst_db: float


def _values(triples: Doubles, target: Target) -> Doubles:
    root = np.sqrt(triples)
    difference = root[:, :1] - (root[:, :1] + root[:, 1:2]) * target.x
    values: Doubles = difference * difference + triples[:, 2:] * target.basis[2]
    return values


def _judge(triples: Doubles, target: Target) -> tuple[Fit, Doubles]:
    values = _values(triples, target)
    half = len(triples) // 2
    power = values[:half].prod(axis=0) / values[half:].prod(axis=0)
    error_db = 10.0 * log10(power) - target.wanted_db
    return Fit(triples, error_db, float(np.abs(error_db[target.inside]).max())), values


def improve(
    triples: Doubles, free: tuple[int, ...], target: Target, iterations: int, *, patient: bool
) -> Fit:
    """Levenberg-Marquardt on the logarithms of the `free` entries of `triples`.

    Args:
        triples: `(quadratics, 3)`, numerators first.
        free: flat indices of the entries to move; −1 is the gain of the first quadratic.
        target: the grid and the level wanted on it.
        iterations: at most so many steps.
        patient: go on while progress is slow, unless the fit is within `TOLERANCE_DB`.
    """
    weight = target.weight
    fit, _ = _judge(triples, target)
    triples = triples.copy()
    triples[0] *= power_of_ten(-float(fit.error_db.mean()) / 10.0)
    fit, values = _judge(triples, target)
    damping = 1e-3
    for _ in range(iterations):
        if fit.worst_db <= _GOOD_ENOUGH_DB:
            break
        cost = _cost(fit, weight)
        slopes = _slopes(fit.triples, values, target, free) * weight
        gradient = (slopes * (fit.error_db * weight)).sum(axis=1)
        normal = inner_products(slopes, slopes)
        scale = normal.diagonal() + _LEAST_CURVATURE
        for _ in range(_TRIES):
            step = solve_symmetric(normal + np.diag(damping * scale), gradient)
            trial, trial_values = _judge(_moved(fit.triples, free, -step), target)
            if _cost(trial, weight) < cost:
                break
            damping *= 10.0
        else:
            break
        fit, values = trial, trial_values
        damping = max(damping * 0.1, 1e-12)
        slow = _cost(fit, weight) > 0.9 * cost
        if slow and (not patient or fit.worst_db <= TOLERANCE_DB):
            break
    return fit


def _cost(fit: Fit, weight: Doubles) -> float:
    error = fit.error_db * weight
    return float((error * error).sum())


def _moved(triples: Doubles, free: tuple[int, ...], step: NDArray[np.floating[Any]]) -> Doubles:
    moved = triples.copy()
    factors = exp(np.clip(step, -_LONGEST_STEP, _LONGEST_STEP))
    if free[0] < 0:
        moved[0] *= factors[0]
        moved.ravel()[list(free[1:])] *= factors[1:]
    else:
        moved.ravel()[list(free)] *= factors
    return moved


def _slopes(triples: Doubles, values: Doubles, target: Target, free: tuple[int, ...]) -> Doubles:
    """d(level in dB)/d(logarithm of a free entry), `(free, grid)`."""
    slopes = triples[:, :, None] * target.basis
    # the third term of the quadratic holds −2√(B₀B₁), half of which goes with either logarithm
    slopes[:, :2] -= np.sqrt(triples[:, :1] * triples[:, 1:2])[:, :, None] * target.basis[2]
    sign = np.repeat([_DB_PER_NEPER, -_DB_PER_NEPER], len(triples) // 2)
    slopes *= (sign[:, None] / values)[:, None, :]
    chosen: Doubles = slopes.reshape(-1, len(target.x))[list(free)]
    if free[0] < 0:
        chosen[0] = _DB_PER_NEPER
    return chosen


def factor(triple: Doubles) -> tuple[float, float, float]:
    """The minimum-phase polynomial in z⁻¹ whose squared magnitude the triple is.

    √B₀ = p₀ + p₁ + p₂ and √B₁ = p₀ − p₁ + p₂ (the values at z = ±1), and √λ = 2(p₀ − p₂).
    """
    at_zero, at_nyquist, between = (math.sqrt(float(entry)) for entry in triple)
    outer = (at_zero + at_nyquist) / 2.0
    first = (outer + between / 2.0) / 2.0
    return first, (at_zero - at_nyquist) / 2.0, outer - first
