"""A queue of byte messages in shared memory: one sender, one receiver, no lock, nobody waits.

Two positions count bytes since the beginning and never fall: `head` is written by the sender alone,
`tail` by the receiver alone, each on a cache line of its own. A message is (sequence, length, crc32,
payload), rounded up to eight bytes; its sequence is its own position plus one, so neither untouched
memory nor what an earlier round left behind is ever taken for a new message. The payload is stored
first, its header next, `head` last: a sender that is killed in between has sent nothing.

Memory ordering: as in `engine.link.newest`, all that is assumed is that aligned eight-byte cells are
stored in one piece. If `head` becomes visible before the message does, sequence or crc32 do not fit,
and the receiver sees an empty queue until they do.

A sender that writes nonsense into the ring (it is a client's memory, after all) costs its own
messages: what stays unreadable for a while is skipped, and the receiver is told.
"""

from __future__ import annotations

import time
import zlib

from engine.link.failures import MessageRefused, QueueFull
from engine.link.layout import RING_BYTES, RING_DATA_OFFSET, RING_HEAD_OFFSET, RING_TAIL_OFFSET
from engine.link.wire import ITEM_BYTES

_HEADER_BYTES = 3 * ITEM_BYTES
#: Longest message, bytes: two of them fit, so a long one is not refused because the reader lags by one.
MAXIMUM_BYTES = RING_BYTES // 2 - _HEADER_BYTES
#: After so long an unreadable message counts as damage, s; ordering effects last nanoseconds.
_SETTLING_S = 0.2
_SEED_MASK = 0xFFFFFFFF
_SANE_POSITION = 0x3FFFFFFFFFFFFFF8


class QueueDamaged(Exception):  # noqa: N818 (news for the receiver, who goes on)
    """The messages that stood in the queue were unreadable and have been skipped."""


class _Ring:
    """What both ends share: where the positions and the bytes are."""

    def __init__(self, view: memoryview, cells: memoryview, offset: int) -> None:
        self._view = view
        self._cells = cells
        self._head_cell = (offset + RING_HEAD_OFFSET) // ITEM_BYTES
        self._tail_cell = (offset + RING_TAIL_OFFSET) // ITEM_BYTES
        self._data = offset + RING_DATA_OFFSET

    def _cell(self, position: int) -> int:
        return (self._data + position % RING_BYTES) // ITEM_BYTES

    def _empty(self, position: int) -> int:
        """Puts both positions where one of them is, or to a sane place near it.

        They never go back to 0, so what stands in the ring keeps counting as an earlier round's.
        """
        sane = position & _SANE_POSITION
        self._cells[self._head_cell] = self._cells[self._tail_cell] = sane
        return sane


class Sender(_Ring):
    """The sending end. Not for several threads at once.

    Args:
        view: bytes of the area the ring lies in, writable.
        cells: the same as 64-bit cells.
        offset: of the ring in that area, bytes.
    """

    def __init__(self, view: memoryview, cells: memoryview, offset: int) -> None:
        super().__init__(view, cells, offset)
        self._head: int = cells[self._head_cell]

    def start_afresh(self) -> None:
        """Forgets what stands unread. Only while nobody receives; who does later has to `resume`."""
        self._head = self._empty(self._cells[self._tail_cell])

    def resume(self) -> None:
        """Goes on where the memory says, after the other end has started afresh."""
        self._head = self._cells[self._head_cell]

    def send(self, payload: bytes) -> None:
        """Sends one message, at once or not at all.

        Raises:
            QueueFull: there is no room until the receiver has read.
            MessageRefused: it is longer than MAXIMUM_BYTES (kind `too_long`).
        """
        if len(payload) > MAXIMUM_BYTES:
            raise MessageRefused(
                f"a message of {len(payload)} bytes does not fit: {MAXIMUM_BYTES} is the limit",
                kind="too_long",
            )
        size = _record_bytes(len(payload))
        used = self._head - self._cells[self._tail_cell]
        if not 0 <= used <= RING_BYTES - size:
            raise QueueFull("the other side does not read its messages: try again")
        self._store(self._head + _HEADER_BYTES, payload)
        cells, head = self._cells, self._head
        cells[self._cell(head + 2 * ITEM_BYTES)] = _crc(payload, head)
        cells[self._cell(head + ITEM_BYTES)] = len(payload)
        cells[self._cell(head)] = head + 1
        self._head = cells[self._head_cell] = head + size

    def _store(self, position: int, payload: bytes) -> None:
        start = position % RING_BYTES
        first = min(len(payload), RING_BYTES - start)
        self._view[self._data + start : self._data + start + first] = payload[:first]
        if first < len(payload):
            self._view[self._data : self._data + len(payload) - first] = payload[first:]


class Receiver(_Ring):
    """The receiving end. Not for several threads at once.

    Args:
        view: bytes of the area the ring lies in, writable.
        cells: the same as 64-bit cells.
        offset: of the ring in that area, bytes.
    """

    def __init__(self, view: memoryview, cells: memoryview, offset: int) -> None:
        super().__init__(view, cells, offset)
        self._tail: int = cells[self._tail_cell]
        self._unreadable_since_s: float | None = None

    def start_afresh(self) -> None:
        """Forgets what stands unread. Only while nobody sends; who does later has to `resume`."""
        self._tail = self._empty(self._cells[self._head_cell])
        self._unreadable_since_s = None

    def resume(self) -> None:
        """Goes on where the memory says, after the other end has started afresh."""
        self._tail = self._cells[self._tail_cell]
        self._unreadable_since_s = None

    def receive(self) -> bytes | None:
        """The next message; None when there is none (yet).

        Raises:
            QueueDamaged: what stood in the queue stays unreadable and has been skipped.
        """
        head = self._cells[self._head_cell]
        if head == self._tail:
            return None
        payload = self._load(head)
        if payload is None:
            self._settle(head)
            return None
        self._move_to(self._tail + _record_bytes(len(payload)))
        return payload

    def _load(self, head: int) -> bytes | None:
        """The message at the tail, if it is whole."""
        cells, tail = self._cells, self._tail
        length = cells[self._cell(tail + ITEM_BYTES)]
        fits = length <= MAXIMUM_BYTES and _record_bytes(length) <= head - tail <= RING_BYTES
        if not fits or cells[self._cell(tail)] != tail + 1:
            return None
        start = (tail + _HEADER_BYTES) % RING_BYTES
        first = min(length, RING_BYTES - start)
        payload = bytes(self._view[self._data + start : self._data + start + first])
        if first < length:
            payload += bytes(self._view[self._data : self._data + length - first])
        crc = cells[self._cell(tail + 2 * ITEM_BYTES)]
        return payload if _crc(payload, tail) == crc else None

    def _settle(self, head: int) -> None:
        now_s = time.monotonic()
        if self._unreadable_since_s is None:
            self._unreadable_since_s = now_s
        elif now_s - self._unreadable_since_s > _SETTLING_S:
            # kept far from the largest cell value, whatever a broken sender has left there
            self._move_to(head & _SANE_POSITION)
            raise QueueDamaged

    def _move_to(self, position: int) -> None:
        self._tail = self._cells[self._tail_cell] = position
        self._unreadable_since_s = None


def _crc(payload: bytes, position: int) -> int:
    return zlib.crc32(payload, (position + 1) & _SEED_MASK)


def _record_bytes(length: int) -> int:
    return _HEADER_BYTES + -(-length // ITEM_BYTES) * ITEM_BYTES
