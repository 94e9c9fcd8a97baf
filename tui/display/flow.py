"""Never further behind than the ear would forgive: how much may be on its way to the terminal.

Behind every frame goes a question for the cursor's position (`ESC [ 6 n`, ECMA-48 DSR). The answer
tells that the terminal has come so far, whatever lies between: a modem, SSH, a satellite. As with
TCP, a window says how many bytes may be unanswered: it grows by what came through without queueing
and shrinks where something queued. What the window has no room for is not sent; the newest state is,
as soon as there is room.
"""

from __future__ import annotations

import threading
from collections import deque

#: The question.
QUERY = "\x1b[6n"
#: A terminal that has not answered its first question within this time never will, s.
PATIENCE_S = 6.0
#: Until the first answer, shortest time between two frames, s.
_UNKNOWN_PERIOD_S = 0.2
#: An answer that takes so long beyond twice the best may be lost, s.
_OVERDUE_S = 1.5
#: Beyond the best round trip: so much is no queue, and so much is too long a one, s.
_NO_QUEUE_S, _QUEUEING_S = 0.02, 0.12
#: The window: smallest, first and largest, bytes.
_SMALLEST_BYTES, _START_BYTES, _LARGEST_BYTES = 400, 4000, 1 << 18
#: By how much a window grows that is used up, of what came through in time; and shrinks at a queue.
_GROWTH, _SHRINKAGE = 0.25, 0.7
#: The best round trip is looked for among the answers of this time, s: a link may get slower for good.
_MEMORY_S = 30.0
#: How often a question is asked without a frame, on a link that has little room: the frames' own bytes
#: would pass for delay, s.
_BARE_PERIOD_S = 3.0
_BARE_BELOW_BYTES = 8000


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
        self._asked: deque[tuple[float, int]] = deque()  # when, and the bytes of the frame
        self._flying_bytes = 0
        self._window_bytes = float(_START_BYTES)
        self._last_sent_s = self._again_s = self._bare_s = -1e9
        self._trips: deque[tuple[float, float]] = deque()  # when, and how long it took, s
        self._best_s = 0.0

    @property
    def round_trip_s(self) -> float | None:
        """The shortest round trip of late; None before the first answer."""
        return self._best_s if self._trips else None

    @property
    def window_bytes(self) -> int:
        """How many bytes may be unanswered."""
        return int(self._window_bytes)

    @property
    def mute(self) -> bool:
        """The terminal answers no questions: nothing is known of the link."""
        return not self.asking or (not self._trips and self._last_sent_s - self._started_s > PATIENCE_S)

    def sent(self, size_bytes: int, now_s: float) -> None:
        """Notes a frame, with the question behind it."""
        with self._lock:
            self._last_sent_s = now_s
            if self.asking:
                self._flying_bytes += size_bytes
                self._asked.append((now_s, size_bytes))

    def bare_question_due(self, now_s: float) -> bool:
        """Whether to ask without a frame: an answer is long in coming and may be lost, or see above."""
        with self._lock:
            if not self.asking or not self._trips:
                return False
            if self._asked:
                last_s = max(self._asked[0][0], self._again_s)
                return now_s - last_s > _OVERDUE_S + 2.0 * self._best_s
            return self._window_bytes < _BARE_BELOW_BYTES and now_s - self._bare_s > _BARE_PERIOD_S

    def asked_bare(self, now_s: float) -> None:
        """Notes a question without a frame."""
        with self._lock:
            if self._asked:
                self._again_s = now_s
            self._bare_s = now_s
            self._asked.append((now_s, 0))

    def answered(self, now_s: float) -> None:
        """Notes an answer; one that nobody asked for is ignored."""
        with self._lock:
            # after a question was repeated, an answer may be to any: the repeated one is the latest
            while len(self._asked) > 1 and self._asked[0][0] < self._again_s - _OVERDUE_S:
                self._flying_bytes -= self._asked.popleft()[1]
            if not self._asked:
                return
            asked_s, size_bytes = self._asked.popleft()
            flying_bytes = self._flying_bytes
            self._flying_bytes -= size_bytes
            trip_s = now_s - asked_s
            self._remember(trip_s, now_s)
            late_s = trip_s - self._best_s
            window = self._window_bytes
            if late_s > _QUEUEING_S:
                window = min(window, flying_bytes) * _SHRINKAGE
            elif flying_bytes > 0.5 * window:  # what was not used has proved nothing
                window += size_bytes * (_GROWTH if late_s > _NO_QUEUE_S else 1.0)
            self._window_bytes = min(_LARGEST_BYTES, max(_SMALLEST_BYTES, window))

    def _remember(self, trip_s: float, now_s: float) -> None:
        self._trips.append((now_s, trip_s))
        self._best_s = min(trip_s, self._best_s) if len(self._trips) > 1 else trip_s
        while self._trips[0][0] < now_s - _MEMORY_S:
            if self._trips.popleft()[1] <= self._best_s:
                self._best_s = min(trip for _, trip in self._trips)

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
            if now_s - self._asked[0][0] > self._best_s + _QUEUEING_S:
                return False
            room = self._window_bytes - self._flying_bytes
            return room >= _SMALLEST_BYTES and len(self._asked) < self.limit_fps * self._best_s + 3.0

    def budget_bytes(self) -> int:
        """How large the next frame may be."""
        if self.mute:
            return _LARGEST_BYTES
        return max(_SMALLEST_BYTES, int(self._window_bytes) - self._flying_bytes)

    def urgent_bytes(self) -> int:
        """How large the echo of a key may be while nothing else may be sent."""
        return max(_SMALLEST_BYTES, int(self._window_bytes) // 2)

    def restart(self, now_s: float) -> None:
        """The terminal was somebody else's for a while: open questions are void."""
        with self._lock:
            self._asked.clear()
            self._flying_bytes = 0
            self._last_sent_s = now_s


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
    _START_S = 3.0

    def __init__(self, wanted_fps: float, now_s: float) -> None:
        self._rates = [wanted_fps, *(step for step in self.STEPS if step < wanted_fps)]
        self._step = 0
        self._since_s = self._window_s = self._changed_s = now_s
        self._frames = self._waits = 0
        self._trial_s = self._FIRST_TRIAL_S
        self._judging_s = now_s + self._START_S  # the first picture is large

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
        crowded = self._waits * 3 > self._frames and now_s > self._judging_s
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
