"""What a render is to write: one job per deliverable and version, checked before any work starts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.audio.writer import ENCODINGS
from engine.errors import InputError, UsageError
from engine.session.model import Deliverable, Session

#: How each version is written in a file's name (references: common label practice).
VERSION_TITLES = {"master": "Master"}

# not allowed in file names of one or the other common file system, or invisible
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*\x7f]')


@dataclass(frozen=True)
class Job:
    """One file to write.

    Attributes:
        deliverable: what it has to be.
        version: which version of the song.
        path: where it goes.
    """

    deliverable: Deliverable
    version: str
    path: Path

    @property
    def label(self) -> str:
        """How progress and messages call it."""
        return f"{self.deliverable.name} · {self.version}"


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
        InputError: there is nothing to render, a file is already there, or a deliverable asks for
            what cannot be rendered yet.
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
        _refuse_dialogue_anchor(deliverable)
        for version in dict.fromkeys(versions or deliverable.versions):
            _refuse_unknown_version(version, deliverable, asked=bool(versions))
            path = target / _file_name(session, deliverable, version)
            jobs.append(Job(deliverable, version, path))
    if not force:
        _refuse_existing(jobs)
    return jobs


def _file_name(session: Session, deliverable: Deliverable, version: str) -> str:
    title, name = safe_name(session.title), safe_name(deliverable.name)
    extension = ENCODINGS[deliverable.encoding].extension
    return f"{title} ({VERSION_TITLES[version]}) [{name}]{extension}"


def _refuse_unknown_version(version: str, deliverable: Deliverable, *, asked: bool) -> None:
    if version in VERSION_TITLES:
        return
    known = ", ".join(VERSION_TITLES)
    if asked:
        raise UsageError(f"version '{version}' cannot be rendered yet: this program renders {known}")
    raise InputError(
        f"deliverable '{deliverable.name}' asks for version '{version}', which cannot be rendered yet: "
        f"this program renders {known}; pass --version master to render that one",
        kind="unknown_version",
    )


def _refuse_dialogue_anchor(deliverable: Deliverable) -> None:
    """Aiming at the mastered dialogue alone takes the linked versions that this program lacks yet."""
    if deliverable.loudness_lufs is not None and deliverable.loudness_anchor == "dialogue":
        raise InputError(
            f"deliverable '{deliverable.name}' aims at its dialogue, which cannot be measured alone yet: "
            'set loudness_anchor = "programme", or loudness_lufs = "none"',
            kind="loudness_anchor",
        )


def _refuse_existing(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if job.path.exists():
            raise InputError(
                f"{job.path}: is already there: pass --force to replace it, or another --out folder",
                kind="exists",
                path=job.path,
            )
