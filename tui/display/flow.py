"""Never further behind than the ear would forgive: how much may be on its way to the terminal.

Behind every frame goes a question for the cursor's position (`ESC [ 6 n`, ECMA-48 DSR). The answer
tells that the terminal has come so far, whatever lies between: a modem, SSH, a satellite. From the
answers follow the link's delay and, when it is saturated, its speed. What would queue is not sent;
the newest state is, as soon as there is room.
"""

from __future__ import annotations

import threading
from collections import deque

#: The question.
QUERY = "\x1b[6n"
#: A terminal that has not answered its first question for so long never will, s.
PATIENCE_S = 6.0
#: Until the first answer, a frame may be sent so often, s.
_UNKNOWN_PERIOD_S = 0.2
#: An answer that takes so long beyond twice the best may be lost, s.
_OVERDUE_S = 1.5
#: Delay in the link beyond its best that is tolerated before sending pauses, s.
_QUEUEING_S = 0.08
#: No frame is larger than what the link carries in this time, s, once its speed is known.
_FRAME_S = 0.12
#: Bytes of a frame on a link that nothing is known of, at least and at most.
_SMALLEST_BYTES, _START_BYTES, _LARGEST_BYTES = 400, 6000, 1 << 20
#: The best round trip is looked for among the answers of this time, s: a link may get slower for good.
_MEMORY_S = 30.0


class Flow:
    """Decides when a frame may be sent, and how large. `answered` may be called from another thread.

    Args:
        frames_per_second: at most.
        now_s: CLOCK_MONOTONIC.
        asking: questions are asked; without, everything is sent at once.

    Attributes:
        limit_fps: frames per second at most.
        asking: as given.
    """

    def __init__(self, frames_per_second: float, now_s: float, *, asking: bool = True) -> None:
        self.asking = asking
        self.limit_fps = frames_per_second
        self._started_s = now_s
        self._lock = threading.Lock()
        self._asked: deque[tuple[float, int]] = deque()  # when, and the bytes sent until then
        self._sent_bytes = self._answered_bytes = 0
        self._last_sent_s = -1e9
        self._last_answer_s = -1e9
        self._trips: deque[tuple[float, float]] = deque()  # when, and how long it took
        self._again_s = -1e9
        self._best_s = 0.0
        self._latest_s = 0.0
        self._rate: float | None = None  # bytes/s of a saturated link
        self._room_bytes = _START_BYTES

    @property
    def round_trip_s(self) -> float | None:
        """The shortest round trip of late; None before the first answer."""
        return self._best_s if self._trips else None

    @property
    def rate(self) -> float | None:
        """Bytes per second the link carries; None: it has never been saturated."""
        return self._rate

    @property
    def mute(self) -> bool:
        """The terminal answers no questions: nothing is known of the link."""
        return not self.asking or (not self._trips and self._last_sent_s - self._started_s > PATIENCE_S)

    def sent(self, size_bytes: int, now_s: float) -> None:
        """Notes a frame, with the question behind it."""
        with self._lock:
            self._sent_bytes += size_bytes
            if self.asking:
                self._asked.append((now_s, self._sent_bytes))
            self._last_sent_s = now_s

    def overdue(self, now_s: float) -> bool:
        """Whether it is time to ask once more: an answer is long in coming, and may be lost."""
        with self._lock:
            if not self._asked or not self._trips:
                return False
            last_s = max(self._asked[0][0], self._again_s)
            return now_s - last_s > _OVERDUE_S + 2.0 * self._best_s

    def asked_again(self, now_s: float) -> None:
        """Notes a question without a frame."""
        with self._lock:
            self._again_s = now_s
            self._asked.append((now_s, self._sent_bytes))

    def answered(self, now_s: float) -> None:
        """Notes an answer; one that nobody asked for is ignored."""
        with self._lock:
            if not self._asked:
                return
            # after a question was repeated, an answer may be to any: the repeated one is the latest
            while len(self._asked) > 1 and self._asked[0][0] < self._again_s - _OVERDUE_S:
                self._asked.popleft()
            asked_s, until_bytes = self._asked.popleft()
            trip_s = now_s - asked_s
            self._latest_s = trip_s
            self._trips.append((now_s, trip_s))
            self._best_s = min(trip_s, self._best_s) if len(self._trips) > 1 else trip_s
            while self._trips[0][0] < now_s - _MEMORY_S:
                if self._trips.popleft()[1] <= self._best_s:
                    self._best_s = min(trip for _, trip in self._trips)
            self._learn(until_bytes, trip_s, now_s)

    def _learn(self, until_bytes: int, trip_s: float, now_s: float) -> None:
        carried = until_bytes - self._answered_bytes
        # two answers in a row while something waited: what lies between took the link that long
        busy_s = now_s - max(self._last_answer_s, now_s - trip_s + self._best_s)
        if trip_s > self._best_s + 0.02 and busy_s > 0.001 and carried > 200:
            rate = carried / busy_s
            self._rate = rate if self._rate is None else self._rate + 0.3 * (rate - self._rate)
            self._room_bytes = min(_LARGEST_BYTES, max(_SMALLEST_BYTES, int(self._rate * _FRAME_S)))
        else:
            self._room_bytes = min(_LARGEST_BYTES, int(self._room_bytes * 1.3) + 100)
            if self._rate is not None and self._room_bytes > self._rate * _FRAME_S * 4:
                self._rate = None  # it carries far more than was thought
        self._answered_bytes = until_bytes
        self._last_answer_s = now_s

    def ready(self, now_s: float) -> bool:
        """Whether a frame may be sent now."""
        with self._lock:
            if not self.asking:
                return True
            if not self._trips:
                if now_s - self._started_s > PATIENCE_S:
                    return True
                return not self._asked or now_s - self._last_sent_s >= _UNKNOWN_PERIOD_S
            if not self._asked:
                return True
            oldest_s = now_s - self._asked[0][0]
            if oldest_s > self._best_s + _QUEUEING_S:
                return False
            return len(self._asked) < self.limit_fps * self._best_s + 2.0

    def budget_bytes(self) -> int:
        """How large the next frame may be."""
        return _LARGEST_BYTES if self.mute else self._room_bytes

    def behind_s(self, now_s: float) -> float:
        """For how long the terminal has owed an answer beyond the usual, s; 0: it keeps up."""
        with self._lock:
            return max(0.0, now_s - self._asked[0][0] - self._best_s) if self._asked else 0.0

    def restart(self, now_s: float) -> None:
        """The terminal was somebody else's for a while: open questions are void."""
        with self._lock:
            self._asked.clear()
            self._answered_bytes = self._sent_bytes
            self._last_answer_s = self._last_sent_s = now_s


