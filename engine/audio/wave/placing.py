"""Where fewer bits than a container holds stand in it: at the upper end, as the format asks, or below."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from engine.audio.wave.format import WaveFormat

#: What is looked at: frames per place, and places of the file.
_FRAMES_AT_A_PLACE, _PLACES = 8192, 8


def upper_end(descriptor: int, data_offset: int, data_bytes: int, form: WaveFormat) -> int | None:
    """Bits of a PCM sample that count, read from the upper end of its container.

    Args:
        descriptor: of the open file.
        data_offset: where the samples begin.
        data_bytes: how many bytes of them there are.
        form: with fewer valid bits than its container.

    Returns:
        The declared valid bits where the rest is zero; those of the container where it is used after all;
        None where the samples stand at the lower end (the upper bits only repeat the sign).
    """
    spare = form.container_bits - form.valid_bits
    below = above = False
    last = max(0, data_bytes // form.frame_bytes - _FRAMES_AT_A_PLACE)
    for place in sorted({last * step // max(1, _PLACES - 1) for step in range(_PLACES)}):
        raw = os.pread(
            descriptor, _FRAMES_AT_A_PLACE * form.frame_bytes, data_offset + place * form.frame_bytes
        )
        samples = _integers(raw, form.container_bits)
        below = below or bool(np.any(samples & ((1 << spare) - 1)))
        limit = 1 << (form.valid_bits - 1)
        above = above or bool(np.any((samples < -limit) | (samples >= limit)))
    if not below:
        return form.valid_bits
    return form.container_bits if above else None


def _integers(raw: bytes, container_bits: int) -> NDArray[np.int64]:
    """Little-endian signed integers of 16, 24 or 32 bits."""
    width = container_bits // 8
    table = np.frombuffer(raw[: len(raw) // width * width], np.uint8).reshape(-1, width).astype(np.int64)
    values = sum((table[:, byte] << (8 * byte) for byte in range(width)), np.zeros(len(table), np.int64))
    sign = 1 << (container_bits - 1)
    return (values ^ sign) - sign
