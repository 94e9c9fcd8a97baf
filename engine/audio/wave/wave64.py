"""The header of Sony Wave64: RIFF with 128-bit names, 64-bit sizes and chunks aligned to 8 bytes.

Source: *Sony Pictures Digital Wave 64* (Sony/Sonic Foundry): a chunk is GUID, u64 size (its 24 bytes of head
included), content, padding to 8 bytes. libsndfile takes the sub-format of its extensible `fmt ` for PCM
whatever it is, so that 32-bit float becomes noise: hence this reader.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from engine.audio.wave.extent import Extent, promised_too_much
from engine.audio.wave.format import WaveFormat, parse_format
from engine.audio.wave.header import WavHeader, WavHeaderError, read_time_reference, wav_header_of

_RIFF = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_WAVE = bytes.fromhex("77617665f3acd3118cd100c04f8edb8a")
#: What follows the four letters of a chunk's name.
_GUID_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
_HEAD_BYTES = 24
_MAX_CHUNKS = 10_000


def is_wave64(head: bytes) -> bool:
    """Whether the first 40 bytes of a file are those of Wave64."""
    return head[:16] == _RIFF and head[24:40] == _WAVE


def read_wave64_header(descriptor: int, file_bytes: int) -> WavHeader:
    """Reads the header of an open Wave64 file.

    Raises:
        WavHeaderError: it lacks a usable `fmt ` or any `data`.
        OSError: the system refused to read.
    """
    form: WaveFormat | None = None
    data: tuple[int, int] | None = None
    time_reference: int | None = None
    for name, offset, size in _chunks(descriptor, file_bytes):
        if name == b"fmt " and form is None:
            form = parse_format(os.pread(descriptor, min(size, 64), offset))
        elif name == b"bext" and time_reference is None:
            time_reference = read_time_reference(descriptor, offset, size)
        elif name == b"data" and data is None:
            data = offset, size
    if data is None:
        raise WavHeaderError("the header is there but no audio data follows")
    offset, declared = data
    to_the_end = max(0, file_bytes - offset)
    if declared <= 0 or declared > 1 << 62:  # written into a pipe
        extent = Extent(to_the_end)
    elif declared > to_the_end:
        extent = promised_too_much(declared, to_the_end)
    else:
        extent = Extent(declared)
    return wav_header_of(descriptor, form, offset, extent, file_bytes, time_reference)


def _chunks(descriptor: int, file_bytes: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, place of the content and bytes of it, for every chunk."""
    offset = 40
    for _ in range(_MAX_CHUNKS):
        head = os.pread(descriptor, _HEAD_BYTES, offset)
        if len(head) < _HEAD_BYTES:
            return
        size = int.from_bytes(head[16:], "little") - _HEAD_BYTES
        name = head[:4] if head[4:16] == _GUID_TAIL else b""
        yield name, offset + _HEAD_BYTES, size
        if size < 0:
            return
        offset += _HEAD_BYTES + (size + 7) // 8 * 8
        if offset >= file_bytes:
            return
