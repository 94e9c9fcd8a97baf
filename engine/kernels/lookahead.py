"""One stage of a look-ahead true-peak limiter, on blocks of 64 frames of two linked channels.

A stage measures what its signal reaches between samples, decides a gain that keeps it at a
threshold, and hands on the signal with that gain. Its latency is fixed; it never looks back at
what it has handed on. In order, on attenuation in octaves:

1. detection at 16× (`engine.kernels.interpolate`), only where the estimate that comes with the
   signal says that the threshold might be reached;
2. release: exponential in dB;
3. sliding maximum over `hold + smoothing` frames, then sliding minimum over `hold` frames: a
   morphological closing. A peak by itself is held for no longer than the smoothing needs, but two
   peaks that are at most that far apart share one gain with no recovery between them. A bass
   note therefore is not modulated by its own half waves, and a drum is not held;
4. three moving averages whose lengths add up to the smoothing: each value of the result is a
   weighted mean of values that all are at least what the frame needs, so it is, too
   (Hämäläinen, "Smoothing of the control signal without clipped output in digital peak limiters",
   DAFx 2002).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES, inlined
from engine.compiler.lanes import load8, store
from engine.compiler.pointers import ahead, as_floats, as_short_words, as_words
from engine.kernels.envelope import (
    STEPS,
    gain_of_steps,
    moving_sum,
    octaves_above,
    release,
    sliding_maximum,
)
from engine.kernels.fastmath import exp2
from engine.kernels.interpolate import (
    GROUP_FRAMES,
    MARGIN_FRAMES,
    QUARTER_BOUND,
    SCRATCH_FLOATS,
    quarter_peaks,
    refine_peaks,
)

#: Blocks a delay line takes before its content is moved back to its beginning.
_BLOCKS_PER_MOVE = 8

#: Each part of a stage's memory starts at a multiple of this many float64: a cache line.
_LINE = 8

# Registers of a stage: place of the next block in the lanes, attenuation held by the release,
# frames without any, then place and running value of the two sliding extremes and the three sums.
_WRITE, _HELD, _IDLE, _MAXIMUM, _MINIMUM, _SUMS = 0, 1, 2, 3, 5, 7
_REGISTERS = 16

# Words of a stage: where its memory begins in the state, lengths in frames, and
# where the rings of the sliding maximum, minimum and of the sums begin in the memory.
OFFSET, _CAPACITY, _HISTORY, _LATENCY, _WINDOW, _HOLD = range(6)
_BOXES, _MAXIMUM_RING, _MINIMUM_RING, _SUM_RINGS, _COARSE = 6, 9, 10, 11, 12
STAGE_WORDS = 13

# Parameters of a stage.
_THRESHOLD, _CANDIDATE, _DECAY, _BLOCK_DECAY, _PER_STEP = range(5)
STAGE_PARAMETERS = 5

#: How much more the fine way of interpolating may find than the coarse one, besides its density.
_DISAGREEMENT = 1.03

#: float64 values of a block on its way from stage to stage.
BLOCK_DOUBLES = 3 * QUANTUM_FRAMES // 2 + QUANTUM_FRAMES

#: float64 values of scratch memory that the stages share: first for detection, then for the gain.
SCRATCH_DOUBLES = max(SCRATCH_FLOATS // 2, 224)


def _lines(doubles: int) -> int:
    return -(-doubles // _LINE) * _LINE


@dataclass(frozen=True)
class StageDesign:
    """What one stage is to do.

    Attributes:
        threshold: the largest true peak allowed, linear.
        decay: factor of the attenuation per frame after a peak; 0 for none.
        hold_frames: peaks at most this (and the smoothing) apart share one gain; ≥ 1.
        smoothing_frames: the gain takes this long to reach its minimum; ≥ 3.
        coarse: whether the estimates that come with the signal only tell loud from quiet, so that a
            coarse measurement has to come first; otherwise they are peaks times a gain.
        candidate_ratio: what is estimated above the threshold times this is measured.
    """

    threshold: float
    decay: float
    hold_frames: int
    smoothing_frames: int
    coarse: bool
    candidate_ratio: float

    @property
    def box_frames(self) -> tuple[int, int, int]:
        """Lengths of the three moving averages; their joint support is `smoothing_frames`."""
        total = self.smoothing_frames + 2
        first = math.ceil(total / 3)
        second = math.ceil((total - first) / 2)
        return first, second, total - first - second

    @property
    def latency_frames(self) -> int:
        """Frames from a sample's arrival to its gain."""
        return MARGIN_FRAMES + self.hold_frames + self.smoothing_frames - 2

    @property
    def _history_frames(self) -> int:
        return 2 * _LINE * math.ceil(max(self.latency_frames, 2 * MARGIN_FRAMES) / (2 * _LINE))

    @property
    def _capacity_frames(self) -> int:
        return self._history_frames + _BLOCKS_PER_MOVE * QUANTUM_FRAMES

    @property
    def _ring_offsets(self) -> tuple[int, int, int, int]:
        """Where the rings of the sliding maximum, minimum and of the sums begin, and the end."""
        maximum = _REGISTERS + (3 * self._capacity_frames) // 2 + self._capacity_frames
        minimum = maximum + _lines((self.hold_frames + self.smoothing_frames + 1) // 2)
        sums = minimum + _lines((self.hold_frames + 1) // 2)
        return maximum, minimum, sums, sums + _lines(sum(self.box_frames))

    def words(self, offset: int) -> tuple[int, ...]:
        """The stage's words, its memory starting at `offset` of the state."""
        rings = self._ring_offsets[:3]
        window = self.hold_frames + self.smoothing_frames
        lanes = (self._capacity_frames, self._history_frames, self.latency_frames)
        return offset, *lanes, window, self.hold_frames, *self.box_frames, *rings, int(self.coarse)

    def parameters(self) -> tuple[float, ...]:
        """The stage's parameters."""
        per_step = 1.0 / (STEPS * math.prod(self.box_frames))
        candidate = self.threshold * self.candidate_ratio
        return self.threshold, candidate, self.decay, self.decay**QUANTUM_FRAMES, per_step

    def memory(self) -> NDArray[np.float64]:
        """The stage's memory at the beginning: silence, passed on with a gain of 1."""
        memory = np.zeros(self._ring_offsets[-1])
        first = _REGISTERS + 3 * self._capacity_frames // 2
        memory[first : first + self._capacity_frames] = 1.0
        return memory


@inlined
def take_in(words: Any, memory: Any, block: Any) -> None:
    """Appends a block to the stage's lanes.

    Args:
        words: of `StageDesign.words`.
        memory: of `StageDesign.memory`.
        block: `(BLOCK_DOUBLES,)` float64: 64 float32 each of left, right, and an upper estimate of the
            true peak of either in the time from each frame to the next; then 64 float64 of the gain
            that the stages before have applied.
    """
    capacity = words[_CAPACITY]
    write = words[_HISTORY] + as_words(memory)[_WRITE]
    half = QUANTUM_FRAMES // 2
    for lane in range(3):
        target = _REGISTERS + (lane * capacity + write) // 2
        for i in range(0, half, 8):
            store(memory, target + i, load8(block, lane * half + i))
    target = _REGISTERS + 3 * capacity // 2 + write
    for i in range(0, QUANTUM_FRAMES, 8):
        store(memory, target + i, load8(block, 3 * half + i))


@inlined
def _reaches(values: Any, count: Any, level: Any) -> Any:
    """Whether any of `count` float32 exceeds `level`."""
    hits = np.int32(0)
    for i in range(count):
        hits += np.int32(values[i] > level)
    return hits > 0


@inlined
def detect(words: Any, parameters: Any, memory: Any, scratch: Any) -> Any:
    """Measures the block around which enough is known, where its estimate gives reason to.

    The estimates in the stage's lane become measured peaks: at 16× where they might decide anything.
    What lies under the attenuation still held from earlier peaks decides nothing.

    Args:
        words: of `StageDesign.words`.
        parameters: of `StageDesign.parameters`.
        memory: of `StageDesign.memory`.
        scratch: `(SCRATCH_DOUBLES,)` float64.

    Returns:
        Whether a peak exceeds the threshold.
    """
    capacity = words[_CAPACITY]
    write = words[_HISTORY] + as_words(memory)[_WRITE]
    left = ahead(as_floats(memory), 2 * _REGISTERS + write - 2 * MARGIN_FRAMES)
    right = ahead(left, capacity)
    peaks = ahead(left, 2 * capacity + MARGIN_FRAMES)
    level = np.float32(parameters[_CANDIDATE])
    if not _reaches(peaks, QUANTUM_FRAMES, level):
        return False
    small = as_floats(scratch)
    if words[_COARSE]:
        for i in range(QUANTUM_FRAMES):
            peaks[i] = np.float32(0.0)
        quarter_peaks(left, small, peaks)
        quarter_peaks(right, small, peaks)
        held = parameters[_THRESHOLD] * exp2(memory[_HELD] * parameters[_BLOCK_DECAY])
        level = np.float32(held / (QUARTER_BOUND * _DISAGREEMENT))
    for group in range(0, QUANTUM_FRAMES, GROUP_FRAMES):
        if _reaches(ahead(peaks, group), GROUP_FRAMES, level):
            refine_peaks(left, small, group, peaks)
            refine_peaks(right, small, group, peaks)
    return _reaches(peaks, QUANTUM_FRAMES, np.float32(parameters[_THRESHOLD]))


@inlined
def decide_gain(words: Any, parameters: Any, memory: Any, exceeded: Any, scratch: Any) -> None:
    """Writes the gain of the block that leaves the stage now into the first 64 values of `scratch`.

    Args:
        words: of `StageDesign.words`.
        parameters: of `StageDesign.parameters`.
        memory: of `StageDesign.memory`.
        exceeded: what `detect` returned.
        scratch: `(SCRATCH_DOUBLES,)` float64.
    """
    registers = as_words(memory)
    registers[_IDLE] = 0 if exceeded or memory[_HELD] > 0.0 else registers[_IDLE] + QUANTUM_FRAMES
    # Past the longest memory of what follows, everything it remembers is nought and stays so.
    if registers[_IDLE] > 2 * (words[_LATENCY] + QUANTUM_FRAMES):
        for i in range(QUANTUM_FRAMES):
            scratch[i] = 1.0
        return
    octaves = ahead(scratch, QUANTUM_FRAMES)
    sums = as_words(ahead(scratch, 2 * QUANTUM_FRAMES))
    steps = as_short_words(ahead(scratch, 3 * QUANTUM_FRAMES))
    for i in range(QUANTUM_FRAMES):
        octaves[i] = 0.0
    if exceeded:
        peaks_at = 2 * _REGISTERS + 2 * words[_CAPACITY] + words[_HISTORY] + registers[_WRITE]
        peaks = ahead(as_floats(memory), peaks_at - MARGIN_FRAMES)
        octaves_above(peaks, 1.0 / parameters[_THRESHOLD], octaves)
    release(octaves, parameters[_DECAY], ahead(memory, _HELD), steps)
    ring = as_short_words(ahead(memory, words[_MAXIMUM_RING]))
    sliding_maximum(steps, np.int32(1), words[_WINDOW], ring, ahead(registers, _MAXIMUM))
    if words[_HOLD] > 1:
        ring = as_short_words(ahead(memory, words[_MINIMUM_RING]))
        sliding_maximum(steps, np.int32(-1), words[_HOLD], ring, ahead(registers, _MINIMUM))
    for i in range(QUANTUM_FRAMES):
        sums[i] = np.int64(steps[i])
    at = words[_SUM_RINGS]
    for box in range(3):
        length = words[_BOXES + box]
        moving_sum(sums, length, ahead(registers, at), ahead(registers, _SUMS + 2 * box))
        at += length
    gain_of_steps(sums, parameters[_PER_STEP], scratch)


@inlined
def hand_on(words: Any, memory: Any, gain: Any, block: Any) -> None:
    """Hands out the block of `latency_frames` ago with its gain, and makes room for the next.

    Args:
        words: of `StageDesign.words`.
        memory: of `StageDesign.memory`.
        gain: `(64,)` float64, of `decide_gain`.
        block: as for `take_in`, the result; the estimate is the peak times the gain.
    """
    capacity, history = words[_CAPACITY], words[_HISTORY]
    registers = as_words(memory)
    first = history + registers[_WRITE] - words[_LATENCY]
    small = as_floats(block)
    for lane in range(3):
        source = ahead(as_floats(memory), 2 * _REGISTERS + lane * capacity + first)
        target = ahead(small, lane * QUANTUM_FRAMES)
        for i in range(QUANTUM_FRAMES):
            target[i] = source[i] * np.float32(gain[i])
    products = _REGISTERS + 3 * capacity // 2
    for i in range(0, QUANTUM_FRAMES, 8):
        product = load8(memory, products + first + i) * load8(gain, i)
        store(block, 3 * QUANTUM_FRAMES // 2 + i, product)
    registers[_WRITE] += QUANTUM_FRAMES
    if registers[_WRITE] < capacity - history:
        return
    registers[_WRITE] = 0
    for lane in range(3):
        start = _REGISTERS + lane * capacity // 2
        for i in range(0, history // 2, 8):
            store(memory, start + i, load8(memory, start + (capacity - history) // 2 + i))
    for i in range(0, history, 8):
        store(memory, products + i, load8(memory, products + capacity - history + i))