class Pace:
    """How often to draw: the wanted rate, 15 or 5 times a second where the link carries no more.

    Steps down when over a third of the frames of two seconds had to wait; tries the next faster one
    after a while without waiting, ever more rarely when that fails.

    Args:
        wanted_fps: frames per second on a link that carries them.
        now_s: CLOCK_MONOTONIC.
    """

    STEPS = (15.0, 5.0)
    _WINDOW_S = 2.0
    _FIRST_TRIAL_S, _LAST_TRIAL_S = 10.0, 300.0

    def __init__(self, wanted_fps: float, now_s: float) -> None:
        self._rates = [wanted_fps, *(step for step in self.STEPS if step < wanted_fps)]
        self._step = 0
        self._since_s = self._window_s = self._changed_s = now_s
        self._frames = self._waits = 0
        self._trial_s = self._FIRST_TRIAL_S

    @property
    def fps(self) -> float:
        """Frames per second now."""
        return self._rates[self._step]

    def frame(self, waited: bool, now_s: float) -> None:
        """Notes a frame that was due, and whether it had to wait."""
        self._frames += 1
        self._waits += waited
        if now_s - self._window_s < self._WINDOW_S:
            return
        crowded = self._waits * 3 > self._frames
        if crowded and self._step + 1 < len(self._rates):
            if self._step and now_s - self._changed_s < self._trial_s:
                self._trial_s = min(self._LAST_TRIAL_S, 2.0 * self._trial_s)
            self._go(self._step + 1, now_s)
        elif crowded:
            self._since_s = now_s
        elif self._step and now_s - self._since_s > self._trial_s:
            self._trial_s = min(self._LAST_TRIAL_S, 2.0 * self._trial_s)
            self._go(self._step - 1, now_s)
        self._window_s, self._frames, self._waits = now_s, 0, 0

    def _go(self, step: int, now_s: float) -> None:
        self._step = step
        self._since_s = self._changed_s = now_s
