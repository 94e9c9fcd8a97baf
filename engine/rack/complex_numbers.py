"""Complex numbers of doubles, the same bits on every machine.

Python's own are computed in C, where a compiler may fuse products and sums (it does off x86) and √ and
|z| come from the C library.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Complex:
    """real + i·imag; finite, and far from what over- or underflows."""

    real: float
    imag: float = 0.0

    def __add__(self, other: Complex) -> Complex:
        return Complex(self.real + other.real, self.imag + other.imag)

    def __sub__(self, other: Complex) -> Complex:
        return Complex(self.real - other.real, self.imag - other.imag)

    def __mul__(self, other: Complex) -> Complex:
        return Complex(
            self.real * other.real - self.imag * other.imag, self.real * other.imag + self.imag * other.real
        )

    def __truediv__(self, other: Complex) -> Complex:
        square = other.real * other.real + other.imag * other.imag
        product = self * Complex(other.real, -other.imag)
        return Complex(product.real / square, product.imag / square)

    def __neg__(self) -> Complex:
        return Complex(-self.real, -self.imag)

    def scaled(self, factor: float) -> Complex:
        """This times a real number."""
        return Complex(self.real * factor, self.imag * factor)

    def size(self) -> float:
        """|z|."""
        return math.sqrt(self.real * self.real + self.imag * self.imag)

    def root(self) -> Complex:
        """The square root whose real part is ≥ 0."""
        if self.real == 0.0 and self.imag == 0.0:
            return Complex(0.0)
        large = math.sqrt((self.size() + abs(self.real)) / 2.0)
        small = abs(self.imag) / (2.0 * large)
        if self.real >= 0.0:
            return Complex(large, math.copysign(small, self.imag))
        return Complex(small, math.copysign(large, self.imag))


def quadratic_roots(k2: Complex, k1: Complex, k0: Complex) -> tuple[Complex, Complex]:
    """Roots of k₂z² + k₁z + k₀, the smaller one first, without cancellation."""
    root = (k1 * k1 - (k2 * k0).scaled(4.0)).root()
    # of k₁ + root and k₁ − root the larger one
    along = k1.real * root.real + k1.imag * root.imag >= 0.0
    half = (k1 + root if along else k1 - root).scaled(-0.5)
    return k0 / half, half / k2
