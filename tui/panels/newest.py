"""What a verb has told last: its newest job, its newest result, and the session that was asked about."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast

from engine.errors import SessionError
from engine.session.files import read_text_session
from engine.session.model import Session
from tui.panels.page import job_key
from tui.work.verb_job import Job
from tui.work.verb_runner import Runner

Report = TypeVar("Report")

#: What names stems in the verbs' reports, by itself or in a sentence.
_ABOUT_STEMS = frozenset({"stem", "name", "message", "fix", "evidence"})


class Newest(Generic[Report]):
    """The newest of one verb.

    Args:
        runner: that runs it.
        verb: of the command line.
    """

    def __init__(self, runner: Runner, verb: str) -> None:
        self._runner = runner
        self._verb = verb
        self._tested: tuple[Job, Session | None] | None = None
        self._named: tuple[tuple[Report, Any], Report] | None = None

    @property
    def job(self) -> Job | None:
        """What was asked for last, whatever became of it."""
        return self._runner.newest(self._verb)

    @property
    def done(self) -> Job | None:
        """What gave a result last."""
        return self._runner.newest_done(self._verb)

    @property
    def report(self) -> Report | None:
        """The verb's report; None: nothing has given a result yet."""
        done = self.done
        return None if done is None else cast("Report", done.result)

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

    def report_of(self, now: Session | None) -> Report | None:
        """The verb's report with the names that the stems have now; None: there is no result yet.

        A stem is the one of before where its file is the same, or else its name.

        Args:
            now: the live session; None: not known.
        """
        report, names = self.report, self.renamed(now)
        if not names or report is None:
            return report
        known = (report, tuple(names.items()))
        if self._named is None or self._named[0][0] is not report or self._named[0][1] != known[1]:
            self._named = (known, _with_names(report, names))
        return self._named[1]

    def renamed(self, now: Session | None) -> dict[str, str]:
        """Names of stems in the result, and what they are called now, where that is something else."""
        before = self.session
        if before is None or now is None:
            return {}
        kept = {stem.name for stem in now.stems}
        by_path = {stem.path: stem.name for stem in now.stems}
        return {
            stem.name: by_path[stem.path]
            for stem in before.stems
            if stem.name not in kept and stem.path in by_path
        }

    @property
    def key(self) -> Any:
        """What of both is drawn, for `Sheet.is_due`."""
        return job_key(self.job), job_key(self.done)

    def cancel(self) -> None:
        """Ends what was asked for last, if it has not ended."""
        job = self.job
        if job is not None:
            self._runner.cancel(job)


def _with_names(report: Report, names: Mapping[str, str]) -> Report:
    """A report in which stems have other names, in its sentences too."""
    whole = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names))

    def of(value: Any, *, words: bool = False) -> Any:
        if isinstance(value, str) and words:
            return whole.sub(lambda found: names[found[0]], value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = [one.name for one in dataclasses.fields(value)]
            there = {name: getattr(value, name) for name in fields}
            return dataclasses.replace(
                value, **{name: of(one, words=name in _ABOUT_STEMS) for name, one in there.items()}
            )
        return tuple(of(one) for one in value) if isinstance(value, tuple) else value

    return cast("Report", of(report))
