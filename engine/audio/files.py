"""Files that appear under their name only when they are whole.

A file is written under a hidden name in the folder it is meant for, synced, and renamed. Whatever
happens before, a file that stood there under that name is untouched.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import MachineError, machine_error

#: What hidden names begin with; the name is independent of the final one, which may be of full length.
TEMPORARY_PREFIX = ".stemlathe-"

# An interrupt may arrive between two lines anywhere, also where no `with` holds the file yet; what is
# still unfinished when the interpreter ends is removed then.
_unfinished: set[tuple[int, Path]] = set()


@atexit.register
def _remove_unfinished() -> None:
    for process, path in _unfinished:
        if process == os.getpid():  # not in a fork of the process that writes it
            path.unlink(missing_ok=True)


def require_space(
    folder: str | os.PathLike[str], needed_bytes: int, purpose: str = "what is to be written"
) -> None:
    """Makes sure that `needed_bytes` fit into the file system of `folder`.

    Args:
        folder: an existing folder.
        needed_bytes: what is about to be written.
        purpose: what for, a noun phrase in the singular for the message: ``"the scratch file"``.

    Raises:
        MachineError: kind `disk_full` when they do not fit, else as of `machine_error`.
    """
    try:
        status = os.statvfs(folder)
    except OSError as error:
        raise machine_error(error, folder, "look for free space") from error
    free_bytes = status.f_bavail * status.f_frsize
    if free_bytes < needed_bytes:
        raise MachineError(
            f"{os.fspath(folder)}: {purpose} needs {_megabytes(needed_bytes)} and only "
            f"{_megabytes(free_bytes)} are free: free some space or choose another folder",
            kind="disk_full",
            path=folder,
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


class AtomicFile:
    """A new file, open for reading and writing, that takes its place on `commit`.

    As a context manager it removes itself unless it was committed.

    Args:
        path: the final name. A file of that name is replaced on `commit`, without asking.

    Attributes:
        path: the final name.
        descriptor: the open file descriptor; owned by this object.

    Raises:
        MachineError: the folder does not take the file, or a folder has that name.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.descriptor = -1
        self._temporary = self.path.parent / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.tmp"
        try:
            self._refuse_folder()
            _unfinished.add((os.getpid(), self._temporary))
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
            self.descriptor = os.open(self._temporary, flags, 0o666)
        except OSError as error:
            raise machine_error(error, self.path, "write") from error

    def _refuse_folder(self) -> None:
        """Finds out now, not after an hour of rendering, that the final name cannot be taken."""
        try:
            status = os.lstat(self.path)
        except FileNotFoundError:
            return
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, "a folder of that name is in the way")

    def write(self, data: bytes | memoryview) -> None:
        """Writes all of `data`, a sequence of bytes, at the current position.

        Raises:
            MachineError: the system refused, for instance because the disk is full.
        """
        try:
            rest = memoryview(data)
            while rest.nbytes:
                rest = rest[os.write(self.descriptor, rest) :]
        except OSError as error:
            raise machine_error(error, self.path, "write") from error

    def write_at(self, offset: int, data: bytes) -> None:
        """Overwrites bytes at `offset`, without moving the position."""
        try:
            if os.pwrite(self.descriptor, data, offset) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise machine_error(error, self.path, "write") from error

    def commit(self) -> None:
        """Syncs the content to the disk and puts the file in its place."""
        try:
            os.fsync(self.descriptor)
            self._close()
            os.replace(self._temporary, self.path)
            _unfinished.discard((os.getpid(), self._temporary))
            _sync_folder(self.path.parent)
        except OSError as error:
            self.abort()
            raise machine_error(error, self.path, "write") from error

    def abort(self) -> None:
        """Removes what was written; does nothing after `commit`."""
        with contextlib.suppress(OSError):  # closing may report the error we are cleaning up after
            self._close()
        self._temporary.unlink(missing_ok=True)
        _unfinished.discard((os.getpid(), self._temporary))

    def _close(self) -> None:
        if self.descriptor >= 0:
            descriptor, self.descriptor = self.descriptor, -1
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()


def _sync_folder(folder: Path) -> None:
    """Makes the rename itself survive a power cut, where the file system can sync a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
