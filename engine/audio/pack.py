"""Samples into the byte layouts of files, compiled and without the GIL."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import compiled
from engine.compiler.addresses import doubles_at, floats_at, integers_at, start_of

#: 2^−126, the smallest normal number of 32-bit float (IEEE 754).
_SMALLEST_NORMAL = 2.0**-126
#: Values from here on round to infinity: the largest 32-bit float plus half a step of its last digit.
_LARGEST_ROUNDED = (2.0 - 2.0**-24) * 2.0**127


@compiled("void(int32[:, ::1], uint8[::1])")
def pack_24(integers: Any, out: Any) -> None:
    """Packs 24-bit integers into three little-endian bytes each, interleaved.

    Args:
        integers: `(frames, channels)` int32 within ±2^23.
        out: `3 · frames · channels` bytes.
    """
    flat = integers_at(start_of(integers))
    three = np.uint64(3)
    for index in range(np.uint64(integers.size)):
        value = np.uint32(flat[index])
        out[index * three] = np.uint8(value)
        out[index * three + np.uint64(1)] = np.uint8(value >> np.uint32(8))
        out[index * three + np.uint64(2)] = np.uint8(value >> np.uint32(16))


@compiled("int64(float64[:, ::1], float32[:, ::1])")
def round_float32(samples: Any, out: Any) -> Any:
    """Rounds float64 to the nearest float32; what would become denormal becomes 0.

    Args:
        samples: `(frames, channels)` float64.
        out: the same shape, float32.

    Returns:
        How many values do not fit: NaN, infinite or beyond the largest float32.
    """
    values = doubles_at(start_of(samples))
    rounded = floats_at(start_of(out))
    misfits = np.int64(0)
    for index in range(np.uint64(samples.size)):
        magnitude = abs(values[index])
        misfits += np.int64(not magnitude < _LARGEST_ROUNDED)
        rounded[index] = np.float32(values[index] if magnitude >= _SMALLEST_NORMAL else 0.0)
    return misfits
