"""The chunks of a wave file, and a copy of it with other chunks around the same audio.

Layout: RIFF (Microsoft/IBM, 1991), RF64 and `ds64` (EBU Tech 3306), BW64 (ITU-R BS.2088).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InputError, machine_error
from engine.files import AtomicFile

_SIZE_ELSEWHERE = 0xFFFFFFFF
#: The largest RIFF size that 32 bits can say; all ones means "see `ds64`".
RIFF_LIMIT_BYTES = _SIZE_ELSEWHERE - 1
_DS64_BYTES = 28
_COPY_BYTES = 1 << 20
#: A file with more chunks is damaged; the walk must end.
_MAX_CHUNKS = 10_000


@dataclass(frozen=True)
class Chunk:
    """A chunk: its name, where its content begins, and how long that is, in bytes."""

    name: bytes
    offset: int
    size: int


@dataclass(frozen=True)
class Riff:
    """The chunks of a wave file in order, `ds64` and what keeps its place left out.

    Attributes:
        chunks: all others.
        samples: frames of the audio, for `ds64`.
    """

    chunks: tuple[Chunk, ...]
    samples: int


def read_riff(path: Path) -> Riff:
    """The chunks of a wave file.

    Raises:
        InputError: kind `not_audio`: it is no wave file with a format and audio.
        OSError: the system refused.
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in (b"RIFF", b"RF64", b"BW64") or head[8:] != b"WAVE":
            raise _not_wave(path)
        walked = list(_walk(file.fileno(), os.fstat(file.fileno()).st_size))
        by_name = {chunk.name: chunk for chunk in walked}
        if b"fmt " not in by_name or b"data" not in by_name:
            raise _not_wave(path)
        frame_bytes = int.from_bytes(os.pread(file.fileno(), 2, by_name[b"fmt "].offset + 12), "little")
    kept = tuple(chunk for chunk in walked if chunk.name not in (b"ds64", b"JUNK"))
    return Riff(kept, by_name[b"data"].size // max(1, frame_bytes))


def _not_wave(path: Path) -> InputError:
    return InputError(
        f"{path}: is no wave file that could be tagged: render it again", kind="not_audio", path=path
    )


def _walk(descriptor: int, file_bytes: int) -> Iterator[Chunk]:
    offset, data_bytes = 12, 0
    for _ in range(_MAX_CHUNKS):
        head = os.pread(descriptor, 8, offset)
        if len(head) < 8:
            return
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if name == b"ds64":
            data_bytes = int.from_bytes(os.pread(descriptor, 8, offset + 16), "little")
        if name == b"data" and size == _SIZE_ELSEWHERE:
            size = data_bytes
        size = min(size, file_bytes - offset - 8)
        yield Chunk(name, offset + 8, size)
        offset += 8 + size + (size & 1)


def copy_with_chunks(
    path: Path, file: AtomicFile, before: Mapping[bytes, bytes], after: Mapping[bytes, bytes]
) -> None:
    """Writes a copy of a wave file whose audio is the same and whose other chunks are these.

    Chunks of the given names that the file has are left out; all others are kept where they are.

    Args:
        path: the file, which is only read.
        file: where the copy goes.
        before: chunks in front of the audio, by name.
        after: chunks behind it.

    Raises:
        InputError: it is no wave file.
        MachineError: the system refused.
    """
    try:
        riff = read_riff(path)
        source = path.open("rb")
    except OSError as error:
        raise machine_error(error, path, "read") from error
    with source:
        kept = [chunk for chunk in riff.chunks if chunk.name not in before and chunk.name not in after]
        place = next(index for index, chunk in enumerate(kept) if chunk.name == b"data")
        total = 4 + 8 + _DS64_BYTES + sum(8 + size + (size & 1) for size in _sizes(kept, before, after))
        data = kept[place]
        file.write(_head(total, data.size, riff.samples))
        is_long = total > RIFF_LIMIT_BYTES
        for chunk in kept[:place]:
            _copy(source.fileno(), chunk, file, chunk.size)
        for name, content in before.items():
            _write(file, name, content)
        _copy(source.fileno(), data, file, _SIZE_ELSEWHERE if is_long else data.size)
        for chunk in kept[place + 1 :]:
            _copy(source.fileno(), chunk, file, chunk.size)
        for name, content in after.items():
            _write(file, name, content)


def _sizes(kept: list[Chunk], *added: Mapping[bytes, bytes]) -> Iterator[int]:
    yield from (chunk.size for chunk in kept)
    for chunks in added:
        yield from (len(content) for content in chunks.values())


def _head(riff_bytes: int, data_bytes: int, samples: int) -> bytes:
    """RIFF with room for `ds64`, or RF64 with it where 32 bits cannot say the size."""
    if riff_bytes <= RIFF_LIMIT_BYTES:
        return struct.pack("<4sI4s4sI28x", b"RIFF", riff_bytes, b"WAVE", b"JUNK", _DS64_BYTES)
    head = struct.pack("<4sI4s4sI", b"RF64", _SIZE_ELSEWHERE, b"WAVE", b"ds64", _DS64_BYTES)
    return head + struct.pack("<QQQI", riff_bytes, data_bytes, samples, 0)


def _write(file: AtomicFile, name: bytes, content: bytes) -> None:
    file.write(struct.pack("<4sI", name, len(content)) + content + bytes(len(content) & 1))


def _copy(descriptor: int, chunk: Chunk, file: AtomicFile, said_bytes: int) -> None:
    file.write(struct.pack("<4sI", chunk.name, said_bytes))
    for start in range(0, chunk.size, _COPY_BYTES):
        block = os.pread(descriptor, min(_COPY_BYTES, chunk.size - start), chunk.offset + start)
        file.write(block)
    file.write(bytes(chunk.size & 1))
