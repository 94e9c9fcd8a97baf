"""What a render is to write: one job per deliverable and version, checked before any work starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.audio.codecs import require_codecs
from engine.deliver.file_names import PLAIN_RENDER, Naming, name_of, refuse_bad_paths, safe_name
from engine.errors import InputError, UsageError
from engine.pairs import spelt_out
from engine.session.encodings import ENCODINGS
from engine.session.file_name import fields_of
from engine.session.model import Deliverable, Session
from engine.session.versions import MASTER, STEMS, dialogue_of, heard, in_section, is_linked, known_versions


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
        notes: what to tell about the file, sentences.
    """

    # a pair of mono files has the path of `engine.pairs`

    deliverable: Deliverable
    version: str
    path: Path
    stem: str | None = None
    linked: bool = True
    solved: bool = False
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How progress and messages call it."""
        return " · ".join(filter(None, (self.deliverable.name, self.version, self.stem)))

    @property
    def files(self) -> tuple[Path, ...]:
        """The file, or left and right of a pair."""
        return spelt_out(self.path) if self.deliverable.mono_files else (self.path,)

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


def plan_jobs(
    session: Session,
    *,
    deliverables: Sequence[str],
    versions: Sequence[str],
    folder: Path | None,
    force: bool,
    naming: Naming = PLAIN_RENDER,
) -> list[Job]:
    """The files a render writes, in the session's order.

    Args:
        session: the session file as it was read.
        deliverables: names of those wanted; empty for all.
        versions: versions wanted; empty for those each deliverable names.
        folder: output folder; by default `renders/` beside the session.
        force: existing files may be replaced.
        naming: what file names depend on besides.

    Raises:
        UsageError: an unknown deliverable or version is asked for.
        InputError: there is nothing to render, a file is already there, a deliverable aims at
            dialogue where no stem is dialogue, the package that encodes it is not installed, or a name is
            empty, too long, or there twice.
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
                jobs += _stem_jobs(session, deliverable, target, naming)
            else:
                jobs.append(job_of(session, deliverable, version, target, naming))
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
    refuse_bad_paths(session, [(job.label, path) for job in jobs for path in job.files])
    if not force:
        _refuse_existing(jobs)
    return jobs


def job_of(
    session: Session, deliverable: Deliverable, version: str, folder: Path, naming: Naming = PLAIN_RENDER
) -> Job:
    """The file of one version other than `stems` in a folder."""
    name = name_of(session, deliverable, version, naming)
    job = Job(
        deliverable,
        version,
        folder / f"{name.text}{_ending(deliverable)}",
        linked=is_linked(session, version),
        solved=version in session.unlinked,
    )
    return replace(job, notes=(*name.notes, *_part_notes(session, job)))


def _ending(deliverable: Deliverable) -> str:
    extension = ENCODINGS[deliverable.encoding].extension
    return f".{{L,R}}{extension}" if deliverable.mono_files else extension


def _part_notes(session: Session, job: Job) -> Iterator[str]:
    """What of the parts' adding up does not hold for this one."""
    if not job.is_part:
        return
    if ENCODINGS[job.deliverable.encoding].lossy:
        yield "what a lossy coder makes of the parts does not add up to the master sample by sample"
    if in_section(session, job.version).master != in_section(session, MASTER).master:
        yield "a section of its own: it adds up with parts of the same section, not with the whole master"


def _stem_jobs(session: Session, deliverable: Deliverable, target: Path, naming: Naming) -> list[Job]:
    """One job per stem that is heard.

    They are in a folder of the version's name, names that become equal numbered; with a template that names
    the stem itself they are beside all other files.
    """
    named_apart = deliverable.file_name is not None and "stem" in fields_of(deliverable.file_name)
    jobs: list[Job] = []
    taken: set[str] = set()
    for stem in heard(session):
        name = name_of(session, deliverable, STEMS, naming, stem.name)
        path = target / f"{name.text}{_ending(deliverable)}"
        if not named_apart:
            path = target / name.text / f"{_numbered(safe_name(stem.name), taken)}{_ending(deliverable)}"
        job = Job(deliverable, STEMS, path, stem.name)
        jobs.append(replace(job, notes=(*name.notes, *_part_notes(session, job))))
    return jobs


def _numbered(plain: str, taken: set[str]) -> str:
    name, number = plain, 1
    while name.casefold() in taken:
        number += 1
        name = f"{plain} {number}"
    taken.add(name.casefold())
    return name


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
    both = [replace(job, path=path) for job in jobs for path in (job.path, job.path.with_suffix(".wav"))]
    wanted = [job for at, job in enumerate(both) if at % 2 == 0 or job.is_part]
    for path in [path for job in wanted for path in job.files]:
        if path.exists():
            raise InputError(
                f"{path}: is already there: pass --force to replace it, or another --out folder",
                kind="exists",
                path=path,
            )
