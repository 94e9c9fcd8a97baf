"""What is played follows the live session, one change at a time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.errors import StemlatheError
from engine.processes.host import Command
from engine.server import listening
from engine.server.outbox import Outbox, told

if TYPE_CHECKING:
    from engine.live.player.changes import Programme
    from engine.server.audio_unit import AudioUnit
    from engine.server.state import EngineState
    from engine.session.model import Session


class ChangeApplier:
    """Brings what the live session is into the player, and answers who asked for it.

    Args:
        engine: its state.
        outbox: answers who asked for the change.
        reload: loads everything again; for a session that could not be played so far.

    Attributes:
        is_busy: the player is busy with a change.
        changed_s: when what is to be played has last become another, CLOCK_MONOTONIC.
    """

    def __init__(self, engine: EngineState, outbox: Outbox, reload: Callable[[], None]) -> None:
        self.is_busy = False
        self.changed_s = 0.0
        self._engine, self._outbox, self._reload = engine, outbox, reload
        self._waiting: list[Command] = []
        self._again = False
        self._accepted = engine.live.book.revision

    def programme(self) -> Programme:
        """What is to be played now."""
        from engine.server.audio_unit import programme_of  # heavy: the loop stands before it is imported

        live = self._engine.live
        probe, track = listening.settle(self._engine)
        deliverable = live.deliverable
        target = "" if deliverable is None else deliverable.name
        has_target = deliverable is not None and deliverable.loudness_lufs is not None
        return programme_of(
            live.session,
            deliverable=deliverable,
            drive_db=self._engine.drive_db if has_target else None,
            ceiling_dbtp=live.book.ceiling.get(target),
            version=live.version,
            listen=live.book.listen,
            probe=probe,
            track=track,
            codec=None if self._engine.codec is None else self._engine.codec.sound,
        )

    def hear(self, session: Session) -> None:
        """Lets a session be heard that is about to become the live one, if that makes nobody wait.

        It does where nothing but values differs from what plays, whose files are open; else, and while the
        player is busy, `follow` does all of it.
        """
        audio = self._engine.audio
        if audio is None or self.is_busy or not self._engine.workers.player.is_idle:
            return
        programme = replace(audio.player.programme, session=session)
        if audio.player.has_files_of(programme):
            with contextlib.suppress(StemlatheError):  # `follow` tells it
                audio.set_programme(programme)

    def follow(self, *commands: Command) -> None:
        """Plays what the live session is now, then answers `commands`.

        What comes while the player is busy is played as one change after that.
        """
        engine = self._engine
        self._waiting.extend(commands)
        engine.document_changed()
        self.changed_s = time.monotonic()
        if engine.audio is None:
            # nothing plays: what could not be loaded may be well now
            answered, self._waiting = self._waiting, []
            for command in answered:
                self._outbox.done(command)
            if engine.failure is not None:
                self._reload()
            return
        if self.is_busy:
            self._again = True
        else:
            self._change(engine.audio)

    def _change(self, audio: AudioUnit) -> None:
        engine = self._engine
        programme, commands, revision = self.programme(), self._waiting, engine.live.book.revision
        self._waiting, self._again = [], False
        if audio.plays(programme) and engine.workers.player.is_idle:
            self._played(commands, revision)
            return
        self.is_busy = True

        def then(_result: Any, failure: Exception | None) -> None:
            self.is_busy = False
            if failure is None:
                self._played(commands, revision)
            else:
                # targets go back
                engine.document_changed()
                engine.loudness_changed()
                self._take_back(commands, told(failure))
            if self._again or self._waiting:
                self._change(audio)

        engine.workers.player.do(lambda: audio.set_programme(programme), then)

    def _played(self, commands: list[Command], revision: int) -> None:
        """Currents have arrived at their targets."""
        self._engine.document_changed()
        self._engine.loudness_changed()
        self._accepted = revision
        for command in commands:
            self._outbox.done(command)

    def _take_back(self, commands: list[Command], failure: StemlatheError) -> None:
        """What cannot be played is no state of the session: back to the last one that can."""
        engine = self._engine
        refused, self._waiting = [*commands, *self._waiting], []
        if engine.live.book.revision != self._accepted:
            engine.live.go(self._accepted)
        elif engine.live.book.listen != "processed":
            engine.live.set_value("listen", "processed")
        for command in refused:
            self._outbox.refuse(command, failure)
        if not refused:
            engine.notices.tell(failure.kind, failure.message)
        engine.document_changed()
