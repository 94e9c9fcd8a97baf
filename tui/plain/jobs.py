"""What is told of work while it runs: its beginning, sensible steps, every file, its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.report.album import AlbumReport
from engine.report.check import CheckReport
from engine.report.deliver import DeliverOutcome, VerifyReport
from engine.report.null import NullReport
from engine.report.render import RenderReport
from tui.glyphs.numbers import level
from tui.panels.page import verdict_word
from tui.panels.render.told import output_words
from tui.work.verb_job import Job, Stage

#: Progress is told in steps of so much, and not more often than so, s.
_STEP, _PERIOD_S = 0.25, 5.0
#: Verbs as they are said.
_NAMES = {"check": "intake", "null": "null test", "verify": "verification", "deliver": "delivery"}


@dataclass
class _Told:
    stage: Stage = Stage.WAITING
    step: int = 0
    at_s: float = 0.0
    outputs: int = 0


class JobTeller:
    """Tells jobs; each thing once."""

    def __init__(self) -> None:
        self._told: dict[int, _Told] = {}

    def news(self, jobs: Sequence[Job], now_s: float) -> Iterator[tuple[str, str]]:
        """Lines and levels, since the last call."""
        for job in jobs:
            told = self._told.get(id(job))
            name = job_name(job)
            if told is None:
                told = self._told[id(job)] = _Told(at_s=now_s)
                yield f"{name} begun", "note"
            while told.outputs < len(job.outputs):
                yield output_words(job.outputs[told.outputs]), "note"
                told.outputs += 1
            step = int(job.progress / _STEP)
            if job.stage is Stage.RUNNING and step > told.step and now_s - told.at_s >= _PERIOD_S:
                told.step, told.at_s = step, now_s
                yield f"{name} {round(100 * job.progress)}%, {job.label}", "note"
            if job.stage is not told.stage:
                told.stage = job.stage
                yield from _ended(job, name)


def job_name(job: Job) -> str:
    """A verb as it is said."""
    return _NAMES.get(job.work.verb, job.work.verb)


def _ended(job: Job, name: str) -> Iterator[tuple[str, str]]:
    if job.stage is Stage.DONE:
        yield f"{name} done: {result_words(job.result)}", "note"
    elif job.stage is Stage.FAILED and job.error_kind != "exists":
        yield f"{name} failed: {job.error}", "error"
    elif job.stage is Stage.CANCELLED:
        yield f"{name} cancelled", "note"


def result_words(result: object) -> str:
    """The verdict of a verb's report, and the figure that goes with it."""
    return ", ".join(_result_parts(result)) or "finished"


def _result_parts(result: object) -> Iterator[str]:
    if isinstance(result, (CheckReport, NullReport)):
        yield verdict_word(result.verdict)
    if isinstance(result, NullReport):
        yield f"residual {level(result.residual_rms_dbfs).strip()} dBFS"
        yield _counted(len(result.causes), "cause")
    if isinstance(result, (AlbumReport, CheckReport, DeliverOutcome, VerifyReport)):
        yield _counted(len(result.findings), "finding")
    if isinstance(result, (DeliverOutcome, RenderReport)):
        missed = sum(not one.holds for one in result.outputs)
        yield _counted(len(result.outputs), "file")
        yield f"{missed} missed" if missed else "all hold"
    if isinstance(result, (DeliverOutcome, VerifyReport)):
        yield "all as it should be" if result.holds else "not as it should be"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
