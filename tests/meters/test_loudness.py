"""Loudness against EBU Tech 3341 and 3342, ITU-R BS.1770-5 and an independent implementation."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np
import pyloudnorm
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.meters.gating import (
    Loudness,
    gated_levels_lufs,
    gated_lufs,
    integrated_lufs,
    loudness_of,
    loudness_range_lu,
    momentary_series,
    power_from_lufs,
    short_term_series,
    window_means,
)
from engine.meters.loudness import LoudnessMeter, channel_weights, k_weighting

Doubles = NDArray[np.float64]

#: What a correct meter may differ from the readings computed for the exact recipes (three decimals).
EXACT_LU = 0.0015
RATES = (44_100, 48_000, 88_200, 96_000, 192_000)


def tone(*parts: tuple[float, float], sample_rate: int = 48_000, hz: float = 1000.0) -> Doubles:
    """A sine, continuous in phase, of `(seconds, peak dBFS)` parts; −inf is silence."""
    gains = [np.full(round(s * sample_rate), 10.0 ** (db / 20.0)) for s, db in parts]
    gain = np.concatenate(gains)
    return gain * np.sin(2.0 * np.pi * hz / sample_rate * np.arange(gain.size))


def stereo(signal: Doubles) -> Doubles:
    return np.repeat(signal[:, None], 2, axis=1)


def slots(signal: Doubles, sample_rate: int = 48_000) -> Doubles:
    block = signal if signal.ndim == 2 else stereo(signal)
    meter = LoudnessMeter(sample_rate, block.shape[1])
    meter.process(block)
    return meter.slot_powers


def loudness(signal: Doubles, sample_rate: int = 48_000) -> Loudness:
    return loudness_of(slots(signal, sample_rate))


def integrated(signal: Doubles, sample_rate: int = 48_000) -> float:
    value = integrated_lufs(slots(signal, sample_rate))
    assert value is not None
    return value


def noise(random: np.random.Generator, seconds: float, sample_rate: int = 48_000) -> Doubles:
    """Stereo noise whose level wanders by some 20 dB, as music's does."""
    count = round(seconds * sample_rate)
    knots = random.uniform(-26.0, -6.0, max(2, round(seconds * 2)))
    level = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, knots.size), knots)
    return 0.2 * random.standard_normal((count, 2)) * 10.0 ** (level[:, None] / 20.0)


# K-weighting


def gain_db(coefficients: Doubles, hz: Doubles, sample_rate: int) -> Doubles:
    z = np.exp(-2j * np.pi * hz / sample_rate)
    total = np.ones_like(z)
    for b0, b1, b2, a1, a2 in coefficients:
        total *= (b0 + b1 * z + b2 * z**2) / (1.0 + a1 * z + a2 * z**2)
    return 20.0 * np.log10(np.abs(total))


def test_the_tabulated_filter_at_48_khz() -> None:
    table = [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
    assert k_weighting(48_000) == pytest.approx(np.array(table), abs=2e-13)


@pytest.mark.parametrize("sample_rate", RATES)
def test_every_rate_has_the_response_of_48_khz(sample_rate: int) -> None:
    hz = np.geomspace(20.0, 20_000.0, 300)
    difference = gain_db(k_weighting(sample_rate), hz, sample_rate) - gain_db(k_weighting(48_000), hz, 48_000)
    assert np.abs(difference).max() < 0.008
    marks = gain_db(k_weighting(sample_rate), np.array([20.0, 100.0, 997.0, 5000.0]), sample_rate)
    assert marks == pytest.approx([-13.275, -1.133, 0.691, 4.013], abs=0.008)


# EBU Tech 3341

PROGRAMMES: dict[str, tuple[Sequence[tuple[float, float]], float, float]] = {
    "1": ([(20, -23)], -23.0, -22.993),
    "2": ([(20, -33)], -33.0, -32.993),
    "3": ([(10, -36), (60, -23), (10, -36)], -23.0, -23.014),
    "4": ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23.0, -23.014),
    "5": ([(20, -26), (20.1, -20), (20, -26)], -23.0, -22.979),
}


@pytest.mark.parametrize("number", PROGRAMMES)
def test_3341_integrated(number: str) -> None:
    parts, expected, exact = PROGRAMMES[number]
    reading = integrated(tone(*parts))
    assert reading == pytest.approx(expected, abs=0.1)
    assert reading == pytest.approx(exact, abs=EXACT_LU)


