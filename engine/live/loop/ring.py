"""The output ring: the loop writes, one device takes; neither ever waits for the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import compiled, inlined
from engine.compiler.addresses import floats_at, words_at
from engine.live.loop.cells import (
    RING_ARMED,
    RING_BLOCK_FRAMES,
    RING_BLOCKS,
    RING_CAPACITY,
    RING_CONSUMER,
    RING_FADE_FRAMES,
    RING_FADED,
    RING_FRAMES,
    RING_LEAVING,
    RING_POSITIONS,
    RING_READ,
    RING_WRITTEN,
    RING_XRUNS,
)
from engine.live.loop.native import observe, publish

#: 2^−126, the smallest normal number of 32-bit float (IEEE 754).
_SMALLEST_NORMAL = 2.0**-126

#: A device leaves so many times faster than it comes.
_LEAVE_FASTER = 30


@inlined
def rounded(value: Any) -> Any:
    """The nearest float32; what would become denormal becomes 0, as in rendered files."""
    return np.float32(value if abs(value) >= _SMALLEST_NORMAL else 0.0)


@inlined
def ring_filled(ring: Any) -> Any:
    """Frames that wait, as the loop sees it."""
    return ring[RING_WRITTEN] - observe(ring, RING_READ)


@inlined
def put(ring: Any, base: Any, frames_p: Any, positions: Any, frames: Any) -> None:
    """Appends frames; there has to be room.

    Args:
        ring: cells of the ring.
        base: their address.
        frames_p: float64, left and right by turns.
        positions: song position of each frame.
        frames: how many.
    """
    mask = ring[RING_CAPACITY] - 1
    samples = floats_at(base + ring[RING_FRAMES])
    places = words_at(base + ring[RING_POSITIONS])
    written = ring[RING_WRITTEN]
    for frame in range(frames):
        at = (written + frame) & mask
        samples[2 * at] = rounded(frames_p[2 * frame])
        samples[2 * at + 1] = rounded(frames_p[2 * frame + 1])
        places[at] = positions[frame]
    publish(ring, RING_WRITTEN, written + frames)


@inlined
def _fade(ring: Any, fade: Any) -> Any:
    """How far the next frame is faded in; −1 where a device that leaves takes no more."""
    faded = ring[RING_FADED]
    if observe(ring, RING_LEAVING) == 1:
        faded -= 1 + fade // _LEAVE_FASTER
        if faded < 0:
            ring[RING_FADED] = 0
            return -1
    else:
        faded = min(faded + 1, fade)
    ring[RING_FADED] = faded
    return faded


@inlined
def take(base: Any, consumer: Any, output: Any, frames: Any) -> Any:
    """Takes a block for a device; what is missing is silence, and an under-run.

    Whoever is not the ring's consumer gets silence and changes nothing. After a device has come in
    the level rises from nought within RING_FADE_FRAMES; before it leaves, it falls.

    Args:
        base: address of the ring's cells.
        consumer: who takes.
        output: `2 · frames` float32, interleaved.
        frames: of the block.

    Returns:
        Frames that were taken.
    """
    ring = words_at(base)
    taken = 0
    if observe(ring, RING_CONSUMER) == consumer:
        read = ring[RING_READ]
        there = min(frames, observe(ring, RING_WRITTEN) - read)
        mask, fade = ring[RING_CAPACITY] - 1, ring[RING_FADE_FRAMES]
        samples = floats_at(base + ring[RING_FRAMES])
        while taken < there:
            faded = _fade(ring, fade)
            if faded < 0:
                break
            at = (read + taken) & mask
            gain = np.float32(1.0) if faded == fade else np.float32(faded) / np.float32(fade)
            output[2 * taken] = samples[2 * at] * gain
            output[2 * taken + 1] = samples[2 * at + 1] * gain
            taken += 1
        ring[RING_BLOCK_FRAMES] = frames
        ring[RING_BLOCKS] += 1
        if there < frames and observe(ring, RING_ARMED) == 1 and observe(ring, RING_LEAVING) == 0:
            ring[RING_XRUNS] += 1
        publish(ring, RING_READ, read + taken)
    for index in range(2 * taken, 2 * frames):
        output[index] = np.float32(0.0)
    return taken


@compiled("int64(int64, int64, float32[::1])")
def take_block(base: Any, consumer: Any, output: Any) -> Any:
    """`take` for Python: `output` is interleaved, its length twice the frames."""
    return take(base, consumer, output, output.size // 2)
