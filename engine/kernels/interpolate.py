"""The interpolator of the limiter: what a signal reaches between its samples, sixteen times a frame.

Each step halves the distance between known points by a windowed sinc, and each needs far fewer taps
than the one before, because the signal fills less and less of the band. There are two ways through:

- `quarter_peaks` for every frame, at 4×: 48 taps halfway between samples, then 12 taps. A signal
  band-limited to half the rate can exceed its 4× samples by `QUARTER_BOUND` at most.
- `refine_peaks` where a peak is about to decide something, at 16×. Hard edges and unfiltered
  synthesis fill the band up to half the rate, where interpolators disagree and where the filter of a
  sample-rate converter, by taking away what lies above 0.4565 of the rate, may raise a peak by
  0.2 dB. This way therefore begins with such a filter, 241 taps at twice the rate.

Kernels here are compiled into their callers and run on a *window*: 208 float32 samples of one
channel, of which the middle 64 are the block in question. 32-bit floats err by −140 dB, which is
far below what decides about a peak. Nothing is remembered between calls.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES, inlined
from engine.compiler.pointers import ahead
from engine.elementary import cos_pi
from engine.kernels.elementary import bessel_i0, cosines, sinc
from engine.kernels.fixed_order import CosineFit, convolved

#: Frames of a window before the block, and after it.
MARGIN_FRAMES = 72
WINDOW_FRAMES = QUANTUM_FRAMES + 2 * MARGIN_FRAMES

#: Upper edge of the pass band re the sample rate; covers 20 kHz at 44.1 kHz (0.4535).
PASS_BAND = 0.4565

#: Frames that are refined together.
GROUP_FRAMES = 16

#: A signal of bandwidth B is below max|samples| / cos(π·B/rate) everywhere, here with rate = 8·B
#: (Duffin and Schaeffer, "Some properties of functions of exponential type", Bull. AMS 44, 1938).
QUARTER_BOUND = 1.0 / cos_pi(0.125)

_HALF_PAIRS = 24
_QUARTER_PAIRS = 6
_FINE_PAIRS = 4
_FILTER_PAIRS = 60
_FILTER_PASS = 12  # pairs added up at a time: the compiler writes out inner loops up to about this length

# The loops below run over a few points more than needed: multiples of 16 leave no remainder outside
# the SIMD loop.
_HALVES, _HALVES_LEAD = 80, 8  # halves of frames −8…71 of the block
_QUARTERS, _QUARTERS_LEAD = 72, 4  # quarters of frames −4…67
_FIRST_HALF = MARGIN_FRAMES - _HALVES_LEAD
_FIRST_QUARTER = MARGIN_FRAMES - _QUARTERS_LEAD
_FIRST_AT = _HALVES  # in scratch memory, after the halves: the points at ¼ of a frame,
_THIRD_AT = _FIRST_AT + _QUARTERS  # and those at ¾

# Of a group: filtered points at 2× from 6 frames before it, points at 4× from 2 frames before it.
_FILTERED, _FILTERED_LEAD = 32, 6
_DENSE, _DENSE_LEAD = 48, 2
_DENSE_FROM = 2 * (_FILTERED_LEAD - _DENSE_LEAD)
_DENSE_AT = 2 * _FILTERED
_FINE_AT = _DENSE_AT + 2 * _DENSE

#: float32 values of scratch memory that either way needs.
SCRATCH_FLOATS = 256


def fractional_delay(delay: float, taps: int, pass_band: float) -> NDArray[np.float64]:
    """An interpolator between two samples: a sinc under a Kaiser window, unity gain at DC.

    The window's shape follows from the taps and the width of the transition band, 1 − 2·pass_band
    around half the rate (J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window
    function", ISCAS 1974: attenuation A = 8 + 2.285·Δω·(taps − 1), β = 0.1102·(A − 8.7) for A > 50).

    Args:
        delay: position between the two middle taps, 0…1.
        taps: even count.
        pass_band: upper edge of the pass band re the input's rate, 0…0.5.

    Returns:
        `(taps,)`; the value at `n + delay` is Σ result[k]·x[n + k − taps/2 + 1].
    """
    transition = 2.0 * math.pi * (1.0 - 2.0 * pass_band)
    beta = 0.1102 * (8.0 + 2.285 * transition * (taps - 1) - 8.7)
    distance = np.arange(taps) - (taps // 2 - 1) - delay
    share = distance / (taps / 2)
    shape = np.sqrt(np.maximum(0.0, 1.0 - share * share))
    coefficients = sinc(distance) * bessel_i0(beta * shape)
    return np.asarray(coefficients / coefficients.sum())


def _outward(delay: float, pairs: int, pass_band: float) -> tuple[Any, Any]:
    """Even and odd halves of an interpolator as float32, from the middle outward.

    With s = x[n − k] + x[n + 1 + k] and d = x[n − k] − x[n + 1 + k] the value at `delay` is
    Σ even·s + odd·d and that at 1 − `delay` is Σ even·s − odd·d.
    """
    taps = fractional_delay(delay, 2 * pairs, pass_band)
    before, after = taps[pairs - 1 :: -1], taps[pairs:]
    return ((before + after) / 2.0).astype(np.float32), ((before - after) / 2.0).astype(np.float32)


def _converter_filter() -> tuple[Any, Any]:
    """A low-pass at twice the rate like a sample-rate converter's, as float32 from the middle outward.

    A converter of delivery quality has a Kaiser-windowed sinc that is flat to 0.4565 of the rate and
    170 dB down at half the rate. Its hundreds of taps are approximated by fewer in the least-squares
    sense (T. W. Parks and C. S. Burrus, *Digital Filter Design*, 1987, chapter 3). Between pass band
    and the mirror image of it accuracy matters less: there is next to nothing there.

    Returns:
        Weights at the samples, `(_FILTER_PAIRS + 1,)`, the middle one first, and halfway,
        `(_FILTER_PAIRS,)`: the filtered value at n is weights[0]·x[n] + Σ weights[k]·(x[n − k] + x[n + k]).
    """
    cutoff = (0.5 + PASS_BAND) / 2.0
    half_length = (170.0 - 8.0) / (2.0 * 2.285 * math.pi * (0.5 - PASS_BAND))
    beta = 0.1102 * (170.0 - 8.7)
    long_order = np.arange(1.0, half_length)
    share = long_order / half_length
    window = bessel_i0(beta * np.sqrt(1.0 - share * share)) / float(bessel_i0(beta))
    long = sinc(cutoff * long_order) * window

    frequency = np.linspace(0.0, 1.0, 1200)
    shapes = cosines(0.5 * frequency, len(long) + 1)[1:]
    wanted = cutoff * (1.0 + 2.0 * (shapes * long[:, None]).sum(axis=0))
    weight = np.where((frequency > PASS_BAND) & (frequency < 1.0 - PASS_BAND), 0.05, 1.0)
    fit = CosineFit(0.5 * frequency, 2 * _FILTER_PAIRS + 1, halves=False)
    short = 2.0 * fit.amplitudes(wanted, weight)
    return short[::2].astype(np.float32), short[1::2].astype(np.float32)


_HALF, _ = _outward(0.5, _HALF_PAIRS, PASS_BAND)
_QUARTER, _ = _outward(0.5, _QUARTER_PAIRS, PASS_BAND / 2.0)
_MIDDLE, _ = _outward(0.5, _FINE_PAIRS, PASS_BAND / 4.0)
_EVEN, _ODD = _outward(0.25, _FINE_PAIRS, PASS_BAND / 4.0)
_AT_SAMPLE, _AT_HALF = _converter_filter()


def _insert_halfway(points: NDArray[np.float64], outward: Any) -> NDArray[np.float64]:
    """A sequence with the points halfway between its own inserted (zeros beyond its ends)."""
    taps = np.concatenate([outward[::-1], outward]).astype(np.float64)
    result = np.zeros(2 * points.size)
    result[::2] = points
    result[1::2] = convolved(points, taps)[len(outward) - 1 :][: points.size]
    return result


def _largest_absolute_sum() -> float:
    """The largest Σ|taps| of either way as a whole, over its points in a frame."""
    impulse = np.zeros(WINDOW_FRAMES)
    impulse[WINDOW_FRAMES // 2] = 1.0
    sparse = np.zeros(2 * WINDOW_FRAMES)
    sparse[::2] = impulse
    outward = np.zeros(2 * _FILTER_PAIRS + 1)
    outward[::2], outward[1::2] = _AT_SAMPLE, _AT_HALF
    filtered = convolved(sparse, np.concatenate([outward[:0:-1], outward]))[len(outward) - 1 :][: len(sparse)]
    sums = []
    for halves in (_insert_halfway(impulse, _HALF), filtered):
        quarters = _insert_halfway(halves, _QUARTER)
        sums.append(quarters)
        for even, odd in ((_EVEN, _ODD), (_MIDDLE, 0.0 * _ODD), (_EVEN, -_ODD)):
            sums.append(convolved(quarters, np.concatenate([(even - odd)[::-1], even + odd])))
    return float(max(np.abs(points)[phase::4].sum() for points in sums for phase in range(4)))


#: No interpolated value exceeds the largest sample of its window times this.
SAMPLE_BOUND = _largest_absolute_sum()


@inlined
def quarter_peaks(window: Any, scratch: Any, peaks: Any) -> None:
    """Raises `peaks` to the largest magnitude at 4× of each frame of the block.

    Args:
        window: `(WINDOW_FRAMES,)` float32 of one channel, a pointer like the others.
        scratch: `(SCRATCH_FLOATS,)` float32.
        peaks: `(64,)` float32, in and out; entry n covers the time from n to just before n + 1.
    """
    for i in range(_HALVES):
        total = np.float32(0.0)
        for k in range(_HALF_PAIRS):
            total += _HALF[k] * (window[i + _FIRST_HALF - k] + window[i + _FIRST_HALF + 1 + k])
        scratch[i] = total
    for i in range(_QUARTERS):
        # Points at 2× lie outward in turn in `window` and among the halves.
        first = np.float32(0.0)
        third = np.float32(0.0)
        for k in range(_QUARTER_PAIRS // 2):
            near, far = _QUARTER[2 * k], _QUARTER[2 * k + 1]
            sample, half = i + _FIRST_QUARTER, i + _HALVES_LEAD - _QUARTERS_LEAD
            first += near * (window[sample - k] + scratch[half + k])
            first += far * (scratch[half - 1 - k] + window[sample + 1 + k])
            third += near * (scratch[half - k] + window[sample + 1 + k])
            third += far * (window[sample - k] + scratch[half + 1 + k])
        scratch[_FIRST_AT + i] = first
        scratch[_THIRD_AT + i] = third
    for i in range(QUANTUM_FRAMES):
        even = max(abs(window[MARGIN_FRAMES + i]), abs(scratch[_HALVES_LEAD + i]))
        odd = max(abs(scratch[_FIRST_AT + _QUARTERS_LEAD + i]), abs(scratch[_THIRD_AT + _QUARTERS_LEAD + i]))
        peaks[i] = max(peaks[i], max(even, odd))


@inlined
def refine_peaks(window: Any, scratch: Any, start: Any, peaks: Any) -> None:
    """Raises `peaks` of one group to the largest magnitude at 16×.

    Args:
        window: `(WINDOW_FRAMES,)` float32 of one channel, a pointer like the others.
        scratch: `(SCRATCH_FLOATS,)` float32.
        start: the group's first frame in the block, a multiple of `GROUP_FRAMES`.
        peaks: `(64,)` float32, in and out.
    """
    near = ahead(window, start + MARGIN_FRAMES - _FILTERED_LEAD - _FILTER_PAIRS)
    for i in range(_FILTERED):
        scratch[2 * i] = _AT_SAMPLE[0] * near[i + _FILTER_PAIRS]
        scratch[2 * i + 1] = np.float32(0.0)
    for done in range(0, _FILTER_PAIRS, _FILTER_PASS):
        before = ahead(near, _FILTER_PAIRS - done - _FILTER_PASS)
        after = ahead(near, _FILTER_PAIRS + done)
        for i in range(_FILTERED):
            at_sample = scratch[2 * i]
            at_half = scratch[2 * i + 1]
            for k in range(_FILTER_PASS):
                outer = before[i + _FILTER_PASS - 1 - k]
                at_sample += _AT_SAMPLE[done + 1 + k] * (outer + after[i + 1 + k])
                at_half += _AT_HALF[done + k] * (before[i + _FILTER_PASS - k] + after[i + 1 + k])
            scratch[2 * i] = at_sample
            scratch[2 * i + 1] = at_half
    for i in range(_DENSE):
        quarter = np.float32(0.0)
        for k in range(_QUARTER_PAIRS):
            quarter += _QUARTER[k] * (scratch[_DENSE_FROM + i - k] + scratch[_DENSE_FROM + 1 + i + k])
        scratch[_DENSE_AT + 2 * i] = scratch[_DENSE_FROM + i]
        scratch[_DENSE_AT + 2 * i + 1] = quarter
    for i in range(4 * GROUP_FRAMES):
        dense = _DENSE_AT + 4 * _DENSE_LEAD + i
        middle_way = np.float32(0.0)
        even = np.float32(0.0)
        odd = np.float32(0.0)
        for k in range(_FINE_PAIRS):
            before, after = scratch[dense - k], scratch[dense + 1 + k]
            middle_way += _MIDDLE[k] * (before + after)
            even += _EVEN[k] * (before + after)
            odd += _ODD[k] * (before - after)
        # The larger of |even + odd| and |even − odd|, the points at ¼ and ¾.
        between = max(abs(middle_way), abs(even) + abs(odd))
        scratch[_FINE_AT + i] = max(between, abs(scratch[dense]))
    for i in range(GROUP_FRAMES):
        fine = _FINE_AT + 4 * i
        largest = max(max(scratch[fine], scratch[fine + 1]), max(scratch[fine + 2], scratch[fine + 3]))
        peaks[start + i] = max(peaks[start + i], largest)