@pytest.mark.parametrize("sample_rate", [rate for rate in RATES if rate != 48_000])
def test_3341_at_other_rates(sample_rate: int) -> None:
    found = loudness(tone((20, -23), sample_rate=sample_rate), sample_rate)
    readings = [found.integrated_lufs, found.momentary_max_lufs, found.short_term_max_lufs]
    assert readings == pytest.approx([-22.993] * 3, abs=0.0075)
    gated = integrated(tone((5, -36), (15, -23), (5, -36), sample_rate=sample_rate), sample_rate)
    at_48_khz = integrated(tone((5, -36), (15, -23), (5, -36)))
    assert gated == pytest.approx(at_48_khz, abs=0.006)


@pytest.mark.parametrize(("level", "exact"), [(-23.0, -22.993), (-33.0, -32.993)])
def test_3341_1_and_2_momentary_and_short_term(level: float, exact: float) -> None:
    powers = slots(tone((20, level)))
    for series in (momentary_series(powers), short_term_series(powers)):
        # the filters' onset at the very beginning moves it by less than the last digit shown
        assert series == pytest.approx(np.full(series.size, exact), abs=0.02)
        assert series[100:] == pytest.approx(np.full(series.size - 100, exact), abs=EXACT_LU)


@pytest.mark.parametrize("with_lfe", [False, True])
def test_3341_6_surround(with_lfe: bool) -> None:
    parts = [tone((20, level)) for level in (-28, -28, -24, -30, -30)]
    if with_lfe:
        parts.insert(3, np.zeros_like(parts[0]))
    reading = integrated(np.stack(parts, axis=1))
    assert reading == pytest.approx(-23.0, abs=0.1)
    assert reading == pytest.approx(-23.016, abs=EXACT_LU)


def test_3341_9_short_term_is_flat() -> None:
    series = short_term_series(slots(tone(*[(1.34, -20), (1.66, -30)] * 5)))
    assert series == pytest.approx(np.full(series.size, -22.986), abs=0.01)


def test_3341_12_momentary_is_flat() -> None:
    series = momentary_series(slots(tone(*[(0.18, -20), (0.22, -30)] * 25)))[60:]
    assert series == pytest.approx(np.full(series.size, -22.960), abs=0.01)


@pytest.mark.parametrize("index", range(20))
def test_3341_10_and_13_maxima_wherever_the_tone_begins(index: int) -> None:
    long = loudness(tone((0.15 * index, -math.inf), (3, -23), (1, -math.inf)))
    assert long.short_term_max_lufs == pytest.approx(-22.993, abs=EXACT_LU)
    short = loudness(tone((0.02 * index, -math.inf), (0.4, -23), (1, -math.inf)))
    assert short.momentary_max_lufs == pytest.approx(-22.994, abs=EXACT_LU)


def test_3341_11_and_14_successive_maxima() -> None:
    for window, step, series_of in ((3.0, 0.15, short_term_series), (0.4, 0.02, momentary_series)):
        parts = [
            part
            for index in range(20)
            for part in (
                (step * index, -math.inf),
                (window, -38.0 + index),
                (window - step * index, -math.inf),
            )
        ]
        series = series_of(slots(tone(*parts)))
        period = round(2 * window * 100)
        ends = [
            round((step * index + window) * 100) + index * period - round(window * 100) for index in range(20)
        ]
        maxima = [series[max(0, end - 20) : end + 20].max() for end in ends]
        assert maxima == pytest.approx([-37.99 + index for index in range(20)], abs=0.01)


# EBU Tech 3342

RANGES: dict[str, tuple[Sequence[float], float]] = {
    "1": ((-20, -30), 10.0),
    "2": ((-20, -15), 5.0),
    "3": ((-40, -20), 20.0),
    "4": ((-50, -35, -20, -35, -50), 15.0),
}


@pytest.mark.parametrize("number", RANGES)
def test_3342_loudness_range(number: str) -> None:
    levels, expected = RANGES[number]
    powers = slots(tone(*[(20, level) for level in levels]))
    assert loudness_range_lu(powers) == pytest.approx(expected, abs=0.005)
    assert loudness_range_lu(np.tile(powers, 3)) == pytest.approx(expected, abs=0.05)


# What a wrong meter would show


def test_the_relative_gate_is_ten_below() -> None:
    assert integrated(tone((30, -23), (30, -35))) == pytest.approx(-25.74, abs=0.006)


