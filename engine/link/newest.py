"""Newest wins: one writer publishes whole payloads, any number of readers get the latest, never half of one.

The writer fills the oldest of several copies and then stores that copy's sequence in one cell. It
looks at no reader, so none can make it wait. A reader copies what the cell points to and believes
it only if its sequence and crc32 fit; it has to try again only when the writer came round all
copies meanwhile. A writer that stops or dies half-way leaves the copy before intact.

What this relies on: an aligned eight-byte cell is stored and loaded in one piece (CPython does it by
one fixed-size copy, which compilers turn into one instruction). Nothing else: where a processor
makes stores visible in another order (arm64; x86-64 does not) or a compiler were to split them, the
sequence arrives before the payload, the crc32 does not fit, and the reader looks again. The crc32
starts from the sequence, so a payload of an earlier round does not pass for the present one.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Generic, TypeVar

from engine.link.failures import SegmentError
from engine.link.layout import (
    COPY_CRC_OFFSET,
    COPY_LENGTH_OFFSET,
    COPY_PAYLOAD_OFFSET,
    NEWEST_SEQUENCE_OFFSET,
    Block,
)
from engine.link.segment import Segment
from engine.link.wire import ITEM_BYTES

#: A reader gives up after this many tries; with the writer at 100 Hz one is enough, two are rare.
ATTEMPTS = 64

_LENGTH = COPY_LENGTH_OFFSET // ITEM_BYTES
_CRC = COPY_CRC_OFFSET // ITEM_BYTES
_SEED_MASK = 0xFFFFFFFF

T = TypeVar("T")


def store_copy(segment: Segment, offset: int, sequence: int, payload: bytes | bytearray | memoryview) -> None:
    """Writes one copy at `offset`: payload, length and crc32, and the sequence last."""
    cells, first = segment.cells, offset // ITEM_BYTES
    cells[first] = 0
    start = offset + COPY_PAYLOAD_OFFSET
    segment.view[start : start + len(payload)] = payload
    cells[first + _LENGTH] = len(payload)
    cells[first + _CRC] = zlib.crc32(payload, sequence & _SEED_MASK)
    cells[first] = sequence


def load_copy(segment: Segment, offset: int, sequence: int, capacity: int) -> bytes | None:
    """The payload of the copy at `offset` if that is `sequence`, whole; else None."""
    cells, first = segment.cells, offset // ITEM_BYTES
    length = cells[first + _LENGTH]
    if cells[first] != sequence or length > capacity:
        return None
    start = offset + COPY_PAYLOAD_OFFSET
    payload = bytes(segment.view[start : start + length])
    return payload if zlib.crc32(payload, sequence & _SEED_MASK) == cells[first + _CRC] else None


class NewestWriter:
    """The writing side; one per segment and block.

    Args:
        segment: an own segment.
        block: a newest-wins block of the layout.
    """

    def __init__(self, segment: Segment, block: Block) -> None:
        self._segment = segment
        self._block = block
        self._cell = (block.offset + NEWEST_SEQUENCE_OFFSET) // ITEM_BYTES
        self._sequence = 0

    @property
    def capacity(self) -> int:
        """Largest payload, bytes."""
        return self._block.stride - COPY_PAYLOAD_OFFSET

    def publish(self, payload: bytes | bytearray | memoryview) -> int:
        """Makes `payload` the newest; returns its sequence, 1 for the first.

        Raises:
            ValueError: it is longer than `capacity`.
        """
        if len(payload) > self.capacity:
            raise ValueError(
                f"{len(payload)} bytes in {self._block.name}, which has room for {self.capacity}"
            )
        sequence = self._sequence + 1
        store_copy(self._segment, self._block.at(sequence % self._block.count), sequence, payload)
        self._sequence = self._segment.cells[self._cell] = sequence
        return sequence


class NewestReader:
    """The reading side.

    Args:
        segment: any segment.
        block: a newest-wins block of the layout.
    """

    def __init__(self, segment: Segment, block: Block) -> None:
        self._segment = segment
        self._block = block
        self._cell = (block.offset + NEWEST_SEQUENCE_OFFSET) // ITEM_BYTES

    @property
    def sequence(self) -> int:
        """Sequence of the newest payload, 0 before the first: tells cheaply whether there is news."""
        return self._segment.cells[self._cell]

    def read(self) -> tuple[int, bytes] | None:
        """The newest payload with its sequence; None before the first.

        Raises:
            SegmentError: none of many tries gave a whole one: the memory is damaged.
        """
        block = self._block
        capacity = block.stride - COPY_PAYLOAD_OFFSET
        for _ in range(ATTEMPTS):
            sequence = self._segment.cells[self._cell]
            if sequence == 0:
                return None
            payload = load_copy(self._segment, block.at(sequence % block.count), sequence, capacity)
            if payload is not None:
                return sequence, payload
        raise SegmentError(f"{self._segment.name}: {block.name} is damaged: restart the engine")


class Latest(Generic[T]):
    """A newest-wins block as what it stands for, decoded once per payload.

    Args:
        segment: any segment.
        block: a newest-wins block of the layout.
        decode: makes the value of a payload.
        nothing: the value before anything is published.
    """

    def __init__(self, segment: Segment, block: Block, decode: Callable[[bytes], T], nothing: T) -> None:
        self._newest = NewestReader(segment, block)
        self._decode = decode
        self._value = nothing
        self._sequence = 0

    def read(self) -> T:
        """The newest value; the very same object as long as there is no newer one.

        Raises:
            SegmentError: the memory is damaged.
        """
        if self._newest.sequence != self._sequence:
            found = self._newest.read()
            if found is not None:
                self._value = self._decode(found[1])
                self._sequence = found[0]
        return self._value
