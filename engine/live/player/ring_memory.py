"""The memory of the output ring: anonymous, and shareable with one process by its descriptor."""

from __future__ import annotations

import mmap
import os
import tempfile
import time

import numpy as np
from numpy.typing import NDArray

from engine.live.loop.cells import (
    RING_BLOCK_FRAMES,
    RING_BLOCKS,
    RING_CAPACITY,
    RING_CELLS,
    RING_CONSUMER,
    RING_FADE_FRAMES,
    RING_FADED,
    RING_FLAGGED,
    RING_FRAMES,
    RING_LEAVING,
    RING_POSITIONS,
    RING_READ,
    RING_WRITTEN,
    RING_XRUNS,
)
from engine.live.loop.native import publish_cell

#: Frames of room; how many of them are used is the board's RING_TARGET.
CAPACITY_FRAMES = 1 << 15

_FRAMES_AT = 8 * RING_CELLS
_POSITIONS_AT = _FRAMES_AT + 8 * CAPACITY_FRAMES
_BYTES = _POSITIONS_AT + 8 * CAPACITY_FRAMES


def _anonymous_file() -> int:
    """An open file without a name, readable by nobody else."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("stemlathe-ring", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class Ring:
    """The output ring, made here or by the process whose descriptor is given.

    Args:
        descriptor: of a ring that another process has made; None makes one.

    Attributes:
        descriptor: to be handed to a process that plays from the ring.
        cells: the int64 cells of `engine.live.loop.cells`, RING_….
        address: of the first cell.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self.descriptor = _anonymous_file() if descriptor is None else descriptor
        if descriptor is None:
            os.ftruncate(self.descriptor, _BYTES)
        self._memory = mmap.mmap(self.descriptor, _BYTES)
        self.cells: NDArray[np.int64] = np.frombuffer(self._memory, np.int64, RING_CELLS)
        self.address = int(self.cells.ctypes.data)
        if descriptor is None:
            self._memory[:] = bytes(_BYTES)  # the system gives memory at its first use: not in the loop
            self.cells[RING_CAPACITY] = CAPACITY_FRAMES
            self.cells[RING_FRAMES] = _FRAMES_AT
            self.cells[RING_POSITIONS] = _POSITIONS_AT
        self._positions = np.frombuffer(self._memory, np.int64, CAPACITY_FRAMES, _POSITIONS_AT)

    def admit(self, consumer: int, fade_frames: int) -> None:
        """Lets `consumer` take frames, and nobody else; it is faded in over `fade_frames`."""
        self.cells[RING_FADED] = 0
        self.cells[RING_FADE_FRAMES] = fade_frames
        self.cells[RING_LEAVING] = 0
        publish_cell(self.address, RING_CONSUMER, consumer)

    def dismiss(self, consumer: int, timeout_s: float = 0.0) -> None:
        """Lets `consumer` take no more frames, if it is the one who may; it has time to fade out."""
        if int(self.cells[RING_CONSUMER]) != consumer:
            return
        publish_cell(self.address, RING_LEAVING, 1)
        until = time.monotonic() + timeout_s
        while int(self.cells[RING_FADED]) > 0 and time.monotonic() < until:
            time.sleep(0.002)
        publish_cell(self.address, RING_CONSUMER, 0)

    @property
    def waiting_frames(self) -> int:
        """Frames that have been written and not yet taken."""
        return int(self.cells[RING_WRITTEN] - self.cells[RING_READ])

    @property
    def heard_position(self) -> int | None:
        """Song position of the frame that is taken next; None when there is none."""
        read = int(self.cells[RING_READ])
        if int(self.cells[RING_WRITTEN]) <= read:
            return None
        return int(self._positions[read & (CAPACITY_FRAMES - 1)])

    @property
    def blocks(self) -> int:
        """Blocks that devices have taken."""
        return int(self.cells[RING_BLOCKS])

    @property
    def block_frames(self) -> int:
        """Frames of the latest block."""
        return int(self.cells[RING_BLOCK_FRAMES])

    @property
    def xruns(self) -> int:
        """Blocks for which the ring held too little."""
        return int(self.cells[RING_XRUNS])

    @property
    def device_xruns(self) -> int:
        """Under-runs that the device itself reported."""
        return int(self.cells[RING_FLAGGED])

    def close(self) -> None:
        """Lets go of the descriptor; the memory goes with the last who refers to it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
