"""What an engine or a render holds: its segment, its name in the registry, its clients' commands.

A host belongs to one ordinary thread, beside the audio path: it allocates, but it never waits for
anybody. Whoever runs one calls `beat` and `poll` from the loop that has to go on (when the doorbell rings,
and every 100 ms at the latest), `publish` and `tick` at the pace of the meters, and `close` at the end.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine.link import layout, segment
from engine.link.document import DocumentWriter
from engine.link.failures import MessageRefused
from engine.link.history import History, HistoryWriter
from engine.link.messages import Message, Right, check, decode
from engine.link.parameters import Parameters, ParametersWriter
from engine.link.records import CloseUp, Kind, Role, State, StemCloseUp
from engine.link.snapshot import CloseUpWriter, Snapshot, SnapshotWriter, StemsCloseUpWriter
from engine.link.ticks import Tick, TickWriter
from engine.processes import registry
from engine.processes.admissions import Admissions, Client
from engine.processes.doorbell import Doorbell
from engine.processes.sweep import remove_dead_segments


@dataclass(frozen=True)
class Command:
    """A command that its sender is allowed to give.

    Attributes:
        client: who sent it.
        message: checked against the protocol.
    """

    client: Client
    message: Message


class Host:
    """The serving end of the protocol; made by `open_host`. A context manager that cleans up.

    Attributes:
        entry: how others find it.
        revision: of the live session, told in answers; the engine sets it.
        ticks: publishes meter ticks and resets maxima.
        doorbell: who waits between two rounds is woken by it when a client has sent something.
    """

    def __init__(self, own: segment.Segment, entry: registry.Entry) -> None:
        self.entry = entry
        self.revision = 0
        self.ticks = TickWriter(own)
        self.doorbell = Doorbell(own.name)
        self._segment = own
        self._admissions = Admissions(own)
        self._snapshots = SnapshotWriter(own)
        self._close_ups = CloseUpWriter(own)
        self._stems_close_ups = StemsCloseUpWriter(own)
        self._history = HistoryWriter(own)
        self._parameters = ParametersWriter(own)
        self._documents = DocumentWriter(own)
        self._beats = 0
        self._pid = os.getpid()
        self._protocol: Mapping[str, Callable[[Command], None]] = {
            "ping": self._pong,
            "take_over": self._take_over,
            "hand_over": self._hand_over,
        }

    @property
    def clients(self) -> tuple[Client, ...]:
        """Observers and controller."""
        return self._admissions.clients

    @property
    def controller(self) -> Client | None:
        """Who is in control."""
        return self._admissions.controller

    @property
    def dropped(self) -> int:
        """Answers that clients had no room for."""
        return self._admissions.dropped

    def beat(self, state: State | None = None) -> None:
        """Shows that the loop goes on, and in which state (None: as before)."""
        self._beats += 1
        store, table, start = self._segment.store, layout.LIFE, layout.ALIVE.offset
        if state is not None:
            store(start + table.offset("state"), state)
        store(start + table.offset("heartbeats"), self._beats)
        store(start + table.offset("heartbeat_ns"), time.monotonic_ns())

    def publish(self, snapshot: Snapshot) -> None:
        """Makes `snapshot` what everybody sees; the number of clients is filled in.

        Raises:
            ValueError: it has more stems, or longer arrays, than there is room for.
        """
        clients = len(self._admissions.clients)
        if snapshot.status.clients != clients:
            snapshot = dataclasses.replace(snapshot, status=snapshot.status._replace(clients=clients))
        self._snapshots.publish(snapshot)

    def publish_close_up(self, close_up: CloseUp) -> None:
        """Publishes what somebody looks at closely."""
        self._close_ups.publish(close_up)

    def publish_stems_close_up(self, stems: tuple[StemCloseUp, ...]) -> None:
        """Publishes what is looked at closely of every stem; see `StemsCloseUpWriter.publish`."""
        self._stems_close_ups.publish(stems)

    def tick(self, tick: Tick, *, master_overs: int, stem_overs: tuple[int, ...]) -> None:
        """Appends a meter tick; see `TickWriter.publish`."""
        self.ticks.publish(tick, master_overs=master_overs, stem_overs=stem_overs)

    def publish_history(self, history: History) -> None:
        """Publishes the loudness by programme position."""
        self._history.publish(history)

    def publish_parameters(self, parameters: Parameters) -> None:
        """Publishes the parameters' values."""
        self._parameters.publish(parameters)

    def publish_document(self, document: object) -> None:
        """Publishes words; see `DocumentWriter.publish`."""
        self._documents.publish(document)

    def poll(self) -> list[Command]:
        """The commands that have come in and are the engine's to carry out, oldest first per client.

        Clients are admitted and reaped on the way. What belongs to the protocol itself (ping, control)
        is answered here, and what is unknown, malformed or not allowed is answered by an error.
        """
        commands = []
        for client, stored in self._admissions.poll():
            command = self._checked(client, stored)
            if command is None:
                continue
            answer = self._protocol.get(command.message.kind)
            if answer is None:
                commands.append(command)
            else:
                answer(command)
        return commands

    def _checked(self, client: Client, stored: bytes) -> Command | None:
        message = Message("")
        try:
            message = decode(stored)
            word = check(message)
            if word.right is not Right.ANYONE and not client.may_control:
                raise MessageRefused(
                    f"'{message.kind}' is refused: this console is attached read-only", kind="read_only"
                )
            if word.right is Right.CONTROLLER and client.role is not Role.CONTROLLER:
                who = "nobody" if self.controller is None else "another console"
                raise MessageRefused(
                    f"'{message.kind}' is refused: {who} is in control; take over first",
                    kind="not_in_control",
                )
        except MessageRefused as error:
            self._refuse(client, message.id, error.kind, error.message)
            return None
        return Command(client, message)

    def done(self, command: Command, payload: Mapping[str, Any] | None = None) -> None:
        """Answers that `command` has been carried out, and to which revision that led."""
        self._answer(command, "done", payload or {})

    def refuse(self, command: Command, code: str, message: str) -> None:
        """Answers that `command` has not been carried out.

        Args:
            command: that is refused.
            code: stable, for programs.
            message: one sentence, for people.
        """
        self._refuse(command.client, command.message.id, code, message)

    def notify(self, code: str, message: str) -> None:
        """Tells every client something nobody asked for: a lost device, a finished solve."""
        notice = Message("notice", 0, self.revision, {"code": code, "message": message})
        for client in self.clients:
            self._admissions.send(client, notice)

    def _answer(self, command: Command, kind: str, payload: Mapping[str, Any]) -> None:
        self._admissions.send(command.client, Message(kind, command.message.id, self.revision, payload))

    def _refuse(self, client: Client, id: int, code: str, text: str) -> None:
        payload = {"code": code, "message": text}
        self._admissions.send(client, Message("error", id, self.revision, payload))

    def _pong(self, command: Command) -> None:
        self._answer(command, "pong", {})

    def _take_over(self, command: Command) -> None:
        self._admissions.give_control(command.client)
        self.done(command)

    def _hand_over(self, command: Command) -> None:
        index = command.message.payload["client"]
        heir = None if index is None else self._admissions.client_at(index)
        if index is not None and (heir is None or not heir.may_control):
            self.refuse(command, "no_client", f"there is no console {index} that could take control")
            return
        self._admissions.give_control(heir)
        self.done(command)

    def close(self) -> None:
        """Leaves the registry, removes the segment. A second call does nothing, nor one in a forked child."""
        if os.getpid() != self._pid:
            return
        self._pid = -1
        self.beat(State.ENDED)
        registry.unregister(self.entry)
        self.doorbell.close()
        self._segment.close()
        self._segment.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_host(kind: Kind, session: Path, *, headless: bool = False) -> Host:
    """Makes a segment and a name for this process, after sweeping up what dead ones left behind.

    Args:
        kind: ENGINE or RENDER.
        session: the session file; names the host.
        headless: see `engine.processes.registry.Entry`.

    Raises:
        MachineError: no shared memory, or no private runtime folder.
    """
    remove_dead_segments()
    own = segment.create(kind)
    try:
        entry = registry.register(kind, session, own.name, headless=headless)
    except BaseException:
        own.close()
        own.unlink()
        raise
    return Host(own, entry)
