"""The header of a segment: written last, checked first."""

from __future__ import annotations

import os
import zlib

from engine.link import layout, shm
from engine.link.failures import SegmentError
from engine.link.identity import Identity
from engine.link.records import Born, Kind, Life


def packed_header(own: Identity, kind: Kind) -> bytes:
    """The header of a segment that `own` makes, as stored."""
    born = Born(
        magic=layout.MAGIC,
        version=layout.VERSION,
        minimum_version=layout.MINIMUM_VERSION,
        segment_bytes=layout.SEGMENT_BYTES,
        pid=own.pid,
        start_time=own.start_time,
        boot_id=own.boot_id,
        pid_namespace=own.pid_namespace,
        uid=os.getuid(),
        kind=kind,
        crc32=0,
    )
    packed = bytearray(layout.BORN.size)
    layout.BORN.pack_into(packed, 0, born)
    layout.BORN.pack_into(packed, 0, born._replace(crc32=header_crc(packed)))
    return bytes(packed)


def header_crc(stored: bytes | bytearray) -> int:
    """The checksum of a stored header."""
    return zlib.crc32(stored[: layout.BORN.offset("crc32")])


def identity_in(born: Born) -> Identity:
    """The process named in a header."""
    return Identity(born.pid, born.start_time, born.boot_id, born.pid_namespace)


def read_header(descriptor: int) -> Born | None:
    """The header of an open segment, if it has one.

    It is read without mapping: a file that is too short answers, where a mapping would crash.
    """
    stored = os.pread(descriptor, layout.BORN.size, layout.HEADER.offset)
    if len(stored) < layout.BORN.size:
        return None
    born = layout.BORN.unpack_from(stored)
    return born if born.magic == layout.MAGIC and born.crc32 == header_crc(stored) else None


def own_header(name: str, descriptor: int) -> Born:
    """The header of an open segment that is this user's alone.

    Raises:
        SegmentError: it is not, or not a segment.
    """
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise shm.foreign(name)
    born = read_header(descriptor)
    if born is None:
        raise SegmentError(f"{name}: is not a segment of stemlathe, or is damaged", kind="not_a_segment")
    if born.uid != status.st_uid:
        raise shm.foreign(name)
    return born


def refuse_unusable(name: str, descriptor: int) -> None:
    """Makes sure that an open segment may be mapped and understood.

    Raises:
        SegmentError: its owner, header, version or size is wrong.
    """
    born = own_header(name, descriptor)
    size = os.fstat(descriptor).st_size
    is_other = born.minimum_version > layout.VERSION or born.version < layout.OLDEST_READABLE_VERSION
    # a former version's may be whole and yet hold less than is mapped here
    if is_other or (born.version < layout.VERSION and born.segment_bytes < layout.SEGMENT_BYTES):
        raise SegmentError(
            f"{name}: speaks protocol {born.version} and this program {layout.VERSION}: "
            "stop that engine with the version that started it, then start it again",
            kind="incompatible_version",
        )
    if size < max(born.segment_bytes, layout.SEGMENT_BYTES):
        raise SegmentError(
            f"{name}: is cut short ({size} of {born.segment_bytes} bytes): start the engine again",
            kind="truncated_segment",
        )


def peek(name: str) -> tuple[Born, Life]:
    """Header and signs of life of somebody's segment, whatever version it is of.

    Raises:
        SegmentError: it is gone, not a segment, or another user's.
    """
    descriptor = shm.open_existing(name, os.O_RDONLY)
    try:
        born = own_header(name, descriptor)
        stored = os.pread(descriptor, layout.LIFE.size, layout.ALIVE.offset)
    finally:
        os.close(descriptor)
    return born, layout.LIFE.unpack_from(stored.ljust(layout.LIFE.size, b"\0"))
