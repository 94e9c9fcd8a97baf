"""Reads the header of a RIFF, RF64, BW64 or Wave64 file: what is in it, and where its samples lie.

Sources: Microsoft/IBM *Multimedia Programming Interface and Data Specifications 1.0* (RIFF), EBU Tech
3306 (RF64), ITU-R BS.2088 (BW64), EBU Tech 3285 (`bext`). What programs make of them is read as it is meant;
the header's `notes` say so.
"""

from __future__ import annotations

import os

from engine.audio.wave.chunks import Chunk, ChunkWalk
from engine.audio.wave.extent import audio_extent
from engine.audio.wave.format import WaveFormat, parse_format
from engine.audio.wave.header import WavHeader, WavHeaderError, read_time_reference, wav_header_of
from engine.audio.wave.wave64 import is_wave64, read_wave64_header

__all__ = ["WavHeader", "WavHeaderError", "read_wav_header"]


def read_wav_header(descriptor: int, file_bytes: int) -> WavHeader | None:
    """Reads the header of the open file, without moving its position.

    Args:
        descriptor: file descriptor, open for reading.
        file_bytes: the file's length.

    Returns:
        The header, or None when this is no little-endian wave file.

    Raises:
        WavHeaderError: it is one, but lacks a usable `fmt ` or any `data`.
        OSError: the system refused to read.
    """
    head = os.pread(descriptor, 40, 0)
    if is_wave64(head):
        return read_wave64_header(descriptor, file_bytes)
    if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64", b"BW64") or head[8:12] != b"WAVE":
        return None
    riff_bytes = int.from_bytes(head[4:8], "little")
    form: WaveFormat | None = None
    data: Chunk | None = None
    time_reference: int | None = None
    walk = ChunkWalk(descriptor, file_bytes)
    for chunk in walk:
        if chunk.name == b"fmt " and form is None:
            form = parse_format(os.pread(descriptor, min(chunk.size, 64), chunk.offset))
        elif chunk.name == b"bext" and time_reference is None:
            time_reference = read_time_reference(descriptor, chunk.offset, chunk.size)
        elif chunk.name == b"data" and data is None:
            data = chunk
    if data is None:
        raise WavHeaderError("the header is there but no audio data follows")
    extent = audio_extent(walk, data, riff_bytes)
    return wav_header_of(descriptor, form, data.offset, extent, file_bytes, time_reference)
