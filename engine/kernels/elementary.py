"""`engine.elementary` for arrays, and what windows and sincs are made of: the same bits everywhere.

NumPy's own exp, log, sin and cos have other last bits where the processor has AVX-512, or where it is
no x86. Only + − × ÷, √ and sums along an axis are used here (see also `engine.kernels.fixed_order`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.elementary import (
    LN2_HIGH,
    LN2_LOW,
    LN10,
    ROUNDER,
    cosine_series,
    exponential_series,
    logarithm_series,
    power_of_ten,
    reduced_exponential,
    sine_series,
)

Doubles = NDArray[np.float64]

_SQRT_HALF = float(np.sqrt(0.5))
#: Terms of I₀'s power series: enough for arguments up to 40.
_BESSEL_TERMS = 90


def _doubles(values: ArrayLike) -> Doubles:
    return np.asarray(values, dtype=np.float64)


def exp(values: ArrayLike) -> Doubles:
    """eˣ for |x| ≤ 700."""
    k, r, low = reduced_exponential(_doubles(values))
    return np.asarray(np.ldexp(exponential_series(r, low), k.astype(np.int64)))


def log10(values: ArrayLike) -> Doubles:
    """The logarithm to base 10; −∞ at 0."""
    x = _doubles(values)
    mantissa, exponent = np.frexp(np.where(x > 0.0, x, 1.0))
    low = mantissa < _SQRT_HALF
    mantissa = np.where(low, 2.0 * mantissa, mantissa)
    power = exponent.astype(np.float64) - low
    large, small = logarithm_series(mantissa)
    natural = power * LN2_HIGH + (large + (small + power * LN2_LOW))
    return np.where(x > 0.0, natural / LN10, -np.inf)


def _quarters(turn: Doubles) -> tuple[NDArray[np.int64], Doubles, Doubles]:
    """How many quarter turns, and sine and cosine of the rest."""
    whole = (2.0 * turn + ROUNDER) - ROUNDER
    rest = turn - 0.5 * whole
    return whole.astype(np.int64) & 3, sine_series(rest), cosine_series(rest)


def sin_pi(turn: ArrayLike) -> Doubles:
    """sin(π·turn) for |turn| < 2⁴⁰."""
    quarter, sine, cosine = _quarters(_doubles(turn))
    value = np.where(quarter % 2 == 0, sine, cosine)
    return np.where(quarter < 2, value, -value)


def cos_pi(turn: ArrayLike) -> Doubles:
    """cos(π·turn) for |turn| < 2⁴⁰."""
    quarter, sine, cosine = _quarters(_doubles(turn))
    value = np.where(quarter % 2 == 0, cosine, sine)
    return np.where((quarter == 0) | (quarter == 3), value, -value)


def sinc(position: ArrayLike) -> Doubles:
    """sin(πx)/(πx), 1 at 0."""
    x = _doubles(position)
    return np.where(x == 0.0, 1.0, sin_pi(x) / (np.pi * np.where(x == 0.0, 1.0, x)))


def bessel_i0(values: ArrayLike) -> Doubles:
    """The modified Bessel function of order 0 for |x| ≤ 40, by its power series, whose terms are ≥ 0."""
    quarter_square = 0.25 * _doubles(values) * _doubles(values)
    total = term = np.ones_like(quarter_square)
    for order in range(1, _BESSEL_TERMS):
        term = term * quarter_square / float(order * order)
        total = total + term
    return total


def geometric(first: float, ratio_decades: float, count: int) -> Doubles:
    """`count` values from `first` on, evenly spaced over `ratio_decades` powers of ten."""
    return np.array([first * power_of_ten(ratio_decades * n / (count - 1)) for n in range(count)])


def cosines(frequency: Doubles, count: int) -> Doubles:
    """cos(2π·n·frequency) for n = 0 … count − 1: `(count, len(frequency))`.

    Args:
        frequency: re a rate, any.
        count: how many.
    """
    step = 16
    fine, coarse = np.arange(min(step, count)), np.arange(0, count, step)
    turns = [2.0 * np.multiply.outer(order.astype(np.float64), frequency) for order in (fine, coarse)]
    (near_sine, near_cosine), (far_sine, far_cosine) = ((sin_pi(one), cos_pi(one)) for one in turns)
    # cos(a + b) = cos a·cos b − sin a·sin b
    table = far_cosine[:, None] * near_cosine[None] - far_sine[:, None] * near_sine[None]
    return np.asarray(table.reshape(-1, len(frequency))[:count])
