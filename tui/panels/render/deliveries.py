"""Deliveries in the render panel: ordering one, looking at one again, and the note that goes with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from engine.report.delivery import Generation
from tui.controls.asking import Asking
from tui.display.cells import Canvas
from tui.panels.note_file import ask_for_note
from tui.panels.page import Piece, job_pieces, job_words, put_pieces
from tui.panels.render.client_note import client_note
from tui.view import View
from tui.work.verb_job import Job, Work
from tui.work.verb_runner import Runner

if TYPE_CHECKING:
    from engine.report.deliver import VerifyReport

#: Rows at the foot of the panel, where there is anything to say.
ROWS = 3


class Deliveries:
    """What the panel does about deliveries.

    Args:
        runner: runs the verbs.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._told: set[int] = set()

    def deliver(self, view: View, arguments: Sequence[tuple[str, ...]], controls: Asking) -> None:
        """Asks where to, and delivers.

        Args:
            view: now; the session is saved.
            arguments: of the runs that the chosen cells need; a delivery is one folder, so one run.
            controls: to ask with.
        """
        path = Path(view.document.path)
        if len(arguments) != 1:
            text = "a delivery takes the same versions of every deliverable: choose them so, or one by one"
            controls.say(text, "warning")
            return
        title = path.stem if view.session is None else view.session.title or path.stem
        proposed = path.parent / "deliveries" / title.replace("/", "_")

        def go(line: str) -> None:
            if line.strip():
                folder = Path(line.strip()).expanduser()
                revision = view.document.revision
                words = (*arguments[0], "--out", str(folder))
                controls.run(Work("deliver", path, words, revision=revision))

        controls.ask("deliver into the folder", str(proposed), go)

    def verify(self, newest: Generation | None, controls: Asking) -> None:
        """Looks at the newest delivery, or another folder, again."""
        proposed = "" if newest is None else newest.folder

        def go(line: str) -> None:
            if line.strip():
                controls.run(Work("verify", Path(line.strip()).expanduser()))

        controls.ask("verify the delivery in", proposed, go)

    def note(self, argument: str, newest: Generation | None, view: View, controls: Asking) -> None:
        """Writes the note to the client about the newest delivery."""
        if newest is None:
            controls.say("there is no delivery of this session yet: O makes one")
            return
        title = newest.record.session if view.session is None else view.session.title
        path = Path(argument).expanduser() if argument else None
        ask_for_note(client_note(title, newest), path, f"{title}: note to the client.txt", controls)

    def follow(self, controls: Asking) -> None:
        """Tells what came of a delivery, once; asks before an earlier one is set aside."""
        for job in self._jobs("deliver", "verify"):
            if job.active or id(job) in self._told:
                continue
            self._told.add(id(job))
            work = job.work
            if work.verb == "deliver" and job.error_kind == "exists" and "--force" not in work.arguments:
                again = Work(work.verb, work.session, (*work.arguments, "--force"), revision=work.revision)
                question = "A delivery is there already: set that one aside and deliver?"
                if "a delivery is already there" in job.error:
                    controls.confirm(question, lambda again=again: controls.run(again))  # type: ignore[misc]
                    continue
            if job.error:
                controls.say(job.error, "error")

    def key(self) -> object:
        """What the rows depend on, besides what is on the disk."""
        return tuple((id(job), job.changes) for job in self._jobs("deliver", "verify")[-2:])

    def is_silent(self, deliveries: Sequence[Generation]) -> bool:
        """There is nothing to show."""
        return not deliveries and not self._jobs("deliver", "verify")

    def draw(self, canvas: Canvas, deliveries: Sequence[Generation], now_s: float) -> None:
        """Draws the rows: the newest delivery, what runs, and what the last verification found."""
        put_pieces(canvas, 0, 0, _newest(deliveries))
        jobs = self._jobs("deliver", "verify")
        if not jobs:
            return
        job = jobs[-1]
        report = _verification(job)
        if report is None:
            put_pieces(canvas, 0, 1, job_pieces(job, now_s, ""))
            return
        put_pieces(canvas, 0, 1, _verified(job.work.session, report))
        findings = report.findings
        if findings:
            where = f"{findings[0].path}: " if findings[0].path else ""
            more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
            canvas.put(2, 2, f"{where}{findings[0].message}{more}", "bad", canvas.width - 2)

    def told(self, deliveries: Sequence[Generation]) -> list[str]:
        """The rows in words."""
        if self.is_silent(deliveries):
            return []
        lines = ["".join(text for text, _ in _newest(deliveries))]
        jobs = self._jobs("deliver", "verify")
        report = _verification(jobs[-1]) if jobs else None
        if report is not None:
            lines.append("".join(text for text, _ in _verified(jobs[-1].work.session, report)))
            lines += [": ".join(filter(None, (one.path, one.message))) for one in report.findings]
        elif jobs:
            lines.append(job_words(jobs[-1], ""))
        return list(filter(None, lines))

    def _jobs(self, *verbs: str) -> list[Job]:
        return [job for job in self._runner.jobs if job.work.verb in verbs]


def _verification(job: Job) -> VerifyReport | None:
    """What a verification has found; None of another job, and before its end."""
    return cast("VerifyReport | None", job.result) if job.work.verb == "verify" else None


def _newest(deliveries: Sequence[Generation]) -> Iterator[Piece]:
    if not deliveries:
        yield "not delivered yet: O delivers", "dim"
        return
    last = deliveries[-1]
    yield f"delivered: revision {last.revision}", "bold text"
    when = last.delivered_at.replace("T", " ").removesuffix("Z")
    count = len(last.record.outputs)
    yield f"  {when} UTC  {count} {'file' if count == 1 else 'files'}  ", "text"
    yield f"{last.manifest_sha256[:12]}  ", "faint"
    if last.note:
        yield f"{last.note}  ", "text"
    yield last.folder, "dim"


def _verified(folder: Path, report: VerifyReport) -> Iterator[Piece]:
    files = report.files
    if report.holds:
        yield f"✓ all {len(files)} files are as they were delivered  ", "good"
    else:
        bad = sum(file.status != "ok" for file in files)
        yield f"✖ {bad} of {len(files)} files are not as they were delivered  ", "bad"
    yield str(folder), "dim"
