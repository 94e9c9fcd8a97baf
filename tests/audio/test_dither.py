"""The quantiser: the statistics that make TPDF dither what it is, and bits that never change."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.dither import quantise

MILLION = 1_000_000


def quantised(samples: np.ndarray, bits: int = 16, key: int = 1, first_frame: int = 0) -> np.ndarray:
    out = np.empty(samples.shape, np.int32)
    quantise(np.ascontiguousarray(samples), bits=bits, key=key, first_frame=first_frame, out=out)
    return out


def errors_lsb(samples: np.ndarray, bits: int, key: int = 1) -> np.ndarray:
    return quantised(samples, bits, key) - samples * 2.0 ** (bits - 1)


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("level_lsb", [0.0, 0.25, 0.5, 0.75, -0.37, 1000.1])
def test_mean_and_variance_of_the_error_do_not_depend_on_the_signal(bits: int, level_lsb: float) -> None:
    error = errors_lsb(np.full((MILLION // 2, 2), level_lsb / 2.0 ** (bits - 1)), bits)
    # Five standard deviations of each estimate over a million samples.
    assert abs(error.mean()) < 5 * 0.5 / 1000
    assert abs(error.var() - 0.25) < 5 * 0.25 * np.sqrt(2.0) / 1000


def test_silence_is_dithered_with_a_triangular_distribution() -> None:
    counts = np.bincount(quantised(np.zeros((MILLION, 1)))[:, 0] + 2, minlength=5)
    np.testing.assert_allclose(counts / MILLION, [0.0, 0.125, 0.75, 0.125, 0.0], atol=0.002)


def test_error_never_exceeds_one_and_a_half_lsb(random: np.random.Generator) -> None:
    error = errors_lsb(random.uniform(-0.99, 0.99, (MILLION // 2, 2)), 24)
    assert 1.4 < np.abs(error).max() <= 1.5


@pytest.mark.parametrize("lag", [1, 2, 3, 64])
def test_error_is_white_and_channels_and_keys_are_independent(lag: int) -> None:
    silence = np.zeros((MILLION // 2, 2))
    first, second = errors_lsb(silence, 16, key=5).T
    other_key = errors_lsb(silence, 16, key=6)[:, 0]
    bound = 5 / np.sqrt(MILLION // 2)
    for a, b in (
        (first[lag:], first[:-lag]),
        (first, second),
        (first[lag:], second[:-lag]),
        (first, other_key),
    ):
        assert abs(np.corrcoef(a, b)[0, 1]) < bound
        assert abs(np.corrcoef(a**2, b**2)[0, 1]) < bound


def test_error_power_is_uncorrelated_with_a_loud_signal() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 0.01234567 * np.arange(MILLION))[:, None]
    error = errors_lsb(tone, 16)
    assert abs(np.corrcoef(tone[:, 0], error[:, 0])[0, 1]) < 0.005
    assert abs(np.corrcoef(tone[:, 0], error[:, 0] ** 2)[0, 1]) < 0.005


def test_a_tone_below_one_lsb_survives_without_harmonics() -> None:
    """1 kHz at −100 dBFS is a third of an LSB at 16 bit; plain rounding makes silence of it."""
    rate, amplitude = 48_000, 10.0 ** (-100 / 20)
    time = np.arange(20 * rate) / rate
    tone = amplitude * np.sin(2 * np.pi * 1000 * time)
    assert not np.round(tone * 32768).any()
    heard = quantised(tone[:, None])[:, 0] / 32768

    def level(frequency_hz: float) -> float:
        return 2 * abs(np.mean(heard * np.exp(-2j * np.pi * frequency_hz * time)))

    assert abs(20 * np.log10(level(1000) / amplitude)) < 0.15
    noise_amplitude = 0.5 / 32768 * np.sqrt(4 / len(time))
    for harmonic in range(2, 8):
        assert level(1000 * harmonic) < 5 * noise_amplitude


@settings(max_examples=30, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 3000), max_size=6),
    channels=st.sampled_from([1, 2, 6]),
    bits=st.sampled_from([16, 24]),
    key=st.integers(-(2**63), 2**64),
)
def test_blocks_do_not_matter(cuts: list[int], channels: int, bits: int, key: int) -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, (3000, channels))
    whole = quantised(samples, bits, key)
    edges = [0, *sorted(cuts), 3000]
    parts = [quantised(samples[a:b], bits, key, first_frame=a) for a, b in pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize("bits", [16, 24])
def test_saturation_at_both_ends(bits: int) -> None:
    samples = np.array([[1.0, -1.0], [1.5, -1.5], [1e9, -1e9], [np.finfo(float).max, np.finfo(float).min]])
    out = np.empty((4, 2), np.int32)
    saturated = quantise(samples, bits=bits, key=0, first_frame=0, out=out)
    full = 2 ** (bits - 1)
    assert (out[1:] == [full - 1, -full]).all()
    assert full - 2 <= out[0, 0] <= full - 1
    assert -full <= out[0, 1] <= -full + 1
    assert 6 <= saturated <= 8


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_an_error_of_the_caller(value: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        quantised(np.array([[0.0, value]]))


def splitmix64(seed: int, count: int) -> list[int]:
    """Steele, Lea, Flood (2014), in integers of unlimited size."""
    mask, words = 2**64 - 1, []
    for _ in range(count):
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        words.append(z ^ (z >> 31))
    return words


def test_bits_are_those_of_an_independent_computation(random: np.random.Generator) -> None:
    """Renders of one version of the program are the same bytes on every machine."""
    assert splitmix64(1234567, 2) == [
        6457827717110365317,
        3203168211198807973,
    ]  # the generator's known values
    key, channels = 987654321, 2
    samples = random.uniform(-1, 1, (50, channels))
    # A word is asked for by number, so the sequence starts one step before the first.
    stream = (splitmix64(key, 1)[0] - 0x9E3779B97F4A7C15) & (2**64 - 1)
    words = np.array(splitmix64(stream, samples.size), np.uint64).reshape(samples.shape)
    dither_lsb = ((words & np.uint64(0xFFFFFFFF)) + (words >> np.uint64(32)) + np.uint64(1)) * 2.0**-32 - 1.0
    wanted = np.floor(samples * 2.0**15 + dither_lsb + 0.5)
    np.testing.assert_array_equal(quantised(samples, 16, key), np.clip(wanted, -32768, 32767))
