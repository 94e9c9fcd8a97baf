"""The engine: one control loop that joins player, session, journal and protocol.

The loop beats and listens every few milliseconds and never waits; what may take a while is done by
`engine.live.process.hands`. It stands before anything heavy is imported: consoles see the session,
and that it is being loaded, at once.
"""

from __future__ import annotations

import importlib
import math
import sys
import time
import traceback
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import StemlatheError
from engine.link.host import Command, Host
from engine.link.records import STEMS, State
from engine.live.process.background import Background, make_background
from engine.live.process.broadcast import Broadcast
from engine.live.process.commands import Commands
from engine.live.process.findings import Findings
from engine.live.process.hands import Hands
from engine.live.process.listening import ramp_drive, set_match
from engine.live.process.live_session import LiveSession
from engine.live.process.meters import MeterBank
from engine.live.process.monitor_file import MonitorKeeper, load_monitor
from engine.live.process.notices import NoticeBoard
from engine.live.process.results import fill_in, take_in

if TYPE_CHECKING:
    from engine.live.changes import Programme
    from engine.live.process.deck import Deck

#: Pause between two rounds, s.
_ROUND_S = 0.008
_POSITION_S, _FILES_S = 0.5, 0.5
#: What is played has stood still for so long before the background is told, s.
_SETTLED_S = 0.3
#: Ticks that one round works off: on a busy machine meters may be late, answers not.
_TICKS_AT_ONCE = 8
#: Ticks that are due when nothing plays, so that meters fall, s.
_REST_S = 0.04
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
        is_following: the player is busy with a change.
        filled: loudness that waits for what it was measured with to play.
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
        self._commands = Commands(self)
        self._early: deque[Command] = deque()
        self._followers: list[Command] = []
        self.is_following = self._follow_again = False
        self._accepted = live.book.revision
        self._submitted: tuple[Any, ...] = ()
        self._changed_s = 0.0
        self.loudness_is_old = True
        self._due: dict[str, float] = {}
        self._rested_s = time.monotonic()
        self._polling_files = False

    # ----------------------------------------------------------------------------- the loop

    def run(self) -> None:
        """Runs until it is told to end."""
        book = self.live.book
        if self.live.opening_notice is not None:
            self.notices.tell(*self.live.opening_notice)
        if self.options.device is not None:
            self.live.set_value("device", self.options.device)
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

    def _round(self) -> None:
        self.host.revision = self.live.book.revision
        self.host.beat(self.state)
        self.notices.hear()
        commands = self.host.poll()
        if commands:
            self._carry_out(commands)
        for result in self.background.poll():
            take_in(self, result)
        if self.deck is not None:
            self._meter(self.deck)
            self._look_after(self.deck)
        self.broadcast.publish()

    def _survive(self, failure: Exception) -> None:
        """Goes on after a mistake; its log says what it was, once in a while."""
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
            decks = importlib.import_module("engine.live.process.deck")
            deck: Deck = decks.Deck(
                self.programme(),
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
            print(f"stemlathe: {self.failure.message}", file=sys.stderr, flush=True)
            for command in self._early:
                self.host.refuse(command, "not_loaded", self.failure.message)
            self._early.clear()
            return
        self.deck = deck
        set_match(self, deck)
        self.document_is_old = True
        wanted = self.live.book.device
        self.hands.device.do(lambda: deck.open_first_device(wanted), lambda _result, _failure: None)
        early, self._early = list(self._early), deque()
        self._carry_out(early)
        self._changed_s = time.monotonic()
        self.broadcast.publish()  # before the next beat says that it is loaded

    def _progress(self, label: str, done: float, total: float) -> None:
        self.findings.work = (label, min(1.0, done / total) if total > 0 else 1.0)

    def told(self, failure: Exception) -> StemlatheError:
        """A failure as it is told; what is a fault of the program goes to the log."""
        if isinstance(failure, StemlatheError):
            return failure
        traceback.print_exception(failure)
        return StemlatheError(f"the engine made a mistake ({failure}): its log says where", kind="internal")

    # -------------------------------------------------------------------- what is played

    def programme(self) -> Programme:
        """What is to be played now."""
        decks = importlib.import_module("engine.live.process.deck")
        live = self.live
        deliverable = live.deliverable
        target = "" if deliverable is None else deliverable.name
        has_target = deliverable is not None and deliverable.loudness_lufs is not None
        made: Programme = decks.programme_of(
            live.session,
            deliverable=deliverable,
            drive_db=self.drive_db if has_target else None,
            ceiling_dbtp=live.book.ceiling.get(target),
            version=live.version,
            listen=live.book.listen,
        )
        return made

    @property
    def drive_is_stale(self) -> bool:
        """Whether the drive was solved for another state than the present one."""
        deliverable = self.live.deliverable
        if deliverable is None or deliverable.loudness_lufs is None:
            return False
        return self.findings.drive_revision != self.live.book.revision

    def follow(self, *commands: Command) -> None:
        """Plays what the live session is now, then answers `commands`.

        What comes while the player is busy is played as one change after that.
        """
        self._followers.extend(commands)
        self.document_is_old = True
        self._changed_s = time.monotonic()
        if self.deck is None:
            # nothing plays: what could not be loaded may be well now
            answered, self._followers = self._followers, []
            for command in answered:
                self.done(command)
            if self.failure is not None:
                self.load()
            return
        if self.is_following:
            self._follow_again = True
        else:
            self._follow(self.deck)

    def _follow(self, deck: Deck) -> None:
        programme, commands, revision = self.programme(), self._followers, self.live.book.revision
        self._followers, self.is_following, self._follow_again = [], True, False

        def then(_result: Any, failure: Exception | None) -> None:
            self.is_following = False
            # currents have arrived at their targets, or targets go back
            self.document_is_old = self.loudness_is_old = True
            if failure is None:
                self._accepted = revision
                for command in commands:
                    self.done(command)
            else:
                self._take_back(commands, self.told(failure))
            if self._follow_again or self._followers:
                self._follow(deck)

        self.hands.deck.do(lambda: deck.set_programme(programme), then)

    def _take_back(self, commands: list[Command], failure: StemlatheError) -> None:
        """What cannot be played is no state of the session: back to the last one that can."""
        refused, self._followers = [*commands, *self._followers], []
        if self.live.book.revision != self._accepted:
            self.live.go(self._accepted)
        elif self.live.book.listen != "processed":
            self.live.set_value("listen", "processed")
        for command in refused:
            self.host.refuse(command, failure.kind, failure.message)
        if not refused:
            self.notices.tell(failure.kind, failure.message)
        self.document_is_old = True

    def done(self, command: Command, payload: Mapping[str, Any] | None = None) -> None:
        """Answers that a command has been carried out."""
        self.host.revision = self.live.book.revision
        self.host.done(command, payload)

    def _carry_out(self, commands: list[Command]) -> None:
        if self.deck is None and self.failure is None:
            now = [command for command in commands if command.message.kind == "stop"]
            self._early.extend(command for command in commands if command.message.kind != "stop")
            commands = now
        self._commands.carry_out(commands)
        self.hurry("snapshot")

    # ------------------------------------------------------------------- meters and upkeep

    def _meter(self, deck: Deck) -> None:
        rate = deck.player.sample_rate
        found = deck.metering.collect(_TICKS_AT_ONCE)
        now_s = time.monotonic()
        for levels in found:
            tick = self.meters.push(levels, rate)
            master, stems = self.meters.overs
            self.host.tick(tick, master_overs=master, stem_overs=stems[:STEMS])
        if found:
            self._rested_s = now_s
            self.loudness_is_old = True
        elif now_s - self._rested_s > _REST_S and deck.state is not State.PLAYING:
            self.meters.rest(now_s - self._rested_s)
            self._rested_s = now_s

    def _look_after(self, deck: Deck) -> None:
        """What has to be done now and then."""
        if self.is_due("position", _POSITION_S):
            self.live.set_value("position", deck.player.position_frames)
            self.live.maintain()
            if (failure := self.live.journal_failure) is not None and self.is_due("journal", 60.0):
                self.notices.tell("journal_failed", f"edits would not survive a crash: {failure}")
        if not self._polling_files and self.is_due("files", _FILES_S):
            self._polling_files = True
            self.hands.deck.do(deck.player.poll_files, self._files_polled)
        self._commands.files.look()
        ramp_drive(self, deck)
        wanted_db = self.live.book.drive.get(self.live.book.target or "")
        if not self.is_following and wanted_db in (None, self.drive_db):
            fill_in(self, deck)
        settled = time.monotonic() - self._changed_s > _SETTLED_S
        live = self.live
        order = (live.book.revision, live.book.target, live.version)
        if settled and order != self._submitted:
            self._submitted = order
            target = None if live.deliverable is None else live.deliverable.name
            self.background.submit(live.session, live.book.text, live.book.revision, target, live.version)
        self.broadcast.publish_loudness(deck)

    def _files_polled(self, notices: Any, failure: Exception | None) -> None:
        self._polling_files = False
        if failure is not None:
            self.told(failure)
            return
        for notice in notices:
            self.notices.note(notice)

    # ------------------------------------------------------------------------------- ending

    def close(self) -> None:
        """Ends playing; nothing is lost that has not been saved."""
        deck = self.deck
        if deck is not None:
            self.live.set_value("position", deck.player.position_frames)
            deck.player.pause()
        self.live.set_value("ended", True)
        self.background.close()
        self.monitor.close()
        self.hands.close()
        if deck is not None:
            deck.close()
