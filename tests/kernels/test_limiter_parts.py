"""What the limiter is made of: its interpolator, its sliding extremes and its exact sums."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES, kernel
from engine.compiler.pointers import ahead, as_floats, as_short_words, as_words
from engine.kernels.envelope import moving_sum, release, sliding_maximum
from engine.kernels.interpolate import (
    GROUP_FRAMES,
    MARGIN_FRAMES,
    PASS_BAND,
    QUARTER_BOUND,
    SAMPLE_BOUND,
    SCRATCH_FLOATS,
    WINDOW_FRAMES,
    fractional_delay,
    quarter_peaks,
    refine_peaks,
)

Probe = Callable[..., None]


def probe(function: Callable[..., None]) -> Probe:
    """A kernel to be called with arrays: `(words, parameters, state)`."""
    machine = kernel(function)

    def call(words: NDArray[Any], parameters: NDArray[Any], state: NDArray[Any]) -> None:
        native = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 5)(machine.address)
        native(0, 0, words.ctypes.data, parameters.ctypes.data, state.ctypes.data)

    return call


@probe
def measure(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Word: whether fine. Parameters: the window, as float32. State: 64 float32 peaks, then scratch."""
    window, peaks = as_floats(parameters_p), as_floats(state_p)
    scratch = ahead(peaks, QUANTUM_FRAMES)
    if words_p[0] == 0:
        quarter_peaks(window, scratch, peaks)
    else:
        for start in range(0, QUANTUM_FRAMES, GROUP_FRAMES):
            refine_peaks(window, scratch, start, peaks)


@probe
def slide(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: blocks, window, sign. Parameters: the values, int32. State: two words, then the ring."""
    ring = as_short_words(ahead(state_p, 2))
    for block in range(words_p[0]):
        values = ahead(as_short_words(parameters_p), block * QUANTUM_FRAMES)
        sliding_maximum(values, np.int32(words_p[2]), words_p[1], ring, as_words(state_p))


@probe
def add_up(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Words: blocks, length. Parameters: the values, int64. State: two words, then the ring."""
    for block in range(words_p[0]):
        values = ahead(as_words(parameters_p), block * QUANTUM_FRAMES)
        moving_sum(values, words_p[1], as_words(ahead(state_p, 2)), as_words(state_p))


@probe
def let_go(frames_p: Any, columns: Any, words_p: Any, parameters_p: Any, state_p: Any) -> None:
    """Parameters: decay, then the attenuation. State: what is held, then 64 int32 steps."""
    release(ahead(parameters_p, 1), parameters_p[0], state_p, as_short_words(ahead(state_p, 1)))


NONE = np.zeros(1)


def peaks_of(window: NDArray[np.float32], fine: bool) -> NDArray[np.float32]:
    state = np.full(QUANTUM_FRAMES + SCRATCH_FLOATS, 1e9, dtype=np.float32)
    state[:QUANTUM_FRAMES] = 0.0
    measure(np.array([int(fine)]), np.ascontiguousarray(window), state)
    return state[:QUANTUM_FRAMES]


@pytest.mark.parametrize("fine", [False, True])
@pytest.mark.parametrize("frequency", [0.001, 0.05, 0.21, 0.3333, 0.4167, 0.4535])
def test_peaks_of_a_sine_are_those_of_its_points(fine: bool, frequency: float) -> None:
    points = 16 if fine else 4
    frames = np.arange(WINDOW_FRAMES) - MARGIN_FRAMES
    dense = np.arange(QUANTUM_FRAMES * points) / points
    for phase in np.arange(12) / 12:
        peaks = peaks_of(np.sin(2 * np.pi * (frequency * frames + phase)).astype(np.float32), fine)
        truth = np.abs(np.sin(2 * np.pi * (frequency * dense + phase))).reshape(-1, points).max(axis=1)
        np.testing.assert_allclose(peaks, truth, rtol=0, atol=0.0012)  # 0.01 dB


def test_the_fine_way_leaves_out_what_a_converter_leaves_out() -> None:
    frames = np.arange(WINDOW_FRAMES)
    alternating = np.where(frames % 2, 1.0, -1.0).astype(np.float32)
    assert peaks_of(alternating, fine=True).max() < 0.03
    assert peaks_of(alternating, fine=False).max() >= 1.0


@pytest.mark.parametrize("fine", [False, True])
def test_bounds_hold(random: np.random.Generator, fine: bool) -> None:
    for _ in range(50):
        window = random.choice([-1.0, 1.0], WINDOW_FRAMES).astype(np.float32)
        assert peaks_of(window, fine).max() < SAMPLE_BOUND
    band = np.fft.rfft(random.standard_normal(4096))
    band[round(0.45 * 4096) :] = 0.0
    signal = np.fft.irfft(band).astype(np.float32)
    blocks = range(0, 4096 - WINDOW_FRAMES, QUANTUM_FRAMES)
    coarse = max(peaks_of(signal[at : at + WINDOW_FRAMES], fine=False).max() for at in blocks)
    exact = max(peaks_of(signal[at : at + WINDOW_FRAMES], fine=True).max() for at in blocks)
    assert exact <= coarse * QUARTER_BOUND


def test_an_interpolator_delays_by_what_it_says() -> None:
    taps = fractional_delay(0.25, 48, PASS_BAND)
    frequency = np.linspace(0.0, 0.45, 200)
    response = np.exp(2j * np.pi * np.outer(frequency, np.arange(48) - 23)) @ taps
    np.testing.assert_allclose(response, np.exp(2j * np.pi * frequency * 0.25), rtol=0, atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(window=st.integers(1, 400), sign=st.sampled_from([1, -1]), seed=st.integers(0, 1000))
def test_sliding_extremes(window: int, sign: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 50, 15 * QUANTUM_FRAMES).astype(np.int32)
    result = values.copy()
    slide(np.array([15, window, sign]), result, np.zeros(2 + window))
    before = np.concatenate([np.zeros(window - 1, dtype=np.int32), values])
    extreme = np.max if sign > 0 else np.min
    np.testing.assert_array_equal(result, extreme(sliding_window_view(before, window), axis=1))


@settings(max_examples=40, deadline=None)
@given(length=st.integers(1, 400), seed=st.integers(0, 1000))
def test_moving_sums_are_exact(length: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 2**50, 15 * QUANTUM_FRAMES)
    result = values.copy()
    add_up(np.array([15, length]), result, np.zeros(2 + length))
    before = np.concatenate([np.zeros(length - 1, dtype=np.int64), values])
    np.testing.assert_array_equal(result, sliding_window_view(before, length).sum(axis=1))


def test_release_ends_at_zero_without_subnormal_numbers() -> None:
    parameters = np.zeros(1 + QUANTUM_FRAMES)
    parameters[:2] = 0.98, 3.0
    state = np.zeros(1 + QUANTUM_FRAMES // 2)
    held = []
    for _ in range(40):
        let_go(NONE, parameters, state)
        parameters[1] = 0.0
        held.append(state[0])
    assert held[0] == pytest.approx(3.0 * 0.98**63)
    assert held[-1] == 0.0
    assert min(value for value in held if value > 0.0) > 1e-13
    assert not state[1:].any()
