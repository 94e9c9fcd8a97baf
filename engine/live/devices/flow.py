"""How a device takes audio: whether it does at all, and at whose pace.

A library reports a stream as open long before a suspended or unserved sink asks for its first block, and
ALSA's `null` plug-in asks for blocks as fast as they come. Both are found out before anything is heard.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: Audio is known to flow when so many blocks are asked for after so long: those before may only have filled
#: the buffers of a server that has nothing to play on.
_BLOCKS, _SETTLED_S = 2, 0.2
#: A server may fill its buffers at the start, 2 s of them and more: beyond that a first reading is no buffer.
_FIRST_PACE = 60.0
#: From then on the pace is judged over so long, s; a clock that is so much too fast is none.
_WINDOW_S, _HIGHEST_PACE = 2.0, 3.0


class Flow:
    """Judges a stream by the frames that its callback has been asked for.

    Args:
        sample_rate: Hz.
        clock_s: seconds that only grow.
    """

    def __init__(self, sample_rate: int, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._rate = sample_rate
        self._clock_s = clock_s
        self._first: tuple[int, float] | None = None
        self._mark = (0, 0.0)
        self._settled_calls: int | None = None
        self._calls = 0
        self.is_too_fast = False

    def look(self, calls: int, frames: int) -> None:
        """Takes note of how often the callback was called so far, and for how many frames in all."""
        now_s = self._clock_s()
        self._calls = calls
        if not calls:
            return
        if self._first is None:
            self._first = self._mark = (frames, now_s)
            return
        begun, begun_s = self._first
        elapsed_s = now_s - begun_s
        if elapsed_s >= _SETTLED_S:
            self.is_too_fast |= frames - begun > _FIRST_PACE * elapsed_s * self._rate
            if self._settled_calls is None:
                self._settled_calls = calls
        mark, mark_s = self._mark
        if now_s - mark_s >= _WINDOW_S:
            self.is_too_fast |= frames - mark > _HIGHEST_PACE * (now_s - mark_s) * self._rate
            self._mark = (frames, now_s)

    @property
    def flows(self) -> bool:
        """Whether audio is being taken, at a pace that could be a clock's."""
        if self._settled_calls is None or self.is_too_fast:
            return False
        return self._calls - self._settled_calls >= _BLOCKS
