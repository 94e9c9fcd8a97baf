"""Writes wave files: a RIFF header that becomes RF64 when the file passes 4 GiB.

Nothing in the file depends on the clock, so the same samples give the same bytes (libsndfile's float
files carry a `PEAK` chunk with the time). Layout: `RIFF`, a `JUNK` chunk of 28 bytes that keeps the
place of `ds64` (EBU Tech 3306, clause 3), `fmt `, `fact` for float (RIFF specification: required for
all but PCM), `data`. One or two channels get the plain format tags, which every tool reads; more get
`WAVEFORMATEXTENSIBLE`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.audio.pack import pack_24, round_float32
from engine.audio.wave.chunks import SIZE_ELSEWHERE
from engine.audio.wave.format import (
    FORMAT_EXTENSIBLE,
    FORMAT_FLOAT,
    FORMAT_PCM,
    SUBFORMAT_GUID_TAIL,
)
from engine.files import AtomicFile

#: The largest RIFF size that 32 bits can say; all ones means "see `ds64`".
RIFF_LIMIT_BYTES = SIZE_ELSEWHERE - 1
_DS64_BYTES = 28
#: Speaker positions by channel count (WAVEFORMATEXTENSIBLE dwChannelMask): L R C Ls Rs, and with LFE.
_CHANNEL_MASKS = {5: 0x37, 6: 0x3F}


@dataclass(frozen=True)
class WavFormat:
    """How the samples of a wave file are stored.

    Attributes:
        sample_rate: Hz.
        channels: interleaved.
        bits: 16 or 24 for integers, 32 for float.
    """

    sample_rate: int
    channels: int
    bits: int

    @property
    def is_float(self) -> bool:
        """Whether the samples are 32-bit float."""
        return self.bits == 32

    @property
    def frame_bytes(self) -> int:
        """Bytes per frame."""
        return self.channels * self.bits // 8


def wav_header(wav: WavFormat, frames: int) -> bytes:
    """The header of a file of `frames` frames; its length does not depend on `frames`.

    A file whose RIFF size exceeds `RIFF_LIMIT_BYTES` becomes RF64.
    """
    data_bytes = frames * wav.frame_bytes
    fact = struct.pack("<4sII", b"fact", 4, min(frames, SIZE_ELSEWHERE)) if wav.is_float else b""
    body = _format_chunk(wav) + fact
    riff_bytes = 4 + 8 + _DS64_BYTES + len(body) + 8 + data_bytes + (data_bytes & 1)
    if riff_bytes > RIFF_LIMIT_BYTES:
        ds64 = struct.pack("<4sIQQQI", b"ds64", _DS64_BYTES, riff_bytes, data_bytes, frames, 0)
        head = struct.pack("<4sI4s", b"RF64", SIZE_ELSEWHERE, b"WAVE") + ds64
        return head + body + struct.pack("<4sI", b"data", SIZE_ELSEWHERE)
    junk = struct.pack("<4sI", b"JUNK", _DS64_BYTES) + bytes(_DS64_BYTES)
    head = struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE") + junk
    return head + body + struct.pack("<4sI", b"data", data_bytes)


def _format_chunk(wav: WavFormat) -> bytes:
    tag = FORMAT_FLOAT if wav.is_float else FORMAT_PCM
    extension = b""
    if wav.channels > 2:
        mask = _CHANNEL_MASKS.get(wav.channels, 0)
        extension = struct.pack("<HHIH", 22, wav.bits, mask, tag) + SUBFORMAT_GUID_TAIL
        tag = FORMAT_EXTENSIBLE
    elif wav.is_float:
        extension = struct.pack("<H", 0)
    byte_rate = wav.sample_rate * wav.frame_bytes
    fields = struct.pack("<HHIIHH", tag, wav.channels, wav.sample_rate, byte_rate, wav.frame_bytes, wav.bits)
    return struct.pack("<4sI", b"fmt ", len(fields) + len(extension)) + fields + extension


class WavSink:
    """Encodes samples into an open file; `finish` completes the header.

    Args:
        file: where to; its position is the beginning.
        wav: the format.
        block_frames: most frames ever handed over at once.
    """

    def __init__(self, file: AtomicFile, wav: WavFormat, block_frames: int) -> None:
        self._file = file
        self._wav = wav
        self._frames = 0
        self._packed = np.empty(block_frames * wav.frame_bytes, np.uint8)
        file.write(wav_header(wav, 0))

    def write_integers(self, integers: NDArray[np.int32]) -> None:
        """Appends `(frames, channels)` integers of the format's word length."""
        packed = self._packed[: len(integers) * self._wav.frame_bytes]
        if self._wav.bits == 24:
            pack_24(integers, packed)
        else:
            packed.view("<i2").reshape(integers.shape)[:] = integers
        self._append(packed, len(integers))

    def write_floats(self, samples: NDArray[np.float64]) -> None:
        """Appends `(frames, channels)` samples as float32.

        Raises:
            ValueError: a sample is NaN, infinite or beyond the range of float32.
        """
        packed = self._packed[: len(samples) * self._wav.frame_bytes]
        misfits = round_float32(samples, packed.view("<f4").reshape(samples.shape))
        if misfits:
            raise ValueError(f"{misfits} samples after frame {self._frames} do not fit 32-bit float")
        self._append(packed, len(samples))

    def _append(self, packed: NDArray[np.uint8], frames: int) -> None:
        self._file.write(packed.data)
        self._frames += frames

    def finish(self) -> None:
        """Pads the data to an even length and writes the final header."""
        if self._frames * self._wav.frame_bytes & 1:
            self._file.write(b"\0")
        self._file.write_at(0, wav_header(self._wav, self._frames))

    def discard(self) -> None:
        """Nothing is left to release."""
