"""From float64 to integers: TPDF dither, once, at the last reduction of word length.

The dither of a sample is a pure function of the key and of the sample's number in the file (frame ·
channels + channel): the same file comes out whatever the size of the blocks, and neither two channels
nor two files with different keys share a sequence.

Quantiser: `floor(x / LSB + d + 1/2)`, LSB = 2^(1 − bits), saturated to [−2^(bits−1), 2^(bits−1) − 1],
with d the sum of two independent uniform variables of 1 LSB width (triangular, −1 … 1 LSB). The total
error then has mean 0 and variance LSB²/4, both independent of the signal (Lipshitz, Wannamaker,
Vanderkooy, *Quantization and Dither: A Theoretical Survey*, JAES 40(5), 1992).

Digital silence is dithered like everything else: no "auto black", so that the noise floor does not
switch on and off with the programme and a fade is dithered to its end.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import compiled, inlined
from engine.compiler.addresses import doubles_at, integers_at, patterns_at, start_of

# splitmix64: Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators*, OOPSLA 2014: the
# increment is the odd integer nearest 2^64 / golden ratio, the mix is David Stafford's variant 13.
GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_LOW_HALF = np.uint64(0xFFFFFFFF)

_EXPONENT = np.uint64(0x7FF0000000000000)
#: 2^−32, the width of one of 2^32 uniform steps within an LSB.
STEP = 2.0**-32


@inlined
def mix(z: Any) -> Any:
    """The output function of splitmix64."""
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


@compiled("UniTuple(int64, 2)(float64[:, ::1], int64, uint64, int64, int32[:, ::1])")
def quantise_kernel(samples: Any, first_frame: Any, key: Any, bits: Any, out: Any) -> Any:
    """The quantiser of this module's text; see `quantise`.

    Returns:
        Saturated samples, and values that are not finite (their integers mean nothing).
    """
    scale = 2.0 ** (bits - 1)
    highest = scale - 1.0
    lowest = -scale
    saturated = np.int64(0)
    not_finite = np.int64(0)
    values = doubles_at(start_of(samples))
    patterns = patterns_at(start_of(samples))
    integers = integers_at(start_of(out))
    stream = mix(key + GAMMA)
    # Every sample of the file has its own number, so neither frames nor channels share a word.
    first = np.uint64(first_frame) * np.uint64(samples.shape[1])
    for index in range(np.uint64(samples.size)):
        word = mix(stream + (first + index) * GAMMA)
        # Two halves of one word are two independent uniforms u, v of 0 … 2^32 − 1. With half a
        # step added to each, d = (u + v + 1)·2^−32 − 1 is symmetric about 0; + ½ is the rounding.
        halves = np.int64((word & _LOW_HALF) + (word >> np.uint64(32)) + np.uint64(1))
        value = np.floor(values[index] * scale + (halves * STEP - 0.5))
        limited = min(max(value, lowest), highest)
        saturated += np.int64(limited != value)
        not_finite += np.int64((patterns[index] & _EXPONENT) == _EXPONENT)
        integers[index] = np.int32(limited)
    return saturated, not_finite


def quantise(
    samples: NDArray[np.float64], *, bits: int, key: int, first_frame: int, out: NDArray[np.int32]
) -> int:
    """Dithers and quantises a block into `out`.

    Args:
        samples: `(frames, channels)` float64, C order, full scale ±1.0.
        bits: word length, 8 to 24.
        key: chooses the dither sequences, any integer (its low 64 bits count).
        first_frame: position of the block's first frame in the file, ≥ 0.
        out: `(frames, channels)` int32, C order; receives −2^(bits−1) … 2^(bits−1) − 1.

    Returns:
        How many samples had to be saturated.

    Raises:
        ValueError: a sample is NaN or infinite, which processing must never produce.
    """
    saturated, not_finite = quantise_kernel(samples, first_frame, np.uint64(key & (2**64 - 1)), bits, out)
    if not_finite:
        raise ValueError(f"{not_finite} samples after frame {first_frame} are not finite")
    return int(saturated)
