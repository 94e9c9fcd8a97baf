"""Renders a session's deliverables: bus → rate conversion → limiter → fades → dither → file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from engine.audio.files import require_space
from engine.audio.writer import ENCODINGS
from engine.deliver.job import Job
from engine.deliver.work import Work
from engine.errors import machine_error
from engine.link.published import RenderPublisher
from engine.offline.bus import StemFiles
from engine.progress import Progress, silent
from engine.report.render import OutputReport, RenderReport
from engine.session.model import Session


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
    with StemFiles(session) as files, ExitStack() as stack:
        for folder in {job.path.parent for job in jobs}:
            _make_folder(folder)
        _require_space(session, jobs, files.song_frames)
        work = Work(session, files, progress)
        if len(jobs) == 1 and jobs[0].deliverable.loudness_lufs is None:
            reports = [work.deliver(jobs[0], work.direct(jobs[0]))]
        else:
            reports = _render_all(work, jobs, stack)
    seconds = time.perf_counter() - begun
    programme_s = sum(report.frames / report.sample_rate for report in reports)
    return RenderReport(tuple(reports), seconds, programme_s / seconds if seconds > 0.0 else 0.0)


def publisher_of(session: Session, jobs: Sequence[Job], onward: Progress = silent) -> RenderPublisher:
    """What makes a render of `jobs` visible to `ps` and `watch`; hand it to `render` as its progress.

    Args:
        session: the session.
        jobs: what is to be written.
        onward: another watcher, told everything too.

    Raises:
        InputError: a stem cannot be used.
    """
    with StemFiles(session) as files:
        song_s = files.song_frames / session.sample_rate
    solved = sum(job.deliverable.loudness_lufs is not None for job in jobs)
    # the stems once; per job its writing and measuring, and usually five passes to find a drive
    steps = 1 + 2 * len(jobs) + 5 * solved
    return RenderPublisher(session.path, song_s=song_s, steps=steps, outputs=len(jobs), onward=onward)


def _render_all(work: Work, jobs: Sequence[Job], stack: ExitStack) -> list[OutputReport]:
    """One pass over the stems, then every job from the kept bus, two jobs at a time."""
    programmes = work.keep_bus({work.rate_of(job) for job in jobs}, jobs[0].path.parent, stack)
    with ThreadPoolExecutor(max_workers=2) as pool:
        futures = [pool.submit(work.deliver, job, programmes[work.rate_of(job)]) for job in jobs]
        try:
            return [future.result() for future in futures]
        except BaseException:
            work.cancelled.set()
            pool.shutdown(cancel_futures=True)
            raise


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise machine_error(error, folder, "make the output folder") from error


def _require_space(session: Session, jobs: Sequence[Job], song_frames: int) -> None:
    needed: dict[Path, int] = {}
    for job in jobs:
        rate = job.deliverable.sample_rate or session.sample_rate
        bits = ENCODINGS[job.deliverable.encoding].bits
        size = song_frames * rate // session.sample_rate * 2 * bits // 8
        needed[job.path.parent] = needed.get(job.path.parent, 0) + size
    for folder, size in needed.items():
        require_space(folder, size)
