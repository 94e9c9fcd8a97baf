"""The meter's interpolator: what a signal reaches between its samples, without looking everywhere.

The distance between known points is halved step by step with windowed sincs that keep the points
they start from, so a reading is never below the sample peak:

- *halves* from the samples: 64 taps, the only demanding step; flat within 0.001 dB to 0.4535 of the
  rate (20 kHz at 44.1 kHz), images below −86 dB;
- *quarters*, *eighths*, *sixteenths*: 12, 8 and 6 taps suffice, as the signal fills ever less band.

A stretch is left out as soon as nothing in it can exceed the peak known so far. Nothing is assumed
about the signal for that: the interpolator reproduces straight lines, so what it finds between two
known points differs from the straight line between them by a weighted sum of *bends*, the second
differences x[n − 1] − 2·x[n] + x[n + 1]: at most by (the sum of the weights' magnitudes) times (the
largest bend around). Those sums are computed below. Music bends little from sample to sample.

Deliberately independent of the limiter's own detector, which it has to check.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import inlined
from engine.compiler.addresses import start_of, words_at
from engine.kernels.elementary import bessel_i0, sinc
from engine.kernels.fixed_order import convolved

Doubles = NDArray[np.float64]

#: Frames that are interpolated together, at most.
CHUNK_FRAMES = 64
#: Frames that have to be there before a stretch and after it.
MARGIN_FRAMES = 40

_MAGNITUDE = np.int64(0x7FFFFFFFFFFFFFFF)


def halfway_taps(pairs: int, beta: float) -> Doubles:
    """Interpolates halfway between points: a sinc under a Kaiser window, unity gain at 0 Hz.

    Args:
        pairs: half the number of taps.
        beta: shape of the window (J. F. Kaiser, "Nonrecursive digital filter design using the
            I0-sinh window function", ISCAS 1974).

    Returns:
        `(pairs,)`; the value halfway from n to n + 1 is Σ result[k]·(x[n − k] + x[n + 1 + k]).
    """
    distance = np.arange(pairs) + 0.5
    share = distance / pairs
    taps = sinc(distance) * bessel_i0(beta * np.sqrt(1.0 - share * share))
    return np.asarray(0.5 * taps / taps.sum())


_HALF = halfway_taps(32, 8.5)
_QUARTER = halfway_taps(6, 9.25)
_EIGHTH = halfway_taps(4, 9.25)
_SIXTEENTH = halfway_taps(3, 8.0)

_HALF_PASS = 4  # pairs added up per pass over a chunk, so that stores do not dominate
_LEAD = 4  # frames of halves before and after the chunk
# The loops below run over a whole chunk whatever the number of frames asked for: with constant
# lengths the compiler leaves no remainder outside the SIMD loop.
_HALVES = CHUNK_FRAMES + 2 * _LEAD
_QUARTERS = 4 * (CHUNK_FRAMES + 4)  # all points at 4×, one frame before the chunk to two after
_EIGHTHS = 4 * CHUNK_FRAMES + 8
_SIXTEENTHS = 4 * CHUNK_FRAMES

#: Frames behind a chunk's first that a window has to hold, readable though not all of them count.
WINDOW_FRAMES = CHUNK_FRAMES + 2 * MARGIN_FRAMES
#: float64 values of scratch memory that `raised_peak` needs.
SCRATCH_DOUBLES = 1 + _HALVES + _QUARTERS + _EIGHTHS + _SIXTEENTHS


def with_halves(points: Doubles, taps: Doubles) -> Doubles:
    """A sequence with the points halfway between its own put in (zeros beyond its ends)."""
    both = np.concatenate([taps[::-1], taps])
    result = np.empty(2 * points.size)
    result[::2] = points
    result[1::2] = convolved(points, both)[taps.size : taps.size + points.size]
    return result


def _bounds() -> tuple[float, float, float]:
    """What an interpolated value can differ, per largest bend around, from the straight line between
    two samples, between two halves and between two quarters."""
    samples = np.zeros(2 * CHUNK_FRAMES)
    samples[CHUNK_FRAMES] = 1.0
    halves = with_halves(samples, _HALF)
    quarters = with_halves(halves, _QUARTER)
    finest = with_halves(with_halves(quarters, _EIGHTH), _SIXTEENTH)
    bounds = []
    for known in (samples, halves, quarters):
        line = np.interp(np.arange(finest.size) * known.size / finest.size, np.arange(known.size), known)
        weights = (finest - line).reshape(-1, 16)  # of the samples, for each of the points in a frame
        # summing twice turns weights of samples into weights of second differences
        bends = np.cumsum(np.cumsum(weights, axis=0), axis=0)
        bounds.append(float(np.abs(bends).sum(axis=0).max()) + 1e-9)  # the digits make up for rounding
    return bounds[0], bounds[1], bounds[2]


SAMPLE_BOUND, HALF_BOUND, QUARTER_BOUND = _bounds()


@inlined
def largest_magnitude(values: Any, cell: Any) -> Any:
    """max |values|, compared as bit patterns, which order alike and let the compiler use SIMD.

    `cell` is one float64 of scratch memory.
    """
    patterns = words_at(start_of(values))
    largest = np.int64(0)
    for i in range(values.size):
        largest = max(largest, patterns[i] & _MAGNITUDE)
    words_at(start_of(cell))[0] = largest
    return cell[0]


@inlined
def largest_bend(values: Any, work: Any) -> Any:
    """The largest magnitude of the second differences of `values`; `work` is as long as they are."""
    bends = work[1 : values.size - 1]
    for i in range(bends.size):
        bends[i] = (values[i] - values[i + 1]) - (values[i + 1] - values[i + 2])
    return largest_magnitude(bends, work[:1])


@inlined
def _fill_halves(window: Any, halves: Any) -> None:
    first = MARGIN_FRAMES - _LEAD
    for i in range(_HALVES):
        halves[i] = 0.0
    for k in range(0, _HALF.size, _HALF_PASS):
        c0, c1, c2, c3 = _HALF[k], _HALF[k + 1], _HALF[k + 2], _HALF[k + 3]
        before, after = window[first - k - 3 :], window[first + k + 1 :]
        for i in range(_HALVES):
            halves[i] += (c0 * (before[i + 3] + after[i]) + c1 * (before[i + 2] + after[i + 1])) + (
                c2 * (before[i + 1] + after[i + 2]) + c3 * (before[i] + after[i + 3])
            )


@inlined
def _fill_quarters(samples: Any, halves: Any, quarters: Any) -> None:
    """All points at 4×; both inputs begin three frames before the output does."""
    c0, c1, c2 = _QUARTER[0], _QUARTER[1], _QUARTER[2]
    c3, c4, c5 = _QUARTER[3], _QUARTER[4], _QUARTER[5]
    for i in range(_QUARTERS // 4):
        quarters[4 * i] = samples[i + 3]
        quarters[4 * i + 1] = (
            (c0 * (samples[i + 3] + halves[i + 3]) + c1 * (halves[i + 2] + samples[i + 4]))
            + (c2 * (samples[i + 2] + halves[i + 4]) + c3 * (halves[i + 1] + samples[i + 5]))
            + (c4 * (samples[i + 1] + halves[i + 5]) + c5 * (halves[i] + samples[i + 6]))
        )
        quarters[4 * i + 2] = halves[i + 3]
        quarters[4 * i + 3] = (
            (c0 * (halves[i + 3] + samples[i + 4]) + c1 * (samples[i + 3] + halves[i + 4]))
            + (c2 * (halves[i + 2] + samples[i + 5]) + c3 * (samples[i + 2] + halves[i + 5]))
            + (c4 * (halves[i + 1] + samples[i + 6]) + c5 * (samples[i + 1] + halves[i + 6]))
        )


@inlined
def _fill_eighths(quarters: Any, eighths: Any) -> None:
    """The points halfway between quarters; the input begins three points before the output does."""
    c0, c1, c2, c3 = _EIGHTH[0], _EIGHTH[1], _EIGHTH[2], _EIGHTH[3]
    for i in range(_EIGHTHS):
        eighths[i] = (c0 * (quarters[i + 3] + quarters[i + 4]) + c1 * (quarters[i + 2] + quarters[i + 5])) + (
            c2 * (quarters[i + 1] + quarters[i + 6]) + c3 * (quarters[i] + quarters[i + 7])
        )


@inlined
def _fill_sixteenths(quarters: Any, eighths: Any, sixteenths: Any) -> None:
    """The larger of the two points halfway around each eighth; inputs begin one point early."""
    c0, c1, c2 = _SIXTEENTH[0], _SIXTEENTH[1], _SIXTEENTH[2]
    for i in range(_SIXTEENTHS):
        early = c0 * (quarters[i + 1] + eighths[i + 1]) + (
            c1 * (eighths[i] + quarters[i + 2]) + c2 * (quarters[i] + eighths[i + 2])
        )
        late = c0 * (eighths[i + 1] + quarters[i + 2]) + (
            c1 * (quarters[i + 1] + eighths[i + 2]) + c2 * (eighths[i] + quarters[i + 3])
        )
        sixteenths[i] = max(abs(early), abs(late))


@inlined
def raised_peak(window: Any, count: Any, oversampling: Any, peak: Any, scratch: Any) -> Any:
    """The larger of `peak` and the true peak of a chunk.

    Args:
        window: `(WINDOW_FRAMES,)` of one channel, the chunk beginning at `MARGIN_FRAMES`.
        count: frames of the chunk, up to 64; its last point lies just before the following frame.
        oversampling: 4, 8 or 16.
        peak: linear, ≥ 0.
        scratch: `(SCRATCH_DOUBLES,)`.
    """
    bend = largest_bend(window[: count + 2 * MARGIN_FRAMES], scratch)
    cell, halves = scratch[:1], scratch[1:]
    reached = largest_magnitude(window[MARGIN_FRAMES : MARGIN_FRAMES + count + 1], cell)
    if reached + bend * SAMPLE_BOUND <= peak:
        return peak
    _fill_halves(window, halves)
    reached = max(reached, largest_magnitude(halves[_LEAD : _LEAD + count], cell))
    if reached + bend * HALF_BOUND <= peak:
        return peak
    quarters = halves[_HALVES:]
    _fill_quarters(window[MARGIN_FRAMES - _LEAD :], halves, quarters)
    known = largest_magnitude(quarters[4 : 4 * count + 4], cell)
    if max(reached, known) + bend * QUARTER_BOUND <= peak:
        return peak
    peak = max(peak, known)
    eighths = quarters[_QUARTERS:]
    if oversampling >= 8:
        _fill_eighths(quarters, eighths)
        peak = max(peak, largest_magnitude(eighths[1 : 4 * count + 1], cell))
    if oversampling >= 16:
        sixteenths = eighths[_EIGHTHS:]
        _fill_sixteenths(quarters[3:], eighths, sixteenths)
        peak = max(peak, largest_magnitude(sixteenths[: 4 * count], cell))
    return peak
