"""A disk that fills up, for a whole program: Python imports this first where its folder is on PYTHONPATH.

`STEMLATHE_FULL_FOLDERS` names the folders that lie on that disk, `STEMLATHE_FULL_CELL` a file with one signed
64-bit number: how many bytes still fit, below 0 any number. Every way on which the program writes takes from
it; what does not fit is refused with ENOSPC after as much as did fit, as a file system does.
"""

from __future__ import annotations

import builtins
import errno
import io
import mmap
import os
import struct
from typing import Any

_FOLDERS = tuple(
    os.path.realpath(one) + os.sep
    for one in os.environ.get("STEMLATHE_FULL_FOLDERS", "").split(os.pathsep)
    if one
)
_real_open, _real_write, _real_pwrite, _real_mkdir = os.open, os.write, os.pwrite, os.mkdir
_real_io_open = io.open


def _cell() -> mmap.mmap:
    descriptor = _real_open(os.environ["STEMLATHE_FULL_CELL"], os.O_RDWR)
    try:
        return mmap.mmap(descriptor, 8)
    finally:
        os.close(descriptor)


def _is_on_it(path: str) -> bool:
    return (path + os.sep).startswith(_FOLDERS)


def _lies_on_it(descriptor: int) -> bool:
    try:
        return _is_on_it(os.readlink(f"/proc/self/fd/{descriptor}"))
    except OSError:
        return False


def _full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _install() -> None:
    cell = _cell()

    def take(wanted: int) -> int:
        """How many of so many bytes still fit; they are taken."""
        (left,) = struct.unpack("q", cell[:8])
        if left < 0:
            return wanted
        granted = min(wanted, left)
        if not granted and wanted:
            raise _full()
        cell[:8] = struct.pack("q", left - granted)
        return granted

    def write(descriptor: int, data: Any) -> int:
        if _lies_on_it(descriptor):
            view = memoryview(data).cast("B")
            data = view[: take(view.nbytes)]
        return _real_write(descriptor, data)

    def pwrite(descriptor: int, data: Any, offset: int) -> int:
        if _lies_on_it(descriptor):
            view = memoryview(data).cast("B")
            data = view[: take(view.nbytes)]
        return _real_pwrite(descriptor, data, offset)

    def makes(path: Any, dir_fd: int | None) -> bool:
        return dir_fd is None and _is_on_it(os.path.abspath(os.fsdecode(path))) and not os.path.lexists(path)

    def open_(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_CREAT and makes(path, dir_fd):
            take(1)
        return _real_open(path, flags, mode, dir_fd=dir_fd)

    def mkdir(path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        if makes(path, dir_fd):
            take(1)
        _real_mkdir(path, mode, dir_fd=dir_fd)

    class File(io.FileIO):
        def write(self, data: Any) -> int:
            view = memoryview(data).cast("B")
            return super().write(view[: take(view.nbytes)])

    def io_open(file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **named: Any) -> Any:
        if not set(mode) & set("wax+"):
            return _real_io_open(file, mode, buffering, *rest, **named)
        path = (
            os.readlink(f"/proc/self/fd/{file}")
            if isinstance(file, int)
            else os.path.abspath(os.fsdecode(file))
        )
        if not _is_on_it(path):
            return _real_io_open(file, mode, buffering, *rest, **named)
        if not isinstance(file, int) and not os.path.lexists(path):
            take(1)
        raw = File(file, mode.replace("b", "").replace("t", ""), closefd=named.get("closefd", True))
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        if "b" in mode:
            return buffered
        text = {name: named[name] for name in ("encoding", "errors", "newline") if name in named}
        return io.TextIOWrapper(buffered, *rest, **text)

    os.write, os.pwrite, os.open, os.mkdir = write, pwrite, open_, mkdir  # type: ignore[assignment]
    builtins.open = io.open = io_open  # type: ignore[assignment]


if _FOLDERS:
    _install()
