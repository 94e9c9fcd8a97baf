"""What is to be done for each session of a batch, and what it needs of the machine."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.batch.selection import Selected
from engine.deliver.job import Job, plan_jobs
from engine.delivery.render_record import refuse_others_files
from engine.errors import InputError, StemlatheError
from engine.offline.bus import StemFiles
from engine.offline.scratch import MEMORY_LIMIT_BYTES
from engine.session.encodings import ENCODINGS
from engine.session.files import load_session
from engine.session.model import Session

#: What a render takes before it keeps anything: interpreter, libraries, blocks on their way (measured).
_BASE_BYTES = 350_000_000
_FRAME_BYTES = 16  # two doubles


@dataclass(frozen=True)
class Choice:
    """What is wanted of every session.

    Attributes:
        deliverables: names of those wanted; empty for all.
        versions: versions wanted; empty for those each deliverable names.
        folder: output folder; None: `renders/` beside each session.
        force: existing files may be replaced.
        resume: what is there already and proves to be the same is not made again.
    """

    deliverables: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    folder: Path | None = None
    force: bool = False
    resume: bool = False

    def words(self) -> list[str]:
        """Its command-line options but for `--force` and `--resume`."""
        words = [f"--deliverable={name}" for name in self.deliverables]
        words += [f"--version={name}" for name in self.versions]
        return words + ([] if self.folder is None else [f"--out={self.folder.absolute()}"])


@dataclass(frozen=True)
class Order:
    """One session of a batch.

    Attributes:
        path: the session file, absolute.
        choice: what is wanted.
        session: as read; None where it cannot be rendered.
        jobs: the files to write.
        error: why it cannot be rendered; None where it can.
        song_s: length of the song.
        memory_bytes: most that its render will take.
        disk_bytes: most that it will write, scratch files included.
    """

    path: Path
    choice: Choice
    session: Session | None = None
    jobs: tuple[Job, ...] = ()
    error: StemlatheError | None = None
    song_s: float = 0.0
    memory_bytes: int = 0
    disk_bytes: int = 0

    @property
    def folder(self) -> Path:
        """Where its files go."""
        return self.choice.folder or self.path.parent / "renders"

    def words(self) -> list[str]:
        """The command line after `stemlathe` that does it, from anywhere, again and again."""
        force = ["--force"] if self.choice.force else []
        return ["render", str(self.path), *self.choice.words(), *force, "--resume", "--json"]

    def command(self) -> str:
        """The same as a line for a shell."""
        return shlex.join(["stemlathe", *self.words()])


def orders_of(selected: Iterable[Selected], choice: Choice) -> tuple[Order, ...]:
    """Reads and plans every session; one that cannot be rendered has an error and stops no other.

    Raises:
        InputError: two sessions would write one file (kind `same_output`).
    """
    orders = tuple(_order(one, choice) for one in selected)
    _refuse_one_file_for_two(orders)
    return orders


def _order(selected: Selected, choice: Choice) -> Order:
    path = Path(os.path.abspath(selected.path))
    if selected.error is not None:
        return Order(path, choice, error=selected.error)
    try:
        session = load_session(path)
        jobs = plan_jobs(
            session,
            deliverables=choice.deliverables,
            versions=choice.versions,
            folder=choice.folder,
            force=choice.force or choice.resume,
        )
        if choice.resume and not choice.force:
            refuse_others_files(session, jobs, choice.folder or path.parent / "renders")
        with StemFiles(session) as files:
            frames = files.song_frames
    except StemlatheError as error:
        return Order(path, choice, error=error)
    kept = _kept_bytes(session, jobs, frames)
    in_files = sum(size for size in kept if size > MEMORY_LIMIT_BYTES)
    return Order(
        path,
        choice,
        session,
        tuple(jobs),
        song_s=frames / session.sample_rate,
        memory_bytes=_BASE_BYTES + sum(kept) - in_files,
        disk_bytes=in_files + _written_bytes(session, jobs, frames),
    )


def _kept_bytes(session: Session, jobs: Sequence[Job], frames: int) -> list[int]:
    """What a render keeps between its passes: the bus at each rate, and the parts."""
    rates = {session.sample_rate, *(job.deliverable.sample_rate or session.sample_rate for job in jobs)}
    kept = [frames * rate // session.sample_rate * _FRAME_BYTES for rate in rates]
    if any(job.is_part for job in jobs):
        kept.append(frames * _FRAME_BYTES * (1 + len(session.stems)))
    return kept


def _written_bytes(session: Session, jobs: Sequence[Job], frames: int) -> int:
    seconds = frames / session.sample_rate
    rates = (job.deliverable.sample_rate or session.sample_rate for job in jobs)
    each = (
        ENCODINGS[job.deliverable.encoding].bytes_per_second(rate, 2)
        for job, rate in zip(jobs, rates, strict=True)
    )
    return int(seconds * sum(each))


def _refuse_one_file_for_two(orders: Iterable[Order]) -> None:
    taken: dict[str, Path] = {}
    for order in orders:
        for job in order.jobs:
            other = taken.setdefault(os.path.realpath(job.path).casefold(), order.path)
            if other != order.path:
                raise InputError(
                    f"{job.path}: both {other} and {order.path} would write it: give the songs other "
                    "titles, or leave --out away",
                    kind="same_output",
                    path=job.path,
                )
