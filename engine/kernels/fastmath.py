"""log₂ and 2ˣ for doubles, made of additions, multiplications and bit patterns.

They work on a plain double and on `engine.compiler.lanes` alike, without a branch or a table, and
give the same bits on every processor. As levels: log₂ is within 1·10⁻⁸ dB, 2ˣ within 2·10⁻⁹ dB
of the truth; whole powers of two are exact, so 0 dB is a gain of exactly 1.0.
"""

from __future__ import annotations

import math
import struct
from typing import Any

from engine.compiler.abi import inlined
from engine.compiler.lanes import bits, from_bits, fused
from engine.elementary import LN2, LOG10_2

#: dB of amplitude per octave: 20·log₁₀ 2.
DB_PER_OCTAVE = 20.0 * LOG10_2


def _pattern(value: float) -> int:
    return int(struct.unpack("<q", struct.pack("<d", value))[0])


#: A double this large has no fraction bits, so that its low bits are a whole number.
_WHOLE = 1.5 * 2.0**52
_WHOLE_BITS = _pattern(_WHOLE)
_SQRT_HALF_BITS = _pattern(math.sqrt(0.5))

# log₂(m) = 2/ln 2 · (z + z³/3 + z⁵/5 + z⁷/7 + z⁹/9 + …) with z = (m − 1)/(m + 1); for m in √½…√2,
# z² ≤ 0.0295 and the terms left out are below 1.1·10⁻⁹ octave.
_L1, _L3, _L5, _L7, _L9 = (2.0 / LN2 / order for order in (1, 3, 5, 7, 9))

# 2^f = Σ (f·ln 2)^k/k!; for |f| ≤ ½ the terms left out are below 2.1·10⁻¹⁰.
_E1, _E2, _E3, _E4, _E5, _E6, _E7, _E8 = (
    math.prod([LN2] * order) / math.factorial(order) for order in range(1, 9)
)


@inlined
def log2(x: Any) -> Any:
    """Logarithm to base 2 of a normal, positive, finite double (or lanes of such)."""
    exponent = (bits(x) - _SQRT_HALF_BITS) >> 52
    mantissa = from_bits(bits(x) - (exponent << 52))
    z = (mantissa - 1.0) / (mantissa + 1.0)
    zz = z * z
    series = fused(zz, fused(zz, fused(zz, fused(zz, _L9, _L7), _L5), _L3), _L1)
    return fused(z, series, from_bits(exponent + _WHOLE_BITS) - _WHOLE)


@inlined
def exp2(x: Any) -> Any:
    """2 to the power x, for |x| ≤ 1000 (a double, or lanes)."""
    whole = x + _WHOLE
    f = x - (whole - _WHOLE)
    series = fused(f, fused(f, fused(f, fused(f, _E8, _E7), _E6), _E5), _E4)
    power = fused(f, fused(f, fused(f, fused(f, series, _E3), _E2), _E1), 1.0)
    return from_bits(bits(power) + (bits(whole) << 52))
