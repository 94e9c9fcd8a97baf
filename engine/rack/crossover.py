"""Crossovers of fourth order whose bands add up to an all-pass, and what keeps bands in phase.

The low and the high band of a Linkwitz-Riley crossover are two equal Butterworth sections each;
they are in phase everywhere and their sum is an all-pass of second order with the poles of one
section. The bilinear transform keeps that exactly. Source: S. Linkwitz, "Active crossover networks
for noncoincident drivers", JAES 24(1), 1976.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.elementary import tan_pi

Doubles = NDArray[np.float64]


def _denominator(frequency_hz: float, sample_rate: int) -> tuple[float, float, float, float]:
    """tan(π·f/rate), then a₁, a₂ and the gain of a Butterworth section of second order."""
    if not 0.0 < frequency_hz < 0.5 * sample_rate:
        raise ValueError(f"{frequency_hz:g} Hz is no crossover at a rate of {sample_rate} Hz")
    k = tan_pi(frequency_hz / sample_rate)
    gain = 1.0 / (1.0 + math.sqrt(2.0) * k + k * k)
    return k, 2.0 * (k * k - 1.0) * gain, (1.0 - math.sqrt(2.0) * k + k * k) * gain, gain


def low_pass_section(frequency_hz: float, sample_rate: int) -> Doubles:
    """`(1, 5)`: a Butterworth low-pass of second order, b₀ b₁ b₂ a₁ a₂ with a₀ = 1.

    Args:
        frequency_hz: between 0 and half the rate.
        sample_rate: Hz.

    Raises:
        ValueError: for a frequency out of that range.
    """
    k, a1, a2, gain = _denominator(frequency_hz, sample_rate)
    return np.array([[k * k * gain, 2.0 * k * k * gain, k * k * gain, a1, a2]])


def band_pass_section(frequency_hz: float, sample_rate: int) -> Doubles:
    """Likewise s/(s² + √2·s + 1), which is 1/√2 at its frequency."""
    k, a1, a2, gain = _denominator(frequency_hz, sample_rate)
    return np.array([[k * gain, 0.0, -k * gain, a1, a2]])


def high_pass_section(frequency_hz: float, sample_rate: int) -> Doubles:
    """Likewise the high-pass; √2 times the band-pass, the low- and the high-pass add up to 1."""
    _, a1, a2, gain = _denominator(frequency_hz, sample_rate)
    return np.array([[gain, -2.0 * gain, gain, a1, a2]])


def all_pass_section(frequency_hz: float, sample_rate: int) -> Doubles:
    """Likewise the all-pass that the bands of a crossover add up to."""
    _, a1, a2, _ = _denominator(frequency_hz, sample_rate)
    return np.array([[a2, a1, 1.0, a1, a2]])


def low_band(frequency_hz: float, sample_rate: int) -> Doubles:
    """`(2, 5)`: what is below a crossover."""
    return np.repeat(low_pass_section(frequency_hz, sample_rate), 2, axis=0)


def high_band(frequency_hz: float, sample_rate: int) -> Doubles:
    """`(2, 5)`: what is above a crossover."""
    return np.repeat(high_pass_section(frequency_hz, sample_rate), 2, axis=0)


def band_cascades(crossovers_hz: Sequence[float], sample_rate: int) -> tuple[Doubles, ...]:
    """The filters of all bands, from the lowest: they add up to the all-passes of all crossovers.

    A band passes the all-pass of every crossover above it that does not bound it; without these the
    bands would not be in phase.

    Args:
        crossovers_hz: ascending.
        sample_rate: Hz.

    Returns:
        `(sections, 5)` of each band, one band more than crossovers.
    """
    bands = []
    for band in range(len(crossovers_hz) + 1):
        parts = [high_band(frequency, sample_rate) for frequency in crossovers_hz[:band]]
        if band < len(crossovers_hz):
            parts.append(low_band(crossovers_hz[band], sample_rate))
        parts += [all_pass_section(frequency, sample_rate) for frequency in crossovers_hz[band + 1 :]]
        bands.append(np.concatenate(parts))
    return tuple(bands)
