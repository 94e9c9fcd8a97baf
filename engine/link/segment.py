"""A piece of shared memory with an owner: made, attached to, and given back.

Two mappings keep clients honest: the whole segment read-only, and the client area writable. How
segments are opened, and why not by `multiprocessing.shared_memory`, is said in `engine.link.shm`.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import fcntl
import mmap
import os
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from engine.errors import MachineError, machine_error
from engine.link import layout, shm
from engine.link.header import identity_in, packed_header, refuse_unusable
from engine.link.identity import Identity, own_identity
from engine.link.records import Born, Kind, Life, State
from engine.link.wire import ITEM_BYTES

#: How long a client waits for another one that is taking its place in the client table, s.
_LOCK_WAIT_S = 0.5
_LOCK_POLL_S = 0.001
_CELL_MASK = 0xFFFF_FFFF_FFFF_FFFF


class Access(enum.Enum):
    """What a mapping may do: READ nothing but read, CLIENT also write the client area, OWNER all."""

    READ = "read"
    CLIENT = "client"
    OWNER = "owner"


class Segment:
    """An open segment; made by `create` and `attach`.

    Attributes:
        name: without the leading slash of POSIX names.
        access: what may be done with it.
        view: the whole segment, bytes; read-only unless this is the owner.
        cells: the same as unsigned 64-bit cells.
        clients: the client area, bytes, offset 0 at its start; read-only for a mere reader.
        client_cells: the same as unsigned 64-bit cells.

    A segment must not be used after `close`: its views raise ValueError then.
    """

    def __init__(self, name: str, descriptor: int, access: Access) -> None:
        self.name = name
        self.access = access
        self._descriptor = descriptor
        self._pid = os.getpid()
        owner, reader = access is Access.OWNER, access is Access.READ
        whole = mmap.PROT_READ | mmap.PROT_WRITE if owner else mmap.PROT_READ
        self._maps = [mmap.mmap(descriptor, layout.SEGMENT_BYTES, mmap.MAP_SHARED, whole)]
        self.view = memoryview(self._maps[0])
        area = layout.CLIENT_AREA
        if owner or reader:
            self.clients = self.view[area.offset : area.end]
        else:
            both = mmap.PROT_READ | mmap.PROT_WRITE
            self._maps.append(mmap.mmap(descriptor, area.size, mmap.MAP_SHARED, both, offset=area.offset))
            self.clients = memoryview(self._maps[1])
        self.cells = self.view.cast("Q")
        self.client_cells = self.clients.cast("Q")

    def born(self) -> Born:
        """Who made it."""
        return layout.BORN.unpack_from(self.view, layout.HEADER.offset)

    def life(self) -> Life:
        """Its signs of life now."""
        return layout.LIFE.unpack_from(self.view, layout.ALIVE.offset)

    def store(self, offset: int, value: int) -> None:
        """Stores one 64-bit integer, signed or not, in one piece, at a multiple of eight bytes."""
        self.cells[offset // ITEM_BYTES] = value & _CELL_MASK

    @property
    def identity(self) -> Identity:
        """The process that made it."""
        return identity_in(self.born())

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps other clients from taking a place in the client table; the engine never asks for it.

        The lock is the kernel's and ends with the process that holds it.

        Raises:
            MachineError: another client holds it for too long (kind `locked`).
        """
        deadline_s = time.monotonic() + _LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline_s:
                    raise MachineError(
                        f"{self.name}: another console is held while it attaches: end it and try again",
                        kind="locked",
                    ) from None
                time.sleep(_LOCK_POLL_S)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Gives the mappings back; what others see stays. A second call does nothing."""
        for view in (self.client_cells, self.cells, self.clients, self.view):
            view.release()
        for mapping in self._maps:
            mapping.close()
        self._maps.clear()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def unlink(self) -> None:
        """Removes the name: nobody attaches any more, who is attached keeps the memory."""
        shm.unlink(self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        # a forked child has the mapping, but the name is its parent's
        if self.access is Access.OWNER and os.getpid() == self._pid:
            self.unlink()


def create(kind: Kind) -> Segment:
    """Makes a segment of this process. Its memory is there from the start, so no write can fail later.

    Raises:
        MachineError: the system has no room (kind `disk_full`) or no shared memory.
    """
    own = own_identity()
    name, descriptor = shm.open_new(own)
    try:
        os.ftruncate(descriptor, layout.SEGMENT_BYTES)
        if hasattr(os, "posix_fallocate"):
            # a sparse file would kill the engine by SIGBUS later, when the memory runs out
            os.posix_fallocate(descriptor, 0, layout.SEGMENT_BYTES)
        segment = Segment(name, descriptor, Access.OWNER)
    except OSError as error:
        os.close(descriptor)
        shm.unlink(name)
        raise _no_room(error, name) from error
    _begin(segment, packed_header(own, kind))
    return segment


def _begin(segment: Segment, header: bytes) -> None:
    """Writes the first records; the magic last: who finds it, finds all the rest."""
    # the admissions start zeroed: every place of the client table is free
    layout.LIFE.pack_into(segment.view, layout.ALIVE.offset, Life(State.LOADING, 0, time.monotonic_ns()))
    layout.CONTROLLER.pack_into(segment.view, layout.CONTROL.offset, layout.NO_CONTROLLER)
    magic_bytes, offset = len(layout.MAGIC), layout.HEADER.offset
    segment.view[offset + magic_bytes : offset + len(header)] = header[magic_bytes:]
    segment.view[offset : offset + magic_bytes] = header[:magic_bytes]


def _no_room(error: OSError, name: str) -> MachineError:
    if error.errno != errno.ENOSPC:
        return machine_error(error, name, "reserve shared memory")
    megabytes = layout.SEGMENT_BYTES / 1e6
    return MachineError(
        f"{shm.LISTING}: has no room for {megabytes:.1f} MB of shared memory: enlarge it or end programs",
        kind="disk_full",
        path=shm.LISTING,
    )


def attach(name: str, access: Access) -> Segment:
    """Opens somebody else's segment, after checking that it is one, whole, readable and this user's.

    Args:
        name: of the segment.
        access: READ or CLIENT.

    Raises:
        SegmentError: it is not, or it is gone.
    """
    descriptor = shm.open_existing(name, os.O_RDONLY if access is Access.READ else os.O_RDWR)
    try:
        refuse_unusable(name, descriptor)
        return Segment(name, descriptor, access)
    except BaseException:
        os.close(descriptor)
        raise
