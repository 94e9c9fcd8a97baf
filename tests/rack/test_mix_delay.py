"""Sums in a fixed order and whole-frame delays."""

from __future__ import annotations

import numpy as np
import pytest

from engine.rack.delay import delay_columns
from engine.rack.midside import decode_columns, encode_columns
from engine.rack.mix import sum_columns
from engine.rack.operation import Prepared


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_the_sum_is_added_up_in_the_given_order(run_prepared, random, count: int) -> None:
    signal = random.standard_normal((100, 18)) * 10.0 ** random.uniform(-8.0, 8.0, 18)
    sources = [(2 * n, 2 * n + 1) for n in random.permutation(8)[:count]]
    result = run_prepared(Prepared((sum_columns(sources, (16, 17)),)), signal)
    expected = signal[:, sources[0][0] : sources[0][1] + 1].copy()
    for left, right in sources[1:]:
        expected += signal[:, left : right + 1]
    np.testing.assert_array_equal(result[:, 16:18], expected)
    np.testing.assert_array_equal(result[:, :16], signal[:, :16])


def test_the_sum_of_nothing_is_silence(run_prepared, random) -> None:
    result = run_prepared(Prepared((sum_columns([], (0, 1)),)), random.standard_normal((70, 2)))
    assert not result[:, :2].any()


def test_the_destination_may_be_a_source(run_prepared, random) -> None:
    signal = random.standard_normal((70, 4))
    result = run_prepared(Prepared((sum_columns([(0, 1), (2, 3)], (2, 3)),)), signal)
    np.testing.assert_array_equal(result[:, 2:4], signal[:, :2] + signal[:, 2:])


@pytest.mark.parametrize("chunk_frames", [64, 4096])
def test_each_pair_is_delayed_by_its_own_length(run_prepared, random, chunk_frames: int) -> None:
    lengths = [0, 1, 63, 64, 65, 1000]
    signal = random.standard_normal((1500, 2 * len(lengths)))
    pairs = [(2 * n, 2 * n + 1) for n in range(len(lengths))]
    result = run_prepared(Prepared((delay_columns(pairs, lengths),)), signal, chunk_frames)
    for (left, right), length in zip(pairs, lengths, strict=True):
        expected = np.zeros((1500, 2))
        expected[length:] = signal[: 1500 - length, left : right + 1]
        np.testing.assert_array_equal(result[:, left : right + 1], expected)


def test_mid_and_side_and_back(run_prepared, random) -> None:
    signal = random.standard_normal((90, 6))
    encoded = run_prepared(Prepared((encode_columns([0, 4]),)), signal)
    np.testing.assert_array_equal(encoded[:, 4], (signal[:, 4] + signal[:, 5]) / 2.0)
    np.testing.assert_array_equal(encoded[:, 5], (signal[:, 4] - signal[:, 5]) / 2.0)
    np.testing.assert_array_equal(encoded[:, 2:4], signal[:, 2:4])
    both = run_prepared(Prepared((encode_columns([0, 4]), decode_columns([0, 4]))), signal)
    np.testing.assert_allclose(both[:, :6], signal, atol=1e-15)
