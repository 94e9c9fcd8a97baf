"""The near end of `faults/sitecustomize.py`: a disk that a test fills and frees while programs write."""

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

    def free(self) -> None:
        """From here on anything fits."""
        self.fill(-1)
