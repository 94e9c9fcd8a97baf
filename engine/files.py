"""Files that appear under their name only when they are whole.

A file is written under a hidden name in the folder it is meant for, synced, and renamed. Whatever
happens before, a file that stood there under that name is untouched.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import InputError, machine_error

#: What hidden names begin with; the name is independent of the final one, which may be of full length.
TEMPORARY_PREFIX = ".stemlathe-"
_FOLDER_SUFFIX = ".folder"
_TEMPORARY_SUFFIXES = (".tmp", ".scratch", _FOLDER_SUFFIX)
#: Younger than this a file is nobody's leavings, s.
_YOUNG_S = 60.0

# An interrupt may arrive between two lines anywhere, also where no `with` holds the file yet; what is
# still unfinished when the interpreter ends is removed then.
_unfinished: set[tuple[int, Path]] = set()
_swept: set[Path] = set()


@atexit.register
def _remove_unfinished() -> None:
    for process, path in _unfinished:
        if process != os.getpid():  # a fork of the process that writes it
            continue
        with contextlib.suppress(OSError):  # its disk has become read-only: the next sweep has it
            if path.name.endswith(_FOLDER_SUFFIX):
                import shutil

                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Removes what killed programs have left unfinished in `folder`, once in the life of a process.

    Who writes a file holds its lock, and the kernel gives that back whatever happens to the writer.
    One that is quite new is left alone: its writer may be just about to lock it.
    """
    if folder in _swept:
        return
    _swept.add(folder)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(TEMPORARY_PREFIX) and entry.name.endswith(_TEMPORARY_SUFFIXES):
                with contextlib.suppress(OSError):
                    _remove_if_left(Path(entry.path))


@contextlib.contextmanager
def hidden_folder(parent: Path) -> Iterator[Path]:
    """A folder for what nobody is to see yet, removed in the end; `sweep` removes those of killed programs.

    Raises:
        MachineError: `parent` does not take it.
    """
    import shutil  # 3 ms, which nobody who only reads has to wait for

    folder = _hidden(parent, _FOLDER_SUFFIX)
    entry = os.getpid(), folder
    _unfinished.add(entry)
    sweep(parent)
    try:
        folder.mkdir(mode=0o700)
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        _unfinished.discard(entry)
        raise machine_error(error, parent, "keep a temporary folder") from error
    try:
        with contextlib.suppress(OSError):  # as of files
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)
        _unfinished.discard(entry)


def _hidden(folder: Path, suffix: str) -> Path:
    return folder / f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}{suffix}"


def _remove_if_left(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        age_s = time.time() - status.st_mtime
        if status.st_uid != os.geteuid() or age_s <= _YOUNG_S:
            return
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while its writer lives
        if stat.S_ISREG(status.st_mode):
            path.unlink(missing_ok=True)
        elif stat.S_ISDIR(status.st_mode) and path.name.endswith(_FOLDER_SUFFIX):
            import shutil

            shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)


def already_there(path: Path) -> InputError:
    """The complaint about a file that would be overwritten."""
    return InputError(
        f"{path}: is already there: choose another name or give --force", kind="exists", path=path
    )


def refuse_folder(path: Path) -> None:
    """Finds out now, not after an hour of rendering, that the final name cannot be taken.

    Raises:
        OSError: a folder has it.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "a folder of that name is in the way")


class AtomicFile:
    """A new file, open for reading and writing, that takes its place on `commit`.

    As a context manager it removes itself unless it was committed.

    Args:
        path: the final name.
        replaces: a file of that name is replaced on `commit`, without asking; otherwise it is an error.
        follows_links: a symbolic link of that name stays one, and what it leads to is written;
            otherwise the link itself is replaced.

    Attributes:
        path: the final name, as it was given.
        target: where the file comes to be.
        descriptor: the open file descriptor; owned by this object.

    Raises:
        MachineError: the folder does not take the file, or a folder that cannot be replaced has that name.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, replaces: bool = True, follows_links: bool = False
    ) -> None:
        self.path = Path(path)
        self.target = Path(os.path.realpath(path)) if follows_links else self.path
        self.descriptor = -1
        self._replaces = replaces
        self._temporary = _hidden(self.target.parent, ".tmp")
        try:
            if replaces:
                refuse_folder(self.target)
            sweep(self.target.parent)
            _unfinished.add((os.getpid(), self._temporary))
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
            self.descriptor = os.open(self._temporary, flags, 0o666)
            with contextlib.suppress(OSError):  # a file system without locks: then its age has to do
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise machine_error(error, self.path, "write") from error

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
        """Syncs the content to the disk and puts the file in its place, to stay there after a power cut.

        Raises:
            InputError: a file of that name is there and not to be replaced (kind `exists`).
            MachineError: the system refused.
        """
        self.put_in_place()
        self.sync_folder()

    def put_in_place(self) -> None:
        """The first part of `commit`: from here on the file has its name; raises the same."""
        try:
            os.fsync(self.descriptor)
            self._close()
            self._move()
            _unfinished.discard((os.getpid(), self._temporary))
        except OSError as error:
            self.abort()
            if isinstance(error, FileExistsError) and not self._replaces:
                raise already_there(self.path) from error
            raise machine_error(error, self.path, "write") from error

    def sync_folder(self) -> None:
        """The second part: makes the rename itself survive a power cut, where the file system can.

        Raises:
            MachineError: the folder could not be synced, although its file system can.
        """
        try:
            sync_folder(self.target.parent)
        except OSError as error:
            raise machine_error(error, self.path, "write") from error

    def _move(self) -> None:
        if not self._replaces:
            try:
                # unlike a rename, a link never replaces what came into being meanwhile
                os.link(self._temporary, self.target)
            except OSError as error:
                # file systems without hard links refuse with other errors
                if isinstance(error, FileExistsError) or self.target.exists():
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from error
            else:
                with contextlib.suppress(OSError):  # it has its name: a second, hidden one does no harm
                    self._temporary.unlink()
                return
        os.replace(self._temporary, self.target)

    def abort(self) -> None:
        """Removes what was written; does nothing after `commit`."""
        with contextlib.suppress(OSError):  # closing may report the error we are cleaning up after
            self._close()
        with contextlib.suppress(OSError):  # its disk has become read-only: the next sweep has it
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


def sync_folder(folder: Path) -> None:
    """Makes what was renamed in `folder` survive a power cut, where its file system can.

    Raises:
        OSError: it can and does not.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
