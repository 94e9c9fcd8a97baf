"""What a render is to write: one job per deliverable and version, checked before any work starts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.audio.codecs import require_codecs
from engine.errors import InputError, UsageError
from engine.session.encodings import ENCODINGS
from engine.session.model import Deliverable, Session
from engine.session.versions import MASTER, STEMS, dialogue_of, heard, is_linked, known_versions, title_of

# not allowed in file names of one or the other common file system, or invisible
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*\x7f]')


@dataclass(frozen=True)
class Job:
    """One file to write.

    Attributes:
        deliverable: what it has to be.
        version: which version of the song.
        path: where it goes.
        stem: which one, where the version is `stems`.
        linked: the master bus follows the full mix.
        solved: the version is solved for the loudness target on its own.
    """

    deliverable: Deliverable
    version: str
    path: Path
    stem: str | None = None
    linked: bool = True
    solved: bool = False

    @property
    def label(self) -> str:
        """How progress and messages call it."""
        return " · ".join(filter(None, (self.deliverable.name, self.version, self.stem)))

    @property
    def is_part(self) -> bool:
        """It is a part of the master: linked, with neither target nor ceiling of its own."""
        return self.version != MASTER and self.linked

    @property
    def target_lufs(self) -> float | None:
        """The master is solved for the loudness target; every other version takes its drive.

        But for versions that are not linked by the session's own word: they are solved too, as long
        as the target is the programme's. Dialogue that is aimed at is that of the mix.
        """
        if self.version == MASTER:
            return self.deliverable.loudness_lufs
        solved = self.solved and self.deliverable.loudness_anchor == "programme"
        return self.deliverable.loudness_lufs if solved else None

    @property
    def aims_at_dialogue(self) -> bool:
        """The target is for the mastered dialogue."""
        return self.target_lufs is not None and self.deliverable.loudness_anchor == "dialogue"


def safe_name(text: str) -> str:
    """`text` as part of a file name that every common file system takes."""
    return _UNSAFE.sub("_", text).strip(" .") or "untitled"


def plan_jobs(
    session: Session,
    *,
    deliverables: Sequence[str],
    versions: Sequence[str],
    folder: Path | None,
    force: bool,
) -> list[Job]:
    """The files a render writes, in the session's order.

    Args:
        session: the session.
        deliverables: names of those wanted; empty for all.
        versions: versions wanted; empty for those each deliverable names.
        folder: output folder; by default `renders/` beside the session.
        force: existing files may be replaced.

    Raises:
        UsageError: an unknown deliverable or version is asked for.
        InputError: there is nothing to render, a file is already there, a deliverable aims at
            dialogue where no stem is dialogue, or the package that encodes it is not installed.
    """
    if not session.deliverables:
        raise InputError(
            f"{session.path}: has no [[deliverables]]: add one, for example "
            'name = "streaming", preset = "spotify"',
            kind="no_deliverables",
            path=session.path,
        )
    known = [deliverable.name for deliverable in session.deliverables]
    for name in deliverables:
        if name not in known:
            raise UsageError(f"there is no deliverable '{name}': this session has {', '.join(known)}")
    target = folder if folder is not None else session.path.parent / "renders"
    jobs = []
    for deliverable in session.deliverables:
        if deliverables and deliverable.name not in deliverables:
            continue
        refuse_missing_dialogue(session, deliverable)
        for version in dict.fromkeys(versions or deliverable.versions):
            _refuse_unknown_version(session, version)
            if version == STEMS:
                jobs += _stem_jobs(session, deliverable, target)
            else:
                jobs.append(job_of(session, deliverable, version, target))
    if not jobs:
        raise InputError(
            f"{session.path}: every stem is muted, so there are no stems to write: unmute one",
            kind="no_stems",
            path=session.path,
        )
    for job in jobs:
        encoding = ENCODINGS[job.deliverable.encoding]
        if encoding.needs_codecs:
            require_codecs(f"for deliverable '{job.deliverable.name}', to write {encoding.name}")
    if not force:
        _refuse_existing(jobs)
    return jobs


def job_of(session: Session, deliverable: Deliverable, version: str, folder: Path) -> Job:
    """The file of one version other than `stems` in a folder."""
    return Job(
        deliverable,
        version,
        folder / _file_name(session, deliverable, version),
        linked=is_linked(session, version),
        solved=version in session.unlinked,
    )


def _folder_name(session: Session, deliverable: Deliverable, version: str) -> str:
    title, name = safe_name(session.title), safe_name(deliverable.name)
    return f"{title} ({title_of(version)}) [{name}]"


def _file_name(session: Session, deliverable: Deliverable, version: str) -> str:
    return _folder_name(session, deliverable, version) + ENCODINGS[deliverable.encoding].extension


def _stem_jobs(session: Session, deliverable: Deliverable, target: Path) -> list[Job]:
    """One job per stem that is heard; names that become equal as file names are numbered."""
    folder = target / _folder_name(session, deliverable, STEMS)
    extension = ENCODINGS[deliverable.encoding].extension
    jobs: list[Job] = []
    taken: set[str] = set()
    for stem in heard(session):
        plain = name = safe_name(stem.name)
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain} {number}"
        taken.add(name.casefold())
        jobs.append(Job(deliverable, STEMS, folder / f"{name}{extension}", stem.name))
    return jobs


def _refuse_unknown_version(session: Session, version: str) -> None:
    known = known_versions(session)
    if version not in known:
        raise UsageError(f"there is no version '{version}': this session has {', '.join(known)}")


def refuse_missing_dialogue(session: Session, deliverable: Deliverable) -> None:
    """Makes sure that there is dialogue where a deliverable aims at it.

    Raises:
        InputError: kind `loudness_anchor`.
    """
    aims = deliverable.loudness_lufs is not None and deliverable.loudness_anchor == "dialogue"
    if aims and not dialogue_of(session):
        raise InputError(
            f"deliverable '{deliverable.name}' aims at the dialogue, and no stem that is heard has the role "
            'dialogue: give one that role, set loudness_anchor = "programme", or loudness_lufs = "none"',
            kind="loudness_anchor",
        )


def _refuse_existing(jobs: Sequence[Job]) -> None:
    # a part that passes full scale becomes a WAV, whatever was asked for
    paths = [path for job in jobs for path in (job.path, job.path.with_suffix(".wav"))[: 1 + job.is_part]]
    for path in paths:
        if path.exists():
            raise InputError(
                f"{path}: is already there: pass --force to replace it, or another --out folder",
                kind="exists",
                path=path,
            )
