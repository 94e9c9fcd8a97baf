"""The device without hardware: takes blocks from the ring at the pace of the clock."""

from __future__ import annotations

from typing import Any

from engine.compiler.abi import compiled
from engine.compiler.addresses import floats_at, words_at
from engine.live.loop.cells import RING_CONSUMER, RING_READ, RING_WRITTEN
from engine.live.loop.native import now_ns, observe, sleep_us
from engine.live.loop.ring import take

#: After a gap this long (the process was stopped, the machine slept) the clock starts anew.
_GAP_NS = 500_000_000
#: The longest sleep, so that the end is noticed.
_NAP_NS = 20_000_000
_UNPACED_NAP_US = 50


@compiled("void(int64, int64, int64, int64, int64, int64)")
def drain(base: Any, consumer: Any, frames: Any, block_ns: Any, sink: Any, scratch: Any) -> None:
    """Takes blocks until somebody else is the ring's consumer.

    Args:
        base: address of the ring.
        consumer: who takes.
        frames: of a block.
        block_ns: from one block to the next; 0: as soon as a block is there, for tests.
        sink: address of `2 · frames` float32 that nobody listens to.
        scratch: address of two int64.
    """
    ring = words_at(base)
    due = now_ns(scratch) + block_ns
    while observe(ring, RING_CONSUMER) == consumer:
        if block_ns == 0:
            if observe(ring, RING_WRITTEN) - ring[RING_READ] >= frames:
                take(base, consumer, floats_at(sink), frames)
            else:
                sleep_us(_UNPACED_NAP_US)
            continue
        now = now_ns(scratch)
        if now < due:
            sleep_us(min(due - now, _NAP_NS) // 1000 + 1)
            continue
        take(base, consumer, floats_at(sink), frames)
        due = due + block_ns if now - due < _GAP_NS else now + block_ns
