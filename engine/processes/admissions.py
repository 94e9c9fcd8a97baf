"""The engine's side of the client table: who is there, who is in control, what they say."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.link import layout
from engine.link.failures import MessageRefused, QueueFull
from engine.link.identity import Identity, is_alive, is_judgeable, own_identity
from engine.link.messages import Message, encode
from engine.link.queue import MAXIMUM_BYTES, QueueDamaged, Receiver, Sender
from engine.link.records import Claim, Controller, Role
from engine.link.segment import Segment
from engine.processes.client_slot import admission_cell, load_claim, place_cell, place_offset

#: How often the processes of clients are looked up, s.
_REAPING_S = 0.1
#: A claim that stays unreadable for this long is given up, s.
_UNREADABLE_S = 1.0
#: A client of another container cannot be looked up: it counts as gone when it has not looked for this long.
_SILENCE_NS = 30 * 1_000_000_000
#: Commands taken from one client at a time, so that a flood does not hold up the others.
COMMANDS_PER_POLL = 64
#: What is left of a text that makes a message too long; several of them fit, whatever they are written in.
_CUT_CHARACTERS = 400


@dataclass
class Client:
    """A client that has been admitted.

    Attributes:
        index: its place in the client table.
        generation: its claim on that place.
        claim: who it is.
        role: granted: OBSERVER or CONTROLLER.
    """

    index: int
    generation: int
    claim: Claim
    role: Role = Role.OBSERVER

    @property
    def may_control(self) -> bool:
        """Whether it may ask for control: it was not attached read-only."""
        return self.claim.wanted is Role.CONTROLLER


class Admissions:
    """Admits, reaps, and moves control. One per engine, on one thread; never waits.

    Args:
        segment: an own segment.

    Attributes:
        dropped: answers that found a client's queue full; telemetry is dropped, not awaited.
        damaged: times a client's queue was found unreadable and skipped.
    """

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._boot_id = own_identity().boot_id
        self._clients: dict[int, Client] = {}
        self._released = [0] * layout.CLIENTS
        self._unreadable_since_s: dict[int, float] = {}
        self._reaped_s = 0.0
        self._control = layout.NO_CONTROLLER
        offsets = [place_offset(index) for index in range(layout.CLIENTS)]
        area, cells = segment.clients, segment.client_cells
        self._commands = [Receiver(area, cells, o + layout.CLIENT_COMMANDS_OFFSET) for o in offsets]
        self._answers = [Sender(area, cells, o + layout.CLIENT_ANSWERS_OFFSET) for o in offsets]
        self._generation_cells = [
            place_cell(index, layout.CLIENT_GENERATION_OFFSET) for index in range(layout.CLIENTS)
        ]
        self.dropped = self.damaged = 0

    @property
    def clients(self) -> tuple[Client, ...]:
        """Who is there."""
        return tuple(self._clients.values())

    @property
    def controller(self) -> Client | None:
        """Who is in control."""
        return self._clients.get(self._control.slot)

    def poll(self) -> Iterator[tuple[Client, bytes]]:
        """Admits who has come, yields what the clients have sent, releases who has gone."""
        now_s = time.monotonic()
        reaping = now_s - self._reaped_s >= _REAPING_S
        if reaping:
            self._reaped_s = now_s
        cells = self._segment.client_cells
        for index, cell in enumerate(self._generation_cells):
            generation = cells[cell]
            if generation == self._released[index]:
                continue
            client = self._clients.get(index)
            if client is None:
                client = self._admit(index, generation, now_s)
            if client is not None:
                # looked at before the queue is: what it sent before it went is still read
                gone = self._has_left(client) or (reaping and self._is_dead(client))
                yield from self._received(client, layout.RING_BYTES if gone else COMMANDS_PER_POLL)
                if gone:
                    self._release(client)

    def _admit(self, index: int, generation: int, now_s: float) -> Client | None:
        claim = load_claim(self._segment, index, generation)
        if claim is None:
            since_s = self._unreadable_since_s.setdefault(index, now_s)
            if now_s - since_s > _UNREADABLE_S:
                self._mark_released(index, generation)
            return None
        self._unreadable_since_s.pop(index, None)
        self._commands[index].resume()
        self._answers[index].resume()
        client = self._clients[index] = Client(index, generation, claim)
        if client.may_control and self.controller is None:
            client.role = Role.CONTROLLER
            self._publish_control(client)
        cells = self._segment.cells
        cells[admission_cell(index, "role")] = client.role
        cells[admission_cell(index, "admitted")] = generation
        self.send(client, Message("welcome", payload={"client": index, "role": client.role.name.lower()}))
        return client

    def _received(self, client: Client, limit: int) -> Iterator[tuple[Client, bytes]]:
        receiver = self._commands[client.index]
        for _ in range(limit):
            try:
                payload = receiver.receive()
            except QueueDamaged:
                self.damaged += 1
                return
            if payload is None:
                return
            yield client, payload

    def _has_left(self, client: Client) -> bool:
        cell = place_cell(client.index, layout.CLIENT_LEAVING_OFFSET)
        return bool(self._segment.client_cells[cell] == client.generation)

    def _is_dead(self, client: Client) -> bool:
        claim = client.claim
        identity = Identity(claim.pid, claim.start_time, self._boot_id, claim.pid_namespace)
        if is_judgeable(identity):
            return not is_alive(identity)
        seen_ns = self._segment.client_cells[place_cell(client.index, layout.CLIENT_SEEN_OFFSET)]
        return bool(time.monotonic_ns() - seen_ns > _SILENCE_NS)

    def _release(self, client: Client) -> None:
        if self.controller is client:
            self.give_control(None)
        del self._clients[client.index]
        self._segment.cells[admission_cell(client.index, "role")] = Role.READER
        self._mark_released(client.index, client.generation)

    def _mark_released(self, index: int, generation: int) -> None:
        self._unreadable_since_s.pop(index, None)
        self._released[index] = generation
        self._segment.cells[admission_cell(index, "released")] = generation

    def give_control(self, client: Client | None) -> None:
        """Puts `client` in control, or nobody; tells who gains and who loses it."""
        former = self.controller
        if former is client:
            return
        if former is not None:
            self._set_role(former, Role.OBSERVER)
        if client is not None:
            self._set_role(client, Role.CONTROLLER)
        self._publish_control(client)
        for concerned in (former, client):
            if concerned is not None:
                self.send(concerned, self._role_message(concerned, client))

    @staticmethod
    def _role_message(told: Client, controller: Client | None) -> Message:
        payload = {
            "role": told.role.name.lower(),
            "controller": None if controller is None else controller.index,
            "pid": None if controller is None else controller.claim.pid,
        }
        return Message("role", payload=payload)

    def _set_role(self, client: Client, role: Role) -> None:
        client.role = role
        self._segment.cells[admission_cell(client.index, "role")] = role

    def _publish_control(self, client: Client | None) -> None:
        changes = self._control.changes + 1
        if client is None:
            self._control = layout.NO_CONTROLLER._replace(changes=changes)
        else:
            self._control = Controller(client.index, client.generation, changes)
        for field, value in zip(layout.CONTROLLER.fields, self._control, strict=True):
            self._segment.store(layout.CONTROL.offset + field.offset, value)

    def client_at(self, index: int) -> Client | None:
        """The client at a place, if there is one."""
        return self._clients.get(index)

    def send(self, client: Client, message: Message) -> bool:
        """Sends to a client that is still there; False: it is not, or does not read."""
        if self._clients.get(client.index) is not client:
            return False
        try:
            self._answers[client.index].send(_fitting(message))
        except (QueueFull, MessageRefused):
            self.dropped += 1
            return False
        return True


def _fitting(message: Message) -> bytes:
    """A message as it travels; texts that are too long for that are cut, as they tell what somebody wrote."""
    stored = encode(message)
    if len(stored) <= MAXIMUM_BYTES:
        return stored
    cut = {name: _cut(value) if isinstance(value, str) else value for name, value in message.payload.items()}
    return encode(replace(message, payload=cut))


def _cut(text: str) -> str:
    return text if len(text) <= _CUT_CHARACTERS else f"{text[:_CUT_CHARACTERS]}…"
