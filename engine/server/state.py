"""What the parts of a running engine share: session, player, meters, and what has changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import StemlatheError
from engine.link.records import State
from engine.processes.host import Host
from engine.server.background import Background, make_background
from engine.server.closeup import CloseUpMeter, Look, StemsCloseUpMeter
from engine.server.codec import CodecListening
from engine.server.due import Due
from engine.server.findings import Findings
from engine.server.live_session import LiveSession
from engine.server.meters import MeterBank
from engine.server.monitor_file import MonitorFile, load_monitor
from engine.server.notices import Notices
from engine.server.parameters import ParameterList
from engine.server.worker_threads import WorkerThreads

if TYPE_CHECKING:
    from engine.server.audio_unit import AudioUnit


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


class EngineState:
    """What one running engine is and knows; belongs to the thread of its control loop.

    The parts of the engine (commands, changes, broadcast, housekeeping) work on this and on the
    `Outbox`, and never on each other's insides.

    Args:
        host: just opened.
        live: the live session.
        options: what it was started with.

    Attributes:
        audio: player, output and metering; None while they are being loaded, and when that failed.
        failure: why nothing can be played.
        is_ending: it has been told to end.
        meters: what the desk shows.
        notices: what everybody is told.
        monitor: the monitor section, kept per user.
        background: does the work that takes long.
        findings: what the background has found out.
        workers: threads that do what may take a while.
        close_up: what somebody looks at closely.
        stems_close_up: the same of every stem.
        looking: what that is (`look`).
        codec: what a codec made of the master, to listen to; None: nothing was encoded.
        match_db: gain of what is heard, so that it is as loud as what it is compared with.
        match_waits: another track is silent until it is measured.
        translation: playback system that the monitor sounds like; empty: plain. Never kept: who starts an
            engine hears it plain.
        drive_db: drive that plays; None: none was solved for the target.
        fillings: loudness that waits for what it was measured with to play.
        parameters: the session's numbers as they were last published.
        heard_share: share of the song that the loudness is known of, 0…1.
    """

    def __init__(self, host: Host, live: LiveSession, options: Options) -> None:
        self.host, self.live, self.options = host, live, options
        self.workers = WorkerThreads()
        self.notices = Notices(host)
        self.monitor = MonitorFile(
            load_monitor(), lambda text: self.notices.tell_later("monitor_not_saved", text)
        )
        self.background: Background = make_background()
        self.findings = Findings()
        self.meters = MeterBank(len(live.session.stems))
        self.close_up = CloseUpMeter()
        self.stems_close_up = StemsCloseUpMeter()
        self.looking = Look()
        self.audio: AudioUnit | None = None
        self.failure: StemlatheError | None = None
        self.is_ending = False
        self.codec: CodecListening | None = None
        self.match_db = 0.0
        self.match_waits = False
        self.translation = ""
        self.drive_db: float | None = None
        self.fillings: list[Any] = []
        self.parameters = ParameterList((), ())
        self.heard_share = 0.0
        self._due = Due()

    # ------------------------------------------------------------------- what has changed

    def document_changed(self) -> None:
        """Something in the document is another now: it is published again."""
        self._due.changed("document")

    def loudness_changed(self) -> None:
        """What is known of the song's loudness is another now: it is published again."""
        self._due.changed("loudness")

    def take_document_change(self, period_s: float) -> bool:
        """Whether the document has to be published now; asked at most once per `period_s`."""
        return self._due.take("document", period_s)

    def take_loudness_change(self, period_s: float) -> bool:
        """Whether the loudness has to be published now; asked at most once per `period_s`."""
        return self._due.take("loudness", period_s)

    # ------------------------------------------------------------------------------- pace

    def is_due(self, action: str, period_s: float) -> bool:
        """True at most once per `period_s`: rate-limits the action `action`."""
        return self._due.is_due(action, period_s)

    def hurry(self, action: str) -> None:
        """Makes `action` due at once."""
        self._due.hurry(action)

    # ---------------------------------------------------------------------------- derived

    @property
    def playing(self) -> State:
        """What the engine does."""
        if self.failure is not None:
            return State.FAILED
        return State.LOADING if self.audio is None else self.audio.state

    @property
    def drive_is_stale(self) -> bool:
        """Whether the drive was solved for another state than the present one."""
        deliverable = self.live.deliverable
        if deliverable is None or deliverable.loudness_lufs is None:
            return False
        return self.findings.drive_revision != self.live.book.revision
