"""The chunks of a RIFF, RF64 or BW64 file, in order, as they really lie.

Sources: Microsoft/IBM *Multimedia Programming Interface and Data Specifications 1.0* (a chunk of odd
length is followed by a pad byte that its size does not count), EBU Tech 3306 and ITU-R BS.2088 (`ds64`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

#: A 32-bit size that stands in `ds64` instead, or that a writer into a pipe never learnt.
SIZE_ELSEWHERE = 0xFFFFFFFF
#: A file with more chunks is damaged; the walk must end.
_MAX_CHUNKS = 10_000
_LARGEST_DS64 = 1 << 16

#: Chunks by which it is told that a pad byte is missing: those that audio programs write.
_KNOWN = frozenset(
    name.encode()
    for name in (
        *("fmt ", "data", "LIST", "bext", "iXML", "fact", "JUNK", "junk", "PAD ", "FLLR", "cue ", "smpl"),
        *("inst", "PEAK", "id3 ", "ID3 ", "axml", "chna", "cart", "umid", "minf", "elm1", "elmo", "regn"),
        *("DISP", "plst", "levl", "acid", "strc", "afsp", "_PMX", "ResU", "LGWV"),
    )
)


@dataclass(frozen=True)
class Chunk:
    """One chunk: its name, where its content begins in the file, and the size its 32 bits declare."""

    name: bytes
    offset: int
    size: int


@dataclass(frozen=True)
class Sizes64:
    """64-bit sizes of a `ds64` chunk: the data's and, by name, those of other chunks."""

    data: int | None = None
    others: tuple[tuple[bytes, int], ...] = ()

    def of(self, chunk: Chunk) -> int:
        """The size of a chunk in bytes."""
        if chunk.size != SIZE_ELSEWHERE:
            return chunk.size
        if chunk.name == b"data" and self.data is not None:
            return self.data
        return dict(self.others).get(chunk.name, chunk.size)


@dataclass
class ChunkWalk:
    """One walk over the chunks of an open file.

    Args:
        descriptor: open for reading; its position does not move.
        file_bytes: the file's length.

    Attributes:
        sizes: of the `ds64` chunk, as soon as it has been passed.
        unpadded: names of chunks of odd length behind which the pad byte is missing.
    """

    descriptor: int
    file_bytes: int
    sizes: Sizes64 = field(default_factory=Sizes64)
    unpadded: list[bytes] = field(default_factory=list)

    def __iter__(self) -> Iterator[Chunk]:
        """All chunks; ends at one whose size is unknown or leaves the file.

        Raises:
            OSError: the system refused to read.
        """
        offset = 12
        for _ in range(_MAX_CHUNKS):
            head = os.pread(self.descriptor, 8, offset)
            if len(head) < 8:
                return
            chunk = Chunk(head[:4], offset + 8, int.from_bytes(head[4:], "little"))
            if chunk.name == b"ds64":
                payload = os.pread(self.descriptor, min(chunk.size, _LARGEST_DS64), chunk.offset)
                self.sizes = parse_ds64(payload)
            yield chunk
            offset = self._behind(chunk, self.sizes.of(chunk))
            if offset >= self.file_bytes:
                return

    def _behind(self, chunk: Chunk, size: int) -> int:
        """Where the next chunk begins: some programs leave the pad byte out."""
        end = chunk.offset + size
        if size & 1 == 0 or end >= self.file_bytes:
            return end
        here = os.pread(self.descriptor, 4, end)
        if here in _KNOWN:
            self.unpadded.append(chunk.name)
            return end
        return end + 1

    def goes_on_at(self, offset: int) -> bool:
        """Whether a chunk can begin at `offset`: a printable name, and a size that stays in the file."""
        head = os.pread(self.descriptor, 8, offset)
        if len(head) < 8 or not all(0x20 <= byte < 0x7F for byte in head[:4]):
            return False
        return offset + 8 + int.from_bytes(head[4:], "little") <= self.file_bytes + 1


def parse_ds64(payload: bytes) -> Sizes64:
    """`ds64`: riff size, data size, sample count (u64 each), u32 entries of (id, u64 size)."""
    if len(payload) < 24:
        return Sizes64()
    entries = int.from_bytes(payload[24:28], "little")
    table = payload[28 : 28 + 12 * entries]
    others = tuple(
        (table[at : at + 4], int.from_bytes(table[at + 4 : at + 12], "little"))
        for at in range(0, len(table) - 11, 12)
    )
    return Sizes64(int.from_bytes(payload[8:16], "little"), others)
