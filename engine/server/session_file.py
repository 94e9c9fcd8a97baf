"""The session file and the stems' files: saving, what other programs write, another file for a stem."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import InputError, SessionError
from engine.link.failures import MessageRefused
from engine.processes.host import Command
from engine.server.live_session import sha256_of
from engine.session.atomic import lock, write_atomic
from engine.session.editing import Change
from engine.session.pins import sha256_of as pin_of

if TYPE_CHECKING:
    from engine.server.loop import Engine

#: How often the session file is looked at, s.
_LOOK_S = 1.0


class FileCommands:
    """Carries out what has to do with files; reading and writing is the clerk's.

    Args:
        engine: that they are for.
        answering: does a piece of work for a command and answers what it refuses.
    """

    def __init__(
        self, engine: Engine, answering: Callable[[Command, Callable[[Command], None]], None]
    ) -> None:
        self._engine = engine
        self._answering = answering
        self._saving = False
        self._refused_disk = ""
        self._seen_status: tuple[int, int, int] | None = None

    def replace(self, command: Command) -> None:
        """Another file for a stem: read first, so that a refusal changes nothing."""
        engine, live = self._engine, self._engine.live
        index = _stem_index(live.session.stems, command.message.payload["stem"])
        path = Path(command.message.payload["path"])
        if "\0" in command.message.payload["path"]:
            raise MessageRefused("a file's name holds no NUL character", kind="bad_payload")
        path = path if path.is_absolute() else live.path.parent / path
        rate = live.session.sample_rate

        def job() -> str:
            _require_playable(path, rate)
            return pin_of(path)

        def then(digest: Any, failure: Exception | None) -> None:
            if failure is not None:
                told = engine.told(failure)
                engine.host.refuse(command, told.kind, told.message)
                return
            self._answering(command, lambda _: self._take_file(command, index, path, str(digest)))

        engine.hands.clerk.do(job, then)

    def _take_file(self, command: Command, index: int, path: Path, digest: str) -> None:
        engine, live = self._engine, self._engine.live
        stem = live.session.stems[index]
        changes: list[Change] = [(("stems", index, "sha256"), digest)]
        if path != stem.path:
            written = os.path.relpath(path, live.path.parent).replace(os.sep, "/")
            changes.insert(0, (("stems", index, "path"), written))
        live.change(changes, client=command.client, label=f"{stem.name}: {path.name}")
        engine.notices.file_is_well(path)
        deck = engine.deck
        if deck is not None:
            engine.hands.deck.do(lambda: deck.forget(path), lambda _result, _failure: None)
        engine.follow(command)

    def save(self, command: Command) -> None:
        engine, live = self._engine, self._engine.live
        if self._saving:
            raise MessageRefused("the session is being saved already", kind="busy")
        text, revision, known, forced = (
            live.book.text,
            live.book.revision,
            live.book.disk_sha256,
            self._refused_disk,
        )
        path = live.path

        def job() -> str:
            with lock(path):
                disk = sha256_of(path)
                if disk not in ("", known, forced):
                    self._refused_disk = disk
                    raise SessionError(
                        f"{path.name}: another program has changed it on disk: save once more to "
                        "overwrite that",
                        kind="changed_on_disk",
                        path=path,
                    )
                write_atomic(path, text.encode("utf-8"), replace=True)
            return sha256_of(path)

        def then(disk: Any, failure: Exception | None) -> None:
            self._saving = False
            if failure is None:
                self._refused_disk = ""
                live.saved(revision, str(disk))
                self._mended()
                engine.document_is_old = True
                engine.done(command)
            else:
                told = engine.told(failure)
                engine.host.refuse(command, told.kind, told.message)

        self._saving = True
        engine.hands.clerk.do(job, then)

    def look(self) -> None:
        """Takes over what another program has written; with unsaved edits here it only says so."""
        engine, live = self._engine, self._engine.live
        if self._saving or not engine.is_due("session file", _LOOK_S):
            return
        try:
            status = os.stat(live.path)
        except OSError:
            return
        seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        if seen == self._seen_status:
            return
        self._seen_status = seen
        if not live.has_changed_on_disk():
            self._mended()
            return
        if not live.is_saved:
            engine.notices.tell(
                "changed_on_disk",
                f"{live.path.name} was changed on disk, and there are unsaved edits here: saving writes "
                "these over it, the second time it is asked for",
            )
            return
        try:
            live.adopt_from_disk()
        except SessionError as error:
            engine.notices.tell("session_unusable", f"{error.message}; what was loaded before plays on")
            return
        self._mended()
        engine.notices.tell("changed_on_disk", f"{live.path.name} was changed on disk: that is played now")
        engine.follow()

    def _mended(self) -> None:
        """The file can be used again: what was said about it no longer holds."""
        self._engine.notices.forget("session_unusable", "changed_on_disk")


def _stem_index(stems: Sequence[Any], wanted: Any) -> int:
    """Place of a stem by its name or number."""
    for index, stem in enumerate(stems):
        if index == wanted or str(stem.name).casefold() == str(wanted).casefold():
            return index
    raise MessageRefused(f"there is no stem '{wanted}'", kind="no_stem")


def _require_playable(path: Path, sample_rate: int) -> None:
    """Makes sure that a stem's file can be played in this session.

    Raises:
        InputError: it cannot.
    """
    from engine.audio.source import open_source

    with open_source(path) as source:
        if source.sample_rate != sample_rate:
            raise InputError(
                f"{path}: has {source.sample_rate} Hz, the session {sample_rate} Hz: ask for another export",
                kind="sample_rate",
                path=path,
            )
        if source.channels > 2:
            raise InputError(
                f"{path}: has {source.channels} channels, a stem has one or two", kind="channels", path=path
            )
