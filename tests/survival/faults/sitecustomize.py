"""A disk that fills up or becomes read-only, and a clock that jumps, for a whole program.

Python imports this first where its folder is on PYTHONPATH.

`STEMLATHE_FULL_FOLDERS` names the folders that lie on that disk, `STEMLATHE_FULL_CELL` a file with one signed
64-bit number: how many bytes still fit, −1: any number, −2: the disk is read-only. Every way on which the
program writes takes from it; what does not fit is refused with ENOSPC after as much as did fit, as a file
system does; on a read-only disk everything is refused with EROFS.

`STEMLATHE_CLOCK_CELL` names a file with one 64-bit float: by how many seconds the wall clock is wrong.
"""

from __future__ import annotations

import builtins
import errno
import io
import mmap
import os
import struct
import time
from collections.abc import Callable
from typing import Any

_FOLDERS = tuple(
    os.path.realpath(one) + os.sep
    for one in os.environ.get("STEMLATHE_FULL_FOLDERS", "").split(os.pathsep)
    if one
)
_real_open, _real_write, _real_pwrite, _real_mkdir = os.open, os.write, os.pwrite, os.mkdir
_real_io_open = io.open


_READ_ONLY = -2
#: Calls that change a folder, and how many of their first arguments are paths.
_CHANGING = {"unlink": 1, "remove": 1, "rmdir": 1, "rename": 2, "replace": 2, "link": 2, "symlink": 2}
_CHANGING |= {"utime": 1, "chmod": 1, "truncate": 1}


def _cell(name: str) -> mmap.mmap:
    descriptor = _real_open(os.environ[name], os.O_RDWR)
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


def _read_only() -> OSError:
    return OSError(errno.EROFS, os.strerror(errno.EROFS))


def _whole(path: Any, dir_fd: int | None) -> str:
    """The path of what a call names, as far as it can be told."""
    if isinstance(path, int):
        return os.readlink(f"/proc/self/fd/{path}")
    name = os.fsdecode(path)
    return os.path.abspath(
        name if dir_fd is None else os.path.join(os.readlink(f"/proc/self/fd/{dir_fd}"), name)
    )


def _install() -> None:
    cell = _cell("STEMLATHE_FULL_CELL")

    def is_read_only() -> bool:
        return bool(struct.unpack("q", cell[:8])[0] == _READ_ONLY)

    def take(wanted: int) -> int:
        """How many of so many bytes still fit; they are taken."""
        (left,) = struct.unpack("q", cell[:8])
        if left == _READ_ONLY:
            raise _read_only()
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
        if flags & (os.O_WRONLY | os.O_RDWR) and is_read_only() and _is_on_it(_whole(path, dir_fd)):
            raise _read_only()
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
        if not isinstance(file, int) and (is_read_only() or not os.path.lexists(path)):
            take(1)
        raw = File(file, mode.replace("b", "").replace("t", ""), closefd=named.get("closefd", True))
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        if "b" in mode:
            return buffered
        text = {name: named[name] for name in ("encoding", "errors", "newline") if name in named}
        return io.TextIOWrapper(buffered, *rest, **text)

    def changing(call: Callable[..., Any], paths: int) -> Callable[..., Any]:
        def checked(*given: Any, **named: Any) -> Any:
            if is_read_only():
                descriptors = (named.get("dir_fd"), named.get("src_dir_fd"), named.get("dst_dir_fd"))
                within = next((one for one in descriptors if one is not None), None)
                if any(_is_on_it(_whole(path, within)) for path in given[:paths]):
                    raise _read_only()
            return call(*given, **named)

        return checked

    for name, paths in _CHANGING.items():
        wrapped = changing(getattr(os, name), paths)
        for known in (os.supports_dir_fd, os.supports_follow_symlinks, os.supports_fd):
            if getattr(os, name) in known:  # what may be given to the call is asked by its identity
                known.add(wrapped)
        setattr(os, name, wrapped)
    os.write, os.pwrite, os.open, os.mkdir = write, pwrite, open_, mkdir  # type: ignore[assignment]
    builtins.open = io.open = io_open  # type: ignore[assignment]


def _install_clock() -> None:
    cell, real, real_ns = _cell("STEMLATHE_CLOCK_CELL"), time.time, time.time_ns

    def wrong_by_s() -> float:
        return float(struct.unpack("d", cell[:8])[0])

    time.time = lambda: real() + wrong_by_s()
    time.time_ns = lambda: real_ns() + round(wrong_by_s() * 1e9)


if _FOLDERS:
    _install()
if "STEMLATHE_CLOCK_CELL" in os.environ:
    _install_clock()
