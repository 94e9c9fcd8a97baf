"""The queue delivers every message once, in order and whole, or says that it is full."""

from __future__ import annotations

import mmap
import os
import signal
import time
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.link.failures import MessageRefused, QueueFull
from engine.link.layout import RING_BYTES, RING_DATA_OFFSET, RING_HEAD_OFFSET
from engine.link.queue import MAXIMUM_BYTES, QueueDamaged, Receiver, Sender

OFFSET = 192
SIZE = OFFSET + RING_DATA_OFFSET + RING_BYTES
HEAD = (OFFSET + RING_HEAD_OFFSET) // 8
DATA = OFFSET + RING_DATA_OFFSET


class Memory:
    """Memory that forked children share."""

    def __init__(self) -> None:
        self.mapping = mmap.mmap(-1, SIZE)
        self.view = memoryview(self.mapping)
        self.cells = self.view.cast("Q")

    def ends(self) -> tuple[Sender, Receiver]:
        return Sender(self.view, self.cells, OFFSET), Receiver(self.view, self.cells, OFFSET)


class QueueModel(RuleBasedStateMachine):
    """Any order of sending and receiving behaves like a list that has a limit in bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.sender, self.receiver = self.memory.ends()
        self.expected: list[bytes] = []

    @rule(
        payload=st.binary(max_size=200)
        | st.integers(0, MAXIMUM_BYTES).map(lambda size: bytes([size % 251]) * size)
    )
    def send(self, payload: bytes) -> None:
        try:
            self.sender.send(payload)
        except QueueFull:
            # only when it really does not fit: every message costs at most 31 bytes more than it holds
            assert sum(len(message) + 31 for message in [*self.expected, payload]) > RING_BYTES
        else:
            self.expected.append(payload)

    @rule(count=st.integers(1, 5))
    def receive(self, count: int) -> None:
        for _ in range(count):
            wanted = self.expected.pop(0) if self.expected else None
            assert self.receiver.receive() == wanted

    @rule()
    def reopen(self) -> None:
        """Another process on either end goes on where the last one was."""
        self.sender, self.receiver = self.memory.ends()

    @invariant()
    def never_overfull(self) -> None:
        assert sum(map(len, self.expected)) <= RING_BYTES


TestQueueModel = QueueModel.TestCase
TestQueueModel.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=60), seed=st.integers(0, 255))
def test_between_processes_every_message_arrives_once_in_order_and_whole(children, sizes, seed) -> None:  # type: ignore[no-untyped-def]
    memory = Memory()
    _, receiver = memory.ends()
    messages = [
        zlib.crc32(bytes([seed, n % 256])).to_bytes(4, "big") * size for n, size in enumerate(sizes)
    ] * 5

    def send_all() -> None:
        sender, _ = memory.ends()
        for message in messages:
            while True:
                try:
                    sender.send(message[:MAXIMUM_BYTES])
                    break
                except QueueFull:
                    os.sched_yield()

    pid = children.fork(send_all)
    received: list[bytes] = []
    deadline_s = time.monotonic() + 10.0
    while len(received) < len(messages) and time.monotonic() < deadline_s:
        message = receiver.receive()
        if message is None:
            os.sched_yield()
        else:
            received.append(message)
    assert received == [message[:MAXIMUM_BYTES] for message in messages]
    assert children.join(pid) == 0


def test_a_full_queue_is_an_error_at_once_and_loses_nothing() -> None:
    sender, receiver = Memory().ends()
    sent = 0

    def flood() -> None:
        nonlocal sent
        while True:
            sender.send(b"%d" % sent)
            sent += 1

    begun_s = time.monotonic()
    with pytest.raises(QueueFull):
        flood()
    assert time.monotonic() - begun_s < 0.5
    assert sent == RING_BYTES // 32
    assert receiver.receive() == b"0"
    sender.send(b"again")
    assert [receiver.receive() for _ in range(sent)] == [*(b"%d" % n for n in range(1, sent)), b"again"]
    assert receiver.receive() is None


def test_a_message_that_can_never_fit_is_refused_as_such() -> None:
    sender, _ = Memory().ends()
    sender.send(bytes(MAXIMUM_BYTES))
    with pytest.raises(MessageRefused) as caught:
        sender.send(bytes(MAXIMUM_BYTES + 1))
    assert caught.value.kind == "too_long"


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 60), payload=st.binary(min_size=1, max_size=60))
def test_a_half_written_message_is_never_seen(cut: int, payload: bytes) -> None:
    """Whatever part of a message has reached memory, even with `head` first: nothing or all is received."""
    whole = Memory()
    whole.ends()[0].send(payload)
    memory = Memory()
    _, receiver = memory.ends()
    memory.cells[HEAD] = whole.cells[HEAD]  # the worst order a processor could choose
    written = min(cut, 24 + len(payload) - 1)
    memory.view[DATA : DATA + written] = whole.view[DATA : DATA + written]
    complete = bytes(memory.view[DATA : DATA + 24 + len(payload)]) == bytes(
        whole.view[DATA : DATA + 24 + len(payload)]
    )
    assert (receiver.receive() == payload) == complete
    memory.view[DATA : DATA + 24 + len(payload)] = whole.view[DATA : DATA + 24 + len(payload)]
    assert complete or receiver.receive() == payload


def test_a_sender_killed_while_sending_leaves_only_whole_messages(children, wait) -> None:  # type: ignore[no-untyped-def]
    for number in range(6):
        memory = Memory()
        _, receiver = memory.ends()

        def flood(memory: Memory = memory) -> None:
            sender, _ = memory.ends()
            count = 0
            while True:
                try:
                    sender.send(count.to_bytes(8, "big") * 40)
                    count += 1
                except QueueFull:
                    os.sched_yield()

        pid = children.fork(flood)
        wait(lambda memory=memory: memory.cells[HEAD] > 0)
        deadline_s, expected = time.monotonic() + 0.02 + 0.003 * number, 0
        while time.monotonic() < deadline_s:
            message = receiver.receive()
            if message is not None:
                assert message == expected.to_bytes(8, "big") * 40
                expected += 1
        os.kill(pid, signal.SIGKILL)
        assert children.join(pid) == -signal.SIGKILL
        while (message := receiver.receive()) is not None:
            assert message == expected.to_bytes(8, "big") * 40
            expected += 1
        # whoever sends next goes on behind what was whole
        memory.ends()[0].send(b"next")
        assert receiver.receive() == b"next"


@settings(max_examples=60, deadline=None)
@given(noise=st.binary(min_size=8, max_size=64), at=st.integers(0, 200), head=st.integers(1, 2**64 - 1))
def test_nonsense_in_the_ring_neither_crashes_nor_blocks_for_ever(noise: bytes, at: int, head: int) -> None:
    memory = Memory()
    sender, receiver = memory.ends()
    for _ in range(4):
        sender.send(b"good")
    memory.view[DATA + at : DATA + at + len(noise)] = noise
    memory.cells[HEAD] = head
    import engine.link.queue as module

    settled, module._SETTLING_S = module._SETTLING_S, 0.0
    try:
        for _ in range(1000):
            try:
                if receiver.receive() is None and memory.cells[HEAD] == receiver._tail:
                    break
            except QueueDamaged:
                break
        else:
            pytest.fail("the receiver did not get past the nonsense")
    finally:
        module._SETTLING_S = settled
    # and the next client of this place finds a queue that works
    sender.start_afresh()
    receiver.resume()
    sender.send(b"good")
    assert receiver.receive() == b"good"
