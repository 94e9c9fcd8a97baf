"""True peak after ITU-R BS.1770-5, Annex 2: the largest magnitude at 16× (8×, 4×) the rate.

The meter keeps the latest audio in a ring, so that the peak of a stretch can still be asked for when
it turns out to matter (`engine.meters.peakratio`).
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import compiled, inlined
from engine.meters.oversampling import (
    CHUNK_FRAMES,
    MARGIN_FRAMES,
    SAMPLE_BOUND,
    SCRATCH_DOUBLES,
    WINDOW_FRAMES,
    largest_bend,
    largest_magnitude,
    raised_peak,
)
from engine.meters.slots import (
    SHORT_TERM_SLOTS,
    complete_slots,
    slot_start,
    slot_start_compiled,
    slots_in,
    with_room,
)
from engine.units import db_from_gain

Doubles = NDArray[np.float64]

# Entries of the clock: rate in Hz, points per frame, frames of the ring; frames taken in, slots searched,
# slots settled, and the slot that ends the programme.
CLOCK_RATE, CLOCK_OVERSAMPLING, CLOCK_RING, CLOCK_FRAMES, CLOCK_SLOTS, CLOCK_SETTLED, CLOCK_END = range(7)
_NEVER = 1 << 60
# Rows of the tables.
_SLOT_PEAKS, _SLOT_BOUNDS, _WINDOW_PEAKS = range(3)


@dataclass(frozen=True)
class TruePeak:
    """What was found.

    Attributes:
        channels_dbtp: of each channel; None for silence.
        slot_peaks: per 10 ms slot, over all channels, linear: exact where it is the highest of a 3 s
            window, so that maxima over such windows are exact; elsewhere at least the sample peak.
    """

    channels_dbtp: tuple[float | None, ...]
    slot_peaks: Doubles

    @property
    def dbtp(self) -> float | None:
        """Of the highest channel."""
        return max((level for level in self.channels_dbtp if level is not None), default=None)


def oversampling_factor(sample_rate: int) -> int:
    """Points per frame: at least 16 at 48 kHz, 8 at 96 kHz, 4 at 192 kHz.

    At 16× the spacing of the points costs at most 0.034 dB at 20 kHz and 44.1 kHz
    (20·log10 cos(π·f/(16·rate)), BS.1770-5, Annex 2, appendix 1).
    """
    if sample_rate < 80_000:
        return 16
    return 8 if sample_rate < 160_000 else 4


@inlined
def upper_bound(frames: Any, begin: Any, end: Any, scratch: Any) -> Any:
    """What frames `begin` to `end` of one channel cannot exceed; `scratch` holds them with margins."""
    bend = largest_bend(frames[begin - MARGIN_FRAMES : end + MARGIN_FRAMES], scratch)
    return largest_magnitude(frames[begin : end + 1], scratch[:1]) + bend * SAMPLE_BOUND


@inlined
def stretch_peak(frames: Any, begin: Any, end: Any, factor: Any, peak: Any, scratch: Any) -> Any:
    """The larger of `peak` and the true peak of frames `begin` to `end` of one channel.

    Args:
        frames: one channel, with `MARGIN_FRAMES` before `begin` and `WINDOW_FRAMES` behind `end`.
        begin: first frame.
        end: behind the last; the last point lies just before it.
        factor: points per frame.
        peak: linear.
        scratch: `(SCRATCH_DOUBLES,)`.
    """
    chunks = (end - begin + CHUNK_FRAMES - 1) // CHUNK_FRAMES
    for chunk in range(chunks):
        first = begin + chunk * (end - begin) // chunks
        count = begin + (chunk + 1) * (end - begin) // chunks - first
        peak = raised_peak(frames[first - MARGIN_FRAMES :], count, factor, peak, scratch)
    return peak


@inlined
def _remember(block: Any, ring: Any, clock: Any) -> None:
    """Writes a block behind the frames already seen; the ring's beginning is repeated after its end."""
    size, repeat = clock[CLOCK_RING], ring.shape[1] - clock[CLOCK_RING]
    done = 0
    while done < block.shape[0]:
        at = (clock[CLOCK_FRAMES] + done) % size
        count = min(block.shape[0] - done, size - at)
        for channel in range(block.shape[1]):
            source, target = block[done : done + count, channel], ring[channel, at : at + count]
            for i in range(count):
                target[i] = source[i]
            for i in range(at, min(at + count, repeat)):
                ring[channel, size + i] = ring[channel, i]
        done += count
    clock[CLOCK_FRAMES] += done


