"""Linear algebra and the Fourier transform of designs, in an order that no processor changes.

NumPy hands matrix products, solvers and convolutions to a BLAS, which has kernels of its own for each
processor; it fuses products of complex numbers where it can, and its FFT is another program where there
is no x86. Here everything is a sum or a product of real arrays, which IEEE 754 rounds the same way
everywhere. It is for designs: small, and made once.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.kernels.elementary import cos_pi, cosines, sin_pi

Doubles = NDArray[np.float64]


def convolved(first: Doubles, second: Doubles) -> Doubles:
    """The full convolution of two sequences; the second one better the shorter."""
    result = np.zeros(len(first) + len(second) - 1)
    for place, value in enumerate(second.tolist()):
        result[place : place + len(first)] += first * value
    return result


def inner_products(rows: Doubles, others: Doubles) -> Doubles:
    """`(len(rows), len(others))`: the sums of products of each row with each of the others."""
    return np.asarray((rows[:, None, :] * others[None, :, :]).sum(axis=-1))


def solve_symmetric(matrix: Doubles, right: Doubles) -> Doubles:
    """Solves matrix·x = right by LDLᵀ, for a symmetric matrix that is positive but for rounding.

    Args:
        matrix: `(n, n)`.
        right: `(n,)`.
    """
    rest, x = matrix.copy(), right.copy()
    size = len(x)
    pivots = np.empty(size)
    columns: list[Doubles] = []
    for n in range(size):
        pivots[n] = rest[n, n]
        below = rest[n + 1 :, n]
        columns.append(below / pivots[n])
        rest[n + 1 :, n + 1 :] -= columns[n][:, None] * below
        x[n + 1 :] -= columns[n] * x[n]
    x /= pivots
    for n in range(size - 1, -1, -1):
        x[n] -= (columns[n] * x[n + 1 :]).sum()
    return x


class CosineFit:
    """Weighted least squares with Σ a_m·c_m·cos(2π·f·d_m), d_m = m or m + ½; c is 1 at d = 0, else 2.

    The normal equations' matrix is made of one row of sums, because 2·cos a·cos b is
    cos(a − b) + cos(a + b).

    Args:
        frequency: the grid, re a rate.
        count: of the amplitudes.
        halves: whether the distances d are m + ½.

    Attributes:
        rows: `(count, grid)`: c_m·cos(2π·f·d_m).
    """

    def __init__(self, frequency: Doubles, count: int, *, halves: bool) -> None:
        self._weights = np.full(count, 2.0)
        whole = cosines(frequency, 2 * count)
        if halves:
            cosine = cosines(0.5 * frequency, 2 * count)[1::2]
        else:
            cosine = whole[:count]
            self._weights[0] = 1.0
        self.rows = self._weights[:, None] * cosine
        self._whole = whole
        place = np.arange(count)
        self._differences = np.abs(place[:, None] - place)
        self._sums = place[:, None] + place + int(halves)

    def amplitudes(self, wanted: Doubles, weight: Doubles) -> Doubles:
        """The amplitudes that come nearest to `wanted`, each point of the grid with its weight."""
        squared = weight * weight
        sums = (self._whole * squared).sum(axis=1)
        matrix = 0.5 * (sums[self._differences] + sums[self._sums])
        matrix *= self._weights[:, None] * self._weights
        return solve_symmetric(matrix, (self.rows * (squared * wanted)).sum(axis=1))

    def values(self, amplitudes: Doubles) -> Doubles:
        """What amplitudes come to on the grid."""
        return np.asarray((self.rows * amplitudes[:, None]).sum(axis=0))


@lru_cache(maxsize=8)
def _turns(points: int) -> tuple[Doubles, Doubles]:
    """exp(−2πi·k/points) for half a turn, as real and imaginary parts."""
    turn = np.arange(points // 2) * (2.0 / points)
    return cos_pi(turn), -sin_pi(turn)


def fourier_transform(real: Doubles, imaginary: Doubles) -> tuple[Doubles, Doubles]:
    """Σ x[n]·exp(−2πi·k·n/N) along the last axis, whose length N is a power of two.

    Source: T. G. Stockham's ordering, in W. T. Cochran et al., "What is the fast Fourier transform?",
    Proceedings of the IEEE 55, 1967: no step reverses bits.

    Args:
        real: `(…, N)` …
        imaginary: … and the same of the imaginary parts.
    """
    shape, points = real.shape, real.shape[-1]
    turn_real, turn_imaginary = _turns(points)
    r, i = real.reshape(-1, points, 1), imaginary.reshape(-1, points, 1)
    length = points
    while length > 1:
        length //= 2
        stride = points // (2 * length)
        tr, ti = turn_real[::stride][:, None], turn_imaginary[::stride][:, None]
        dr, di = r[:, :length] - r[:, length:], i[:, :length] - i[:, length:]
        r = np.concatenate([r[:, :length] + r[:, length:], dr * tr - di * ti], axis=2)
        i = np.concatenate([i[:, :length] + i[:, length:], dr * ti + di * tr], axis=2)
    return r.reshape(shape), i.reshape(shape)


def impulse_of_even(response: Doubles) -> Doubles:
    """The real, even impulse response of a real response at 0 … N/2: `(N,)`, its middle at place 0."""
    whole = np.concatenate([response, response[-2:0:-1]])
    return np.asarray(fourier_transform(whole, np.zeros_like(whole))[0] / len(whole))
