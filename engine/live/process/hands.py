"""Threads that do what may take a while, one thing after the other, so that the control loop need not."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any

#: What is called in the control loop when a job is done: its result, or what it raised.
Then = Callable[[Any, Exception | None], None]


class Hand:
    """A thread that does jobs in order.

    Args:
        name: of the thread.
        finished: where outcomes go; the control loop takes them from there.
    """

    def __init__(self, name: str, finished: queue.SimpleQueue[tuple[Then, Any, Exception | None]]) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Then] | None] = queue.SimpleQueue()
        self._finished = finished
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, job: Callable[[], Any], then: Then) -> None:
        """Does `job` when those before are done, then lets the control loop call `then`."""
        self._jobs.put((job, then))

    def _run(self) -> None:
        while (entry := self._jobs.get()) is not None:
            job, then = entry
            result, failure = None, None
            try:
                result = job()
            except Exception as error:  # told in the control loop, which answers for it
                failure = error
            self._finished.put((then, result, failure))

    def close(self, timeout_s: float | None = None) -> None:
        """Ends when all jobs are done; waits for that."""
        self._jobs.put(None)
        self._thread.join(timeout_s)


class Hands:
    """The engine's hands: `deck` moves the player, `device` opens outputs, `clerk` reads and writes files."""

    def __init__(self) -> None:
        self._finished: queue.SimpleQueue[tuple[Then, Any, Exception | None]] = queue.SimpleQueue()
        self.deck = Hand("deck", self._finished)
        self.device = Hand("device", self._finished)
        self.clerk = Hand("clerk", self._finished)

    def finish(self, wait_s: float = 0.0) -> None:
        """Calls what has to follow all jobs that are done; from the control loop.

        Args:
            wait_s: how long to wait for one, if none is done yet.
        """
        with contextlib.suppress(queue.Empty):
            then, result, failure = (
                self._finished.get(timeout=wait_s) if wait_s else self._finished.get_nowait()
            )
            then(result, failure)
            while True:
                then, result, failure = self._finished.get_nowait()
                then(result, failure)

    def close(self) -> None:
        """Ends all; one that hangs is left behind."""
        for hand in (self.deck, self.clerk, self.device):
            hand.close(2.0)
