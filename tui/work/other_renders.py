"""Renders that this console has not started: of another, of the command line, of the sitting before."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from engine.errors import StemlatheError
from engine.link.document import Document
from engine.processes.ended_renders import KEPT_S, Ending, endings
from engine.processes.watch_view import Outlook, Sight, look
from engine.report.render import OutputReport, ToldOutput, ToldSession
from tui.work.verb_job import Job, Stage, Work

#: How often it is looked, s.
_PERIOD_S = 1.0
_STAGES = {"done": Stage.DONE, "interrupted": Stage.CANCELLED, "failed": Stage.FAILED}


class OtherRenders:
    """Knows them as jobs, as if they were the console's own.

    Args:
        running: what runs now.
        ended: what has ended.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        running: Callable[[], Outlook] = look,
        ended: Callable[[], list[Ending]] = lambda: endings(KEPT_S),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._running, self._ended, self._clock = running, ended, clock
        self._looked_s = float("-inf")
        self._jobs: dict[tuple[int, str], Job] = {}

    def jobs(self, session: Path, saved_revision: int, own: Collection[int | None]) -> list[Job]:
        """Those of a session, the oldest first.

        Args:
            session: path of its file.
            saved_revision: of the state that the file holds.
            own: processes that the console has started itself.
        """
        now_s = self._clock()
        if now_s - self._looked_s >= _PERIOD_S:
            self._looked_s = now_s
            with contextlib.suppress(StemlatheError):  # the runtime folder is gone: what is known stays
                self._take(session, saved_revision)
        return [job for job in self._jobs.values() if job.pid not in own and job.work.session == session]

    def _take(self, session: Path, saved_revision: int) -> None:
        found: dict[tuple[int, str], Job] = {}
        for ending in reversed(self._ended()):
            if ending.session == session:
                key = (ending.pid, "ended")
                found[key] = self._jobs.get(key) or _ended_job(ending, saved_revision)
        for sight in self._running().running:
            if sight.status.kind == "render" and sight.status.session == session:
                key = (sight.status.pid, "running")
                found[key] = _told(self._jobs.get(key) or _running_job(sight), sight)
        self._jobs = found


def _revision(session: Path, begun_at: float, saved_revision: int) -> int:
    """The state that was rendered: the saved one, if the file has not been written since; else unknown, 0."""
    try:
        return saved_revision if session.stat().st_mtime < begun_at else 0
    except OSError:
        return 0


def _ended_job(ending: Ending, saved_revision: int) -> Job:
    begun_at = ending.ended_s - ending.seconds
    revision = _revision(ending.session, begun_at, saved_revision)
    job = Job(Work("render", ending.session, revision=revision), asked_at=begun_at, pid=ending.pid)
    job.error, job.outputs = ending.message, _files(ending.outputs)
    job.progress, job.begun_s, job.ended_s = 1.0, 0.0, ending.seconds
    job.move(_STAGES[ending.how])
    return job


def _files(told: Iterable[ToldOutput | ToldSession]) -> list[OutputReport | ToldOutput]:
    return [one for one in told if isinstance(one, ToldOutput)]


def _running_job(sight: Sight) -> Job:
    return Job(Work("render", sight.status.session), pid=sight.status.pid)


def _told(job: Job, sight: Sight) -> Job:
    """The job, as far as the render has told."""
    progress = sight.status.progress or 0.0
    told = (progress, sight.label, len(sight.files))
    if job.stage is Stage.RUNNING and told == (job.progress, job.label, len(job.outputs)):
        return job
    job.progress, job.label, job.outputs = progress, sight.label, _files(sight.files)
    job.left_s = float("nan") if sight.left_s is None else sight.left_s
    job.speed = float("nan") if sight.speed is None else sight.speed
    job.move(Stage.RUNNING)
    return job


def all_renders(own: Sequence[Job], others: OtherRenders | None, document: Document) -> list[Job]:
    """Every render of the session that is known, this console's own last.

    Args:
        own: the console's jobs, whatever their verbs.
        others: knows the rest; None: there is none.
        document: of the engine.
    """
    renders = [job for job in own if job.work.verb == "render"]
    path = document.path
    if others is None or not path:
        return renders
    saved = max(0, document.saved_revision)
    return [*others.jobs(Path(str(path)), saved, {job.pid for job in renders}), *renders]
