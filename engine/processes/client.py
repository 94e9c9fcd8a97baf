"""What a console holds: a running engine or render, seen read-only, and a queue to ask it for things."""

from __future__ import annotations

import enum
import itertools
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from engine.link import layout
from engine.link.document import Document, documents
from engine.link.failures import MessageRefused, SegmentError
from engine.link.history import History, history
from engine.link.identity import Identity, is_alive, is_stopped
from engine.link.messages import Message, decode, encode
from engine.link.parameters import Parameters, parameters
from engine.link.queue import QueueDamaged
from engine.link.records import CloseUp, Controller, Kind, Life, Role, State, StemCloseUp
from engine.link.segment import Access, Segment
from engine.link.segment import attach as attach_segment
from engine.link.snapshot import Snapshot, close_ups, snapshots, stems_close_ups
from engine.link.ticks import TickReader, TickReading
from engine.processes import registry
from engine.processes.client_slot import Place, take_place
from engine.processes.doorbell import Ringer

#: Without a heartbeat for this long the process is looked up, s; a busy machine may delay a beat.
LATE_S = 0.25
#: Without a heartbeat for this long a process that is there counts as hanging, s.
STALE_S = 1.0
_POLL_S = 0.0005


class Health(enum.Enum):
    """How the engine is: STOPPED is held by SIGSTOP and can go on, HANGING beats no more, GONE is dead."""

    RUNNING = "running"
    STOPPED = "stopped"
    HANGING = "hanging"
    GONE = "gone"


class Client:
    """An attached console; made by `attach`. A context manager that detaches.

    Reading never makes the engine wait and may be done from one thread; `send` from any.

    Attributes:
        entry: what it is attached to.
        lost_answers: times answers could not be read.
    """

    def __init__(self, entry: registry.Entry, segment: Segment, place: Place | None) -> None:
        self.entry = entry
        self.lost_answers = 0
        self._segment = segment
        self._place = place
        self._ringer = Ringer(segment.name)
        self._identity = segment.identity
        self._snapshots = snapshots(segment)
        self._ticks = TickReader(segment)
        self._history = history(segment)
        self._close_ups = close_ups(segment)
        self._stems_close_ups = stems_close_ups(segment)
        self._parameters = parameters(segment)
        self._documents = documents(segment)
        self._ids = itertools.count(1)
        self._sending = threading.Lock()
        self._set_aside: list[Message] = []

    @property
    def role(self) -> Role:
        """What the engine lets this client do now; READER before it is admitted."""
        return Role.READER if self._place is None else self._place.role

    @property
    def index(self) -> int | None:
        """Its place in the client table; None for a mere reader."""
        return None if self._place is None else self._place.index

    @property
    def identity(self) -> Identity:
        """The process of the engine."""
        return self._identity

    @property
    def controller(self) -> Controller:
        """Who is in control."""
        return layout.CONTROLLER.unpack_from(self._segment.view, layout.CONTROL.offset)

    @property
    def state(self) -> State:
        """What the engine does, as its header says."""
        return self._segment.life().state

    def snapshot(self) -> Snapshot:
        """Meters and state now; the very same object as long as there is nothing newer."""
        if self._place is not None:
            self._place.touch()
        return self._snapshots.read()

    def ticks_since(
        self, previous: TickReading | None, *, whole_ring: bool = False, maxima: bool = True
    ) -> TickReading:
        """Maxima and overs since the previous reading; see `TickReader.since`."""
        return self._ticks.since(previous, whole_ring=whole_ring, maxima=maxima)

    def history(self) -> History:
        """Loudness by programme position."""
        return self._history.read()

    def close_up(self) -> CloseUp:
        """What somebody looks at closely: see `look` among the commands."""
        return self._close_ups.read()

    def stems_close_up(self) -> tuple[StemCloseUp, ...]:
        """What is looked at closely of every stem; none while nobody does."""
        return self._stems_close_ups.read()

    def parameters(self) -> Parameters:
        """The parameters' values."""
        return self._parameters.read()

    def document(self) -> Document:
        """Names, chains, markers: what is made of words."""
        return self._documents.read()

    def heartbeat_age_s(self) -> float:
        """Time since the engine's last beat, s."""
        return _age_s(self._segment.life())

    def health(self) -> Health:
        """How the engine is; costs a look into the header as long as it is well."""
        life = self._segment.life()
        age_s = _age_s(life)
        if life.state is State.ENDED:
            return Health.GONE
        if age_s < LATE_S:
            return Health.RUNNING
        if not is_alive(self._identity):
            return Health.GONE
        if age_s < STALE_S:
            return Health.RUNNING
        return Health.STOPPED if is_stopped(self._identity) else Health.HANGING

    def send(
        self, kind: str, payload: Mapping[str, Any] | None = None, *, revision: int | None = None
    ) -> int:
        """Sends a command; returns its id, which the answer repeats.

        Args:
            kind: a key of `engine.link.messages.COMMANDS`.
            payload: by that word's items.
            revision: the one an edit is based on.

        Raises:
            QueueFull: the engine has not read earlier commands yet.
            MessageRefused: this is a mere reader, or the message cannot be sent.
        """
        if self._place is None:
            raise MessageRefused(f"'{kind}' is refused: this console only reads", kind="read_only")
        with self._sending:
            id = next(self._ids)
            self._place.commands.send(encode(Message(kind, id, revision, payload or {})))
        self._ringer.ring()
        return id

    def announce(self) -> None:
        """Lets the engine see at once that somebody has come."""
        self._ringer.ring()

    def answers(self) -> list[Message]:
        """What the engine has said since the last call, oldest first."""
        received, self._set_aside = self._set_aside, []
        while (message := self._receive()) is not None:
            received.append(message)
        return received

    def _receive(self) -> Message | None:
        if self._place is None:
            return None
        while True:
            try:
                stored = self._place.answers.receive()
                return None if stored is None else decode(stored)
            except (QueueDamaged, MessageRefused):
                self.lost_answers += 1

    def request(
        self,
        kind: str,
        payload: Mapping[str, Any] | None = None,
        *,
        revision: int | None = None,
        timeout_s: float = 2.0,
    ) -> Message:
        """Sends a command and waits for its answer; others are kept for `answers`. Not for a live screen.

        Raises:
            SegmentError: the engine is gone or does not answer in time (kinds `gone`, `no_answer`).
            QueueFull, MessageRefused: as of `send`.
        """
        id = self.send(kind, payload, revision=revision)
        deadline_s = time.monotonic() + timeout_s
        while True:
            message = self._receive()
            if message is not None and message.id == id:
                return message
            if message is not None:
                self._set_aside.append(message)
                continue
            if self.health() is Health.GONE:
                raise SegmentError(f"{self.entry.name}: has ended", kind="gone")
            if time.monotonic() > deadline_s:
                raise SegmentError(f"{self.entry.name}: does not answer", kind="no_answer")
            time.sleep(_POLL_S)

    def close(self) -> None:
        """Detaches; the engine goes on. A second call does nothing."""
        if self._place is not None:
            self._place.leave()
            self._place = None
            self._ringer.ring()
        self._ringer.close()
        self._segment.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _age_s(life: Life) -> float:
    return (time.monotonic_ns() - life.heartbeat_ns) / 1e9


