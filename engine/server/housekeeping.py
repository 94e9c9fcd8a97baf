"""What has to be done in every round while a song is loaded: meters, files, the background's orders."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from engine.errors import StemlatheError
from engine.link.records import STEMS, State
from engine.processes.registry import renew
from engine.server.closeup import Look
from engine.server.level_match import ramp_drive
from engine.server.listening import compared_track
from engine.server.outbox import told
from engine.server.results import fill_in

if TYPE_CHECKING:
    from engine.server.apply_changes import ChangeApplier
    from engine.server.audio_unit import AudioUnit
    from engine.server.broadcast import Broadcast
    from engine.server.session_file import FileCommands
    from engine.server.state import EngineState

_POSITION_S, _FILES_S, _JOURNAL_S, _REGISTRY_S = 0.5, 0.5, 0.25, 2.0
#: Delay after the last change before the background is notified, s.
_SETTLED_S = 0.3
#: Ticks that one round works off: on a busy machine meters may be late, answers not.
_TICKS_AT_ONCE = 8
#: Ticks that are due when nothing plays, so that meters fall, s.
_REST_S = 0.04
#: Shortest time between two notices of a journal that cannot be written, s.
_JOURNAL_NOTICE_S = 60.0


class Housekeeping:
    """Looks after what plays.

    Args:
        engine: its state.
        changes: bring the live session into the player.
        files: looks at the session file.
        broadcast: publishes the loudness.
    """

    def __init__(
        self, engine: EngineState, changes: ChangeApplier, files: FileCommands, broadcast: Broadcast
    ) -> None:
        self._engine, self._changes, self._files, self._broadcast = engine, changes, files, broadcast
        self._submitted: tuple[Any, ...] = ()
        self._looked: tuple[AudioUnit | None, Look] = (None, Look())
        self._rested_s = time.monotonic()
        self._polling_files = False
        self._journal_failed = False

    def meter(self, audio: AudioUnit) -> None:
        """Tells what the player has measured since the last round."""
        engine, rate = self._engine, audio.player.sample_rate
        self._look(audio)
        found = audio.metering.collect(_TICKS_AT_ONCE)
        now_s = time.monotonic()
        for levels in found:
            tick = engine.meters.push(levels, rate)
            engine.close_up.push(levels.closer, rate)
            if levels.stems_closer is not None:
                engine.stems_close_up.push(levels.stems_closer, rate)
            master, stems = engine.meters.overs
            engine.host.tick(tick, master_overs=master, stem_overs=stems[:STEMS])
        if found:
            self._rested_s = now_s
            engine.loudness_changed()
        elif now_s - self._rested_s > _REST_S and audio.state is not State.PLAYING:
            engine.meters.rest(now_s - self._rested_s)
            self._rested_s = now_s

    def _look(self, audio: AudioUnit) -> None:
        """Measures closely what somebody looks at; nothing once nobody is there."""
        engine = self._engine
        look = engine.looking if engine.host.clients else Look()
        if (audio, look) != self._looked:
            self._looked = (audio, look)
            audio.metering.lens.look(look.strip, image=look.image)
            engine.close_up.look(look.strip, image=look.image)
            audio.metering.stems_lens.look(look.stems)
            engine.stems_close_up.look(look.stems)

    def look_after(self, audio: AudioUnit) -> None:
        """Does what has to be done now and then."""
        engine, live = self._engine, self._engine.live
        if engine.is_due("position", _POSITION_S):
            live.set_value("position", audio.player.position_frames)
        if not self._polling_files and engine.is_due("files", _FILES_S):
            self._polling_files = True
            engine.workers.player.do(audio.player.poll_files, self._files_polled)
        self._files.look()
        ramp_drive(engine, self._changes, audio)
        wanted_db = live.book.drive.get(live.book.target or "")
        if not self._changes.is_busy and wanted_db in (None, engine.drive_db):
            fill_in(engine, audio)
        self._order()
        self._broadcast.publish_loudness(audio)

    def keep_findable(self) -> None:
        """Enters the engine again into the registry where somebody has cleaned up there."""
        if self._engine.is_due("registry", _REGISTRY_S):
            with contextlib.suppress(StemlatheError):  # tried again
                renew(self._engine.host.entry)
                self._engine.host.doorbell.hang()

    def keep_journal(self) -> None:
        """Lets a journal that has failed or grown be rewritten, and tells whether edits are safe."""
        engine, live = self._engine, self._engine.live
        if not engine.is_due("journal", _JOURNAL_S):
            return
        live.maintain()
        failure = live.journal_failure
        if failure is not None and engine.is_due("journal notice", _JOURNAL_NOTICE_S):
            engine.notices.tell("journal_failed", f"edits would not survive a crash: {failure}")
            self._journal_failed = True
        elif failure is None and self._journal_failed:
            engine.notices.tell("journal_mended", "all edits are kept again and would survive a crash")
            engine.hurry("journal notice")
            self._journal_failed = False

    def _order(self) -> None:
        """Tells the background what is played once that stands still."""
        engine, live = self._engine, self._engine.live
        settled = time.monotonic() - self._changes.changed_s > _SETTLED_S
        track = compared_track(engine)
        order = (live.book.revision, live.book.target, live.version, track)
        if settled and order != self._submitted:
            self._submitted = order
            target = None if live.deliverable is None else live.deliverable.name
            engine.background.submit(
                live.session, live.book.text, live.book.revision, target, live.version, track
            )

    def _files_polled(self, notices: Any, failure: Exception | None) -> None:
        self._polling_files = False
        if failure is not None:
            told(failure)
            return
        for notice in notices:
            self._engine.notices.note(notice)
