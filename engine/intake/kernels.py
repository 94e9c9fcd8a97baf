"""Compiled accumulators of the stem intake: one look at every sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import compiled

#: Columns of `counts` in `count_samples`.
NAN, INFINITE, FIRST_BAD, DENORMAL, BITS, OFF_GRID, FIRST_SET, LAST_SET, FIRST_LOUD, LAST_LOUD = range(10)
COUNTS = 10
#: Columns of `sums` in `count_samples`.
SUM, ENERGY, PEAK = range(3)
SUMS = 3

#: The histogram's bins: 256 per octave (0.017 to 0.034 dB each) from 2^−40 to 2^8.
BINS_PER_OCTAVE = 256
LOWEST_EXPONENT = -40
BINS = 48 * BINS_PER_OCTAVE
_BIN_SHIFT = 44
_FIRST_BIN = (1023 + LOWEST_EXPONENT) * BINS_PER_OCTAVE
_MAGNITUDE = 0x7FFFFFFFFFFFFFFF

#: Columns of `runs` in `find_flat_tops`: the level runs are measured at, length and first frame of the
#: run going on, the step into it, the sample before, runs found, samples in them.
TOP, LENGTH, START, STEP_IN, BEFORE, RUNS, CLIPPED = range(7)
RUN_STATE = 7
#: Frames in which the highest level so far is looked for before each of them is looked at.
_LOOKED_AT = np.uint64(64)


@compiled(
    "void(float64[:, ::1], int64[:, ::1], int64, float64, float64,"
    " float64[:, ::1], int64[:, ::1], int64[::1])"
)
def count_samples(
    x: Any, words: Any, first_frame: Any, tiny: Any, loud: Any, sums: Any, counts: Any, histogram: Any
) -> None:
    """Adds up what single samples tell; NaN and infinite samples are counted and become zero.

    Args:
        x: `(frames, channels)`, changed in place.
        words: the same memory as int64.
        first_frame: of the file that row 0 is.
        tiny: magnitude below which a sample that is not zero is denormal.
        loud: magnitude above which a sample counts as sound.
        sums: `(channels, SUMS)`: sum, energy, largest magnitude.
        counts: `(channels, COUNTS)`: NaN, infinite, frame of the first such (−1: none), denormal, bits
            used of 32-bit integers (or-ed), samples between those integers; first and last frame that
            is not zero, first and last above `loud` (−1: none).
        histogram: `(BINS,)` samples by magnitude, all channels; zero and what is smaller: bin 0.
    """
    for channel in range(x.shape[1]):
        total, energy, peak = sums[channel, SUM], sums[channel, ENERGY], sums[channel, PEAK]
        bits, off_grid, denormal = np.int64(0), np.int64(0), np.int64(0)
        # in registers: to the compiler a write to the histogram could be one to any of these
        first_set, last_set = counts[channel, FIRST_SET], counts[channel, LAST_SET]
        first_loud, last_loud = counts[channel, FIRST_LOUD], counts[channel, LAST_LOUD]
        for frame in range(np.uint64(x.shape[0])):
            value = x[frame, channel]
            magnitude = abs(value)
            if not magnitude < np.inf:
                kind = NAN if magnitude != magnitude else INFINITE
                counts[channel, kind] += 1
                if counts[channel, FIRST_BAD] < 0:
                    counts[channel, FIRST_BAD] = first_frame + frame
                x[frame, channel] = 0.0
                continue
            if magnitude == 0.0:
                continue
            last_set = first_frame + np.int64(frame)
            if first_set < 0:
                first_set = last_set
            if magnitude > loud:
                last_loud = last_set
                if first_loud < 0:
                    first_loud = last_set
            elif magnitude < tiny:
                denormal += 1
            total += value
            energy += value * value
            peak = max(peak, magnitude)
            scaled = value * 2147483648.0
            if magnitude < 1048576.0 and np.float64(np.int64(scaled)) == scaled:
                bits |= np.int64(scaled)
            else:
                off_grid += 1
            place = ((words[frame, channel] & _MAGNITUDE) >> _BIN_SHIFT) - _FIRST_BIN
            histogram[min(max(place, 0), BINS - 1)] += 1
        sums[channel, SUM], sums[channel, ENERGY], sums[channel, PEAK] = total, energy, peak
        counts[channel, FIRST_SET], counts[channel, LAST_SET] = first_set, last_set
        counts[channel, FIRST_LOUD], counts[channel, LAST_LOUD] = first_loud, last_loud
        counts[channel, BITS] |= bits
        counts[channel, OFF_GRID] += off_grid
        counts[channel, DENORMAL] += denormal


@compiled("void(float64[:, ::1], int64, float64, float64, float64[:, :, ::1], int64[:, ::1])")
def find_flat_tops(x: Any, first_frame: Any, step: Any, corner: Any, runs: Any, places: Any) -> None:
    """Finds runs of three or more samples at the top or bottom of each channel's own range.

    The range is known only at the end, so runs are counted at the highest level so far and forgotten
    when a sample exceeds it by more than `step`. A rounded sine has flat tops too: a run counts only
    when the signal jumps into or out of it by more than `corner`.

    Args:
        x: `(frames, channels)`, finite.
        first_frame: of the file that row 0 is.
        step: width of a run: samples within it of the top are taken as equal.
        corner: see above.
        runs: `(channels, 2, RUN_STATE)`: the state for positive and negative peaks; TOP starts at the
            lowest level of interest.
        places: `(2 · channels, any)`: first frames of the first runs found.
    """
    for channel in range(x.shape[1]):
        for polarity in range(2):
            sign = 1.0 if polarity == 0 else -1.0
            state = runs[channel, polarity]
            found = places[2 * channel + polarity]
            top, before, length = state[TOP], state[BEFORE], state[LENGTH]
            for begin in range(np.uint64(0), np.uint64(x.shape[0]), _LOOKED_AT):
                end = min(begin + _LOOKED_AT, np.uint64(x.shape[0]))
                if length == 0.0:
                    reaching = np.int64(0)
                    for frame in range(begin, end):
                        reaching += np.int64(sign * x[frame, channel] >= top - step)
                    if reaching == 0:  # as nearly everywhere: nothing can begin here
                        before = sign * x[end - np.uint64(1), channel]
                        continue
                for frame in range(begin, end):
                    value = sign * x[frame, channel]
                    if value < top - step:
                        if length > 0.0:
                            if length >= 3.0 and max(state[STEP_IN], before - value) > corner:
                                if state[RUNS] < found.size:
                                    found[np.int64(state[RUNS])] = np.int64(state[START])
                                state[RUNS] += 1.0
                                state[CLIPPED] += length
                            length = 0.0
                    else:
                        if value > top + step:
                            top = value
                            length, state[RUNS], state[CLIPPED] = 0.0, 0.0, 0.0
                        if length == 0.0:
                            state[START] = np.float64(first_frame + np.int64(frame))
                            state[STEP_IN] = value - before
                        length += 1.0
                    before = value
            state[TOP], state[BEFORE], state[LENGTH] = top, before, length


@compiled("void(float64[:, ::1], float64[::1])")
def block_levels(x: Any, levels: Any) -> None:
    """Largest magnitude, energies of the first and last channel, and their product, added to `levels`.

    Args:
        x: `(frames, channels)` of one block.
        levels: `(4,)`: largest magnitude of all channels, Σ L², Σ R², Σ L·R.
    """
    last = x.shape[1] - 1
    peak, left_energy, right_energy, product = 0.0, 0.0, 0.0, 0.0
    for frame in range(np.uint64(x.shape[0])):
        left, right = x[frame, 0], x[frame, last]
        left_energy += left * left
        right_energy += right * right
        product += left * right
        for channel in range(x.shape[1]):
            peak = max(peak, abs(x[frame, channel]))
    levels[0] = max(levels[0], peak)
    levels[1] += left_energy
    levels[2] += right_energy
    levels[3] += product
