"""The ring between loop and device: order, under-runs, fades, and who may take."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.live.loop import cells
from engine.live.loop.ring import take_block
from engine.live.player.ring_memory import CAPACITY_FRAMES, Ring


@pytest.fixture
def ring():
    """An empty ring that one consumer may take from without a fade."""
    ring = Ring()
    ring.admit(1, 0)
    ring.cells[cells.RING_ARMED] = 1
    yield ring
    ring.close()


class Loop:
    """Writes a counted signal as the loop does."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        base = np.frombuffer(ring._memory, np.float32, 2 * CAPACITY_FRAMES, ring.cells[cells.RING_FRAMES])
        self._frames = base.reshape(-1, 2)
        self.written = 0

    def put(self, frames: int) -> None:
        """Appends frames that hold their number, and half of it on the right."""
        numbers = np.arange(self.written, self.written + frames)
        at = numbers % CAPACITY_FRAMES
        self._frames[at, 0], self._frames[at, 1] = numbers, numbers / 2
        self.written += frames
        self._ring.cells[cells.RING_WRITTEN] = self.written


def take(ring: Ring, frames: int, consumer: int = 1) -> np.ndarray:
    """One block, `(frames, 2)`."""
    block = np.full((frames, 2), np.nan, np.float32)
    take_block(ring.address, consumer, block.reshape(-1))
    return block


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 700), st.integers(1, 900)), min_size=1, max_size=60))
def test_frames_come_out_once_in_order_and_gaps_are_counted(steps):
    ring = Ring()
    try:
        ring.admit(1, 0)
        ring.cells[cells.RING_ARMED] = 1
        loop, taken, xruns = Loop(ring), 0, 0
        for put, wanted in steps:
            loop.put(min(put, CAPACITY_FRAMES - ring.waiting_frames))
            there = min(wanted, loop.written - taken)
            block = take(ring, wanted)
            assert np.array_equal(block[:there, 0], np.arange(taken, taken + there))
            assert not block[there:].any()
            taken += there
            xruns += there < wanted
        assert (ring.xruns, ring.blocks) == (xruns, len(steps))
        assert ring.waiting_frames == loop.written - taken
    finally:
        ring.close()


def test_before_the_loop_is_ready_an_empty_ring_is_no_under_run(ring):
    ring.cells[cells.RING_ARMED] = 0
    assert not take(ring, 256).any()
    assert (ring.xruns, ring.blocks) == (0, 1)


def test_only_the_consumer_takes(ring):
    Loop(ring).put(1000)
    assert not take(ring, 100, consumer=2).any()
    assert (ring.waiting_frames, ring.blocks) == (1000, 0)
    ring.admit(2, 0)
    assert not take(ring, 100, consumer=1).any()
    assert take(ring, 100, consumer=2)[50, 0] == 50


def test_a_device_comes_in_slowly_and_leaves_quickly(ring):
    ring.admit(1, 3000)
    loop = Loop(ring)
    loop.put(20_000)
    numbers = np.arange(20_000, dtype=np.float32)[:, None] * [1.0, 0.5]
    block = take(ring, 4000)
    gain = np.minimum(np.arange(1, 4001) / 3000, 1.0)
    assert block == pytest.approx(numbers[:4000] * gain[:, None], rel=1e-5)
    ring.cells[cells.RING_LEAVING] = 1
    block = take(ring, 1000)
    faded = np.flatnonzero(~block[:, 0].astype(bool))[0]
    assert 20 <= faded <= 31
    assert np.all(np.diff(block[:faded, 0]) < 0.0)
    assert not block[faded:].any()
    # what was not heard is still there for whoever comes next
    left = ring.waiting_frames
    assert left == pytest.approx(16_000 - faded, abs=1)
    assert not take(ring, 100).any()
    assert (ring.waiting_frames, ring.xruns) == (left, 0)


def test_dismissing_somebody_else_changes_nothing(ring):
    ring.dismiss(7, 1.0)
    Loop(ring).put(10)
    assert take(ring, 10)[9, 0] == 9
