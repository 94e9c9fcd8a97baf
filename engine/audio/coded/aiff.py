"""What the header of an AIFF or AIFF-C file says and libsndfile does not tell.

Layout: Apple, *Audio Interchange File Format 1.3*: `FORM`, u32 size, `AIFF`; chunks of id, u32 size,
padded to even; `COMM` begins with i16 channels, u32 frames; all big endian. `CHAN` is Apple's: an
AudioChannelLayout as in Core Audio files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.audio.layout import Layout, core_audio_layout

#: From this size on an AIFF was written into a pipe by a program that did not know the length (sox).
_AIFF_PIPE_BYTES = 0x7F000000


def read_aiff_frames(file: BinaryIO) -> int | None:
    """Frames that the `COMM` chunk declares; None for a file of another kind, or of unknown length.

    libsndfile quietly shortens an AIFF file that is cut off, so it has to be asked here.
    """
    for name, _ in _chunks(file):
        if name == b"COMM":
            return int.from_bytes(file.read(6)[2:], "big")
    return None


def aiff_layout(path: Path, channels: int) -> Layout | None:
    """Places of the channels by the `CHAN` chunk; None without one.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        for name, size in _chunks(file):
            if name == b"CHAN":
                return core_audio_layout(file.read(min(size, 4096)), channels)
    return None


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and size of every chunk; the file stands at its content."""
    head = file.read(12)
    form_bytes = int.from_bytes(head[4:8], "big")
    if head[:4] != b"FORM" or head[8:] not in (b"AIFF", b"AIFC") or form_bytes >= _AIFF_PIPE_BYTES:
        return
    offset = 12
    while len(chunk := file.read(8)) == 8:
        size = int.from_bytes(chunk[4:], "big")
        yield chunk[:4], size
        offset += 8 + size + (size & 1)
        file.seek(offset, os.SEEK_SET)