@inlined
def _smallest(values: Any) -> Any:
    smallest = math.inf
    for i in range(values.size):
        smallest = min(smallest, values[i])
    return smallest


@inlined
def _search_slot(ring: Any, clock: Any, peaks: Any, tables: Any, scratch: Any) -> None:
    """Raises the channels' peaks by the next slot and enters the slot in the tables."""
    rate, slot = clock[CLOCK_RATE], clock[CLOCK_SLOTS]
    begin = slot_start_compiled(slot, rate)
    frames = slot_start_compiled(slot + 1, rate) - begin
    lead = MARGIN_FRAMES if slot == 0 else 0  # what rings before the first sample
    first = (begin - lead - MARGIN_FRAMES) % clock[CLOCK_RING]
    begin, end = MARGIN_FRAMES + lead, MARGIN_FRAMES + lead + frames
    sampled, bound = 0.0, 0.0
    for channel in range(ring.shape[0]):
        lane = ring[channel, first:]
        highest = upper_bound(lane, MARGIN_FRAMES, end, scratch)
        if highest > peaks[channel]:
            peaks[channel] = stretch_peak(
                lane, MARGIN_FRAMES, end, clock[CLOCK_OVERSAMPLING], peaks[channel], scratch
            )
        sampled = max(sampled, largest_magnitude(lane[begin:end], scratch[:1]))
        bound = max(bound, highest)
    tables[_SLOT_PEAKS, slot], tables[_SLOT_BOUNDS, slot] = sampled, bound
    if slot >= SHORT_TERM_SLOTS - 1:
        window = tables[_SLOT_PEAKS, slot - SHORT_TERM_SLOTS + 1 : slot + 1]
        tables[_WINDOW_PEAKS, slot] = largest_magnitude(window, scratch[:1])
    clock[CLOCK_SLOTS] += 1


@inlined
def _settle_slots(ring: Any, clock: Any, tables: Any, scratch: Any) -> None:
    """Finds the true peak of the slots that can be the highest of a 3 s window.

    A slot is decided on when all windows that hold it have been seen. If it could not exceed the
    sample peak of any of them, its true peak is of no consequence and is not looked for.
    """
    rate = clock[CLOCK_RATE]
    while True:
        slot = clock[CLOCK_SETTLED]
        last = min(slot + SHORT_TERM_SLOTS, clock[CLOCK_END]) - 1
        if slot > last or last >= clock[CLOCK_SLOTS]:
            return
        clock[CLOCK_SETTLED] += 1
        lowest = _smallest(tables[_WINDOW_PEAKS, max(slot, SHORT_TERM_SLOTS - 1) : last + 1])
        if tables[_SLOT_BOUNDS, slot] <= lowest:
            continue
        begin = slot_start_compiled(slot, rate)
        end = MARGIN_FRAMES + slot_start_compiled(slot + 1, rate) - begin
        peak = lowest
        for channel in range(ring.shape[0]):
            lane = ring[channel, (begin - MARGIN_FRAMES) % clock[CLOCK_RING] :]
            peak = stretch_peak(lane, MARGIN_FRAMES, end, clock[CLOCK_OVERSAMPLING], peak, scratch)
        if peak > lowest:
            tables[_SLOT_PEAKS, slot] = peak


