"""Drive and ceiling of a deliverable, found as a render finds them: what playback needs to sound like it.

A render solves the drive for the loudness target, writes the file, measures it, and where it reads
over the ceiling lowers the limiter's own and writes it again (`engine.deliver.render_pass`). All of that is
done here, with files that nobody gets to see.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from engine.deliver.corrections import corrects_ceiling
from engine.deliver.job import Job, refuse_missing_dialogue
from engine.deliver.render_pass import Work
from engine.deliver.solve import Solution
from engine.files import hidden_folder
from engine.offline.bus import StemFiles
from engine.offline.programme import Delivered, Kept
from engine.offline.scratch import MEMORY_LIMIT_BYTES
from engine.pairs import members
from engine.plan.output import limiter_settings
from engine.progress import Progress, silent
from engine.session.encodings import ENCODINGS
from engine.session.model import Deliverable, Session
from engine.session.versions import MASTER, is_linked, part_tree, session_of


@dataclass(frozen=True)
class Setting:
    """What a deliverable is written with.

    Attributes:
        drive_db: solved for its loudness; None: it has no target, the limiter's own drive holds.
        ceiling_dbtp: of the limiter, lower than what was asked for because the file measured over it;
            None: as asked for.
        solution: how the solve ended; None without a target.
    """

    drive_db: float | None
    ceiling_dbtp: float | None
    solution: Solution | None


@dataclass
class _Bus:
    """A bus that has been kept, and what it depends on."""

    key: tuple[Any, ...]
    kept: Kept
    stack: ExitStack


class Rehearsal:
    """Tries deliverables. Keeps the bus of the latest mix, which most edits of a limiter leave as it is.

    Use as a context manager.

    Args:
        folder: for its files, which are removed.
        memory_bytes: what is kept stays in memory up to this size.
    """

    def __init__(self, folder: Path, memory_bytes: int = MEMORY_LIMIT_BYTES) -> None:
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._buses: dict[bool, _Bus] = {}

    def setting(
        self,
        session: Session,
        deliverable: Deliverable,
        version: str = MASTER,
        *,
        progress: Progress = silent,
        solved: Callable[[Solution], None] | None = None,
    ) -> Setting:
        """What a render of that deliverable and version uses.

        Args:
            session: the session; its files are only read.
            deliverable: what is to be heard.
            version: linked ones are written as the master is.
            progress: told about every pass; what it raises ends the search.
            solved: told about the drive as soon as it is known, perhaps several times.

        Raises:
            InputError: a stem cannot be used, or there is no dialogue where that is aimed at.
            MachineError: there is no room for what has to be kept.
        """
        limiter = limiter_settings(session)
        if deliverable.loudness_lufs is None and not corrects_ceiling(deliverable, limiter):
            return Setting(None, None, None)
        refuse_missing_dialogue(session, deliverable)
        found: list[Solution] = []

        def tell(solution: Solution) -> None:
            found.append(solution)
            if solved is not None:
                solved(solution)

        with StemFiles(session) as files, hidden_folder(self._folder) as folder:
            path = folder / f"rehearsal{ENCODINGS[deliverable.encoding].extension}"
            work, kept = self._keep(session, deliverable, files, progress, is_mix=True)
            job = Job(deliverable, MASTER, path)
            rate = work.rate_of(job)
            anchor = None if kept.whole is None else work.with_dialogue(kept.whole, rate)
            delivered = work.deliver(job, kept.programmes[rate], anchor=anchor, solved=tell)
            drive_db = None if deliverable.loudness_lufs is None else delivered.report.drive_db
            if not is_linked(session, version):
                own = session_of(session, version)
                work, kept = self._keep(own, deliverable, files, progress, is_mix=False)
                job = replace(job, version=version, linked=False, solved=version in session.unlinked)
                programme = kept.programmes[rate]
                same_db = delivered.report.drive_db if job.target_lufs is None else None
                delivered = work.deliver(job, programme, drive_db=same_db, solved=tell)
                drive_db = None if deliverable.loudness_lufs is None else delivered.report.drive_db
        return Setting(drive_db, _lowered_ceiling(delivered), found[-1] if found else None)

    def _keep(
        self,
        session: Session,
        deliverable: Deliverable,
        files: StemFiles,
        progress: Progress,
        *,
        is_mix: bool,
    ) -> tuple[Work, Kept]:
        """Runs the stems, unless what they would give is still there."""
        aims = is_mix and deliverable.loudness_lufs is not None and deliverable.loudness_anchor == "dialogue"
        tree = part_tree(session, by_stem=False) if aims else None
        work = Work(session, files, progress, tree, memory_bytes=self._memory_bytes)
        rates = {deliverable.sample_rate or session.sample_rate}
        key = (_bus_key(session), tree, rates)
        bus = self._buses.get(is_mix)
        if bus is None or bus.key != key:
            self._forget(is_mix)
            with ExitStack() as stack:
                kept = work.keep(rates, self._folder, stack)
                bus = self._buses[is_mix] = _Bus(key, kept, stack.pop_all())
        return work, bus.kept

    def _forget(self, is_mix: bool) -> None:
        bus = self._buses.pop(is_mix, None)
        if bus is not None:
            bus.stack.close()

    def close(self) -> None:
        """Lets go of everything that was kept."""
        for is_mix in list(self._buses):
            self._forget(is_mix)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _lowered_ceiling(delivered: Delivered) -> float | None:
    used, asked = delivered.settings.limiter, delivered.asked.limiter
    if used is None or asked is None or used["ceiling_dbtp"] == asked["ceiling_dbtp"]:
        return None
    return float(used["ceiling_dbtp"])


def _bus_key(session: Session) -> tuple[Any, ...]:
    """What the bus depends on: everything up to the limiter, and the files as they are on the disk."""
    stems = tuple(replace(stem, solo=False, sha256=None) for stem in session.stems)
    stamps = tuple(file_stamp(stem.path) for stem in session.stems)
    limiter = limiter_settings(session)
    chain = session.master.chain if limiter is None else session.master.chain[:-1]
    return session.sample_rate, stems, stamps, chain


def file_stamp(path: Path) -> tuple[int, ...] | None:
    """Changes when the file does, or one of a pair; None while there is none."""
    try:
        found = [file.stat() for file in members(path)]
    except OSError:
        return None
    return tuple(
        figure
        for status in found
        for figure in (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    )
