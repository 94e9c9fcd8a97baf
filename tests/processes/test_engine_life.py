"""An engine in a process of its own: seen while it runs, while it is stopped, and after it was killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.link.failures import QueueFull, SegmentError
from engine.link.records import Kind, Role, State
from engine.processes.client import Health, attach, attach_to
from engine.processes.host import Host, open_host
from engine.processes.registry import running

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def host() -> Host:
    with open_host(Kind.ENGINE, Path("Falling Water.toml")) as made:
        made.beat(State.PAUSED)
        yield made


def test_fifty_clients_that_attach_and_die_leave_no_trace(
    children, start_engine: Callable, wait: Callable
) -> None:  # type: ignore[no-untyped-def, type-arg]
    """Killed while attached, in control, and with commands under way; the engine goes on."""
    engine = start_engine()

    def attach_and_die() -> None:
        client = attach(engine.name, Role.CONTROLLER, wait_s=0.5)
        client.send("play")
        client.ticks_since(None)
        os.kill(os.getpid(), signal.SIGKILL)

    for _ in range(50):
        # ten at a time would be a stress of the machine, not of the protocol
        assert children.join(children.fork(attach_and_die)) == -signal.SIGKILL
    with attach(engine.name, Role.READER) as reader:
        wait(lambda: reader.snapshot().status.clients == 0)
        assert reader.controller.slot == -1
        assert reader.health() is Health.RUNNING
    with attach(engine.name, Role.CONTROLLER) as client:
        assert client.role is Role.CONTROLLER
        assert client.request("ping").kind == "pong"


def test_a_stopped_client_keeps_its_place(children, start_engine: Callable, wait: Callable) -> None:  # type: ignore[no-untyped-def, type-arg]
    engine = start_engine()
    pid = children.fork(lambda: (attach(engine.name, Role.CONTROLLER), signal.pause()))  # type: ignore[func-returns-value]
    with attach(engine.name, Role.READER) as reader:
        wait(lambda: reader.controller.slot >= 0)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.5)
        assert reader.snapshot().status.clients == 1
        os.kill(pid, signal.SIGKILL)
        wait(lambda: reader.snapshot().status.clients == 0)


def test_a_live_snapshot_is_whole(start_engine: Callable) -> None:  # type: ignore[type-arg]
    engine = start_engine()
    with attach(engine.name) as client:
        assert client.role is Role.OBSERVER
        newest = 0
        deadline_s = time.monotonic() + 0.4
        while time.monotonic() < deadline_s:
            snapshot = client.snapshot()
            number = snapshot.transport.position_frames
            assert number >= newest
            assert all(
                (stem.peak_left_dbfs, stem.held_right_dbfs) == (number, number) for stem in snapshot.stems
            )
            newest = number
        assert newest > 10


def test_a_stopped_engine_is_seen_and_goes_on(start_engine: Callable, wait: Callable) -> None:  # type: ignore[type-arg]
    engine = start_engine()
    with attach(engine.name, Role.CONTROLLER) as client:
        wait(lambda: client.health() is Health.RUNNING)
        engine.process.send_signal(signal.SIGSTOP)
        wait(lambda: client.health() is Health.STOPPED)
        assert client.heartbeat_age_s() >= 1.0
        position = client.snapshot().transport.position_frames
        assert position > 0  # the last snapshot stays readable
        client.send("play")
        with attach(engine.name, Role.CONTROLLER, wait_s=0.05) as late:
            assert late.role is Role.READER  # nobody admits it, yet it looks
            assert late.snapshot().transport.position_frames >= position
            assert [entry.name for entry in running()] == [engine.name]
            engine.process.send_signal(signal.SIGCONT)
            wait(lambda: client.health() is Health.RUNNING)
            wait(lambda: late.role is Role.OBSERVER)
        wait(lambda: any(message.kind == "done" for message in client.answers()))


def test_a_hanging_engine_is_told_from_a_stopped_one(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    with attach(host.entry.name, Role.READER) as reader:
        host.beat()
        assert reader.health() is Health.RUNNING
        monkeypatch.setattr("engine.processes.client.LATE_S", -1.0)
        monkeypatch.setattr("engine.processes.client.STALE_S", 0.0)
        assert reader.health() is Health.HANGING


def test_a_killed_engine_is_gone_and_its_segment_is_swept(start_engine: Callable, wait: Callable) -> None:  # type: ignore[type-arg]
    engine = start_engine()
    with attach(engine.name, Role.CONTROLLER) as client:
        segment = client.entry.segment
        engine.process.kill()
        begun_s = time.monotonic()
        wait(lambda: client.health() is Health.GONE)
        assert time.monotonic() - begun_s < 1.5
        assert running() == []
        assert not (SHARED_MEMORY / segment).exists()
        assert client.snapshot().transport.position_frames > 0  # who is attached keeps the last picture
        with pytest.raises(SegmentError) as caught:
            client.request("ping")
        assert caught.value.kind == "gone"
        # the next engine of that name is another one
        again = start_engine()
        assert again.name == engine.name
        with attach(again.name) as other:
            assert other.entry.segment != segment


def test_an_engine_that_ends_says_so_at_once(host: Host) -> None:
    with attach(host.entry.name, Role.READER) as reader:
        host.close()
        assert reader.health() is Health.GONE
        assert reader.state is State.ENDED
        with pytest.raises(SegmentError) as caught:
            attach_to(reader.entry)
        assert caught.value.kind == "gone"


def test_an_engine_that_reads_nothing_is_reported(start_engine: Callable) -> None:  # type: ignore[type-arg]
    engine = start_engine("Falling Water.toml", "late")
    with attach(engine.name, Role.CONTROLLER) as client:
        with pytest.raises(SegmentError) as caught:
            client.request("ping", timeout_s=0.05)
        assert caught.value.kind == "no_answer"
        with pytest.raises(QueueFull):
            [client.send("ping") for _ in range(1000)]


@pytest.mark.parametrize("role", [Role.READER, Role.OBSERVER, Role.CONTROLLER])
def test_attaching_is_quick(start_engine: Callable, role: Role) -> None:  # type: ignore[type-arg]
    engine = start_engine()
    times_s = []
    for _ in range(8):
        begun_s = time.perf_counter()
        with attach(engine.name, role):
            times_s.append(time.perf_counter() - begun_s)
    assert min(times_s) <= 0.05
