"""Renders a session's deliverables: bus → rate conversion → limiter → fades → dither → file."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from engine.attribution.causes import Causes
from engine.audio.disk_space import require_space
from engine.deliver.job import Job
from engine.deliver.parts import Parts
from engine.deliver.render_pass import Work
from engine.deliver.staging import Staging, staging
from engine.deliver.tagging import tagged
from engine.errors import InputError, machine_error
from engine.files import hidden_folder
from engine.offline.bus import StemFiles
from engine.offline.programme import Kept
from engine.processes.published import RenderPublisher
from engine.progress import Progress, silent, tell_delivered
from engine.report.render import OutputReport, RenderReport
from engine.session.encodings import ENCODINGS
from engine.session.model import Session
from engine.session.versions import MASTER, STEMS, Part, part_tree, session_of


def render(session: Session, jobs: Sequence[Job], progress: Progress = silent) -> RenderReport:
    """Renders `jobs` and measures what was written.

    Args:
        session: the session; its files are only read.
        jobs: what to write, from `engine.deliver.job.plan_jobs`.
        progress: told about every pass.

    Raises:
        InputError: a stem cannot be used.
        MachineError: an output cannot be written.
    """
    begun = time.perf_counter()
    stamps = {stem.path: stamp(stem.path) for stem in session.stems}
    with StemFiles(session) as files, ExitStack() as stack:
        for folder in {job.path.parent for job in jobs}:
            _make_folder(folder)
        _require_space(session, jobs, files.song_frames)
        staged = stack.enter_context(staging(jobs))
        jobs = staged.jobs
        if len(jobs) == 1 and jobs[0].version == MASTER and jobs[0].target_lufs is None:
            causes = Causes(session, files.song_frames, jobs[0].path.parent, stack)
            work = Work(session, files, progress, causes=causes)
            report = causes.report(work.deliver(jobs[0], work.direct(jobs[0])))
            reports = [staged.place(tagged(session, jobs[0], report, files.time_reference))]
            tell_delivered(progress, reports[0])
        else:
            reports = _Render(session, staged, files, progress, stack).run()
    _require_unchanged(stamps)
    seconds = time.perf_counter() - begun
    programme_s = sum(report.frames / report.sample_rate for report in reports)
    return RenderReport(tuple(reports), seconds, programme_s / seconds if seconds > 0.0 else 0.0)


def stamp(path: Path) -> tuple[int, ...] | None:
    """What tells whether a file is still the one it was; None: it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _require_unchanged(stamps: Mapping[Path, tuple[int, ...] | None]) -> None:
    """Tells of stems that changed while they were read, several times over: what was written mixes both.

    Raises:
        InputError: one has (kind `changed`).
    """
    for path, former in stamps.items():
        if stamp(path) != former:
            raise InputError(
                f"{path}: was changed while it was rendered, and what was written may hold parts of both: "
                "render again with --force",
                kind="changed",
                path=path,
            )


def publisher_of(session: Session, jobs: Sequence[Job], onward: Progress = silent) -> RenderPublisher:
    """What makes a render of `jobs` visible to `ps` and `watch`; hand it to `render` as its progress.

    Args:
        session: the session file as it was read.
        jobs: what is to be written.
        onward: another watcher, told everything too.

    Raises:
        InputError: a stem cannot be used.
    """
    with StemFiles(session) as files:
        song_s = files.song_frames / session.sample_rate
    solved = len({job.deliverable.name for job in jobs if job.deliverable.loudness_lufs is not None})
    solved += sum(job.version != MASTER and job.target_lufs is not None for job in jobs)
    own = len({job.version for job in jobs if not job.linked})
    # the stems once per mix; per job its writing and measuring, and usually five passes to find a drive
    steps = 1 + own + 2 * len(jobs) + 5 * solved
    return RenderPublisher(session.path, song_s=song_s, steps=steps, outputs=len(jobs), onward=onward)


