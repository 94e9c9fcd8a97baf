"""The engine: one control loop that joins player, session, journal and protocol.

The loop beats and listens every few milliseconds and never waits; what may take a while is done by
`engine.server.worker_threads`. It stands before anything heavy is imported: consoles see the session,
and that it is being loaded, at once.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from engine.errors import StemlatheError
from engine.live.log import say_last
from engine.processes.host import Command, Host
from engine.server.apply_changes import ChangeApplier
from engine.server.broadcast import Broadcast
from engine.server.codec import discard
from engine.server.commands import Commands
from engine.server.housekeeping import Housekeeping
from engine.server.level_match import set_match
from engine.server.live_session import LiveSession
from engine.server.outbox import Outbox, told
from engine.server.pace import ROUND_S, Pace
from engine.server.results import take_in
from engine.server.session_file import FileCommands
from engine.server.state import EngineState, Options

if TYPE_CHECKING:
    from engine.server.audio_unit import AudioUnit

#: Shortest time between two notices of the program's own mistakes, s.
_MISTAKES_S = 10.0


class Engine:
    """The control loop of one running engine, which owns its parts; belongs to one thread.

    Args:
        host: just opened.
        live: the live session.
        options: what it was started with.
    """

    def __init__(self, host: Host, live: LiveSession, options: Options) -> None:
        self._state = engine = EngineState(host, live, options)
        self._outbox = outbox = Outbox(host, live)
        self._changes = changes = ChangeApplier(engine, outbox, self._load)
        self._broadcast = broadcast = Broadcast(engine)
        files = FileCommands(engine, outbox, changes)
        self._commands = Commands(engine, outbox, changes, files)
        self._housekeeping = Housekeeping(engine, changes, files, broadcast)
        self._pace = Pace(engine, changes)
        self._early: deque[Command] = deque()
        self._first_device = "null"

    @property
    def failure(self) -> StemlatheError | None:
        """Why nothing can be played; None: it can."""
        return self._state.failure

    def end(self) -> None:
        """Ends the loop after this round; may be called from a signal handler."""
        self._state.is_ending = True
        self._state.workers.wake()

    # ----------------------------------------------------------------------------- the loop

    def run(self) -> None:
        """Runs until it is told to end."""
        engine, live = self._state, self._state.live
        book = live.book
        if live.opening_notice is not None:
            engine.notices.tell(*live.opening_notice)
        if engine.monitor.state.left_on:
            engine.notices.tell(
                "monitor_kept", f"the monitor section is as it was left: {engine.monitor.state.left_on}"
            )
        self._choose_device()
        if engine.options.target is not None:
            live.choose_target(engine.options.target)
        engine.drive_db = book.drive.get(book.target or "")
        if book.ended:
            live.set_value("position", 0)
            live.set_value("listen", "processed")
        live.set_value("ended", False)
        self._load()
        while not engine.is_ending:
            try:
                self._round()
                self._pace.wait()
                engine.workers.finish()
            except Exception as failure:  # a mistake of ours must not end what plays
                self._survive(failure)

    def _choose_device(self) -> None:
        """What to play through at first: a number names a device only to whoever has just read the list."""
        engine, live = self._state, self._state.live
        asked, kept = engine.options.device, live.book.device
        self._first_device = kept if asked is None else asked
        if asked is not None and not asked.isdecimal():
            live.set_value("device", asked)
        elif asked is None and kept.isdecimal():
            engine.notices.tell(
                "device_unknown",
                f"the device was kept as number {kept}, which may be another one by now: playing on 'null' "
                "until you choose one",
            )
            self._first_device = "null"

    def _round(self) -> None:
        engine, keeping = self._state, self._housekeeping
        engine.host.revision = engine.live.book.revision
        engine.host.beat(engine.playing)
        engine.notices.hear()
        commands = engine.host.poll()
        if commands:
            self._pace.stir()
            self._carry_out(commands)
        for result in engine.background.poll():
            take_in(engine, self._changes, result)
        keeping.keep_journal()
        keeping.keep_findable()
        if engine.audio is not None:
            keeping.meter(engine.audio)
            keeping.look_after(engine.audio)
        self._broadcast.publish()

    def _survive(self, failure: Exception) -> None:
        """Goes on after a mistake; its log says what it was, once in a while."""
        with contextlib.suppress(Exception):  # telling is no reason to end either
            if self._state.is_due("mistake", _MISTAKES_S):
                self._state.notices.tell("internal", told(failure).message)
        time.sleep(ROUND_S)

    # ------------------------------------------------------------------------------ loading

    def _load(self) -> None:
        """Begins to load what the live session holds; commands for it wait meanwhile."""
        engine, live = self._state, self._state.live
        engine.failure = None
        listen = live.book.listen
        without = listen in ("reference", "residual") and live.session.reference is None
        if without or (listen == "codec" and engine.codec is None):
            live.set_value("listen", "processed")
        engine.workers.player.do(self._opened_audio, self._loaded)

    def _opened_audio(self) -> AudioUnit:
        """Player and output of the live session, at the place where it was left; in a worker thread."""
        import tomlkit  # noqa: F401  here, and not with the first edit, which would wait for it

        from engine.server.audio_unit import AudioUnit  # heavy: consoles see the session meanwhile

        engine, book = self._state, self._state.live.book
        audio = AudioUnit(
            self._changes.programme(),
            book.position_frames,
            engine.options.block_frames,
            engine.notices.note,
            self._progress,
        )
        audio.set_monitor(engine.monitor.state)
        if book.loop.on:
            end = min(book.loop.end_frames, audio.player.song_frames)
            if 0 <= book.loop.start_frames < end:
                audio.player.set_loop(True, book.loop.start_frames, end)
        return audio

    def _loaded(self, audio: AudioUnit | None, failure: Exception | None) -> None:
        engine = self._state
        engine.findings.work = ("", math.nan)
        if audio is None:
            assert failure is not None
            engine.failure = told(failure)
            engine.notices.tell("load_failed", engine.failure.message)
            say_last(engine.failure.message)
            for command in self._early:
                engine.host.refuse(command, "not_loaded", engine.failure.message)
            self._early.clear()
            return
        engine.audio = audio
        self._tell_cache()
        set_match(engine, audio)
        engine.document_changed()
        self._open_device(audio)
        early, self._early = list(self._early), deque()
        self._carry_out(early)
        self._changes.changed_s = time.monotonic()
        self._broadcast.publish()  # before the next beat says that it is loaded

    def _open_device(self, audio: AudioUnit) -> None:
        engine, wanted = self._state, self._first_device

        def opened(chosen: Any, _failure: Exception | None) -> None:
            if chosen is not None:
                engine.live.set_value("device", chosen)
                engine.document_changed()

        engine.workers.device.do(lambda: audio.open_first_device(wanted), opened)

    def _tell_cache(self) -> None:
        from engine.compiler.cache import why_unusable

        if (reason := why_unusable()) is not None:
            self._state.notices.tell("kernel_cache", f"kernels are compiled again at every start: {reason}")

    def _progress(self, label: str, done: float, total: float) -> None:
        self._state.findings.work = (label, min(1.0, done / total) if total > 0 else 1.0)

    def _carry_out(self, commands: list[Command]) -> None:
        engine = self._state
        if engine.audio is None and engine.failure is None:
            now = [command for command in commands if command.message.kind == "stop"]
            self._early.extend(command for command in commands if command.message.kind != "stop")
            commands = now
        self._commands.carry_out(commands)
        engine.hurry("snapshot")

    # ------------------------------------------------------------------------------- ending

    def close(self) -> None:
        """Ends playing; nothing is lost that has not been saved."""
        engine, live, audio = self._state, self._state.live, self._state.audio
        if audio is not None:
            live.set_value("position", audio.player.position_frames)
            audio.player.pause()
        live.set_value("ended", True)
        live.maintain()  # what the disk refused so far gets its last chance
        engine.background.close()
        engine.monitor.close()
        engine.workers.close()
        if engine.codec is not None:
            discard(engine.codec.sound)
        if audio is not None:
            audio.close()
