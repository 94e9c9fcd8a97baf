"""From the bytes of a wave file to columns of float64, compiled and without the GIL."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import carray, compiled, inlined
from engine.compiler.addresses import (
    doubles_at,
    floats_at,
    integers_at,
    patterns_at,
    short_patterns_at,
    shorts_at,
    start_of,
)

#: What `decode` calls the sample formats, by their soundfile name.
ENCODING_CODES = {"PCM_16": 0, "PCM_24": 1, "PCM_32": 2, "FLOAT": 3, "DOUBLE": 4}

_SCALE_16 = 2.0**-15
_SCALE_32 = 2.0**-31
_EXPONENT_32 = np.uint32(0x7F800000)
_EXPONENT_64 = np.uint64(0x7FF0000000000000)
_UPPER_24 = np.uint32(0xFFFFFF00)


@inlined
def decoded_row(raw: Any, encoding: Any, out: Any) -> Any:
    """Decodes samples that lie in a row and belong in a row: constant steps, so that it vectorises.

    Four samples of 24 bit are taken from three words of 32 (a third of the loads).
    """
    samples = np.uint64(out.size)
    bad = np.int64(0)
    if encoding == 0:
        shorts = shorts_at(start_of(raw))
        for index in range(samples):
            out[index] = shorts[index] * _SCALE_16
    elif encoding == 1:
        words = short_patterns_at(start_of(raw))
        for group in range(samples >> np.uint64(2)):
            at, word = group << np.uint64(2), group * np.uint64(3)
            one, two, three = words[word], words[word + np.uint64(1)], words[word + np.uint64(2)]
            second = (one >> np.uint32(16)) | (two << np.uint32(16))
            third = (two >> np.uint32(8)) | (three << np.uint32(24))
            out[at] = np.int32(one << np.uint32(8)) * _SCALE_32
            out[at + np.uint64(1)] = np.int32(second & _UPPER_24) * _SCALE_32
            out[at + np.uint64(2)] = np.int32(third & _UPPER_24) * _SCALE_32
            out[at + np.uint64(3)] = np.int32(three & _UPPER_24) * _SCALE_32
        for index in range(samples >> np.uint64(2) << np.uint64(2), samples):
            byte = index * np.uint64(3)
            low = np.uint32(raw[byte]) << np.uint32(8)
            middle = np.uint32(raw[byte + np.uint64(1)]) << np.uint32(16)
            high = np.uint32(raw[byte + np.uint64(2)]) << np.uint32(24)
            out[index] = np.int32(low | middle | high) * _SCALE_32
    elif encoding == 2:
        longs = integers_at(start_of(raw))
        for index in range(samples):
            out[index] = longs[index] * _SCALE_32
    elif encoding == 3:
        floats = floats_at(start_of(raw))
        patterns = short_patterns_at(start_of(raw))
        for index in range(samples):
            out[index] = floats[index]
            bad += np.int64((patterns[index] & _EXPONENT_32) == _EXPONENT_32)
    else:
        doubles = doubles_at(start_of(raw))
        wide = patterns_at(start_of(raw))
        for index in range(samples):
            out[index] = doubles[index]
            bad += np.int64((wide[index] & _EXPONENT_64) == _EXPONENT_64)
    return bad


@compiled("int64(uint8[::1], int64, int64, float64[:, ::1], int64, int64)")
def decode(raw: Any, encoding: Any, channels: Any, out: Any, first_column: Any, columns: Any) -> Any:
    """Decodes interleaved little-endian samples into columns of a frame matrix.

    Integers of b bits are scaled by 2^−(b−1), exactly. 24-bit samples are put into the upper bytes
    of 32 bits, so that they share that scale.

    Args:
        raw: bytes, at least `len(out)` frames.
        encoding: a value of `ENCODING_CODES`.
        channels: interleaved channels; 1 feeds every column, else equal to `columns`.
        out: `(frames, any)` float64; all its rows are filled.
        first_column: first column to fill.
        columns: how many.

    Returns:
        How many values in `out` are NaN or infinite (float encodings; 0 for integers).
    """
    if out.shape[1] == columns and channels == columns:
        return decoded_row(raw, encoding, carray(doubles_at(start_of(out)), (out.size,)))
    frames = np.uint64(out.shape[0])
    step = np.uint64(channels)
    bad = np.int64(0)
    # One channel after the other: the inner loop then has constant strides and no inner trip count.
    for lane in range(np.uint64(columns)):
        column = np.uint64(first_column) + lane
        at = lane if channels > 1 else np.uint64(0)
        if encoding == 0:
            shorts = shorts_at(start_of(raw))
            for frame in range(frames):
                out[frame, column] = shorts[frame * step + at] * _SCALE_16
        elif encoding == 1:
            for frame in range(frames):
                byte = (frame * step + at) * np.uint64(3)
                low = np.uint32(raw[byte]) << np.uint32(8)
                middle = np.uint32(raw[byte + np.uint64(1)]) << np.uint32(16)
                high = np.uint32(raw[byte + np.uint64(2)]) << np.uint32(24)
                out[frame, column] = np.int32(low | middle | high) * _SCALE_32
        elif encoding == 2:
            longs = integers_at(start_of(raw))
            for frame in range(frames):
                out[frame, column] = longs[frame * step + at] * _SCALE_32
        elif encoding == 3:
            floats = floats_at(start_of(raw))
            words = short_patterns_at(start_of(raw))
            for frame in range(frames):
                out[frame, column] = floats[frame * step + at]
                bad += np.int64((words[frame * step + at] & _EXPONENT_32) == _EXPONENT_32)
        else:
            doubles = doubles_at(start_of(raw))
            patterns = patterns_at(start_of(raw))
            for frame in range(frames):
                out[frame, column] = doubles[frame * step + at]
                bad += np.int64((patterns[frame * step + at] & _EXPONENT_64) == _EXPONENT_64)
    return bad
