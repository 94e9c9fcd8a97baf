"""What the verb `new` tells the console: guesses to be looked at, and sessions that are made."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tui.controls.asking import Asking
from tui.controls.new_session import DRY_RUN, draft_of, offer
from tui.controls.sessions import leave_for
from tui.view import View
from tui.work.verb_job import Job
from tui.work.verb_runner import Runner

if TYPE_CHECKING:
    from engine.report.new import NewReport


class NewSessions:
    """Goes on where a job of the verb has ended.

    Args:
        runner: runs it.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._seen = 0

    def follow(self, view: View, controls: Asking) -> None:
        """Called once a frame."""
        while self._seen < len(self._runner.jobs):
            job = self._runner.jobs[self._seen]
            if job.work.verb == "new":
                if job.active:
                    return
                self._take(job, controls)
            self._seen += 1

    def _take(self, job: Job, controls: Asking) -> None:
        if job.result is None:
            if job.error_kind == "exists":
                again = dataclasses.replace(job.work, arguments=(*job.work.arguments, "--force"))
                name = Path(job.work.arguments[job.work.arguments.index("--out") + 1]).name
                controls.confirm(f"{name} is there already: replace it?", lambda: controls.run(again))
            else:
                controls.say(job.error or "it was given up", "error")
        elif DRY_RUN in job.work.arguments:
            offer(controls, draft_of(cast("NewReport", job.result)))
        else:
            leave_for(controls, cast("NewReport", job.result).session, fresh=True)
