"""The session file and the stems' files: saving, what other programs write, another file for a stem."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import SessionError
from engine.link.failures import MessageRefused
from engine.processes.host import Command
from engine.replacement import file_changes, require_playable, stem_index
from engine.server.opening import disk_sha256
from engine.server.outbox import Outbox
from engine.session.atomic import lock, write_atomic
from engine.session.pins import sha256_of

if TYPE_CHECKING:
    from engine.server.apply_changes import ChangeApplier
    from engine.server.state import EngineState

#: How often the session file is looked at, s.
_LOOK_S = 1.0


class FileCommands:
    """Carries out what has to do with files; a worker thread reads and writes them.

    Args:
        engine: its state.
        outbox: answers commands.
        changes: bring the live session into the player.
    """

    def __init__(self, engine: EngineState, outbox: Outbox, changes: ChangeApplier) -> None:
        self._engine, self._outbox, self._changes = engine, outbox, changes
        self._saving = False
        self._refused_disk = ""
        self._seen_status: tuple[int, int, int] | None = None

    def replace(self, command: Command) -> None:
        """Another file for a stem: read first, so that a refusal changes nothing."""
        engine, live = self._engine, self._engine.live
        index = stem_index(live.session.stems, command.message.payload["stem"])
        path = Path(command.message.payload["path"])
        if "\0" in command.message.payload["path"]:
            raise MessageRefused("a file's name holds no NUL character", kind="bad_payload")
        path = path if path.is_absolute() else live.path.parent / path
        rate = live.session.sample_rate

        def job() -> str:
            require_playable(path, rate)
            return sha256_of(path)

        def then(digest: Any, failure: Exception | None) -> None:
            if failure is not None:
                self._outbox.refuse(command, failure)
                return
            self._outbox.guard(command, lambda _: self._take_file(command, index, path, str(digest)))

        engine.workers.files.do(job, then)

    def _take_file(self, command: Command, index: int, path: Path, digest: str) -> None:
        engine, live = self._engine, self._engine.live
        stem = live.session.stems[index]
        live.change(
            file_changes(live.session, index, path, digest),
            client=command.client,
            label=f"{stem.name}: {path.name}",
        )
        engine.notices.file_is_well(path)
        audio = engine.audio
        if audio is not None:
            engine.workers.player.do(lambda: audio.forget(path), lambda _result, _failure: None)
        self._changes.follow(command)

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
                disk = disk_sha256(path)
                if disk not in ("", known, forced):
                    self._refused_disk = disk
                    raise SessionError(
                        f"{path.name}: another program has changed it on disk: save once more to "
                        "overwrite that",
                        kind="changed_on_disk",
                        path=path,
                    )
                write_atomic(path, text.encode("utf-8"), replace=True)
            return disk_sha256(path)

        def then(disk: Any, failure: Exception | None) -> None:
            self._saving = False
            if failure is None:
                self._refused_disk = ""
                live.saved(revision, str(disk))
                self._mended()
                engine.document_changed()
                self._outbox.done(command)
            else:
                self._outbox.refuse(command, failure)

        self._saving = True
        engine.workers.files.do(job, then)

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
        self._changes.follow()

    def _mended(self) -> None:
        """The file can be used again: what was said about it no longer holds."""
        self._engine.notices.forget("session_unusable", "changed_on_disk")
