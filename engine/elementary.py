"""Elementary functions that give the same bits on every machine: for whatever a design is made of.

A C library promises exp, sin and the like only to within about a unit in the last place, picks other
code on other processors, and NumPy has code of its own for some of them. A filter designed with those
has other taps on another machine, and a master other samples. What is here uses nothing but + − × ÷ and
√, which IEEE 754 rounds correctly everywhere, and what takes a double apart exactly. Results are within
about one unit in the last place; what is exact in a double (1 at 0 dB, 10 at 20 dB, cos of a quarter
turn) comes out exact.

The series take plain doubles and arrays alike; `engine.kernels.elementary` has the same functions for
arrays.

Sources: Taylor series; W. J. Cody, W. Waite, *Software Manual for the Elementary Functions*, 1980 (ln 2
in two parts); T. J. Dekker, "A floating-point technique for extending the available precision",
Numerische Mathematik 18, 1971 (exact product).
"""

from __future__ import annotations

import math
from typing import Any

#: ln 2, ln 10 and log₁₀ 2, nearest doubles.
LN2 = 0.6931471805599453
LN10 = 2.302585092994046
LOG10_2 = 0.3010299956639812
#: ln 2 in two parts, the first with 20 zero bits at its end, so that its product with an exponent is exact.
LN2_HIGH = 0.693147180369123816490
LN2_LOW = 1.90821492927058770002e-10
#: What the doubles of ln 10 and π leave out.
LN10_LOW = -2.1707562233822494e-16
PI_LOW = 1.2246467991473532e-16

#: Added and taken away again, it rounds a double below 2⁵¹ to a whole number, halves to even.
ROUNDER = 1.5 * 2.0**52

_SPLITTER = 2.0**27 + 1.0
_SQRT_HALF = math.sqrt(0.5)
_EXPONENTIAL = tuple(1.0 / math.factorial(order) for order in range(14, 1, -1))
_LOGARITHM = tuple(2.0 / order for order in range(25, 2, -2))
_SINE = tuple((-1.0) ** (order // 2) / math.factorial(order) for order in range(19, 2, -2))
_COSINE = tuple((-1.0) ** (order // 2) / math.factorial(order) for order in range(20, 3, -2))


def _polynomial(x: Any, coefficients: tuple[float, ...]) -> Any:
    """Σ coefficients·xⁿ, the highest power first (Horner)."""
    total: Any = coefficients[0]
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


def exponential_series(r: Any, low: Any) -> Any:
    """e^(r + low) for |r| ≤ 0.35 and a `low` that is what r leaves out."""
    return 1.0 + (r + (low + r * r * _polynomial(r, _EXPONENTIAL)))


def logarithm_series(mantissa: Any) -> tuple[Any, Any]:
    """ln of √½ … √2 as f = m − 1, which is exact, and a small part.

    ln m = 2·artanh z with z = f/(f + 2), and 2z = f − z·f.
    """
    f = mantissa - 1.0
    z = f / (f + 2.0)
    zz = z * z
    half_square = 0.5 * f * f
    return f, z * (half_square + zz * _polynomial(zz, _LOGARITHM)) - half_square


def sine_series(turn: Any) -> Any:
    """sin(π·turn) for |turn| ≤ ¼."""
    x = math.pi * turn
    xx = x * x
    return x + (PI_LOW * turn + x * xx * _polynomial(xx, _SINE))


def cosine_series(turn: Any) -> Any:
    """cos(π·turn) for |turn| ≤ ¼."""
    x = math.pi * turn
    xx = x * x
    return 1.0 - (0.5 * xx - xx * xx * _polynomial(xx, _COSINE))


def exact_product(a: Any, b: Any) -> tuple[Any, Any]:
    """a·b as its nearest double and what that leaves out."""
    product = a * b
    shifted_a, shifted_b = a * _SPLITTER, b * _SPLITTER
    a_high = shifted_a - (shifted_a - a)
    b_high = shifted_b - (shifted_b - b)
    a_low, b_low = a - a_high, b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def reduced_exponential(x: Any) -> tuple[Any, Any, Any]:
    """k, r, low with e^x = 2^k·e^(r + low)."""
    k = (x / LN2 + ROUNDER) - ROUNDER
    return k, *_sum_of(x - k * LN2_HIGH, -k * LN2_LOW)


def reduced_power_of_ten(x: Any) -> tuple[Any, Any, Any]:
    """k, r, low with 10^x = 2^k·e^(r + low)."""
    k = (x * (LN10 / LN2) + ROUNDER) - ROUNDER
    product, left_out = exact_product(x, LN10)
    r, low = _sum_of(product - k * LN2_HIGH, -k * LN2_LOW)
    return k, *_sum_of(r, low + (left_out + x * LN10_LOW))


def _sum_of(large: Any, small: Any) -> tuple[Any, Any]:
    """A sum as its nearest double and what that leaves out; |large| ≥ |small|, or large is 0."""
    total = large + small
    return total, (large - total) + small


def exp(x: float) -> float:
    """eˣ; 0.0 far below, +∞ far above."""
    if not -745.0 < x < 709.0:
        return 0.0 if x < 0.0 else math.inf
    k, r, low = reduced_exponential(x)
    return math.ldexp(exponential_series(r, low), int(k))


def power_of_ten(x: float) -> float:
    """10ˣ; 0.0 far below, +∞ far above."""
    if not -323.0 < x < 308.0:
        return 0.0 if x < 0.0 else math.inf
    k, r, low = reduced_power_of_ten(x)
    return math.ldexp(exponential_series(r, low), int(k))


def log(x: float) -> float:
    """The natural logarithm of a finite x > 0."""
    mantissa, exponent = math.frexp(x)
    if mantissa < _SQRT_HALF:
        mantissa, exponent = 2.0 * mantissa, exponent - 1
    large, small = logarithm_series(mantissa)
    return float(exponent * LN2_HIGH + (large + (small + exponent * LN2_LOW)))


def log10(x: float) -> float:
    """The logarithm to base 10 of a finite x > 0; of 10ⁿ it is n."""
    found = log(x) / LN10
    whole: float = (found + ROUNDER) - ROUNDER
    # a whole power of ten is what its logarithm says, whatever the last bit of ln
    exact = abs(found - whole) < 1e-13 and power_of_ten(whole) == x
    return whole if exact else found


def sin_pi(turn: float) -> float:
    """sin(π·turn) for |turn| < 2⁴⁰."""
    whole = (2.0 * turn + ROUNDER) - ROUNDER
    rest = turn - 0.5 * whole
    quarter = int(whole) & 3
    value = sine_series(rest) if quarter % 2 == 0 else cosine_series(rest)
    return float(value if quarter < 2 else -value)


def cos_pi(turn: float) -> float:
    """cos(π·turn) for |turn| < 2⁴⁰."""
    whole = (2.0 * turn + ROUNDER) - ROUNDER
    rest = turn - 0.5 * whole
    quarter = int(whole) & 3
    value = cosine_series(rest) if quarter % 2 == 0 else sine_series(rest)
    return float(value if quarter in (0, 3) else -value)


def tan_pi(turn: float) -> float:
    """tan(π·turn) for |turn| < ½."""
    return sin_pi(turn) / cos_pi(turn)