def test_blocks_overlap_by_three_quarters() -> None:
    """Of a 500 ms programme there are two blocks; without overlap the second would not exist."""
    powers = np.zeros(50)
    powers[40:] = power_from_lufs(-10.0)
    assert integrated_lufs(powers) == pytest.approx(-10.0 + 10.0 * math.log10(10 / 40), abs=1e-9)
    for count in (39, 40, 49, 50, 137):
        assert window_means(np.ones(count), 40)[::10].size == max(0, (count - 40) // 10 + 1)


def test_the_low_frequency_channel_does_not_count() -> None:
    signal = np.zeros((48_000, 6))
    signal[:, 3] = tone((1, -6))
    assert loudness(signal) == Loudness(None, None, None, None)


@pytest.mark.parametrize(("channel", "gain"), [(0, 0.0), (2, 0.0), (4, 10 * math.log10(1.41))])
def test_channel_weights(channel: int, gain: float) -> None:
    signal = np.zeros((96_000, 6))
    signal[:, channel] = tone((2, -23), hz=997.0)
    assert integrated(signal) == pytest.approx(-26.01 + gain, abs=0.003)
    assert channel_weights(6)[channel] == pytest.approx(10 ** (gain / 10), abs=1e-12)


def test_the_absolute_gate_leaves_out_a_block_exactly_there() -> None:
    at_the_gate = np.full(400, power_from_lufs(-70.0))
    assert integrated_lufs(at_the_gate) is None
    assert integrated_lufs(at_the_gate * 1.0001) == pytest.approx(-70.0, abs=0.001)
    assert loudness_range_lu(at_the_gate) == 0.0
    assert loudness_range_lu(at_the_gate * 0.9999) is None


# Programmes without a value


@pytest.mark.parametrize(
    ("seconds", "present"),
    [
        (0.0, []),
        (0.399, []),
        (0.4, ["integrated_lufs", "momentary_max_lufs"]),
        (2.999, ["integrated_lufs", "momentary_max_lufs"]),
        (3.0, ["integrated_lufs", "lra_lu", "momentary_max_lufs", "short_term_max_lufs"]),
    ],
)
def test_short_programmes(seconds: float, present: list[str]) -> None:
    found = loudness(tone((seconds, -20)))
    assert [name for name, value in vars(found).items() if value is not None] == present


def test_silence_has_no_value() -> None:
    powers = slots(np.zeros((480_000, 2)))
    assert loudness_of(powers) == Loudness(None, None, None, None)
    assert np.all(momentary_series(powers) == -math.inf)


def test_mono_is_measured_as_one_channel() -> None:
    one = integrated(tone((2, -23), hz=997.0)[:, None])
    assert one == pytest.approx(-26.01, abs=0.003)
    assert one == pytest.approx(integrated(tone((2, -23), hz=997.0)) - 3.0103, abs=1e-4)


# Invariants


@pytest.mark.parametrize("gain", [-9.0, 4.3])
def test_gain_moves_levels_and_leaves_the_range(gain: float, random: np.random.Generator) -> None:
    signal = noise(random, 20.0)
    before, after = loudness(signal), loudness(signal * 10.0 ** (gain / 20.0))
    assert after.lra_lu == pytest.approx(before.lra_lu, abs=0.001)
    for name in ("integrated_lufs", "momentary_max_lufs", "short_term_max_lufs"):
        assert getattr(after, name) == pytest.approx(getattr(before, name) + gain, abs=0.001)


def test_a_programme_reads_the_same_at_every_rate(random: np.random.Generator) -> None:
    wide = noise(random, 8.0)
    at_44 = soxr.resample(soxr.resample(wide, 48_000, 36_000, quality="VHQ"), 36_000, 44_100, quality="VHQ")
    reference = integrated(at_44, 44_100)
    for sample_rate in RATES[1:]:
        converted = soxr.resample(at_44, 44_100, sample_rate, quality="VHQ")
        assert integrated(converted, sample_rate) == pytest.approx(reference, abs=0.02)


@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 11_025])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_block_size_changes_nothing(sample_rate: int, channels: int, random: np.random.Generator) -> None:
    signal = random.standard_normal((9_111, channels))
    whole = slots(signal, sample_rate)
    assert whole.size == 9_111 * 100 // sample_rate
    for size in (1, 7, 64, 480, 4096):
        meter = LoudnessMeter(sample_rate, channels)
        for begin in range(0, len(signal), size):
            meter.process(signal[begin : begin + size])
        np.testing.assert_array_equal(meter.slot_powers, whole)


