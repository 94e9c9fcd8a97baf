"""The near end of `faults/sitecustomize.py`: disks that a test fills, and a clock that it sets."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from pathlib import Path

_FAULTS = Path(__file__).resolve().parent / "faults"


class Disk:
    """How much fits on the disk that some folders lie on; at first anything.

    Args:
        cell: a file to share that with the programs, outside of these folders.
        folders: on that disk.
    """

    def __init__(self, cell: Path, folders: Sequence[Path]) -> None:
        self._cell = cell
        self._folders = folders
        cell.write_bytes(struct.pack("q", -1))

    def environment(self) -> dict[str, str]:
        """What a program needs in its environment to be on that disk."""
        others = os.environ.get("PYTHONPATH", "")
        return {
            "PYTHONPATH": os.pathsep.join(filter(None, (str(_FAULTS), others))),
            "STEMLATHE_FULL_FOLDERS": os.pathsep.join(str(folder) for folder in self._folders),
            "STEMLATHE_FULL_CELL": str(self._cell),
        }

    def fill(self, left_bytes: int = 0) -> None:
        """From here on so many bytes fit."""
        with self._cell.open("r+b") as file:
            file.write(struct.pack("q", left_bytes))

    def make_read_only(self) -> None:
        """From here on nothing there can be changed."""
        self.fill(-2)

    def free(self) -> None:
        """From here on anything fits."""
        self.fill(-1)


class Clock:
    """A wall clock that a test sets while programs look at it; at first it is right.

    Args:
        cell: a file to share that with the programs.
    """

    def __init__(self, cell: Path) -> None:
        self._cell = cell
        cell.write_bytes(struct.pack("d", 0.0))

    def environment(self) -> dict[str, str]:
        """What a program needs in its environment to look at that clock."""
        others = os.environ.get("PYTHONPATH", "")
        return {
            "PYTHONPATH": os.pathsep.join(filter(None, (str(_FAULTS), others))),
            "STEMLATHE_CLOCK_CELL": str(self._cell),
        }

    def jump(self, wrong_by_s: float) -> None:
        """From here on it is wrong by so many seconds."""
        with self._cell.open("r+b") as file:
            file.write(struct.pack("d", wrong_by_s))
