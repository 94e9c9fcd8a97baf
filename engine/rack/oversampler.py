"""Oversampling for what is not linear: the filters, and the program that runs them on a quantum.

Up, every step doubles the rate by a linear-phase half-band filter: each second value is an input
itself, delayed. Down, half-band filters again; the last step is a sharper filter that stops at half
the base rate, so that nothing folds back into the pass band. A caller hands down only the
*difference* that it makes, and adds what comes out to the delayed input: the signal itself never
passes a filter, and keeps its whole spectrum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES
from engine.kernels.elementary import cos_pi
from engine.kernels.fixed_order import CosineFit
from engine.kernels.interpolate import fractional_delay
from engine.kernels.line_machine import FILTER, INSTRUCTION_WORDS, SHIFT, UNWEAVE, WEAVE
from engine.units import db_from_gain

Doubles = NDArray[np.float64]

#: What passes unchanged: the audible range, of a higher rate this share at least, of any rate this at
#: most (20 kHz at 44.1 kHz).
_PASS_HZ = 20000.0
_LEAST_SHARE = 0.3
_LARGEST_SHARE = 0.4536
#: The last filter stops at half the rate, but not sooner above the pass band than this.
_TRANSITION_HZ = 4000.0
#: Attenuation of images, and of what would fold back at higher rates than twice the base rate: what Kaiser's
#: formula is asked for, at least 102 dB come of it …
_STOP_DB = 106.0
#: … and in the last step: harmonics up there are at least some 10 dB below what makes them.
_LAST_STOP_DB = 94.0
#: An error in the pass band may be so much larger than one in the stop band (0.003 dB of the difference,
#: which at a drive of 36 dB is 60 times the output).
_STOP_WEIGHT = 10.0
_REWEIGHTINGS = 12

_LINE = 8  # float64 in a cache line


def pass_band_hz(sample_rate: int) -> float:
    """Upper edge of what passes the filters unchanged."""
    return min(max(_PASS_HZ, _LEAST_SHARE * sample_rate), _LARGEST_SHARE * sample_rate)


def _half_band(pass_band: float) -> Doubles:
    """Taps for the value halfway between two of a signal that fills `pass_band` of its rate.

    Their number follows from the attenuation (J. F. Kaiser, ISCAS 1974, see `fractional_delay`).
    """
    transition = 2.0 * math.pi * (1.0 - 2.0 * pass_band)
    pairs = math.ceil(((_STOP_DB - 8.0) / (2.285 * transition) + 1.0) / 2.0)
    return fractional_delay(0.5, 2 * pairs, pass_band)


def _low_pass(taps: int, edges: tuple[float, float], midpoints: bool = False) -> tuple[Doubles, float]:
    """A symmetric low-pass with nearly equal ripples, and its attenuation in dB.

    Weighted least squares, the weights moved towards the largest errors (C. L. Lawson,
    *Contributions to the theory of linear least maximum approximation*, UCLA 1961).

    Args:
        taps: count.
        edges: end of the pass band, beginning of the stop band, re the filter's rate.
        midpoints: whether to make good what the mean of two neighbours loses, cos(π·frequency).
    """
    points = 8 * taps
    passing = np.linspace(0.0, edges[0], max(16, round(points * edges[0])))
    stopped = np.linspace(edges[1], 0.5, max(16, round(points * (0.5 - edges[1]))))
    fit = CosineFit(np.concatenate([passing, stopped]), (taps + 1) // 2, halves=taps % 2 == 0)
    wanted = 1.0 / cos_pi(passing) if midpoints else np.ones(len(passing))
    target = np.concatenate([wanted, np.zeros(len(stopped))])
    importance = np.concatenate([np.ones(len(passing)), np.full(len(stopped), _STOP_WEIGHT)])
    weight = importance.copy()
    half = np.zeros((taps + 1) // 2)
    error = np.ones(len(target))
    for _ in range(_REWEIGHTINGS):
        half = fit.amplitudes(target, weight)
        error = np.abs(fit.values(half) - target) * importance
        weight = weight * np.sqrt(error / error.max() + 0.02)
        weight *= importance.mean() / weight.mean()
    whole = np.concatenate([half[::-1], half[taps % 2 :]])
    # a ripple at 0 Hz would be a wrong level of everything low
    return whole / whole.sum(), -db_from_gain(float(error[len(passing) :].max()) / _STOP_WEIGHT)


def _shortest_low_pass(
    first_taps: int, edges: tuple[float, float], stop_db: float, midpoints: bool = False
) -> Doubles:
    """The shortest of `first_taps`, `first_taps` + 4, … that attenuates by `stop_db`."""
    # seven tenths of what a Kaiser window needs, so that the search begins below the goal
    least = 0.7 * (stop_db - 8.0) / (2.285 * 2.0 * math.pi * (edges[1] - edges[0]))
    taps = first_taps + 4 * max(0, math.ceil((least - first_taps) / 4))
    low_pass, stopped_db = _low_pass(taps, edges, midpoints)
    while stopped_db < stop_db:
        taps += 4
        low_pass, stopped_db = _low_pass(taps, edges, midpoints)
    return low_pass


@dataclass(frozen=True)
class Oversampler:
    """The program, and where a caller finds its lines: doubles from the beginning of its memory.

    Attributes:
        up: instructions that fill the lines of the high rate from `input`, as words.
        down: instructions that make `result` of the difference's lines.
        shift: instructions that end the quantum.
        taps: parameters of the program, float64.
        memory_doubles: of one lane; zeros at first.
        values: on each of the high rate's two lines in a quantum.
        even: every second value of the high rate.
        odd: the values between them; the one before the first stands just before the line.
        even_difference: what the caller makes of `even`.
        odd_difference: what the caller makes of `odd`.
        input: where the quantum goes in, 64 doubles.
        dry: the input, delayed by `latency_frames`.
        result: the filtered difference, 64 doubles.
        latency_frames: whole frames of the base rate.
    """

    up: tuple[int, ...]
    down: tuple[int, ...]
    shift: tuple[int, ...]
    taps: Doubles
    memory_doubles: int
    values: int
    even: int
    odd: int
    even_difference: int
    odd_difference: int
    input: int
    dry: int
    result: int
    latency_frames: int


@dataclass
class _Builder:
    """Lays out lines and writes instructions."""

    size: int = 0
    taps: list[float] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    shifts: list[int] = field(default_factory=list)

    def line(self, values: int, remembered: int) -> int:
        """The address of a line's first present value."""
        before = -(-remembered // _LINE) * _LINE
        start = self.size
        self.size += before + values
        if before:
            self.shifts += [SHIFT, start, values, before, *[0] * (INSTRUCTION_WORDS - 4)]
        return start + before

    def filter(self, target: int, values: int, *sources: tuple[int, Doubles]) -> None:
        """target[i] = Σ taps[k]·source[i + k − taps + 1], over one or two sources."""
        words = [FILTER, target, values]
        for address, taps in sources:
            words += [address - len(taps) + 1, len(self.taps), len(taps)]
            self.taps += taps.tolist()
        self.words += words + [0] * (INSTRUCTION_WORDS - len(words))

    def move(self, kind: int, target: int, values: int, source: int, other: int) -> None:
        self.words += [kind, target, values, source, other, *[0] * (INSTRUCTION_WORDS - 5)]


@dataclass(frozen=True)
class _Filters:
    """The filters of an oversampler.

    Attributes:
        up: half-bands, the first one first.
        down: for each step but the last, the highest rate first: taps for the even and the odd line,
            and by how many values of the even line each is behind.
        last: taps for the even and the odd line of twice the base rate.
        latency_frames: of all, whole frames of the base rate.
    """

    up: tuple[Doubles, ...]
    down: tuple[tuple[Doubles, Doubles, tuple[int, int]], ...]
    last: tuple[Doubles, Doubles]
    latency_frames: int


@lru_cache(maxsize=16)
def _design(sample_rate: int, steps: int, midpoints: bool) -> _Filters:
    pass_hz = pass_band_hz(sample_rate)
    pass_band = pass_hz / sample_rate
    up = tuple(_half_band(pass_band / 2**step) for step in range(steps))
    delay = sum((Fraction(len(taps), 2 << step) for step, taps in enumerate(up)), Fraction(0))
    down = []
    for step in range(steps - 1, 0, -1):
        late = len(up[step]) // 2 - 1
        if midpoints and step == steps - 1:
            taps = _midpoint_filter(pass_band / 2**steps, len(up[step]))
            late = (len(taps) // 2 - 1) // 2
            down.append((taps[0::2], taps[1::2], (0, 0)))
        else:
            down.append((np.array([0.5]), up[step] / 2.0, (late, 0)))
        delay += Fraction(late, 1 << step)
    # the newest value is half a frame after the last whole one, and the middle (taps − 1)/4 frames
    # before that; the count of taps is the one that makes the whole delay a whole number
    first_taps = next(taps for taps in (5, 7) if (delay + Fraction(taps - 3, 4)).denominator == 1)
    stop_hz = max(sample_rate / 2.0, min(pass_hz + _TRANSITION_HZ, sample_rate - pass_hz))
    edges = (pass_hz / (2 * sample_rate), stop_hz / (2 * sample_rate))
    last = _shortest_low_pass(first_taps, edges, _LAST_STOP_DB)
    latency = delay + Fraction(len(last) - 3, 4)
    return _Filters(up, tuple(down), (last[1::2], last[0::2]), int(latency))


def _midpoint_filter(pass_band: float, half_band_taps: int) -> Doubles:
    """For values that lie half a step early; `pass_band` re their rate.

    Twice an odd number of taps puts the middle on a whole value; that the delay of all filters can be
    made whole depends on the taps of the half-band of the same step, too.
    """
    edges = (pass_band, 0.5 - pass_band)
    taps = _shortest_low_pass(2, edges, _STOP_DB, midpoints=True)
    while (half_band_taps + len(taps) // 2 - 1) % 4:
        taps, _ = _low_pass(len(taps) + 4, edges, midpoints=True)
    return taps


@lru_cache(maxsize=16)
def oversampler(sample_rate: int, steps: int, midpoints: bool, latency_frames: int = 0) -> Oversampler:
    """An oversampler by 2^`steps`.

    Args:
        sample_rate: of the base, Hz.
        steps: at least 2.
        midpoints: the caller's differences belong halfway between a value and the one before, as
            first-order anti-derivative anti-aliasing makes them. The first filter down brings them
            back to whole values and makes their loss of treble good.
        latency_frames: a whole delay that is asked for, if the filters do not need more.
    """
    filters = _design(sample_rate, steps, midpoints)
    latency = max(latency_frames, filters.latency_frames)
    build = _Builder()
    quantum = build.line(QUANTUM_FRAMES, max(latency, len(filters.up[0])))
    even, odd = _lay_out_up(build, filters, quantum)
    up = tuple(build.words)
    build.words.clear()
    differences, result = _lay_out_down(build, filters, latency - filters.latency_frames)
    return Oversampler(
        up=up,
        down=tuple(build.words),
        shift=tuple(build.shifts),
        taps=np.array(build.taps),
        memory_doubles=build.size,
        values=QUANTUM_FRAMES << (steps - 1),
        even=even,
        odd=odd,
        even_difference=differences[0],
        odd_difference=differences[1],
        input=quantum,
        dry=quantum - latency,
        result=result,
        latency_frames=latency,
    )


def _lay_out_up(build: _Builder, filters: _Filters, source: int) -> tuple[int, int]:
    """From the line at `source` to the even and the odd line of the high rate."""
    even = odd = 0
    for step, taps in enumerate(filters.up):
        values = QUANTUM_FRAMES << step
        last = step == len(filters.up) - 1
        even = source - len(taps) // 2
        odd = build.line(values, _LINE if last else 0)
        build.filter(odd, values, (source, taps))
        if not last:
            source = build.line(2 * values, len(filters.up[step + 1]))
            build.move(WEAVE, source, values, even, odd)
    return even, odd


def _lay_out_down(build: _Builder, filters: _Filters, spare: int) -> tuple[tuple[int, int], int]:
    """From the two lines of the difference to the result, `spare` frames later than the filters need.

    Returns:
        The addresses of the two lines and of the result.
    """
    steps = [*filters.down, (*filters.last, (spare, spare))]
    remembered = [max(len(even) + late[0], len(odd) + late[1]) for even, odd, late in steps]
    values = QUANTUM_FRAMES << (len(steps) - 1)
    differences = lines = build.line(values, remembered[0]), build.line(values, remembered[0])
    result = 0
    for step, (even, odd, late) in enumerate(steps):
        result = build.line(values, 0)
        build.filter(result, values, (lines[0] - late[0], even), (lines[1] - late[1], odd))
        if step < len(steps) - 1:
            values //= 2
            lines = build.line(values, remembered[step + 1]), build.line(values, remembered[step + 1])
            build.move(UNWEAVE, lines[0], values, result, lines[1])
    return differences, result
