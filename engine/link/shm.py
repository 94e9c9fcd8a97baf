"""POSIX shared memory by name: opened, named, listed and removed, with no process of its own beside it.

Segments are what `multiprocessing.shared_memory` makes, opened through the same `_posixshmem` but
without that class. Before Python 3.13 it reports every segment a process *attaches* to to a resource
tracker, a process that costs about 50 ms to start and removes the segment when the attached
process ends, with the engine still playing. (From 3.13 on `track=False` avoids that.) It also maps
everything writable. The tracker's one service, clean-up after a crash, would race with an engine
that is restarted at once; `engine.processes.sweep` judges by process identity instead.
"""

from __future__ import annotations

import _posixshmem  # type: ignore[import-not-found]  # a part of CPython without type stubs
import itertools
import os
from collections.abc import Iterator

from engine.errors import machine_error
from engine.link.failures import SegmentError
from engine.link.identity import Identity
from engine.link.layout import NAME_PREFIX

#: Where the system shows shared memory as files; without it nothing can be listed, only opened.
LISTING = "/dev/shm"

# number systems of the four parts of a name: process, start time, namespace, running number
_BASES = (10, 16, 16, 10)
_numbers = itertools.count(1)


def new_names(own: Identity) -> Iterator[str]:
    """Names that were never used before.

    They hold process number, start time and namespace, so that they tell whose a segment is even
    when its maker died before the header was written.
    """
    whose = f"{own.pid}-{own.start_time:x}-{own.pid_namespace:x}"
    return (f"{NAME_PREFIX}{whose}-{number}" for number in _numbers)


def identity_from_name(name: str) -> Identity | None:
    """The process that a name was made for; None if it is not one of `new_names`."""
    parts = name.removeprefix(NAME_PREFIX).split("-")
    try:
        pid, start_time, namespace, _ = (int(part, base) for part, base in zip(parts, _BASES, strict=True))
    except ValueError:
        return None
    return Identity(pid, start_time, "", namespace)


def open_new(own: Identity) -> tuple[str, int]:
    """Makes an empty segment of mode 0600; returns its name and an open descriptor.

    Raises:
        MachineError: the system has no shared memory.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    for name in new_names(own):
        try:
            return name, _posixshmem.shm_open("/" + name, flags, mode=0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise machine_error(error, name, "make shared memory") from error
    raise AssertionError("names do not end")


def open_existing(name: str, flags: int) -> int:
    """An open descriptor of a segment.

    Raises:
        SegmentError: it is gone, or another user's.
        MachineError: the system refused otherwise.
    """
    try:
        descriptor: int = _posixshmem.shm_open("/" + name, flags | os.O_CLOEXEC, mode=0o600)
    except FileNotFoundError as error:
        raise SegmentError(f"{name}: is gone: its engine has ended", kind="gone") from error
    except PermissionError as error:
        raise foreign(name) from error
    except OSError as error:
        raise machine_error(error, name, "open shared memory") from error
    return descriptor


def foreign(name: str) -> SegmentError:
    """The complaint about a segment that is not this user's alone."""
    return SegmentError(
        f"{name}: belongs to another user or can be read by others: it is not this user's engine",
        kind="foreign_owner",
    )


def unlink(name: str) -> None:
    """Removes the name: nobody attaches any more, who is attached keeps the memory."""
    try:
        _posixshmem.shm_unlink("/" + name)
    except FileNotFoundError:
        return
    except OSError as error:
        raise machine_error(error, name, "remove shared memory") from error
