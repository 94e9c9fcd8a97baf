"""Masters of sessions, rendered by the path of any deliverable and kept, so that each is rendered once."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from engine import __version__
from engine.deliver.job import Job
from engine.deliver.render import render
from engine.deliver.target import file_stamp
from engine.errors import InputError, MachineError, machine_error
from engine.paths import cache_dir
from engine.progress import Progress
from engine.session.album.model import AlbumTrack
from engine.session.chains import limiter_of
from engine.session.files import load_session
from engine.session.model import Deliverable, Processor, Session
from engine.session.versions import MASTER, STEMS, known_versions

#: What is kept at most between albums; the files used longest ago go first.
CACHE_LIMIT_BYTES = 8_000_000_000
#: Offsets of albums that are kept; a few bytes each (`engine.album.offset`).
_KEPT_OFFSETS = 200

_DRIVE_RANGE_DB = (-60.0, 40.0)


@dataclass(frozen=True)
class Wanted:
    """A master to render.

    Attributes:
        sample_rate: of the file, Hz.
        extra_drive_db: on top of the session's own.
        target_lufs: to solve for instead; None: the session's own drive and the extra.
        limiter: False: without the session's limiter, whose drive becomes a plain gain.
        whole: what goes into the limiter: the song from its first frame to its last, without heads,
            tails and fades.
    """

    sample_rate: int
    extra_drive_db: float = 0.0
    target_lufs: float | None = None
    limiter: bool = True
    whole: bool = False


class Renders:
    """The masters of an album's sessions as 32-bit float files in the user's cache.

    Args:
        progress: told about every pass.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        #: Where they are kept.
        self.folder = cache_dir() / "album"
        self._sessions: dict[Path, Session] = {}
        self._used: set[Path] = set()

    def session(self, track: AlbumTrack) -> Session:
        """The session of a track, with the files it needs.

        Raises:
            SessionError: it breaks a rule, or misses a file.
            InputError: it has no such version, or that is not one file.
        """
        assert track.session is not None, "a finished file has no session"
        if track.session not in self._sessions:
            self._sessions[track.session] = load_session(track.session)
        session = self._sessions[track.session]
        known = [name for name in known_versions(session) if name != STEMS]
        if track.version not in known:
            raise InputError(
                f"{session.path}: has no version '{track.version}' that is one file: it has "
                + ", ".join(known),
                kind="unknown_version",
                path=session.path,
            )
        return session

    def file(self, track: AlbumTrack, wanted: Wanted) -> Path:
        """The master of a track's session, rendered now or before.

        Raises:
            InputError: the session or a stem cannot be used.
            MachineError: it cannot be written.
        """
        session = _prepared(self.session(track), wanted)
        path = self.folder / f"{self.key(track, wanted)}.wav"
        self._used.add(path)
        if path.is_file():
            with contextlib.suppress(OSError):
                os.utime(path)  # the latest use, for `tidy`
            return path
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise machine_error(error, self.folder, "keep a rendered session") from error
        deliverable = Deliverable(
            name=f"album, {track.title}",
            preset=None,
            loudness_lufs=wanted.target_lufs if track.version == MASTER else None,
            loudness_anchor="programme",
            ceiling_dbtp=None,
            sample_rate=wanted.sample_rate,
            encoding="wav32f",
            versions=(track.version,),
        )
        from engine.session.versions import is_linked

        job = Job(deliverable, track.version, path, linked=is_linked(session, track.version))
        try:
            render(session, [job], self._progress)
        except MachineError as error:
            raise self._about_the_cache(error, track) from error
        return path

    def _about_the_cache(self, error: MachineError, track: AlbumTrack) -> MachineError:
        """Nobody has asked for a file there: where it lies and how to have it elsewhere is told instead."""
        if error.kind != "disk_full" or error.path is None or not error.path.is_relative_to(self.folder):
            return error
        return MachineError(
            f"{self.folder}: the disk is full: {track.label} is rendered there first: free some space, or "
            "set XDG_CACHE_HOME to a folder on a larger disk",
            kind=error.kind,
            path=self.folder,
        )

    def key(self, track: AlbumTrack, wanted: Wanted) -> str:
        """Names a master by everything that it depends on.

        Raises:
            InputError: the session cannot be used.
        """
        return _key(_prepared(self.session(track), wanted), track.version, wanted)

    def release(self, paths: Iterable[Path]) -> None:
        """Removes masters that were only tried."""
        for path in self._used.intersection(paths):
            path.unlink(missing_ok=True)
            self._used.discard(path)

    def tidy(self) -> None:
        """Removes what has not been used for longest, down to the limit; nothing of this run."""
        with contextlib.suppress(OSError):  # another program tidies at the same time
            offsets = sorted(self.folder.glob("*.offset"), key=lambda one: one.stat().st_mtime)
            for path in offsets[:-_KEPT_OFFSETS]:
                path.unlink(missing_ok=True)
            files = sorted(self.folder.glob("*.wav"), key=lambda one: one.stat().st_mtime, reverse=True)
            size = 0
            for path in files:
                size += path.stat().st_size
                if size > CACHE_LIMIT_BYTES and path not in self._used:
                    path.unlink(missing_ok=True)


def driven_db(limiter: Processor, extra_db: float) -> float:
    """A limiter's drive with more of it, within what it can have, dB."""
    low, high = _DRIVE_RANGE_DB
    return min(high, max(low, float(limiter.values["drive_db"]) + extra_db))


def _prepared(session: Session, wanted: Wanted) -> Session:
    """The session with the drive that is wanted, or without its limiter."""
    if wanted.whole:
        uncut = replace(session.master, start_s=0.0, end_s=0.0, fade_in_s=0.0, fade_out_s=0.0)
        session = replace(session, master=uncut, sections={})
    limiter = limiter_of(session)
    if limiter is None:
        return session
    chain = list(session.master.chain[:-1])
    if wanted.limiter and not wanted.whole:
        drive_db = driven_db(limiter, wanted.extra_drive_db)
        chain.append(replace(limiter, values={**limiter.values, "drive_db": drive_db}))
    return replace(session, master=replace(session.master, chain=tuple(chain)))


def _key(session: Session, version: str, wanted: Wanted) -> str:
    """Names a master by everything that it depends on: the program, the session, the files on the disk."""
    stamps = [file_stamp(stem.path) for stem in session.stems]
    heard = replace(session, deliverables=(), reference=None)
    said = (__version__, heard, version, wanted, stamps)
    return hashlib.sha256(repr(said).encode()).hexdigest()
