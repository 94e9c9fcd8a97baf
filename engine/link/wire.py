"""Records in shared memory, described once: a NamedTuple whose fields say how they are stored.

    class Transport(NamedTuple):
        position_frames: Annotated[int, integer("frames", "song frame that sounds now")]

    TRANSPORT = Table(Transport)

Every item is eight bytes, or text in a multiple of eight, in the machine's own byte order and at a
multiple of eight: no padding, no item split by a cache line, and both ends are the same machine.
"""

from __future__ import annotations

import enum
import operator
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast, get_origin

#: Size of every item but text, bytes.
ITEM_BYTES = 8

_NAN = float("nan")


class Merge(enum.Enum):
    """How several readings of one field become one."""

    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    LAST = "last"


@dataclass(frozen=True)
class Wire:
    """How a field is stored.

    Attributes:
        code: of the `struct` module: d (double), q, Q (64-bit integers), or `<n>s` for text of n bytes.
        unit: of the value; empty where it has none.
        help: what it means.
        count: items, more than one for an array.
        merge: how several readings become one.
    """

    code: str
    unit: str
    help: str
    count: int = 1
    merge: Merge = Merge.MAXIMUM


def number(unit: str, help: str, *, merge: Merge = Merge.MAXIMUM) -> Wire:
    """A double. −inf is silence, NaN a value that does not exist (yet)."""
    return Wire("d", unit, help, merge=merge)


def numbers(count: int, unit: str, help: str) -> Wire:
    """An array of `count` doubles; a shorter tuple is filled with NaN."""
    return Wire("d", unit, help, count)


def integer(unit: str, help: str, *, merge: Merge = Merge.LAST) -> Wire:
    """A signed integer."""
    return Wire("q", unit, help, merge=merge)


def counter(help: str) -> Wire:
    """An unsigned integer that only grows, or an enumeration's value."""
    return Wire("Q", "", help, merge=Merge.LAST)


def flag(help: str) -> Wire:
    """Yes or no."""
    return Wire("Q", "", help, merge=Merge.LAST)


def text(size_bytes: int, help: str) -> Wire:
    """UTF-8, cut at a whole character where it does not fit, padded with zero bytes."""
    assert size_bytes % ITEM_BYTES == 0
    return Wire(f"{size_bytes}s", "", help, merge=Merge.LAST)


R = TypeVar("R", bound="tuple[Any, ...]")


@dataclass(frozen=True)
class FieldPlace:
    """A field and where it lies in its record.

    Attributes:
        name: of the field.
        offset: from the start of the record, bytes.
        size: bytes.
        wire: how it is stored.
    """

    name: str
    offset: int
    size: int
    wire: Wire


