"""What the header of a Core Audio file says that libsndfile gets wrong.

Source: Apple, *Core Audio Format Specification 1.0*: `caff`, u16 version, u16 flags; chunks of id, i64
size, content, unpadded; `desc` first; a `data` chunk may be of size −1, to the end of the file (a pipe);
its content begins with a u32 edit count. All big endian.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from engine.audio.layout import Layout, core_audio_layout

_HEAD_BYTES = 8
_MAX_CHUNKS = 1000


@dataclass(frozen=True)
class CafInfo:
    """What is to be known before the file is decoded.

    Attributes:
        format: of `desc`: `lpcm`, `alac`, `aac `, …
        layout: of `chan`; None without one.
        size_offset: where the size of the data chunk stands.
        data_bytes: of the data chunk, its edit count included; −1: to the end of the file.
        data_offset: where its content begins.
    """

    format: str
    layout: Layout | None
    size_offset: int
    data_bytes: int
    data_offset: int


def read_caf_info(file: BinaryIO) -> CafInfo | None:
    """Reads the header of a Core Audio file, from its beginning; None for any other or a broken one."""
    if file.read(_HEAD_BYTES)[:4] != b"caff":
        return None
    form, channels, layout = "", 0, None
    data: tuple[int, int] | None = None
    for name, offset, size in _chunks(file):
        if name == b"desc":
            content = file.read(32)
            if len(content) < 32:
                return None
            form, channels = content[8:12].decode("latin-1"), int.from_bytes(content[24:28], "big")
        elif name == b"chan" and size >= 0:
            layout = core_audio_layout(file.read(min(size, 4096)), channels)
        elif name == b"data" and data is None:
            data = offset, size
    if not form or data is None:
        return None
    return CafInfo(form, layout, data[0] - 8, data[1], data[0])


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, place of the content and its size; the file stands at the content."""
    offset = _HEAD_BYTES
    for _ in range(_MAX_CHUNKS):
        file.seek(offset)
        head = file.read(12)
        if len(head) < 12:
            return
        size = int.from_bytes(head[4:], "big", signed=True)
        yield head[:4], offset + 12, size
        if size < 0:
            return
        offset += 12 + size
        if offset > os.fstat(file.fileno()).st_size:
            return
