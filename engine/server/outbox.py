"""Answers to commands, and failures in the words in which they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import StemlatheError
from engine.live.log import say_failure
from engine.processes.host import Command, Host
from engine.server.live_session import LiveSession
from engine.server.worker_threads import Then


def told(failure: Exception) -> StemlatheError:
    """A failure as it is told; what is a fault of the program goes to the log."""
    if isinstance(failure, StemlatheError):
        return failure
    say_failure(failure)
    return StemlatheError(f"the engine made a mistake ({failure}): its log says where", kind="internal")


class Outbox:
    """Answers commands; every command is answered once.

    Args:
        host: whose clients are answered.
        live: whose revision goes with each answer.
    """

    def __init__(self, host: Host, live: LiveSession) -> None:
        self._host, self._live = host, live

    def done(self, command: Command, payload: Mapping[str, Any] | None = None) -> None:
        """Answers that a command has been carried out."""
        self._host.revision = self._live.book.revision
        self._host.done(command, payload)

    def refuse(self, command: Command, failure: Exception) -> None:
        """Answers why a command has not been carried out."""
        error = told(failure)
        self._host.refuse(command, error.kind, error.message)

    def guard(self, command: Command, work: Callable[[Command], None]) -> None:
        """Does the work of a command at once; what it raises is answered as a refusal."""
        try:
            work(command)
        except Exception as failure:  # the engine goes on, whatever a console asks for
            self.refuse(command, failure)

    def answer(self, command: Command, then: Callable[[Any], None] = lambda _result: None) -> Then:
        """What has to follow a worker's job: `then` with its result and the answer, or the refusal.

        Args:
            command: that the job was done for.
            then: takes note of the result, in the control loop; its own refusal is answered too.
        """

        def follow(result: Any, failure: Exception | None) -> None:
            if failure is not None:
                self.refuse(command, failure)
                return

            def finish(command: Command) -> None:
                then(result)
                self.done(command)

            self.guard(command, finish)

        return follow
