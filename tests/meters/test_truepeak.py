"""True peak and PSR against EBU Tech 3341, a 16× resampler and interpolation without any shortcut."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.signal
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.meters import oversampling
from engine.meters.loudness import LoudnessMeter
from engine.meters.peakratio import psr_min_db, window_maxima
from engine.meters.slots import complete_slots, slot_start
from engine.meters.truepeak import TruePeak, TruePeakMeter, oversampling_factor

Doubles = NDArray[np.float64]

HALF = 10.0 ** (-6.0 / 20.0)  # 0.50 FFS as the test set has it
RATES = (44_100, 48_000, 88_200, 96_000, 192_000)


def measure(signal: Doubles, sample_rate: int = 48_000, block: int = 0) -> TruePeak:
    frames = signal if signal.ndim == 2 else signal[:, None]
    meter = TruePeakMeter(sample_rate, frames.shape[1])
    for begin in range(0, len(frames), block or len(frames) or 1):
        meter.process(np.ascontiguousarray(frames[begin : begin + (block or len(frames))]))
    return meter.result()


def dbtp(signal: Doubles, sample_rate: int = 48_000) -> float:
    level = measure(signal, sample_rate).dbtp
    assert level is not None
    return level


def faded(signal: Doubles, frames: int) -> Doubles:
    ramp = np.minimum(1.0, np.arange(signal.size) / frames)
    return signal * ramp * ramp[::-1]


def every_point(signal: Doubles, factor: int = 16) -> Doubles:
    """All points of the interpolator, computed everywhere, zeros around the signal."""
    points = np.concatenate([np.zeros(80), signal, np.zeros(80)])
    for taps in (oversampling._HALF, oversampling._QUARTER, oversampling._EIGHTH, oversampling._SIXTEENTH):
        if factor > 1:
            points, factor = oversampling.with_halves(points, taps), factor // 2
    return points


def resampled_peak_db(signal: Doubles, sample_rate: int) -> float:
    padded = np.concatenate([np.zeros(2048), signal, np.zeros(2048)])
    dense = soxr.resample(padded, sample_rate, 16 * sample_rate, quality="VHQ")
    return 20.0 * math.log10(float(np.abs(dense).max()))


# EBU Tech 3341


@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize(
    ("divisor", "amplitude", "phase_degrees", "expected"),
    [
        (4, HALF, 0.0, -6.0),
        (4, HALF, 45.0, -6.0),
        (6, HALF, 60.0, -6.0),
        (8, HALF, 67.5, -6.0),
        (4, 1.4141, 45.0, 3.01),
    ],
)
def test_3341_15_to_19(
    divisor: int, amplitude: float, phase_degrees: float, expected: float, sample_rate: int
) -> None:
    place = np.arange(sample_rate // 2)
    tone = amplitude * np.sin(2.0 * np.pi * place / divisor + math.radians(phase_degrees))
    level = dbtp(faded(tone, sample_rate // 10), sample_rate)
    assert expected - 0.4 <= level <= expected + 0.2
    assert level == pytest.approx(expected, abs=0.003)


@pytest.mark.parametrize("offset", range(4))
def test_3341_20_to_23(offset: int) -> None:
    """A sine of fs/6 that holds one period of fs/4 at twice the level, made at four times the rate."""
    base = HALF * np.sin(2.0 * np.pi * np.arange(24 * 400) / 24)
    burst = np.sin(2.0 * np.pi * np.arange(16) / 16)
    made = np.concatenate([base, burst, base])
    filtered = np.convolve(made, scipy.signal.firwin(255, 0.25, window=("kaiser", 8.0)))
    level = dbtp(faded(filtered, 4_000)[offset::4])
    assert -0.4 <= level <= 0.2
    assert level == pytest.approx(-0.079, abs=0.01)


# The interpolator


def test_pass_band_is_flat_to_20_khz_at_44_1() -> None:
    frames = np.arange(-600, 600)
    for frequency in np.linspace(0.005, 0.4535, 60):
        turning = np.exp(2j * np.pi * frequency * frames)
        points = every_point(turning.real) + 1j * every_point(turning.imag)
        middle = points[16 * 400 : 16 * 900]
        assert np.abs(20.0 * np.log10(np.abs(middle))).max() < 0.01


SHAPES: dict[str, Callable[[np.random.Generator, int], Doubles]] = {
    "noise": lambda random, count: random.standard_normal(count),
    "dark noise": lambda random, count: np.convolve(random.standard_normal(count), np.ones(12) / 12, "same"),
    "walk": lambda random, count: np.cumsum(random.standard_normal(count)),
    "sparse": lambda random, count: (random.random(count) < 0.02) * random.standard_normal(count),
    "clipped": lambda random, count: np.clip(3.0 * random.standard_normal(count), -1.0, 1.0),
    "decaying": lambda random, count: random.standard_normal(count) * np.exp(-np.arange(count) / 300),
    "alternating": lambda random, count: (-1.0) ** np.arange(count) * random.random(count),
}


@pytest.mark.parametrize(
    ("known", "bound"),
    [
        (1, oversampling.SAMPLE_BOUND),
        (2, oversampling.HALF_BOUND),
        (4, oversampling.QUARTER_BOUND),
    ],
)
def test_bounds_are_what_the_worst_bends_reach(known: int, bound: float) -> None:
    """How far the 16 points after frame 200 leave the lines, for one bend of size 1 at each place around."""
    distances = []
    for bend_at in range(150, 252):
        ramp = np.maximum(0.0, np.arange(400.0) - bend_at)
        points = every_point(ramp)[16 * 280 : 16 * 281 + 1]
        line = np.interp(np.arange(17), np.arange(0, 17, 16 // known), points[:: 16 // known])
        distances.append(np.abs(points - line))
    assert np.sum(distances, axis=0).max() == pytest.approx(bound, rel=1e-6)


def test_spacing_of_points() -> None:
    assert [oversampling_factor(rate) for rate in (8_000, 44_100, 48_000)] == [16, 16, 16]
    assert [oversampling_factor(rate) for rate in (88_200, 96_000, 176_400, 384_000)] == [8, 8, 4, 4]


@given(seed=st.integers(0, 2**32), shape=st.sampled_from(sorted(SHAPES)), count=st.integers(1, 3_000))
@settings(max_examples=60, deadline=None)
def test_no_peak_is_skipped(seed: int, shape: str, count: int) -> None:
    signal = SHAPES[shape](np.random.default_rng(seed), count)
    expected = float(np.abs(every_point(signal)).max())
    found = measure(signal).channels_dbtp[0]
    if expected == 0.0:
        assert found is None
    else:
        assert found is not None
        assert 10.0 ** (found / 20.0) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("sample_rate", "factor"), [(96_000, 8), (192_000, 4)])
def test_no_peak_is_skipped_at_high_rates(sample_rate: int, factor: int, random: np.random.Generator) -> None:
    signal = random.standard_normal(9_000)
    expected = float(np.abs(every_point(signal, factor)).max())
    assert 10.0 ** (dbtp(signal, sample_rate) / 20.0) == pytest.approx(expected, rel=1e-12)


# Against a very-high-quality resampler


def band_limited(signal: Doubles, sample_rate: int) -> Doubles:
    """Without anything above 20 kHz; the transition ends there."""
    if sample_rate == 44_100:
        taps = scipy.signal.firwin(4095, 19_800, fs=sample_rate, window=("kaiser", 12.0))
    else:
        taps = scipy.signal.firwin(1023, 19_000, fs=sample_rate, window=("kaiser", 10.0))
    return np.asarray(scipy.signal.fftconvolve(signal, taps))


PROGRAMMES: dict[str, Callable[[np.random.Generator, int], Doubles]] = {
    "noise": lambda random, rate: 0.2 * random.standard_normal(2 * rate),
    "square": lambda random, rate: np.sign(np.sin(2.0 * np.pi * 997.0 / rate * np.arange(rate) + 0.1)),
    "impulses": lambda random, rate: (random.random(rate) < 0.001) * random.standard_normal(rate),
    "bursts": lambda random, rate: (
        np.sin(2.0 * np.pi * 12_000.0 / rate * np.arange(rate))
        * (np.arange(rate) % (rate // 10) < rate // 100)
    ),
}


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize("programme", PROGRAMMES)
def test_agrees_with_a_resampler(programme: str, sample_rate: int, random: np.random.Generator) -> None:
    signal = band_limited(PROGRAMMES[programme](random, sample_rate)[: 2 * sample_rate], sample_rate)
    level = dbtp(signal, sample_rate)
    assert level == pytest.approx(resampled_peak_db(signal, sample_rate), abs=0.05)
    assert level >= 20.0 * math.log10(np.abs(signal).max()) - 1e-9


@pytest.mark.parametrize("frequency", [50.0, 997.0, 5_000.0, 11_025.0, 15_000.0, 19_900.0])
def test_tones_agree_with_a_resampler(frequency: float) -> None:
    tone = faded(0.9 * np.sin(2.0 * np.pi * frequency / 44_100 * np.arange(22_050) + 0.3), 2_000)
    assert dbtp(tone, 44_100) == pytest.approx(resampled_peak_db(tone, 44_100), abs=0.05)


# The edges


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize("at", [0, -1])
def test_impulse_at_either_end(at: int, sample_rate: int) -> None:
    signal = np.zeros(5_000)
    signal[at] = -1.0
    assert 0.0 <= dbtp(signal, sample_rate) <= 0.2


@pytest.mark.parametrize("length", [1, 2, 39, 40, 41, 479, 480, 481, 960])
def test_what_rings_beyond_the_ends_counts(length: int, random: np.random.Generator) -> None:
    """Alternating signs at the edge make the highest peak lie outside the file."""
    signal = np.zeros(length)
    signal[-30:] = (-1.0) ** np.arange(length)[-30:]
    for edge in (signal, signal[::-1]):
        expected = 20.0 * math.log10(float(np.abs(every_point(edge)).max()))
        assert dbtp(edge) == pytest.approx(expected, abs=1e-9)


def test_full_scale_square_of_16_bits() -> None:
    square = np.where(np.sin(2.0 * np.pi * 997.0 / 48_000 * np.arange(48_000)) >= 0.0, 1.0 - 2.0**-15, -1.0)
    assert 2.0 < dbtp(square) < 6.0


@pytest.mark.parametrize("sample_rate", [11_025, *RATES])
def test_slots_that_are_complete_end_within_the_frames(sample_rate: int) -> None:
    for slot in (0, 1, 2, 7, 299, 12_345):
        begin = slot_start(slot, sample_rate)
        assert complete_slots(begin, sample_rate) == slot
        assert complete_slots(begin - 1, sample_rate) == slot - 1
        assert complete_slots(slot_start(slot + 1, sample_rate) - 1, sample_rate) == slot


def test_the_peak_is_the_same_without_those_along_the_programme(random: np.random.Generator) -> None:
    signal = np.clip(0.5 * random.standard_normal((4 * 48_000, 2)), -0.8, 0.8)
    whole, meter = measure(signal), TruePeakMeter(48_000, 2, along=False)
    meter.process(signal)
    alone = meter.result()
    assert alone.channels_dbtp == whole.channels_dbtp
    assert np.all(alone.slot_peaks <= whole.slot_peaks)
    assert np.any(alone.slot_peaks < whole.slot_peaks)


def test_silence_and_nothing_have_no_peak() -> None:
    assert measure(np.zeros((1_000, 2))).channels_dbtp == (None, None)
    assert measure(np.zeros((0, 2))).dbtp is None


def test_channels_are_searched_alone(random: np.random.Generator) -> None:
    left, right = random.standard_normal(20_000), 0.01 * random.standard_normal(20_000)
    both = measure(np.stack([left, right, np.zeros(20_000)], axis=1))
    assert both.channels_dbtp == (measure(left).dbtp, measure(right).dbtp, None)
    assert both.dbtp == both.channels_dbtp[0]


# Streaming


@pytest.mark.parametrize("sample_rate", [44_100, 11_025])
def test_block_size_changes_nothing(sample_rate: int, random: np.random.Generator) -> None:
    envelope = 0.2 + np.abs(np.sin(np.arange(170_000) / 9_000))
    signal = random.standard_normal((170_000, 2)) * envelope[:, None]
    short, whole = signal[:9_000], measure(signal, sample_rate)
    of_short = measure(short, sample_rate)
    for size in (1, 7, 64):
        assert measure(short, sample_rate, size).channels_dbtp == of_short.channels_dbtp
    for size in (480, 4096, 65_537):
        found = measure(signal, sample_rate, size)
        assert found.channels_dbtp == whole.channels_dbtp
        np.testing.assert_array_equal(found.slot_peaks, whole.slot_peaks)


def test_measuring_goes_on_after_a_result(random: np.random.Generator) -> None:
    signal = random.standard_normal((200_000, 1))
    meter = TruePeakMeter(48_000, 1)
    meter.process(signal[:77_777])
    assert meter.result().dbtp == measure(signal[:77_777]).dbtp
    meter.process(signal[77_777:])
    assert meter.result().dbtp == measure(signal).dbtp


# Windows of 3 s, and PSR


def lively(random: np.random.Generator, seconds: float, sample_rate: int) -> Doubles:
    """Stereo noise with beats, whose sections differ in level and density."""
    count = round(seconds * sample_rate)
    beat = np.exp(-8.0 * ((np.arange(count) / sample_rate) % 0.45))
    level = np.repeat(random.uniform(0.02, 0.4, 12), -(-count // 12))[:count]
    wide = random.standard_normal((count, 2))
    dark = scipy.signal.lfilter([0.25], [1.0, -0.75], wide, axis=0)
    return (0.3 * dark + beat[:, None] * wide) * level[:, None]


@pytest.mark.parametrize("sample_rate", [44_100, 48_000])
def test_peaks_of_3_s_windows_are_exact(sample_rate: int, random: np.random.Generator) -> None:
    signal = lively(random, 7.3, sample_rate)
    found = measure(signal, sample_rate).slot_peaks
    assert found.size == 730
    dense = np.maximum(np.abs(every_point(signal[:, 0])), np.abs(every_point(signal[:, 1])))[16 * 80 :]
    edges = [16 * ((2 * slot * sample_rate + 100) // 200) for slot in range(731)]
    exact = np.array([dense[a:b].max() for a, b in itertools.pairwise(edges)])
    np.testing.assert_allclose(window_maxima(found, 300), window_maxima(exact, 300), rtol=1e-12)
    assert np.all(found <= exact * (1.0 + 1e-12))


@pytest.mark.parametrize("slots", [1, 2, 3, 4, 5, 8, 11, 12, 13])
def test_the_largest_of_every_window_of_any_length(slots: int, random: np.random.Generator) -> None:
    values = random.uniform(size=12)
    expected = [max(values[first : first + slots]) for first in range(12 - slots + 1)]
    assert window_maxima(values, slots).tolist() == expected


def naive_psr_db(signal: Doubles, integrated: float) -> float:
    powers, peaks = LoudnessMeter(48_000, 2), np.zeros(0)
    powers.process(signal)
    dense = np.maximum(np.abs(every_point(signal[:, 0])), np.abs(every_point(signal[:, 1])))[16 * 80 :]
    peaks = dense[: powers.slot_powers.size * 7_680].reshape(-1, 7_680).max(axis=1)
    ratios = []
    for start in range(peaks.size - 299):
        short_term = -0.691 + 10.0 * math.log10(powers.slot_powers[start : start + 300].mean())
        if short_term >= max(-70.0, integrated - 20.0):
            ratios.append(20.0 * math.log10(peaks[start : start + 300].max()) - short_term)
    return min(ratios)


def psr(signal: Doubles, sample_rate: int = 48_000) -> float | None:
    meter = LoudnessMeter(sample_rate, signal.shape[1])
    meter.process(signal)
    return psr_min_db(
        measure(signal, sample_rate).slot_peaks, meter.slot_powers, meter.result().integrated_lufs
    )


def test_psr_is_the_smallest_of_all_windows(random: np.random.Generator) -> None:
    signal = lively(random, 8.0, 48_000)
    meter = LoudnessMeter(48_000, 2)
    meter.process(signal)
    integrated = meter.result().integrated_lufs
    assert integrated is not None
    assert psr(signal) == pytest.approx(naive_psr_db(signal, integrated), abs=1e-9)


def test_psr_of_a_tone_and_what_is_left_out() -> None:
    tone = 0.1 * np.sin(2.0 * np.pi * 997.0 / 48_000 * np.arange(48_000 * 6))
    steady = np.repeat(tone[:, None], 2, axis=1)
    assert psr(steady) == pytest.approx(0.0, abs=0.01)
    # pulses of the same tone: the peak stays, the loudness of 3 s falls
    pulsed = steady * (np.arange(len(steady)) % 24_000 < 6_000)[:, None]
    assert psr(pulsed) == pytest.approx(6.02, abs=0.05)
    # a steady tone that lies 26 dB lower is not what the programme sounds like
    quiet = np.concatenate([pulsed, 0.01 * steady])
    reading = psr(quiet)
    assert reading is not None
    assert reading > 5.5
    assert psr(np.concatenate([pulsed, 0.5 * steady])) == pytest.approx(0.0, abs=0.01)


def test_psr_does_not_exist_for_short_or_silent_programmes() -> None:
    tone = 0.1 * np.sin(np.arange(48_000 * 3) / 7.0)[:, None]
    assert psr(tone) is not None
    assert psr(tone[:-1]) is None
    assert psr(np.zeros((200_000, 2))) is None
