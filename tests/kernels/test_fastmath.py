"""log₂ and 2ˣ of the kernels: accurate, exact at powers of two, the same in lanes and alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.compiler.abi import QUANTUM_FRAMES, kernel
from engine.compiler.lanes import flushed, load2, load8, maximum, minimum, store
from engine.kernels.fastmath import DB_PER_OCTAVE, exp2, log2
from engine.rack.operation import Operation, Prepared


@kernel
def _logarithms(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    for at in range(0, QUANTUM_FRAMES * columns, columns):
        store(frames_p, at + 8, log2(load8(frames_p, at)))
        for lane in range(8):
            frames_p[at + 16 + lane] = log2(frames_p[at + lane])


@kernel
def _powers(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    for at in range(0, QUANTUM_FRAMES * columns, columns):
        store(frames_p, at + 8, exp2(load8(frames_p, at)))
        for lane in range(8):
            frames_p[at + 16 + lane] = exp2(frames_p[at + lane])


@kernel
def _limits(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    for at in range(0, QUANTUM_FRAMES * columns, columns):
        a, b = load2(frames_p, at), load2(frames_p, at + 2)
        store(frames_p, at + 4, maximum(a, b))
        store(frames_p, at + 6, minimum(a, b))
        store(frames_p, at + 8, flushed(a, 0.5))
        frames_p[at + 10] = maximum(frames_p[at], frames_p[at + 2])
        frames_p[at + 11] = flushed(frames_p[at + 2], 0.5)


def evaluated(run_prepared, kernel_: Any, values: np.ndarray) -> np.ndarray:
    """The function's values for `(frames, 8)` arguments, by lanes; checked against one by one."""
    result = run_prepared(Prepared((Operation(kernel_, ()),)), values)
    by_lanes, one_by_one = result[:, 8:16], result[:, 16:24]
    assert by_lanes.tobytes() == one_by_one.tobytes()
    return by_lanes


def test_log2_is_within_a_hundred_millionth_of_a_db(run_prepared, random) -> None:
    x = np.exp(random.uniform(-690.0, 690.0, (2000, 8)))
    x[:1000] = random.uniform(0.5, 2.0, (1000, 8))
    error_db = (evaluated(run_prepared, _logarithms, x) - np.log2(x)) * DB_PER_OCTAVE
    assert np.abs(error_db).max() < 1e-8


def test_log2_is_exact_at_powers_of_two(run_prepared) -> None:
    exponents = np.arange(-1000.0, 1000.0).reshape(-1, 8)
    np.testing.assert_array_equal(evaluated(run_prepared, _logarithms, 2.0**exponents), exponents)


def test_exp2_is_within_a_hundred_millionth_of_a_db(run_prepared, random) -> None:
    x = random.uniform(-40.0, 40.0, (2000, 8))
    error_db = 20.0 * np.log10(evaluated(run_prepared, _powers, x) / np.exp2(x))
    assert np.abs(error_db).max() < 1e-8


def test_exp2_is_exact_at_whole_numbers(run_prepared) -> None:
    exponents = np.arange(-1000.0, 1000.0).reshape(-1, 8)
    np.testing.assert_array_equal(evaluated(run_prepared, _powers, exponents), 2.0**exponents)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_lanes_and_numbers_agree_on_limits(run_prepared, random, scale: float) -> None:
    values = random.standard_normal((200, 4)) * scale
    values = np.concatenate([values, np.zeros((200, 8))], axis=1)
    result = run_prepared(Prepared((Operation(_limits, ()),)), values)
    a, b = values[:, :2], values[:, 2:4]
    np.testing.assert_array_equal(result[:, 4:6], np.maximum(a, b))
    np.testing.assert_array_equal(result[:, 6:8], np.minimum(a, b))
    np.testing.assert_array_equal(result[:, 8:10], np.where(np.abs(a) < 0.5, 0.0, a))
    np.testing.assert_array_equal(result[:, 10], np.maximum(a, b)[:, 0])
    np.testing.assert_array_equal(result[:, 11], np.where(np.abs(b) < 0.5, 0.0, b)[:, 0])
