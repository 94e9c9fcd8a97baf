"""The engine: one control loop that joins player, session, journal and protocol.

The loop beats and listens every few milliseconds and never waits; what may take a while is done by
`engine.server.worker_threads`. It stands before anything heavy is imported: consoles see the session,
and that it is being loaded, at once.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import StemlatheError
from engine.link.records import State
from engine.live.log import say_failure, say_last
from engine.processes.host import Command, Host
from engine.server.apply_changes import Following
from engine.server.background import Background, make_background
from engine.server.broadcast import Broadcast
from engine.server.commands import Commands
from engine.server.findings import Findings
from engine.server.housekeeping import Upkeep
from engine.server.level_match import set_match
from engine.server.live_session import LiveSession
from engine.server.meters import MeterBank
from engine.server.monitor_file import MonitorKeeper, load_monitor
from engine.server.notices import NoticeBoard
from engine.server.results import take_in
from engine.server.worker_threads import Hands

if TYPE_CHECKING:
    from engine.server.audio_unit import Deck

#: Pause between two rounds, s.
_ROUND_S = 0.008
#: Mistakes of the program are told at most so often, s.
_MISTAKES_S = 10.0


@dataclass(frozen=True)
class Options:
    """What the engine was started with.

    Attributes:
        session: the session file.
        device: to play through; None: as last time.
        block_frames: of devices.
        target: deliverable to play; None: as last time.
    """

    session: Path
    device: str | None = None
    block_frames: int = 512
    target: str | None = None


class Engine:
    """Everything of one running engine; belongs to one thread.

    Args:
        host: just opened.
        live: the live session.
        options: what it was started with.

    Attributes:
        deck: audio; None while it is being loaded, and when that failed.
        meters: what the desk shows.
        broadcast: what consoles read.
        notices: what everybody is told.
        failure: why nothing can be played.
        ending: it has been told to end.
        document_is_old: something in the document has changed.
        loudness_is_old: what is known of the loudness has changed.
        match_db: gain of what is heard, so that it is as loud as what it is compared with.
        drive_db: drive that plays; None: none was solved for the target.
        filled: loudness that waits for what it was measured with to play.
        commands: carries out what consoles ask for.
        following: brings the live session into the player.
    """

    def __init__(self, host: Host, live: LiveSession, options: Options) -> None:
        self.host, self.live, self.options = host, live, options
        self.hands = Hands()
        self.notices = NoticeBoard(host)
        self.broadcast = Broadcast(self)
        self.monitor = MonitorKeeper(
            load_monitor(), lambda text: self.notices.tell_later("monitor_not_saved", text)
        )
        self.background: Background = make_background()
        self.findings = Findings()
        self.meters = MeterBank(len(live.session.stems))
        self.deck: Deck | None = None
        self.failure: StemlatheError | None = None
        self.ending = False
        self.document_is_old = True
        self.match_db = 0.0
        self.drive_db: float | None = None
        self.filled: list[Any] = []
        self.loudness_is_old = True
        self.commands = Commands(self)
        self.following = Following(self)
        self._upkeep = Upkeep(self)
        self._early: deque[Command] = deque()
        self._due: dict[str, float] = {}
        self._first_device = "null"

    # ----------------------------------------------------------------------------- the loop

    def run(self) -> None:
        """Runs until it is told to end."""
        book = self.live.book
        if self.live.opening_notice is not None:
            self.notices.tell(*self.live.opening_notice)
        self._choose_device()
        if self.options.target is not None:
            self.live.choose_target(self.options.target)
        self.drive_db = book.drive.get(book.target or "")
        if book.ended:
            self.live.set_value("position", 0)
            self.live.set_value("listen", "processed")
        self.live.set_value("ended", False)
        self.load()
        while not self.ending:
            try:
                self._round()
                self.hands.finish(_ROUND_S)
            except Exception as failure:  # a mistake of ours must not end what plays
                self._survive(failure)

    def _choose_device(self) -> None:
        """What to play through at first: a number names a device only to whoever has just read the list."""
        asked, kept = self.options.device, self.live.book.device
        self._first_device = kept if asked is None else asked
        if asked is not None and not asked.isdecimal():
            self.live.set_value("device", asked)
        elif asked is None and kept.isdecimal():
            self.notices.tell(
                "device_unknown",
                f"the device was kept as number {kept}, which may be another one by now: playing on 'null' "
                "until you choose one",
            )
            self._first_device = "null"

    def _round(self) -> None:
        self.host.revision = self.live.book.revision
        self.host.beat(self.state)
        self.notices.hear()
        commands = self.host.poll()
        if commands:
            self._carry_out(commands)
        for result in self.background.poll():
            take_in(self, result)
        self._upkeep.keep_journal()
        self._upkeep.keep_findable()
        if self.deck is not None:
            self._upkeep.meter(self.deck)
            self._upkeep.look_after(self.deck)
        self.broadcast.publish()

    def _survive(self, failure: Exception) -> None:
        """Goes on after a mistake; its log says what it was, once in a while."""
        with contextlib.suppress(Exception):  # telling is no reason to end either
            if self.is_due("mistake", _MISTAKES_S):
                self.notices.tell("internal", self.told(failure).message)
        time.sleep(_ROUND_S)

    def is_due(self, what: str, period_s: float) -> bool:
        """Whether something that is done every `period_s` has to be done now."""
        now_s = time.monotonic()
        if now_s < self._due.get(what, 0.0):
            return False
        self._due[what] = now_s + period_s
        return True

    def hurry(self, what: str) -> None:
        """Lets what is done now and then be done at once."""
        self._due[what] = 0.0

    @property
    def state(self) -> State:
        """What the engine does."""
        if self.failure is not None:
            return State.FAILED
        return State.LOADING if self.deck is None else self.deck.state

    # ------------------------------------------------------------------------------ loading

    def load(self) -> None:
        """Begins to load what the live session holds; commands for it wait meanwhile."""
        self.failure = None
        live, options = self.live, self.options
        book = live.book
        if book.listen in ("reference", "residual") and live.session.reference is None:
            live.set_value("listen", "processed")

        def make() -> Deck:
            importlib.import_module("tomlkit")  # here, and not with the first edit, which would wait for it
            decks = importlib.import_module("engine.server.audio_unit")
            deck: Deck = decks.Deck(
                self.following.programme(),
                book.position_frames,
                options.block_frames,
                self.notices.note,
                self._progress,
            )
            deck.set_monitor(self.monitor.state)
            if book.loop.on:
                end = min(book.loop.end_frames, deck.player.song_frames)
                if 0 <= book.loop.start_frames < end:
                    deck.player.set_loop(True, book.loop.start_frames, end)
            return deck

        self.hands.deck.do(make, self._loaded)

    def _loaded(self, deck: Deck | None, failure: Exception | None) -> None:
        self.findings.work = ("", math.nan)
        if deck is None:
            assert failure is not None
            self.failure = self.told(failure)
            self.notices.tell("load_failed", self.failure.message)
            say_last(self.failure.message)
            for command in self._early:
                self.host.refuse(command, "not_loaded", self.failure.message)
            self._early.clear()
            return
        self.deck = deck
        self._tell_cache()
        set_match(self, deck)
        self.document_is_old = True
        wanted = self._first_device

        def opened(chosen: Any, _failure: Exception | None) -> None:
            if chosen is not None:
                self.live.set_value("device", chosen)
                self.document_is_old = True

        self.hands.device.do(lambda: deck.open_first_device(wanted), opened)
        early, self._early = list(self._early), deque()
        self._carry_out(early)
        self.following.changed_s = time.monotonic()
        self.broadcast.publish()  # before the next beat says that it is loaded

    def _tell_cache(self) -> None:
        from engine.compiler.cache import why_unusable

        if (reason := why_unusable()) is not None:
            self.notices.tell("kernel_cache", f"kernels are compiled anew at every start: {reason}")

    def _progress(self, label: str, done: float, total: float) -> None:
        self.findings.work = (label, min(1.0, done / total) if total > 0 else 1.0)

    def told(self, failure: Exception) -> StemlatheError:
        """A failure as it is told; what is a fault of the program goes to the log."""
        if isinstance(failure, StemlatheError):
            return failure
        say_failure(failure)
        return StemlatheError(f"the engine made a mistake ({failure}): its log says where", kind="internal")

    # -------------------------------------------------------------------- what is played

    @property
    def drive_is_stale(self) -> bool:
        """Whether the drive was solved for another state than the present one."""
        deliverable = self.live.deliverable
        if deliverable is None or deliverable.loudness_lufs is None:
            return False
        return self.findings.drive_revision != self.live.book.revision

    def follow(self, *commands: Command) -> None:
        """Plays what the live session is now, then answers `commands`."""
        self.following.follow(*commands)

    def done(self, command: Command, payload: Mapping[str, Any] | None = None) -> None:
        """Answers that a command has been carried out."""
        self.host.revision = self.live.book.revision
        self.host.done(command, payload)

    def _carry_out(self, commands: list[Command]) -> None:
        if self.deck is None and self.failure is None:
            now = [command for command in commands if command.message.kind == "stop"]
            self._early.extend(command for command in commands if command.message.kind != "stop")
            commands = now
        self.commands.carry_out(commands)
        self.hurry("snapshot")

    # ------------------------------------------------------------------------------- ending

    def close(self) -> None:
        """Ends playing; nothing is lost that has not been saved."""
        deck = self.deck
        if deck is not None:
            self.live.set_value("position", deck.player.position_frames)
            deck.player.pause()
        self.live.set_value("ended", True)
        self.live.maintain()  # what the disk refused so far gets its last chance
        self.background.close()
        self.monitor.close()
        self.hands.close()
        if deck is not None:
            deck.close()
