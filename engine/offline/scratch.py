"""Keeps a long programme and its parts at full precision between two passes over it."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from engine.errors import MachineError, machine_error
from engine.files import TEMPORARY_PREFIX
from engine.rack.operation import Doubles

#: Programmes up to this size stay in memory (4 min at 48 kHz are 184 MB).
MEMORY_LIMIT_BYTES = 200_000_000
_READ_FRAMES = 8192
_DOING = "keep a scratch file"


class Scratch:
    """A programme that is appended to once and then read any number of times.

    Short programmes stay in memory; longer ones live in a file without a name, in `folder`, so
    that nothing is left behind however the program ends. Several threads may read at once.

    Args:
        frames: how many will be appended; decides where they live.
        folder: where a file would be; its free space is checked here.
        columns: of each frame.
        memory_bytes: programmes up to this size stay in memory.
        single: kept in single precision (rounded 150 dB below each sample): half the room.

    Raises:
        MachineError: the folder has not enough room, or cannot be written.
    """

    def __init__(
        self,
        frames: int,
        folder: Path,
        columns: int = 2,
        *,
        memory_bytes: int = MEMORY_LIMIT_BYTES,
        single: bool = False,
    ) -> None:
        self.frames = 0
        self._columns = columns
        self._type = np.dtype(np.float32 if single else np.float64)
        self._frame_bytes = columns * self._type.itemsize
        self._blocks: list[Any] = []
        self._file: int | None = None
        self._folder = folder
        size = frames * self._frame_bytes
        if size > memory_bytes:
            self._file = _unnamed_file(folder, size)

    def append(self, block: Doubles) -> None:
        """Adds `(n, columns)` float64 frames at the end."""
        if block.shape[0] == 0:
            return
        if self._file is None:
            self._blocks.append(np.ascontiguousarray(block, self._type))
        else:
            data = np.ascontiguousarray(block, self._type).data.cast("B")
            position = self.frames * self._frame_bytes
            try:
                while data:
                    written = os.pwrite(self._file, data, position)
                    data, position = data[written:], position + written
            except OSError as error:
                raise machine_error(error, self._folder, _DOING) from error
        self.frames += block.shape[0]

    def blocks(self) -> Iterator[Any]:
        """All frames from the start, in blocks of at most some thousand; not to be written to."""
        if self._file is None:
            yield from self._blocks
            return
        for start in range(0, self.frames, _READ_FRAMES):
            count = min(_READ_FRAMES, self.frames - start)
            block = np.empty((count, self._columns), self._type)
            view = block.data.cast("B")
            position = start * self._frame_bytes
            while view:
                try:
                    read = os.preadv(self._file, [view], position)
                except OSError as error:
                    raise machine_error(error, self._folder, "read a scratch file") from error
                if read == 0:
                    raise MachineError("the scratch file is shorter than what was written to it")
                view, position = view[read:], position + read
            yield block

    def close(self) -> None:
        """Frees memory and file."""
        self._blocks.clear()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Scratch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _unnamed_file(folder: Path, size: int) -> int:
    try:
        free = shutil.disk_usage(folder).free
        if free < size:
            raise MachineError(
                f"{folder}: a long render needs {size / 1e9:.1f} GB of scratch space and "
                f"{free / 1e9:.1f} GB are free: free some or choose another --out folder",
                kind="disk_full",
                path=folder,
            )
        return _open_unnamed(folder)
    except OSError as error:
        raise machine_error(error, folder, _DOING) from error


def _open_unnamed(folder: Path) -> int:
    """A file that no name leads to: nothing is left of it, whatever ends the program and when."""
    unnamed = getattr(os, "O_TMPFILE", None)
    if unnamed is not None:
        try:
            return os.open(folder, unnamed | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            # file systems and kernels that have no such files
            if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL):
                raise
    handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, suffix=".scratch", dir=folder)
    os.unlink(name)
    return handle
