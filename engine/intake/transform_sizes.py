"""Lengths that a Fourier transform is quick at, without importing SciPy for them."""

from __future__ import annotations


def quick_length(least: int, *, real: bool) -> int:
    """The smallest length of at least `least` that has small prime factors only: those of `scipy.fft`.

    Args:
        least: ≥ 1.
        real: factors 2, 3 and 5, for transforms of real values; otherwise 7 and 11 as well.
    """
    factors = (2, 3, 5) if real else (2, 3, 5, 7, 11)
    length = least
    while not _is_product(length, factors):
        length += 1
    return length


def _is_product(number: int, factors: tuple[int, ...]) -> bool:
    for factor in factors:
        while number % factor == 0:
            number //= factor
    return number == 1
