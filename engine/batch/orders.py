"""What is to be done for each session of a batch, and what it needs of the machine.

Rendered files of all sessions may lie in one folder; of deliveries each is a folder of its own, in the one
that was named.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from engine.batch.selection import Selected
from engine.deliver.file_names import PLAIN_RENDER, Naming, safe_name
from engine.deliver.job import Job, plan_jobs
from engine.delivery.generations import next_revision
from engine.delivery.render_record import refuse_others_files
from engine.delivery.second_opinion import LARGEST_BYTES
from engine.errors import InputError, StemlatheError
from engine.offline.bus import StemFiles
from engine.offline.scratch import MEMORY_LIMIT_BYTES
from engine.progress import Progress, silent
from engine.session.encodings import ENCODINGS
from engine.session.files import load_session
from engine.session.model import Session

#: What a render takes before it keeps anything: interpreter, libraries, blocks on their way (measured).
_BASE_BYTES = 350_000_000
_FRAME_BYTES = 16  # two doubles
#: An allowance for drawing and writing the papers of a delivery; not measured.
_PAPERS_BYTES = 150_000_000


@dataclass(frozen=True)
class Choice:
    """What is wanted of every session.

    Attributes:
        deliverables: names of those wanted; empty for all.
        versions: versions wanted; empty for those each deliverable names.
        folder: output folder; None: `renders/` beside each session.
        force: existing files may be replaced.
        resume: what is there already and proves to be the same is not made again.
        verb: `render` or `deliver`.
        more: further words of the command line, for that verb.
    """

    deliverables: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    folder: Path | None = None
    force: bool = False
    resume: bool = False
    verb: Literal["render", "deliver"] = "render"
    more: tuple[str, ...] = ()

    def words(self, folder: Path | None) -> list[str]:
        """Its command-line options but for `--force` and `--resume`, into a folder."""
        words = [f"--deliverable={name}" for name in self.deliverables]
        words += [f"--version={name}" for name in self.versions]
        return [*words, *self.more, *([] if folder is None else [f"--out={folder.absolute()}"])]


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
        return self.out or self.path.parent / "renders"

    @property
    def out(self) -> Path | None:
        """The folder as it is told to the verb; None: its own."""
        if self.choice.verb == "render" or self.choice.folder is None or self.session is None:
            return self.choice.folder
        return self.choice.folder / delivery_name(self.session)

    def words(self) -> list[str]:
        """The command line after `stemlathe` that does it, from anywhere, again and again."""
        return self._words(*(["--force"] if self.choice.force else []), "--resume")

    def child_words(self) -> list[str]:
        """The same for a process of ours, where all that is there has been looked at."""
        if self.choice.verb == "render":
            return self._words("--record", "--force")
        return self._words(*(["--force"] if self.choice.force else []))

    def _words(self, *more: str) -> list[str]:
        return [self.choice.verb, str(self.path), *self.choice.words(self.out), *more, "--json"]

    def command(self) -> str:
        """The same as a line for a shell."""
        return shlex.join(["stemlathe", *self.words()])


def delivery_name(session: Session) -> str:
    """What a session's delivery is called among others."""
    return safe_name(session.title or session.path.stem)


def orders_of(selected: Sequence[Selected], choice: Choice, progress: Progress = silent) -> tuple[Order, ...]:
    """Reads and plans every session; one that cannot be rendered has an error and stops no other.

    Args:
        selected: the sessions.
        choice: what is wanted of each.
        progress: told how many have been read.

    Raises:
        InputError: two sessions would write one file (kind `same_output`).
    """
    orders = []
    for number, one in enumerate(selected, start=1):
        orders.append(_order(one, choice))
        progress("reading the sessions", number, len(selected))
    _refuse_one_file_for_two(orders)
    return tuple(orders)


def _order(selected: Selected, choice: Choice) -> Order:
    path = Path(os.path.abspath(selected.path))
    if selected.error is not None:
        return Order(path, choice, error=selected.error)
    try:
        session = load_session(path)
        order = Order(path, choice, session)
        delivers = choice.verb == "deliver"
        jobs = plan_jobs(
            session,
            deliverables=choice.deliverables,
            versions=choice.versions,
            folder=order.out,
            force=delivers or choice.force or choice.resume,
            naming=Naming(revision=next_revision(path)) if delivers else PLAIN_RENDER,
        )
        if choice.resume and not choice.force and not delivers:
            refuse_others_files(session, jobs, choice.folder or path.parent / "renders")
        with StemFiles(session) as files:
            frames = files.song_frames
    except StemlatheError as error:
        return Order(path, choice, error=error)
    kept = _kept_bytes(session, jobs, frames)
    in_files = sum(size for size in kept if size > MEMORY_LIMIT_BYTES)
    # the second opinion wants a song whole and two and a half times that, and papers are drawn
    papers = _PAPERS_BYTES + 4 * min(frames * _FRAME_BYTES, LARGEST_BYTES) if delivers else 0
    return replace(
        order,
        jobs=tuple(jobs),
        song_s=frames / session.sample_rate,
        memory_bytes=_BASE_BYTES + papers + sum(kept) - in_files,
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
        paths = [file for job in order.jobs for file in job.files]
        if order.choice.verb == "deliver" and order.error is None:
            paths = [order.folder]
        for path in paths:
            other = taken.setdefault(os.path.realpath(path).casefold(), order.path)
            if other != order.path:
                raise InputError(
                    f"{path}: both {other} and {order.path} would write it: give the songs other "
                    f"titles{'' if order.choice.verb == 'deliver' else ', or leave --out away'}",
                    kind="same_output",
                    path=path,
                )