class _Render:
    """One pass over the stems per mix, then every deliverable from what was kept, two at a time."""

    def __init__(
        self,
        session: Session,
        staged: Staging,
        files: StemFiles,
        progress: Progress,
        stack: ExitStack,
    ) -> None:
        jobs = staged.jobs
        self._session = session
        self._staged = staged
        self._jobs = jobs
        self._stack = stack
        self._progress = progress
        self._song_start_samples = files.time_reference
        self._tree: Part | None = None
        if any(job.is_part or job.deliverable.loudness_anchor == "dialogue" for job in jobs):
            self._tree = part_tree(session, by_stem=any(job.version == STEMS for job in jobs))
        self._causes = Causes(session, files.song_frames, jobs[0].path.parent, stack)
        watched = any(job.version == MASTER for job in jobs)
        self._work = Work(session, files, progress, self._tree, causes=self._causes if watched else None)
        own = dict.fromkeys(job.version for job in jobs if not job.linked)
        self._own = {name: Work(session_of(session, name), files, progress) for name in own}

    def run(self) -> list[OutputReport]:
        """Every job's report, in the order of the jobs."""
        self._kept = self._keep(self._work, self._jobs)
        self._kept_own = {
            name: self._keep(work, [job for job in self._jobs if job.version == name])
            for name, work in self._own.items()
        }
        names = dict.fromkeys(job.deliverable.name for job in self._jobs)
        groups = [[job for job in self._jobs if job.deliverable.name == name] for name in names]
        with ThreadPoolExecutor(max_workers=2) as pool:
            futures = [pool.submit(self._deliver, group) for group in groups]
            try:
                return [report for future in futures for report in future.result()]
            except BaseException:
                for work in (self._work, *self._own.values()):
                    work.cancelled.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _keep(self, work: Work, jobs: Sequence[Job]) -> Kept:
        rates = {work.rate_of(job) for job in jobs}
        return work.keep(rates, self._jobs[0].path.parent, self._stack)

    def _deliver(self, jobs: Sequence[Job]) -> list[OutputReport]:
        """The versions of one deliverable: the master first, because all others take its drive."""
        found: dict[Job, OutputReport] = {}
        with ExitStack() as unasked:
            masters = [job for job in jobs if job.version == MASTER]
            job = masters[0] if masters else _master_beside(jobs[0], unasked)
            rate = self._work.rate_of(job)
            anchor = None
            if job.aims_at_dialogue and self._kept.whole is not None:
                anchor = self._work.with_dialogue(self._kept.whole, rate)
            master = self._work.deliver(job, self._kept.programmes[rate], anchor=anchor)
            if masters:
                found[job] = self._finished(job, self._causes.report(master))
        parts = [job for job in jobs if job.is_part]
        if self._tree is not None and self._kept.whole is not None:
            reports = Parts(self._session, self._tree, self._work, self._kept.whole).deliver(parts, master)
            for part, report in zip(parts, reports, strict=True):
                found[part] = self._finished(part, report)
        for job in jobs:
            if not job.linked:
                programme = self._kept_own[job.version].programmes[rate]
                drive_db = master.report.drive_db if job.target_lufs is None else None
                delivered = self._own[job.version].deliver(job, programme, drive_db=drive_db)
                found[job] = self._finished(job, delivered.report)
        return [found[job] for job in jobs]

    def _finished(self, job: Job, report: OutputReport) -> OutputReport:
        report = self._staged.place(tagged(self._session, job, report, self._song_start_samples))
        tell_delivered(self._progress, report)
        return report


def _master_beside(job: Job, stack: ExitStack) -> Job:
    """The master of a deliverable that does not ask for it: written where nobody sees it.

    Parts take its drive and its ceiling, which are known only once it has been written and measured.
    """
    folder = stack.enter_context(hidden_folder(job.path.parent))
    return Job(job.deliverable, MASTER, folder / f"master{job.path.suffix}")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise machine_error(error, folder, "make the output folder") from error


def _require_space(session: Session, jobs: Sequence[Job], song_frames: int) -> None:
    needed: dict[Path, int] = {}
    for job in jobs:
        rate = job.deliverable.sample_rate or session.sample_rate
        second_bytes = ENCODINGS[job.deliverable.encoding].bytes_per_second(rate, 2)
        size = song_frames * second_bytes // session.sample_rate
        needed[job.path.parent] = needed.get(job.path.parent, 0) + size
    for folder, size in needed.items():
        require_space(folder, size)
