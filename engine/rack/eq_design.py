"""From an analogue EQ band to digital sections without cramping: plain numpy, no compiled code.

The analogue squared magnitude is a rational function of ω², that of a digital cascade one of
x = sin²(ω/2), and ω² = 4·asin²(√x) is about x(a + bx)/(1 + cx). Putting that in splits each
analogue root into a *main* one near the place where it is wanted and an *extra* one that
straightens the top octave. From there `engine.rack.eq_fit` fits the magnitude in dB: the main
quadratics alone, and where they do not come within `TOLERANCE_DB`, main and extra ones together,
which makes two sections of the band. Prototypes: `engine.session.response`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.elementary import log10, sin_pi
from engine.kernels import elementary as arrays
from engine.kernels.elementary import geometric
from engine.rack.complex_numbers import Complex, quadratic_roots
from engine.rack.eq_fit import TOLERANCE_DB, Target, factor, improve
from engine.session.response import Element, Prototype, Quadratic, elements, is_flat

Doubles = NDArray[np.float64]
#: B₀, B₁, λ of a quadratic in x, as in `engine.rack.eq_fit`.
Triple = tuple[float, float, float]

_ZERO = Complex(0.0)

#: Upper end of the fit as a fraction of the rate, a little above the promised 0.45.
_TOP = 0.4525
#: Weight above `_TOP`: keeps the curve sane up to Nyquist and costs nothing below.
_WEIGHT_ABOVE_TOP = 0.05
_ITERATIONS_SINGLE = 5
_ITERATIONS_DOUBLE = 10
_ITERATIONS_REWEIGHTED = 4
_REWEIGHTINGS = 3

#: a, b, c of ω² ≈ x(a + bx)/(1 + cx): least squares of the logarithm up to 0.455 of the rate, 4 %.
_WARP = (4.0323578, -1.9634849, -0.7527974)

#: Grid of the fit: in widths around a resonance, in multiples of its frequency, in rates.
_SPREAD = np.array([-4.0, -2.0, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 2.0, 4.0])
_AROUND = np.array([0.4, 0.6, 0.8, 0.9, 1.1, 1.25, 1.5, 2.2])
_EVERYWHERE = np.concatenate(
    [geometric(1e-5, log10(_TOP / 1e-5), 14), np.linspace(0.02, _TOP, 18), [0.46, 0.47, 0.48, 0.49]]
)


def design_band(band: Mapping[str, Any], sample_rate: int) -> Doubles:
    """Digital sections of one EQ band.

    The magnitude is within 0.1 dB of the analogue prototype from 0 to 0.45 of the rate (a notch is
    exact at its own frequency); above, it runs flat into Nyquist. The phase is minimum phase.

    Args:
        band: shape, frequency_hz (10 to 0.49 of the rate), gain_db (±24), q (0.1 to 20), of passes also
            `slope_db_per_octave`.
        sample_rate: Hz.

    Returns:
        `(sections, 5)` float64: b₀ b₁ b₂ a₁ a₂ with a₀ = 1, one or two sections for each of its
        filters; none where the band is flat, so that it passes the signal bit for bit.
    """
    if is_flat(band):
        return np.zeros((0, 5))
    frequency = band["frequency_hz"] / sample_rate
    return np.array([section for element in elements(band) for section in _design(element, frequency)])


@lru_cache(maxsize=1024)
def _design(element: Element, frequency: float) -> tuple[tuple[float, ...], ...]:
    triples = _fit_band(element.prototype(), frequency)
    half = len(triples) // 2
    return tuple(_section(triples[index], triples[half + index]) for index in range(half))


def _fit_band(analogue: Prototype, frequency: float) -> Doubles:
    """Triples of the numerators of one or two sections, then of their denominators."""
    target = _target(analogue, frequency)
    zeros, extra_zeros = _split(analogue.numerator, frequency)
    poles, extra_poles = _split(analogue.denominator, frequency)
    moving = (-1,) if _zeros_are_fixed(analogue.numerator) else (0, 1, 2)
    free = (*moving, 4, 5)
    fit = improve(np.array([zeros, poles]), free, target, _ITERATIONS_SINGLE, patient=False)
    if fit.worst_db <= TOLERANCE_DB:
        return fit.triples
    free = (*moving, 4, 5, 7, 8, 10, 11)
    start = np.array([zeros, extra_zeros, poles, extra_poles])
    fit = improve(start, free, target, _ITERATIONS_DOUBLE, patient=True)
    for _ in range(_REWEIGHTINGS):
        if fit.worst_db <= TOLERANCE_DB:
            break
        # lean on the points that are still off: least squares turns towards the least maximum
        error = np.abs(fit.error_db) / fit.worst_db
        weight = np.where(target.inside, target.weight * (0.3 + error), target.weight)
        target = replace(target, weight=weight)
        fit = improve(fit.triples, free, target, _ITERATIONS_REWEIGHTED, patient=True)
    return fit.triples


def _zeros_are_fixed(numerator: Quadratic) -> bool:
    """Whether both zeros lie on the frequency axis (high-pass, notch): they then stay there."""
    return numerator[0] > 0.0 and numerator[1] == 0.0


def _target(analogue: Prototype, frequency: float) -> Target:
    """The grid: everywhere, and finely around each resonance, as its width asks for."""
    parts = [_EVERYWHERE]
    for s2, s1, s0 in (analogue.numerator, analogue.denominator):
        if s0 == 0.0 or (s2 == 0.0 and s1 == 0.0):
            continue
        centre = frequency * (math.sqrt(s0 / s2) if s2 > 0.0 else s0 / s1)
        width = min(0.2, s1 / math.sqrt(s2 * s0)) if s2 > 0.0 and s1 > 0.0 else 0.2
        parts += [centre * (1.0 + width * _SPREAD), centre * _AROUND]
    grid = np.concatenate(parts)
    grid = grid[(grid > 1e-7) & (grid < 0.495)]
    if _zeros_are_fixed(analogue.numerator) and analogue.numerator[2] > 0.0:
        # on a notch itself the level is −∞ for the prototype and for the fit
        grid = grid[np.abs(grid / frequency - 1.0) > 1e-4]
    ratio = grid / frequency
    above, below = (power_of(part, ratio * ratio) for part in (analogue.numerator, analogue.denominator))
    sine = arrays.sin_pi(grid)
    x = sine * sine
    basis = np.stack([(1.0 - x) * (1.0 - x), x * x, x * (1.0 - x)])
    inside = grid <= _TOP
    weight = np.where(inside, 1.0, _WEIGHT_ABOVE_TOP)
    return Target(x, basis, inside, 10.0 * arrays.log10(above / below), weight)


def power_of(quadratic: Quadratic, ratio_squared: Doubles) -> Doubles:
    """The squared magnitude of a quadratic of a prototype at (frequency / the band's)²."""
    s2, s1, s0 = quadratic
    real = s0 - s2 * ratio_squared
    power: Doubles = real * real + s1 * s1 * ratio_squared
    return power


def _split(quadratic: Quadratic, frequency: float) -> tuple[Triple, Triple]:
    """Main and extra triple of an analogue quadratic: the start of the fit.

    Args:
        quadratic: coefficients of s², s, 1 at the band's frequency.
        frequency: the band's, as a fraction of the rate.
    """
    s2, _, s0 = quadratic
    a, b, c = _WARP
    radians = 2.0 * math.pi * frequency
    natural = radians * math.sqrt(s0 / s2) if s2 > 0.0 else 0.0
    sine = sin_pi(natural / (2.0 * math.pi)) if 0.0 < natural < 2.0 * math.pi else 0.0
    if 0.0 < natural < 0.99 * math.pi:
        # make the approximation of ω² exact where the resonance is
        x = sine * sine
        scale = natural * natural * (1.0 + c * x) / (x * (a + b * x))
        a, b = a * scale, b * scale
    main: list[Complex] = []
    extra: list[Complex] = []
    for omega_squared in _squared_roots(quadratic, radians):
        if omega_squared == _ZERO:
            main.append(_ZERO)
            extra.append(Complex(-a / b))
        else:
            middle = Complex(a) - omega_squared.scaled(c)
            small, large = quadratic_roots(Complex(b), middle, -omega_squared)
            main.append(small)
            extra.append(large)
    extra += [Complex(-1.0 / c)] * (2 - len(extra))
    if _zeros_are_fixed(quadratic):
        x = sine * sine
        return (x * x, (1.0 - x) * (1.0 - x), 0.0), _triple(extra)
    return _triple(main), _triple(extra)


def _squared_roots(quadratic: Quadratic, radians: float) -> tuple[Complex, ...]:
    """The values of ω² at which the quadratic's squared magnitude vanishes."""
    s2, s1, s0 = quadratic
    middle = s1 * s1 - 2.0 * s2 * s0
    scale = radians * radians
    if s2 > 0.0 and s0 > 0.0:
        first, second = quadratic_roots(Complex(s2 * s2), Complex(middle), Complex(s0 * s0))
        return first.scaled(scale), second.scaled(scale)
    if s2 > 0.0:
        return _ZERO, _ZERO
    return (Complex(-(s0 * s0) / middle * scale),) if s1 > 0.0 else ()


def _triple(roots: Sequence[Complex]) -> Triple:
    """(B₀, B₁, λ) of the quadratic in x that has these roots; kept off zero, where a fit is stuck."""
    c0, c1, c2 = Complex(1.0), _ZERO, _ZERO
    for root in roots:
        if root == _ZERO:
            c0, c1, c2 = _ZERO, c0, c1
        else:
            c0, c1, c2 = c0, c1 - c0 / root, c2 - c1 / root
    least = 1e-9 * max(c0.size(), c1.size(), c2.size())
    at_zero = max(c0.real, 0.0)
    at_nyquist = max((c0 + c1 + c2).real, least)
    mean = math.sqrt(at_zero * at_nyquist)
    return at_zero, at_nyquist, max(2.0 * c0.real + c1.real + 2.0 * mean, 1e-9 * mean)


def _section(numerator: Doubles, denominator: Doubles) -> tuple[float, ...]:
    """b₀ b₁ b₂ a₁ a₂ of a section: minimum-phase factors of both triples, a₀ = 1."""
    b0, b1, b2 = factor(numerator)
    a0, a1, a2 = factor(denominator)
    return b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0