@compiled("void(float64[:, ::1], float64[:, ::1], int64[::1], float64[::1], float64[:, ::1], float64[::1])")
def follow(block: Any, ring: Any, clock: Any, peaks: Any, tables: Any, scratch: Any) -> None:
    """Takes a block in and searches every slot whose surroundings are complete.

    Args:
        block: `(frames, channels)`, at most half a second long.
        ring: `(channels, frames)`; what follows after the ring's own length repeats its beginning.
        clock: see the `CLOCK_…` entries.
        peaks: `(channels,)` linear true peaks so far, raised.
        tables: `(3, slots)`: peaks of slots, what they cannot exceed, sample peaks of the 3 s windows
            that end with them.
        scratch: a slot with its margins, and at least `SCRATCH_DOUBLES`.
    """
    _remember(block, ring, clock)
    rate = clock[CLOCK_RATE]
    while slot_start_compiled(clock[CLOCK_SLOTS] + 1, rate) + MARGIN_FRAMES <= clock[CLOCK_FRAMES]:
        _search_slot(ring, clock, peaks, tables, scratch)
        _settle_slots(ring, clock, tables, scratch)


class TruePeakMeter:
    """Finds the true peak of a programme that is handed over in blocks of any size, with the same result.

    Args:
        sample_rate: Hz, 8 kHz to 768 kHz.
        channels: of the blocks.
        along: also find the true peaks of slots (`TruePeak.slot_peaks`); else those stay sample peaks.

    Holds the latest 4 s of audio; beyond that memory grows by 300 values per second of programme.
    """

    def __init__(self, sample_rate: int, channels: int, *, along: bool = True) -> None:
        self.sample_rate = sample_rate
        self.channels = channels
        slot_frames = slot_start(1, sample_rate) + 1
        self._block_frames = sample_rate // 2
        ring_frames = 3 * sample_rate + self._block_frames + 4 * (slot_frames + MARGIN_FRAMES)
        around_frames = slot_frames + 3 * MARGIN_FRAMES
        self._ring = np.zeros((channels, ring_frames + around_frames + WINDOW_FRAMES))
        self._scratch = np.zeros(max(SCRATCH_DOUBLES, around_frames))
        self._peaks = np.zeros(channels)
        self._tables = np.zeros((3, slots_in(0, sample_rate)))
        self._clock = np.zeros(7, dtype=np.int64)
        self._clock[CLOCK_RATE] = sample_rate
        self._clock[CLOCK_OVERSAMPLING] = oversampling_factor(sample_rate)
        self._clock[CLOCK_RING] = ring_frames
        self._clock[CLOCK_END] = _NEVER
        if not along:
            self._clock[CLOCK_SETTLED] = _NEVER  # behind all there will be: none is left to be settled

    def process(self, block: Doubles) -> None:
        """Takes the next frames in.

        Args:
            block: `(frames, channels)` float64, C order, full scale ±1.0, finite.
        """
        for begin in range(0, len(block), self._block_frames):
            part = block[begin : begin + self._block_frames]
            needed = int(self._clock[CLOCK_SLOTS]) + slots_in(len(part), self.sample_rate) + 1
            self._tables = with_room(self._tables, needed)
            follow(part, self._ring, self._clock, self._peaks, self._tables, self._scratch)

    def result(self) -> TruePeak:
        """The true peak of what has been taken in so far, followed by silence; measuring may go on."""
        ended = copy.deepcopy(self)
        slots = complete_slots(int(self._clock[CLOCK_FRAMES]), self.sample_rate)
        ended._clock[CLOCK_END] = slots
        silence_frames = 2 * (slot_start(1, self.sample_rate) + 1 + MARGIN_FRAMES)
        ended.process(np.zeros((silence_frames, self.channels)))
        levels = (db_from_gain(float(peak)) for peak in ended._peaks)
        return TruePeak(
            channels_dbtp=tuple(level if math.isfinite(level) else None for level in levels),
            slot_peaks=ended._tables[_SLOT_PEAKS, :slots],
        )