def attach(name: str | None = None, role: Role = Role.OBSERVER, *, wait_s: float = 0.05) -> Client:
    """Attaches to a running engine or render.

    Args:
        name: as in the registry; None: the only one that runs.
        role: what is wanted. A CONTROLLER is granted OBSERVER while somebody else is in control, and
            may then take over; an OBSERVER never may; a READER is not even counted.
        wait_s: how long to wait for the engine to admit the client. An engine that hangs does not
            keep anybody from looking: `role` stays READER until it goes on.

    Raises:
        NoEngineError: nothing of that name runs.
        SegmentError: it cannot be attached to, or all places for controllers are taken.
    """
    return attach_to(registry.find(name), role, wait_s=wait_s)


def attach_to(entry: registry.Entry, role: Role = Role.OBSERVER, *, wait_s: float = 0.05) -> Client:
    """Attaches to what a registry entry names; otherwise as `attach`."""
    try:
        return _attached(entry, role, wait_s)
    except SegmentError as error:
        raise _told_of(entry, error) from error


def _told_of(entry: registry.Entry, error: SegmentError) -> SegmentError:
    """The complaint about a segment as one about who made it: nobody knows a segment by its name."""
    what = f"the {entry.kind.name.lower()} '{entry.name}' of {entry.session}"
    text = error.message.removeprefix(f"{entry.segment}: ")
    again = "open the session again" if entry.kind is Kind.ENGINE else "render again"
    if error.kind == "incompatible_version":
        text = (
            f"was started by another version of this program (it {text.partition(':')[0]}): "
            f"'stemlathe stop {entry.name}' ends it, then {again}"
        )
    return SegmentError(f"{what} {text}", kind=error.kind, path=entry.session)


def _attached(entry: registry.Entry, role: Role, wait_s: float) -> Client:
    deadline_s = time.monotonic() + wait_s
    access = Access.READ if role is Role.READER else Access.CLIENT
    segment = attach_segment(entry.segment, access)
    try:
        place = None if role is Role.READER else _place(segment, role, deadline_s)
    except BaseException:
        segment.close()
        raise
    client = Client(entry, segment, place)
    if place is not None:
        client.announce()
    while place is not None and client.role is Role.READER and time.monotonic() < deadline_s:
        time.sleep(_POLL_S)
    return client


def _place(segment: Segment, role: Role, deadline_s: float) -> Place | None:
    """A place in the client table; None for an observer when all are taken."""
    while True:
        place = take_place(segment, role)
        if place is not None or role is Role.OBSERVER:
            return place
        if time.monotonic() > deadline_s:
            raise SegmentError(
                f"{segment.name}: has {layout.CLIENTS} consoles attached, which is all there is room for: "
                "close one, or attach with --read-only",
                kind="clients_full",
            )
        time.sleep(_POLL_S)