@given(cuts=st.lists(st.integers(0, 4_000), max_size=8))
@settings(max_examples=25, deadline=None)
def test_any_cuts_change_nothing(cuts: list[int]) -> None:
    signal = np.random.default_rng(5).standard_normal((4_000, 2))
    meter = LoudnessMeter(48_000, 2)
    for part in np.split(signal, sorted(cuts)):
        meter.process(part)
    np.testing.assert_array_equal(meter.slot_powers, slots(signal))


def test_measuring_goes_on_after_a_result() -> None:
    signal = stereo(tone((4, -20), (4, -30)))
    meter = LoudnessMeter(48_000, 2)
    meter.process(signal[:200_000])
    early = meter.result()
    meter.process(signal[200_000:])
    assert early.integrated_lufs == pytest.approx(-20.0, abs=0.1)
    assert meter.result() == loudness(signal)


def test_a_programme_appended_to_itself(random: np.random.Generator) -> None:
    signal = noise(random, 30.0)
    assert integrated(np.concatenate([signal, signal])) == pytest.approx(integrated(signal), abs=0.02)


def test_silence_appended(random: np.random.Generator) -> None:
    powers = slots(noise(random, 40.0))
    before, after = loudness_of(powers), loudness_of(np.concatenate([powers, np.zeros(60_000)]))
    assert after.integrated_lufs == pytest.approx(before.integrated_lufs, abs=0.02)
    assert after.lra_lu == pytest.approx(before.lra_lu, abs=0.5)


def test_feedback_ends_in_silence() -> None:
    """A second of noise leaves no tail of ever smaller numbers, which are slow to compute with."""
    signal = np.zeros((48_000 * 20, 2))
    signal[:48_000] = np.random.default_rng(1).standard_normal((48_000, 2))
    powers = slots(signal)
    assert powers[99] > 0.1
    assert np.all(powers[-500:] == 0.0)


@pytest.mark.parametrize(
    ("sample_rate", "tolerance"),
    [(8_000, 0.25), (11_025, 0.12), (22_050, 0.03), (32_000, 0.02), (64_000, 0.02), (384_000, 0.02)],
)
def test_unusual_rates_read_a_tone(sample_rate: int, tolerance: float) -> None:
    """Towards low rates the shelf, which the standard gives at 48 kHz, no longer fits below half the rate."""
    reading = integrated(tone((1.5, -23), sample_rate=sample_rate), sample_rate)
    assert reading == pytest.approx(-22.993, abs=tolerance)


@given(st.lists(st.floats(0.0, 1e6), max_size=120), st.integers(1, 50))
def test_window_means(values: list[float], length: int) -> None:
    powers = np.array(values)
    means = window_means(powers, length)
    expected = [powers[i : i + length].mean() for i in range(powers.size - length + 1)]
    np.testing.assert_allclose(means, expected, rtol=1e-12, atol=0.0)


def test_quiet_after_loud_is_exact() -> None:
    powers = np.concatenate([np.full(300, 1e6), np.full(300, 1e-9)])
    assert window_means(powers, 300)[-1] == pytest.approx(1e-9, rel=1e-12)


# An independent implementation


@pytest.mark.parametrize("sample_rate", [44_100, 48_000, 96_000])
def test_pyloudnorm_agrees(sample_rate: int, random: np.random.Generator) -> None:
    signal = noise(random, 10.0, sample_rate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = pyloudnorm.Meter(sample_rate, filter_class="DeMan").integrated_loudness(signal)
    assert integrated(signal, sample_rate) == pytest.approx(oracle, abs=0.05)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 5),
    st.integers(1, 60),
    st.floats(-90.0, 0.0),
    st.floats(0.0, 40.0),
)
def test_many_programmes_at_once_are_as_loud_as_each_alone(seed, programmes, blocks, level, spread) -> None:
    random = np.random.default_rng(seed)
    powers = 10.0 ** ((level + random.uniform(-spread, spread, (programmes, blocks))) / 10.0)
    powers[random.random(powers.shape) < 0.2] = 0.0
    for found, row in zip(gated_levels_lufs(powers), powers, strict=True):
        alone = gated_lufs(row)
        assert math.isnan(found) if alone is None else found == pytest.approx(alone, abs=1e-9)
