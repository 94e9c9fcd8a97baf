"""Clients of a running engine: admitted, answered, one in control, reaped when dead."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import MachineError
from engine.link import layout
from engine.link.failures import MessageRefused, QueueFull, SegmentError
from engine.link.messages import Message, encode
from engine.link.records import Kind, Role, State
from engine.link.segment import Access
from engine.link.segment import attach as attach_segment
from engine.link.snapshot import Snapshot
from engine.processes.client import Client, attach
from engine.processes.client_slot import place_cell
from engine.processes.host import Host, open_host


@pytest.fixture
def host() -> Host:
    with open_host(Kind.ENGINE, Path("Falling Water.toml")) as made:
        made.beat(State.PAUSED)
        yield made


def joined(host: Host, role: Role) -> Client:
    """A client in this very process, admitted and greeted."""
    client = attach(host.entry.name, role, wait_s=0.0)
    assert client.role is Role.READER
    host.poll()
    assert [message.kind for message in client.answers()] == ["welcome"]
    return client


def answer(host: Host, client: Client, kind: str, payload: dict[str, object] | None = None) -> Message:
    """The answer to a command that the host itself gives, or refuses."""
    id = client.send(kind, payload)
    host.poll()
    found = [message for message in client.answers() if message.id == id]
    assert len(found) == 1
    return found[0]


def said(host: Host, client: Client) -> str:
    """What a command that only the controller may give is answered with."""
    return str(answer(host, client, "seek", {"position_frames": 1}).payload["message"])


def refused(host: Host, client: Client, kind: str, payload: dict[str, object] | None = None) -> str:
    message = answer(host, client, kind, payload)
    assert message.kind == "error"
    assert message.payload["message"]
    return str(message.payload["code"])


def test_the_first_who_asks_is_in_control_and_the_second_watches(host: Host) -> None:
    with joined(host, Role.CONTROLLER) as first, joined(host, Role.CONTROLLER) as second:
        assert (first.role, second.role) == (Role.CONTROLLER, Role.OBSERVER)
        assert host.controller is not None
        assert host.controller.claim.pid == os.getpid()
        assert second.controller.slot == first.index
        first.send("play")
        assert [command.message.kind for command in host.poll()] == ["play"]
        assert refused(host, second, "play") == "not_in_control"


def test_control_is_taken_over_and_both_are_told(host: Host) -> None:
    with joined(host, Role.CONTROLLER) as first, joined(host, Role.CONTROLLER) as second:
        changes = first.controller.changes
        id = second.send("take_over")
        host.poll()
        assert (first.role, second.role) == (Role.OBSERVER, Role.CONTROLLER)
        assert first.controller.changes == changes + 1
        lost, gained = first.answers(), second.answers()
        assert [(message.kind, message.payload["role"]) for message in lost] == [("role", "observer")]
        assert lost[0].payload["controller"] == second.index
        assert lost[0].payload["pid"] == os.getpid()
        assert [(message.kind, message.id) for message in gained] == [("role", 0), ("done", id)]
        # what the former one had still under way comes too late
        assert refused(host, first, "play") == "not_in_control"


def test_control_is_handed_over_or_up(host: Host) -> None:
    with joined(host, Role.CONTROLLER) as first, joined(host, Role.CONTROLLER) as second:
        assert answer(host, first, "hand_over", {"client": second.index}).kind == "done"
        assert second.role is Role.CONTROLLER
        assert answer(host, second, "hand_over", {"client": None}).kind == "done"
        assert host.controller is None
        assert second.controller.slot == -1
        assert (first.role, second.role) == (Role.OBSERVER, Role.OBSERVER)
        assert answer(host, first, "take_over").kind == "done"
        assert first.role is Role.CONTROLLER


def test_control_is_handed_to_nobody_who_only_watches(host: Host) -> None:
    with joined(host, Role.CONTROLLER) as first, joined(host, Role.OBSERVER) as watcher:
        assert refused(host, first, "hand_over", {"client": watcher.index}) == "no_client"
        assert refused(host, first, "hand_over", {"client": 31}) == "no_client"
        assert first.role is Role.CONTROLLER


@pytest.mark.parametrize("kind", ["play", "take_over", "stop"])
def test_a_read_only_client_changes_nothing(host: Host, kind: str) -> None:
    with joined(host, Role.OBSERVER) as watcher:
        assert refused(host, watcher, kind) == "read_only"
        assert answer(host, watcher, "ping").kind == "pong"
        assert host.controller is None


def test_a_reader_is_not_counted_and_cannot_send(host: Host) -> None:
    with attach(host.entry.name, Role.READER) as reader:
        host.poll()
        assert host.clients == ()
        with pytest.raises(MessageRefused) as caught:
            reader.send("ping")
        assert caught.value.kind == "read_only"
        assert reader.answers() == []


def test_when_the_controller_leaves_the_next_who_asks_gets_control(host: Host) -> None:
    first, second = joined(host, Role.CONTROLLER), joined(host, Role.CONTROLLER)
    first.close()
    host.poll()
    assert host.controller is None
    assert len(host.clients) == 1
    with joined(host, Role.CONTROLLER) as third:
        assert third.role is Role.CONTROLLER
        assert second.role is Role.OBSERVER
    second.close()


def test_who_is_in_control_is_never_made_up_once_the_controller_has_left(host: Host) -> None:
    first, second = joined(host, Role.CONTROLLER), joined(host, Role.CONTROLLER)
    assert refused(host, second, "seek", {"position_frames": 1}) == "not_in_control"
    assert "another console is in control" in said(host, second)
    first.close()
    host.poll()
    assert "nobody is in control" in said(host, second)
    second.send("take_over", {})
    host.poll()
    assert second.role is Role.CONTROLLER
    second.close()


def test_what_a_client_sent_before_it_left_is_still_carried_out(host: Host) -> None:
    client = joined(host, Role.CONTROLLER)
    for position in range(100):
        client.send("seek", {"position_frames": position})
    client.close()
    commands = host.poll()
    assert [command.message.payload["position_frames"] for command in commands] == list(range(100))
    host.done(commands[-1])  # answering one who has gone is nothing
    assert host.clients == ()


def test_unknown_and_malformed_messages_are_answered_and_do_no_harm(host: Host) -> None:
    with joined(host, Role.CONTROLLER) as client:
        assert refused(host, client, "explode") == "unknown_command"
        assert refused(host, client, "seek", {"position_frames": 0.5}) == "bad_payload"
        assert client._place is not None
        client._place.commands.send(b"\xff{")
        assert host.poll() == []
        assert [message.payload["code"] for message in client.answers()] == ["bad_message"]
        client.send("play")
        assert len(host.poll()) == 1


def test_a_full_command_queue_is_an_error_at_once(host: Host) -> None:
    with joined(host, Role.CONTROLLER) as client:
        sent = 0

        def flood() -> None:
            nonlocal sent
            while True:
                client.send("seek", {"position_frames": sent})
                sent += 1

        begun_s = time.monotonic()
        with pytest.raises(QueueFull):
            flood()
        assert time.monotonic() - begun_s < 1.0
        received = []
        while commands := host.poll():
            received += commands
        assert [command.message.payload["position_frames"] for command in received] == list(range(sent))
        assert client.send("play") > 0


def test_a_client_that_reads_no_answers_loses_them_and_holds_nobody_up(host: Host) -> None:
    with joined(host, Role.CONTROLLER) as deaf, joined(host, Role.OBSERVER) as other:
        for _ in range(400):
            deaf.send("ping")
            host.poll()
        assert host.dropped > 0
        assert answer(host, other, "ping").kind == "pong"
        assert {message.kind for message in deaf.answers()} == {"pong"}
        assert answer(host, deaf, "ping").kind == "pong"


def test_a_notice_reaches_everybody(host: Host) -> None:
    with joined(host, Role.CONTROLLER) as first, joined(host, Role.OBSERVER) as second:
        host.notify("device_lost", "the converter is gone: null plays instead")
        for client in (first, second):
            assert [message.payload["code"] for message in client.answers()] == ["device_lost"]


def test_answers_name_the_command_and_the_revision(host: Host) -> None:
    with joined(host, Role.CONTROLLER) as client:
        id = client.send("set", {"path": "stems[0].trim_db", "value": 0.5}, revision=41)
        (command,) = host.poll()
        assert command.message.revision == 41
        host.revision = 42
        host.done(command, {"value": 0.5})
        (done,) = client.answers()
        assert (done.kind, done.id, done.revision, done.payload["value"]) == ("done", id, 42, 0.5)


def test_more_clients_than_places(host: Host) -> None:
    clients = [attach(host.entry.name, Role.OBSERVER, wait_s=0.0) for _ in range(layout.CLIENTS)]
    host.poll()
    assert len(host.clients) == layout.CLIENTS
    assert all(client.role is Role.OBSERVER for client in clients)
    with attach(host.entry.name, Role.OBSERVER, wait_s=0.0) as uncounted:
        host.publish(Snapshot())
        assert uncounted.role is Role.READER
        assert uncounted.snapshot().status.clients == layout.CLIENTS
    with pytest.raises(SegmentError) as caught:
        attach(host.entry.name, Role.CONTROLLER, wait_s=0.02)
    assert caught.value.kind == "clients_full"
    for client in clients:
        client.close()
    host.poll()
    assert host.clients == ()


def test_places_are_taken_one_client_at_a_time(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.link.segment._LOCK_WAIT_S", 0.02)
    with attach_segment(host.entry.segment, Access.CLIENT) as other:
        with other.lock(), pytest.raises(MachineError) as caught:
            attach(host.entry.name, Role.CONTROLLER, wait_s=0.0)
        assert caught.value.kind == "locked"
        host.poll()  # the engine never asks for the lock, so it is never held up
    joined(host, Role.CONTROLLER).close()


def test_a_crowd_that_comes_at_once_gets_a_place_each(children, host: Host, wait: Callable) -> None:  # type: ignore[no-untyped-def, type-arg]
    gate_out, gate_in = os.pipe()

    def come() -> None:
        os.read(gate_out, 1)
        with attach(host.entry.name, Role.CONTROLLER, wait_s=5.0) as client:
            assert client.request("ping", timeout_s=5.0).kind == "pong"
            signal.pause()

    pids = [children.fork(come) for _ in range(12)]
    os.write(gate_in, bytes(12))
    wait(lambda: host.poll() == [] and len(host.clients) == 12)
    assert sorted(client.claim.pid for client in host.clients) == sorted(pids)
    assert [client.role for client in host.clients].count(Role.CONTROLLER) == 1
    children.end()
    wait(lambda: host.poll() == [] and host.clients == ())
    os.close(gate_out)
    os.close(gate_in)


def test_nonsense_in_the_client_area_costs_only_that_place(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.processes.admissions._UNREADABLE_S", 0.0)
    with attach_segment(host.entry.segment, Access.CLIENT) as vandal:
        for index in range(4):
            vandal.client_cells[place_cell(index, layout.CLIENT_GENERATION_OFFSET)] = 2**64 - 1 - index
        start = layout.CLIENT_AREA.stride
        vandal.clients[8:start] = os.urandom(start - 8)
        for _ in range(3):
            host.poll()
            time.sleep(0.002)
        assert host.clients == ()
        with joined(host, Role.CONTROLLER) as client:
            assert answer(host, client, "ping").kind == "pong"


def test_two_threads_may_send(host: Host) -> None:
    import threading

    with joined(host, Role.CONTROLLER) as client:
        threads = [
            threading.Thread(target=lambda: [client.send("play") for _ in range(60)]) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        received = []
        while commands := host.poll():
            received += commands
        assert sorted(command.message.id for command in received) == list(range(1, 121))


def test_a_client_forked_away_does_not_take_the_place_with_it(children, host: Host) -> None:  # type: ignore[no-untyped-def]
    with joined(host, Role.CONTROLLER) as client:
        assert children.join(children.fork(client.close)) == 0
        host.poll()
        assert client.role is Role.CONTROLLER


def test_messages_of_a_later_engine_do_not_stop_the_console(host: Host) -> None:
    with joined(host, Role.OBSERVER) as client:
        sender = host._admissions._answers[0]
        sender.send(encode(Message("fireworks", 0, None, {"colour": "red"})))
        sender.send(b"not json")
        host.notify("x", "y")
        assert [message.kind for message in client.answers()] == ["fireworks", "notice"]
        assert client.lost_answers == 1
