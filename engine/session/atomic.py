"""Writing a small file so that nobody ever sees half of it, and one writer at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from engine.errors import MachineError, machine_error
from engine.files import AtomicFile

#: How long a writer waits for another one, s.
_LOCK_WAIT_S = 3.0
_LOCK_POLL_S = 0.02
#: Longest file name of common file systems, less what is put around it, bytes.
_LONGEST_NAME = 200


def write_atomic(path: Path, content: bytes, *, replace: bool, mode: int | None = None) -> None:
    """Writes a file through a temporary one beside it: temp, fsync, rename.

    A symbolic link is followed, so that it stays one; an existing file's rights are kept.

    Args:
        path: the file.
        content: what it shall hold.
        replace: whether it may exist already.
        mode: its rights; None: those it has, or what the user's umask leaves.

    Raises:
        InputError: it exists and `replace` is False (kind `exists`).
        MachineError: the system refused.
    """
    with AtomicFile(path, replaces=replace, follows_links=True) as file:
        _give_rights(file, mode)
        file.write(content)
        file.put_in_place()
        # the new content stands, even where it might not outlive a power cut
        with contextlib.suppress(MachineError):
            file.sync_folder()


def _give_rights(file: AtomicFile, mode: int | None) -> None:
    # nothing there yet, or a file system that has no rights to give
    with contextlib.suppress(OSError):
        os.fchmod(file.descriptor, stat.S_IMODE(file.target.stat().st_mode) if mode is None else mode)


@contextlib.contextmanager
def lock(path: Path, *, wait_s: float = _LOCK_WAIT_S) -> Iterator[None]:
    """Holds the right to write a file, among all programs that ask for it.

    The lock is on a hidden file `.NAME.lock` beside it, which is there only while it is held. It
    is not re-entrant. A program that dies loses it.

    Args:
        path: the file to protect.
        wait_s: how long to wait for another holder.

    Raises:
        MachineError: another program holds it (kind `locked`), or the system refused.
    """
    name = _lock_file(Path(os.path.realpath(path)))
    descriptor = _locked(name, path, time.monotonic() + wait_s)
    try:
        yield
    finally:
        # removed while it is still locked: who waits finds it gone and starts again
        with contextlib.suppress(OSError):
            name.unlink()
        os.close(descriptor)


def _lock_file(path: Path) -> Path:
    """The hidden file beside `path` that its lock is on."""
    name = path.name
    if len(os.fsencode(name)) > _LONGEST_NAME:
        import hashlib

        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return path.with_name(f".{name}.lock")


def _locked(name: Path, path: Path, deadline_s: float) -> int:
    """A locked descriptor of the lock file that is in place at `name`."""
    while True:
        try:
            descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise machine_error(error, path, "lock") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_in_place(descriptor, name):
                return descriptor
        except BlockingIOError:
            pass
        except OSError as error:
            os.close(descriptor)
            raise machine_error(error, path, "lock") from error
        os.close(descriptor)
        if time.monotonic() > deadline_s:
            raise MachineError(
                f"{path}: another program is writing it: close that one or wait", kind="locked", path=path
            )
        time.sleep(_LOCK_POLL_S)


def _is_in_place(descriptor: int, name: Path) -> bool:
    try:
        there = os.stat(name)
    except FileNotFoundError:
        return False
    own = os.fstat(descriptor)
    return (there.st_ino, there.st_dev) == (own.st_ino, own.st_dev)
