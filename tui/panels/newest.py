"""What a verb has told last: its newest job, its newest result, and the session that was asked about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import SessionError
from engine.session.files import read_text_session
from engine.session.model import Session
from tui.panels.page import job_key
from tui.work.verb_job import Job
from tui.work.verb_runner import Runner


class Newest:
    """The newest of one verb.

    Args:
        runner: that runs it.
        verb: of the command line.
    """

    def __init__(self, runner: Runner, verb: str) -> None:
        self._runner = runner
        self._verb = verb
        self._tested: tuple[Job, Session | None] | None = None

    @property
    def job(self) -> Job | None:
        """What was asked for last, whatever became of it."""
        return self._runner.newest(self._verb)

    @property
    def done(self) -> Job | None:
        """What gave a result last."""
        return self._runner.newest_done(self._verb)

    @property
    def report(self) -> Mapping[str, Any] | None:
        """The verb's document; None: nothing has given a result yet."""
        done = self.done
        return None if done is None else done.result

    @property
    def session(self) -> Session | None:
        """The session as it was when that result came to be; None: there is no result."""
        done = self.done
        if done is None:
            return None
        if self._tested is None or self._tested[0] is not done:
            try:
                session = read_text_session(done.work.text or "", done.work.session)
            except SessionError:
                session = None
            self._tested = (done, session)
        return self._tested[1]

    @property
    def key(self) -> Any:
        """What of both is drawn, for `Sheet.is_due`."""
        return job_key(self.job), job_key(self.done)

    def cancel(self) -> None:
        """Ends what was asked for last, if it has not ended."""
        job = self.job
        if job is not None:
            self._runner.cancel(job)
