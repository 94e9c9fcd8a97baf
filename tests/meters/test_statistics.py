"""Peak, RMS, DC offset, correlation and clipped samples against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.meters.statistics import Statistics, StatisticsMeter, bits_of, full_scale_of

Doubles = NDArray[np.float64]


def collect(signal: Doubles, full_scale: float = 1.0, block: int = 0) -> Statistics:
    meter = StatisticsMeter(signal.shape[1], full_scale)
    for begin in range(0, len(signal), block or len(signal) or 1):
        meter.process(signal[begin : begin + (block or len(signal))])
    return meter.result()


def one_channel(*values: float) -> Doubles:
    return np.array(values, dtype=np.float64)[:, None]


def test_full_scale_sine() -> None:
    sine = np.sin(2.0 * np.pi * np.arange(48_000) * 1000.0 / 48_000)
    found = collect(np.stack([sine, -sine], axis=1))
    assert found.rms_dbfs == pytest.approx(-3.0103, abs=1e-4)
    assert found.sample_peak_dbfs == pytest.approx(0.0, abs=1e-9)
    assert found.correlation == pytest.approx(-1.0, abs=1e-12)
    assert found.dc_offset == pytest.approx((0.0, 0.0), abs=1e-12)


@pytest.mark.parametrize("channels", [1, 2, 3, 5, 6])
def test_definitions(channels: int, random: np.random.Generator) -> None:
    signal = random.standard_normal((9_999, channels)) + random.uniform(-0.5, 0.5, channels)
    found = collect(signal)
    assert found.sample_peak_dbfs == pytest.approx(20.0 * math.log10(np.abs(signal).max()), abs=1e-12)
    assert found.rms_dbfs == pytest.approx(10.0 * math.log10(np.mean(signal**2)), abs=1e-9)
    assert found.dc_offset == pytest.approx(tuple(signal.mean(axis=0)), abs=1e-12)
    if channels == 1:
        assert found.correlation is None
    else:
        left, right = signal[:, 0], signal[:, 1]
        expected = (left @ right) / math.sqrt((left @ left) * (right @ right))
        assert found.correlation == pytest.approx(expected, abs=1e-12)


def test_correlation_of_the_same_twice_is_not_above_one(random: np.random.Generator) -> None:
    for _ in range(20):
        same = random.standard_normal(333)
        found = collect(np.stack([same, same * random.uniform(0.1, 3.0)], axis=1)).correlation
        assert found is not None
        assert 1.0 - 1e-12 <= found <= 1.0


def test_what_does_not_exist() -> None:
    assert collect(np.zeros((0, 2))) == Statistics(None, None, None, (None, None), 0)
    assert collect(np.zeros((99, 2))) == Statistics(None, None, None, (0.0, 0.0), 0)
    half = np.zeros((99, 2))
    half[:, 0] = 0.5
    assert collect(half).correlation is None
    assert collect(half).rms_dbfs == pytest.approx(10.0 * math.log10(0.125), abs=1e-9)


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_clipping_begins_one_step_below_full_scale(bits: int) -> None:
    step = 2.0 ** (1 - bits)
    at_limit = one_channel(*[1.0 - step] * 3, 0.0, *[-1.0 + step] * 4, 0.0, *[-1.0] * 3)
    below = one_channel(*[1.0 - 2.0 * step] * 50)
    assert collect(at_limit, full_scale_of(bits)).clipped_samples == 10
    assert collect(below, full_scale_of(bits)).clipped_samples == 0


def test_floats_clip_at_full_scale() -> None:
    assert full_scale_of(None) == 1.0
    assert collect(one_channel(1.0, 1.7, -1.0), full_scale_of(None)).clipped_samples == 3
    assert collect(one_channel(*[np.nextafter(1.0, 0.0)] * 9), full_scale_of(None)).clipped_samples == 0


@pytest.mark.parametrize(
    ("subtype", "bits"),
    [
        ("PCM_16", 16),
        ("PCM_24", 24),
        ("PCM_U8", 8),
        ("PCM_S8", 8),
        ("ALAC_20", 20),
        ("FLOAT", None),
        ("ULAW", None),
    ],
)
def test_bits_of_a_subtype(subtype: str, bits: int | None) -> None:
    assert bits_of(subtype) == bits


def test_runs_are_at_least_three_long_and_of_one_channel() -> None:
    assert collect(one_channel(1, 1, 0, 1, 1, 0, 1)).clipped_samples == 0
    assert collect(one_channel(1, 1, 1, 0, 1, 1)).clipped_samples == 3
    assert collect(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])).clipped_samples == 0
    both = np.ones((5, 2))
    assert collect(both).clipped_samples == 10


@given(
    values=st.lists(st.sampled_from([0.0, 0.5, 1.0, -1.0]), max_size=60),
    block=st.integers(1, 9),
    channels=st.integers(1, 3),
)
@settings(max_examples=80, deadline=None)
def test_block_size_changes_nothing(values: list[float], block: int, channels: int) -> None:
    signal = np.array(values[: len(values) // channels * channels]).reshape(-1, channels)
    whole = collect(signal)
    assert collect(signal, block=block) == whole
    expected = 0
    for channel in range(channels):
        text = "".join("x" if abs(value) >= 1.0 else " " for value in signal[:, channel])
        expected += sum(len(run) for run in text.split() if len(run) >= 3)
    assert whole.clipped_samples == expected


def test_block_size_changes_nothing_in_sums(random: np.random.Generator) -> None:
    signal = random.standard_normal((20_001, 2))
    whole = collect(signal)
    for block in (1, 7, 64, 480, 4096):
        assert collect(signal, block=block) == whole
