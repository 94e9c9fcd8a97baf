"""`null`: no sound, the clock of the machine; always there."""

from __future__ import annotations

import threading

import numpy as np

from engine.live.loop.clock import drain
from engine.live.player.ring_memory import Ring
from engine.live.priority import raise_priority


class NullDevice:
    """Takes blocks from a ring at the pace of the clock.

    Args:
        ring: what to take from.
        consumer: its number as a consumer of that ring.
        sample_rate: Hz.
        block_frames: taken at once.
        speed: of the clock; 0: every block as soon as it is there, which is for tests.
    """

    name = "null"

    def __init__(
        self, ring: Ring, consumer: int, sample_rate: int, block_frames: int, *, speed: float = 1.0
    ) -> None:
        self.sample_rate = sample_rate
        self.block_frames = block_frames
        self._sink = np.zeros((block_frames, 2), np.float32)
        self._scratch = np.zeros(2, np.int64)
        block_ns = round(block_frames * 1e9 / sample_rate / speed) if speed > 0.0 else 0
        memory = (int(self._sink.ctypes.data), int(self._scratch.ctypes.data))
        self._call = (ring.address, consumer, block_frames, block_ns, *memory)
        self._ring = ring
        self._thread = threading.Thread(target=self._run, name="null device", daemon=True)
        drain.compile()
        ring.admit(consumer, 0)
        self._thread.start()

    def _run(self) -> None:
        raise_priority()
        drain(*self._call)

    @property
    def failure(self) -> str | None:
        """It never fails."""
        return None

    def stop(self) -> None:
        """Ends it; the next frame is whoever's comes next."""
        self._ring.dismiss(self._call[1])
        self._thread.join()
