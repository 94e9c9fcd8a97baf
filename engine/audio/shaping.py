"""Noise-shaped dither for 16 bits: the error is fed back so that it falls where hearing is poor.

Curve: the threshold in quiet as E. Terhardt approximates it (*Calculating virtual pitch*, Hearing Research
1, 1979, eq. 1), T(f) = 3.64 f^−0.8 − 6.5 exp(−0.6 (f − 3.3)²) + 10^−3 f⁴ dB, f in kHz, followed by half
(`_FOLLOWED`) and up to `_HIGHEST_DB`: the noise as a whole rises by 9 dB, what is heard of it falls by 11 dB
or more. The shaping filter is the one of its order with the least power of noise weighted by that threshold:
the prediction error filter of the inverse threshold (M. Gerzon, P. Craven, *Optimal Noise Shaping and Dither
of Digital Signals*, AES preprint 2822, 1989, for the theorem; J. Makhoul, *Linear Prediction: A Tutorial
Review*, Proc. IEEE 63, 1975, for the recursion).

The dither is triangular as without shaping, and inside the loop: what is fed back is the whole
difference of output and quantiser input, so the error before shaping stays white and independent of
the signal (S. Lipshitz, R. Wannamaker, J. Vanderkooy, *Quantization and Dither*, JAES 40(5), 1992).
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.audio.dither import GAMMA, STEP, mix
from engine.compiler.abi import compiled
from engine.compiler.addresses import patterns_at, start_of
from engine.elementary import cos_pi, exp, log, power_of_ten

#: Order of the filter: the classic shapers have 5 to 9 coefficients.
_ORDER = 9
_HIGHEST_DB = 50.0
_LOWEST_KHZ = 0.1
_FOLLOWED = 0.5
_GRID = 512
#: Coefficients are rounded to this step, so that no machine's logarithm can move a bit of a file.
_COEFFICIENT_STEP = 2.0**-20
#: The error of the dithered quantiser is within this many steps; only saturation makes it larger.
_LARGEST_ERROR = 1.5

_EXPONENT = np.uint64(0x7FF0000000000000)
_LOW_HALF = np.uint64(0xFFFFFFFF)


def threshold_db(frequency_khz: float) -> float:
    """The threshold in quiet, dB; below 100 Hz that of 100 Hz, nowhere above `_HIGHEST_DB`."""
    f = max(frequency_khz, _LOWEST_KHZ)
    falling = exp(-0.8 * log(f))
    quiet: float = 3.64 * falling - 6.5 * exp(-0.6 * (f - 3.3) * (f - 3.3)) + 1e-3 * f * f * f * f
    return min(quiet, _HIGHEST_DB)


@functools.cache
def shaping_filter(sample_rate: int) -> tuple[float, ...]:
    """Coefficients c of the noise transfer function 1 + Σ c[k] z^−k at a sample rate, k from 1."""
    weights = [
        power_of_ten(-_FOLLOWED * threshold_db((n + 0.5) / _GRID * sample_rate / 2000.0) / 10.0)
        for n in range(_GRID)
    ]
    lags = [
        math.fsum(w * cos_pi((n + 0.5) / _GRID * k) for n, w in enumerate(weights)) for k in range(_ORDER + 1)
    ]
    filter_, error = [1.0], lags[0]
    for order in range(1, _ORDER + 1):
        reflection = -math.fsum(c * lags[order - k] for k, c in enumerate(filter_)) / error
        padded = [*filter_, 0.0]
        filter_ = [c + reflection * r for c, r in zip(padded, reversed(padded), strict=True)]
        error *= 1.0 - reflection * reflection
    return tuple(round(c / _COEFFICIENT_STEP) * _COEFFICIENT_STEP for c in filter_[1:])


@compiled(
    "UniTuple(int64, 2)(float64[:, ::1], int64, uint64, int64, float64[::1], float64[:, ::1], int32[:, ::1])"
)
def shaped_kernel(
    samples: Any, first_frame: Any, key: Any, bits: Any, coefficients: Any, errors: Any, out: Any
) -> Any:
    """The quantiser of this module's text; see `Shaper.quantise`.

    Args:
        samples: `(frames, channels)`.
        first_frame: position in the file, for the dither.
        key: of the dither.
        bits: word length.
        coefficients: `(order,)`.
        errors: `(channels, order)`, the latest errors of each channel in steps, the newest first.
        out: `(frames, channels)`.

    Returns:
        Saturated samples, and values that are not finite (their integers mean nothing).
    """
    scale = 2.0 ** (bits - 1)
    highest = scale - 1.0
    lowest = -scale
    saturated = np.int64(0)
    not_finite = np.int64(0)
    patterns = patterns_at(start_of(samples))
    channels = samples.shape[1]
    order = coefficients.shape[0]
    stream = mix(key + GAMMA)
    for frame in range(samples.shape[0]):
        for channel in range(channels):
            index = np.uint64((first_frame + frame) * channels + channel)
            word = mix(stream + index * GAMMA)
            halves = np.int64((word & _LOW_HALF) + (word >> np.uint64(32)) + np.uint64(1))
            wanted = samples[frame, channel] * scale
            for k in range(order):
                wanted += coefficients[k] * errors[channel, k]
            value = np.floor(wanted + (halves * STEP - 0.5))
            limited = min(max(value, lowest), highest)
            saturated += np.int64(limited != value)
            not_finite += np.int64((patterns[frame * channels + channel] & _EXPONENT) == _EXPONENT)
            out[frame, channel] = np.int32(limited)
            for k in range(order - 1, 0, -1):
                errors[channel, k] = errors[channel, k - 1]
            error = limited - wanted
            errors[channel, 0] = min(max(error, -_LARGEST_ERROR), _LARGEST_ERROR)
    return saturated, not_finite


class Shaper:
    """Quantises one file with shaped dither, block by block; the result does not depend on the blocks.

    Args:
        sample_rate: Hz, for the curve.
        channels: per frame.
        bits: word length.
        key: chooses the dither sequences.
    """

    def __init__(self, sample_rate: int, channels: int, bits: int, key: int) -> None:
        self._coefficients = np.array(shaping_filter(sample_rate))
        self._errors = np.zeros((channels, _ORDER))
        self._bits, self._key = bits, np.uint64(key & (2**64 - 1))
        self._frames = 0

    def quantise(self, samples: NDArray[np.float64], out: NDArray[np.int32]) -> int:
        """Dithers, shapes and quantises the next block into `out`.

        Args:
            samples: `(frames, channels)` float64, C order, full scale ±1.0.
            out: `(frames, channels)` int32, C order.

        Returns:
            How many samples had to be saturated.

        Raises:
            ValueError: a sample is NaN or infinite, which processing must never produce.
        """
        saturated, not_finite = shaped_kernel(
            samples, self._frames, self._key, self._bits, self._coefficients, self._errors, out
        )
        if not_finite:
            raise ValueError(f"{not_finite} samples after frame {self._frames} are not finite")
        self._frames += len(samples)
        return int(saturated)
