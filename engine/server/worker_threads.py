"""Worker threads for blocking jobs; results return to the control loop."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

#: What is called in the control loop when a job is done: its result, or what it raised.
Then = Callable[[Any, Exception | None], None]


class _Outcomes:
    """What is done, on its way to the control loop, which waits for the pipe among other things.

    Not a `SimpleQueue` that is waited for: where the waiting thread gets no processor time until its
    timeout has passed, that of CPython 3.11 may wait for ever.

    Attributes:
        descriptor: can be read when the control loop is wanted.
    """

    def __init__(self) -> None:
        self._done: deque[tuple[Then, Any, Exception | None]] = deque()
        self.descriptor, self._far_end = os.pipe()
        for end in (self.descriptor, self._far_end):
            os.set_blocking(end, False)

    def put(self, then: Then, result: Any, failure: Exception | None) -> None:
        """Adds one; from any thread."""
        self._done.append((then, result, failure))
        self.wake()

    def wake(self) -> None:
        """Ends the control loop's waiting; from any thread and from signal handlers."""
        with contextlib.suppress(OSError):  # full: it is awake already
            os.write(self._far_end, b"\0")

    def take(self) -> Iterator[tuple[Then, Any, Exception | None]]:
        """All that are there, one by one."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.descriptor, 4096)
        while self._done:
            yield self._done.popleft()


class WorkerThread:
    """A thread that does jobs in order.

    Args:
        name: of the thread.
        outcomes: where they go; the control loop takes them from there.
    """

    def __init__(self, name: str, outcomes: _Outcomes) -> None:
        self._unfinished = 0
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Then] | None] = queue.SimpleQueue()
        self._outcomes = outcomes
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, job: Callable[[], Any], then: Then) -> None:
        """Does `job` when those before are done, then lets the control loop call `then`."""
        self._unfinished += 1

        def finished(result: Any, failure: Exception | None) -> None:
            self._unfinished -= 1
            then(result, failure)

        self._jobs.put((job, finished))

    @property
    def is_idle(self) -> bool:
        """Whether everything is done and followed, as the control loop sees it."""
        return self._unfinished == 0

    def _run(self) -> None:
        while (entry := self._jobs.get()) is not None:
            job, then = entry
            result, failure = None, None
            try:
                result = job()
            except Exception as error:  # told in the control loop, which answers for it
                failure = error
            self._outcomes.put(then, result, failure)

    def close(self, timeout_s: float | None = None) -> None:
        """Ends when all jobs are done; waits for that."""
        self._jobs.put(None)
        self._thread.join(timeout_s)


class WorkerThreads:
    """`player` moves the player, `device` opens outputs, `files` reads and writes files."""

    def __init__(self) -> None:
        self._outcomes = _Outcomes()
        self.player = WorkerThread("player", self._outcomes)
        self.device = WorkerThread("device", self._outcomes)
        self.files = WorkerThread("files", self._outcomes)

    @property
    def descriptor(self) -> int:
        """Can be read when a job is done, or somebody has called `wake`."""
        return self._outcomes.descriptor

    def wake(self) -> None:
        """Makes `descriptor` readable; from any thread and from signal handlers."""
        self._outcomes.wake()

    def finish(self) -> None:
        """Calls what has to follow all jobs that are done; from the control loop."""
        for then, result, failure in self._outcomes.take():
            then(result, failure)

    def close(self) -> None:
        """Ends all; one that hangs is left behind."""
        for thread in (self.player, self.files, self.device):
            thread.close(2.0)