class Table(Generic[R]):
    """The stored form of a record type.

    Args:
        record: a NamedTuple whose every field is `Annotated` with a `Wire`. Fields that are text,
            bool or an IntEnum come back as such.
        room: bytes set aside for it, so that a later version can append fields without moving
            what comes after; zero until then.

    Attributes:
        record: the record type.
        fields: every field with its place, in order.
        size: of the fields, bytes.
        room: from one record to the next, bytes.
        make: a record of its values, without checks.
    """

    def __init__(self, record: type[R], room: int) -> None:
        self.record = record
        # cheaper than `get_type_hints`; records are defined with evaluated annotations
        hints: dict[str, Any] = record.__annotations__
        fields: list[FieldPlace] = []
        offset = 0
        for name in cast(Any, record)._fields:
            wire: Wire = hints[name].__metadata__[0]
            size = struct.calcsize(wire.code) * wire.count
            fields.append(FieldPlace(name, offset, size, wire))
            offset += size
        self.fields = tuple(fields)
        self.size = offset
        self.room = room
        assert room % ITEM_BYTES == 0
        assert offset <= room, f"{record.__name__} outgrew its room"
        self._struct = struct.Struct("@" + "".join(_code(field.wire) for field in fields))
        assert self._struct.size == offset, "an item that is not eight bytes would be padded"
        self._in_room = struct.Struct(f"{self._struct.format}{room - offset}x")
        self._arrange = operator.itemgetter(*_item_indices(fields)) if len(fields) > 1 else tuple
        self._flattened = {
            index: _flattener(field.wire)
            for index, field in enumerate(fields)
            if field.wire.count > 1 or field.wire.code.endswith("s")
        }
        self._merged_by = {
            rule: tuple(index for index, field in enumerate(fields) if field.wire.merge is rule)
            for rule in Merge
        }
        types = [hints[field.name].__origin__ for field in fields]
        self._converted = {index: _converter(kind) for index, kind in enumerate(types) if _is_converted(kind)}
        self.make: Callable[[Iterable[Any]], R] = cast(Any, record)._make

    def offset(self, name: str) -> int:
        """Offset of a field from the start of its record, bytes."""
        return next(field.offset for field in self.fields if field.name == name)

    def pack_into(self, buffer: bytearray | memoryview, offset: int, record: R) -> None:
        """Stores `record` at `offset`, clearing its bytes first: not where others may be reading.

        Raises:
            ValueError: an array is longer than its field.
            struct.error: a value does not fit its field.
        """
        if not self._flattened:
            self._struct.pack_into(buffer, offset, *record)
            return
        items: list[Any] = []
        for index, value in enumerate(record):
            flatten = self._flattened.get(index)
            if flatten is None:
                items.append(value)
            else:
                items.extend(flatten(value))
        self._struct.pack_into(buffer, offset, *items)

    def unpack_from(self, buffer: bytes | bytearray | memoryview, offset: int = 0) -> R:
        """The record stored at `offset`."""
        values = self._arrange(self._struct.unpack_from(buffer, offset))
        if not self._converted:
            return self.make(values)
        converted = list(values)
        for index, convert in self._converted.items():
            converted[index] = convert(converted[index])
        return self.make(converted)

    def unpack_all(self, buffer: bytes, offset: int, count: int) -> tuple[R, ...]:
        """`count` records stored at `offset`, each after the `room` of the one before."""
        stored = memoryview(buffer)[offset : offset + count * self.room]
        if self._converted:
            places = range(0, len(stored), self.room)
            return tuple(self.unpack_from(stored, place) for place in places)
        arrange, make = self._arrange, self.make
        return tuple(make(arrange(items)) for items in self._in_room.iter_unpack(stored))

    def merge(self, records: Sequence[R]) -> R:
        """Several readings as one, each field by its own rule. `records` is not empty."""
        if len(records) == 1:
            return records[0]
        merged: list[Any] = list(map(max, *records))
        for index in self._merged_by[Merge.LAST]:
            merged[index] = records[-1][index]
        for index in self._merged_by[Merge.MINIMUM]:
            merged[index] = min(record[index] for record in records)
        return self.make(merged)


def _code(wire: Wire) -> str:
    return wire.code * wire.count if wire.count > 1 else wire.code


def _item_indices(fields: Iterable[FieldPlace]) -> list[int | slice]:
    """Where each field's items are in the flat tuple that `struct` returns."""
    indices: list[int | slice] = []
    position = 0
    for field in fields:
        count = field.wire.count
        indices.append(slice(position, position + count) if count > 1 else position)
        position += count
    return indices


def _flattener(wire: Wire) -> Callable[[Any], Iterable[Any]]:
    if wire.code.endswith("s"):
        size = int(wire.code[:-1])
        return lambda value: (encode_text(value, size),)

    def filled(values: Sequence[float]) -> Iterable[float]:
        missing = wire.count - len(values)
        if missing < 0:
            raise ValueError(f"{len(values)} values in a field of {wire.count}")
        return (*values, *(_NAN,) * missing)

    return filled


def _is_converted(kind: Any) -> bool:
    return get_origin(kind) is None and (kind in (bool, str) or issubclass(kind, enum.IntEnum))


def _converter(kind: Any) -> Callable[[Any], Any]:
    if kind is str:
        return decode_text
    if kind is bool:
        return bool
    members = {member.value: member for member in kind}
    # a value of a later version stays a bare number: it must not hide the rest of the record
    return lambda value: members.get(value, value)


def encode_text(value: str, size_bytes: int) -> bytes:
    """`value` as UTF-8 in at most `size_bytes`, never ending in half a character."""
    encoded = value.encode("utf-8", "replace")
    if len(encoded) <= size_bytes:
        return encoded
    return encoded[:size_bytes].decode("utf-8", "ignore").encode()


def decode_text(stored: bytes) -> str:
    """The inverse of `encode_text`."""
    return stored.rstrip(b"\0").decode("utf-8", "replace")
