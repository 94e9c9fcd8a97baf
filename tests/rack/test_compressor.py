"""The compressor: static curve, time constants, detectors, channels, and one use among many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rack import compressor
from engine.rack.operation import Prepared, Use
from engine.session.response import compressor_gain_db, compressor_reduction_db

RATE = 48000
DEFAULTS: dict[str, Any] = {
    "threshold_db": -18.0,
    "ratio": 2.0,
    "attack_ms": 20.0,
    "release_ms": 150.0,
    "knee_db": 6.0,
    "makeup_db": 0.0,
    "mix": 1.0,
    "detector": "peak",
    "sidechain_highpass_hz": 0.0,
    "channels": "stereo",
}
CHANNELS = ("stereo", "mid", "side", "left", "right")


def use(column: int = 0, **changes: Any) -> Use:
    return Use({**DEFAULTS, **changes}, (column, column + 1))


def level(level_db: float) -> float:
    return float(10.0 ** (level_db / 20.0))


def in_db(gain: np.ndarray) -> np.ndarray:
    return 20.0 * np.log10(gain)


def gain_after(run_prepared, layout, signal: np.ndarray, **changes: Any) -> np.ndarray:
    prepared = compressor.prepare([use(0, **changes)], layout(RATE, 2))
    return run_prepared(prepared, signal)[:, prepared.gain_columns[0]]


@pytest.mark.parametrize("level_db", [-60.0, -21.0, -19.5, -18.0, -16.0, -15.0, -6.0, 0.0, 12.0])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ratio": 100.0, "knee_db": 0.0},
        {"ratio": 1.5, "knee_db": 24.0, "makeup_db": 3.0},
        {"ratio": 4.0, "mix": 0.4, "makeup_db": -6.0},
        {"threshold_db": -80.0, "ratio": 3.0, "mix": 0.0},
        {"threshold_db": 20.0, "makeup_db": 24.0},
    ],
)
def test_settles_on_the_static_curve(run_prepared, layout, level_db: float, changes: dict[str, Any]) -> None:
    signal = np.tile([level(level_db), -0.5 * level(level_db)], (RATE // 10, 1))
    gain = gain_after(run_prepared, layout, signal, attack_ms=1.0, **changes)
    expected_db = compressor_gain_db({**DEFAULTS, **changes}, level_db)
    assert in_db(gain[-1]) == pytest.approx(expected_db, abs=1e-6)


@pytest.mark.parametrize("attack_ms", [0.05, 5.0, 60.0])
def test_attack_is_the_time_to_63_percent(run_prepared, layout, attack_ms: float) -> None:
    signal = np.ones((RATE // 2, 2))
    reduction_db = -in_db(gain_after(run_prepared, layout, signal, attack_ms=attack_ms))
    frame = attack_ms * RATE / 1000.0
    found = np.interp(frame - 1.0, np.arange(len(signal)), reduction_db)
    assert found / reduction_db[-1] == pytest.approx(1.0 - np.exp(-1.0), abs=0.02)


@pytest.mark.parametrize("release_ms", [20.0, 300.0])
def test_release_is_the_time_to_63_percent(run_prepared, layout, release_ms: float) -> None:
    signal = np.ones((RATE, 2))
    loud = RATE // 10
    signal[loud:] = 1e-6
    reduction_db = -in_db(gain_after(run_prepared, layout, signal, attack_ms=0.05, release_ms=release_ms))
    after = reduction_db[loud + round(release_ms * RATE / 1000.0)]
    assert after / reduction_db[loud - 1] == pytest.approx(np.exp(-1.0), abs=0.01)


DETECTED = {
    "stereo": lambda x, y: np.maximum(np.abs(x), np.abs(y)),
    "left": lambda x, y: np.abs(x),
    "right": lambda x, y: np.abs(y),
    "mid": lambda x, y: np.abs(x + y) / 2.0,
    "side": lambda x, y: np.abs(x - y) / 2.0,
}


def gain_by_the_book(signal: np.ndarray, changes: dict[str, Any]) -> np.ndarray:
    """Frame by frame as the literature writes it, in dB and plain Python."""
    s = {**DEFAULTS, **changes}
    hold, attack, release = (np.exp(-1000.0 / (ms * RATE)) for ms in (10.0, s["attack_ms"], s["release_ms"]))
    power = y1 = y = 0.0
    gain = []
    for peak in DETECTED[s["channels"]](signal[:, 0], signal[:, 1]):
        power = hold * power + (1.0 - hold) * peak**2 if s["detector"] == "rms" else peak**2
        level_db = 10.0 * np.log10(max(power, 1e-30))
        u = compressor_reduction_db(level_db, s["threshold_db"], s["ratio"], s["knee_db"])
        y1 = max(u, release * y1 + (1.0 - release) * u)
        y = attack * y + (1.0 - attack) * y1
        gain.append(1.0 - s["mix"] + s["mix"] * 10.0 ** ((s["makeup_db"] - y) / 20.0))
    return np.array(gain)


def bursts(random: np.random.Generator, frames: int) -> np.ndarray:
    envelope = 10.0 ** (random.uniform(-2.5, 0.5, frames // 200 + 1).repeat(200)[:frames] / 1.0)
    return random.standard_normal((frames, 2)) * envelope[:, None] * 0.3


@pytest.mark.parametrize("detector", ["peak", "rms"])
@pytest.mark.parametrize("channels", CHANNELS)
def test_follows_the_formulas_of_the_literature(
    run_prepared, layout, random, detector: str, channels: str
) -> None:
    signal = bursts(random, 3000)
    changes = {
        "detector": detector,
        "channels": channels,
        "attack_ms": 2.0,
        "release_ms": 30.0,
        "ratio": 5.0,
        "makeup_db": 4.0,
        "mix": 0.7,
    }
    expected = gain_by_the_book(signal, changes)
    np.testing.assert_allclose(gain_after(run_prepared, layout, signal, **changes), expected, rtol=1e-8)


def test_rms_reads_a_sine_3_db_below_its_peak(run_prepared, layout) -> None:
    time = np.arange(RATE) / RATE
    signal = np.repeat(np.sin(2.0 * np.pi * 1000.0 * time)[:, None], 2, axis=1)
    gain = gain_after(run_prepared, layout, signal, detector="rms", attack_ms=50.0)
    assert in_db(gain[-1]) == pytest.approx(compressor_gain_db(DEFAULTS, -3.0103), abs=0.05)


@pytest.mark.parametrize(("hz", "expected_db"), [(0.0, 0.0), (50.0, 0.0), (5000.0, -8.9)])
def test_the_side_chain_high_pass_keeps_bass_from_steering(run_prepared, layout, hz, expected_db) -> None:
    time = np.arange(RATE) / RATE
    signal = np.repeat(np.cos(2.0 * np.pi * hz * time)[:, None], 2, axis=1)
    gain = gain_after(run_prepared, layout, signal, sidechain_highpass_hz=1000.0, attack_ms=5.0)
    assert in_db(gain[RATE // 2 :]).mean() == pytest.approx(expected_db, abs=0.15)


@pytest.mark.parametrize("channels", CHANNELS)
def test_the_gain_acts_on_the_chosen_channel_only(run_prepared, layout, random, channels: str) -> None:
    signal = random.standard_normal((500, 2))
    prepared = compressor.prepare([use(0, channels=channels, attack_ms=0.1)], layout(RATE, 2))
    result = run_prepared(prepared, signal)
    gain = result[:, prepared.gain_columns[0]]
    assert gain.min() < 0.7
    x, y = signal.T
    m, s = (x + y) / 2.0, (x - y) / 2.0
    expected = {
        "stereo": (x * gain, y * gain),
        "left": (x * gain, y),
        "right": (x, y * gain),
        "mid": (m * gain + s, m * gain - s),
        "side": (m + s * gain, m - s * gain),
    }[channels]
    np.testing.assert_allclose(result[:, :2].T, expected, atol=1e-14)
    for lane, untouched in ((0, channels == "right"), (1, channels == "left")):
        assert (result[:, lane] == signal[:, lane]).all() == untouched


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("neutral", [{"ratio": 1.0}, {"mix": 0.0, "makeup_db": 9.0}, {"threshold_db": 20.0}])
def test_a_neutral_compressor_changes_no_bit(run_prepared, layout, random, channels, neutral) -> None:
    signal = random.uniform(-1.0, 1.0, (500, 2))
    prepared = compressor.prepare([use(0, channels=channels, **neutral)], layout(RATE, 2))
    result = run_prepared(prepared, signal)
    assert np.all(result[:, prepared.gain_columns[0]] == 1.0)
    np.testing.assert_array_equal(result[:, :2], signal)


@pytest.mark.parametrize("count", [1, 2, 4, 5, 8, 9, 13])
def test_uses_side_by_side_give_the_bits_of_each_alone(run_prepared, layout, random, count: int) -> None:
    signal = np.concatenate([bursts(random, 400) for _ in range(count)], axis=1)
    changes = [
        {
            "ratio": 1.0 + n,
            "channels": CHANNELS[n % 5],
            "detector": ("peak", "rms")[n % 2],
            "sidechain_highpass_hz": (0.0, 120.0, 0.0)[n % 3],
            "release_ms": 5.0 + 3.0 * n,
        }
        for n in range(count)
    ]
    prepared = compressor.prepare([use(2 * n, **changes[n]) for n in range(count)], layout(RATE, 2 * count))
    together = run_prepared(prepared, signal)
    for n in range(count):
        alone = compressor.prepare([use(0, **changes[n])], layout(RATE, 2))
        expected = run_prepared(alone, signal[:, 2 * n : 2 * n + 2])
        np.testing.assert_array_equal(together[:, 2 * n : 2 * n + 2], expected[:, :2])
        np.testing.assert_array_equal(
            together[:, prepared.gain_columns[n]], expected[:, alone.gain_columns[0]]
        )


def test_a_gain_column_can_be_applied_to_other_columns(run_prepared, layout, random) -> None:
    signal = random.standard_normal((300, 6))
    decided = compressor.prepare([use(0)], layout(RATE, 6))
    gain_column = decided.gain_columns[0]
    linked = compressor.apply_operation([2, 4], [gain_column] * 2, ["stereo", "mid"])
    result = run_prepared(Prepared((*decided.operations, linked)), signal)
    gain = result[:, gain_column]
    np.testing.assert_array_equal(result[:, 2:4], signal[:, 2:4] * gain[:, None])
    np.testing.assert_allclose(result[:, 4] + result[:, 5], (signal[:, 4] + signal[:, 5]) * gain, atol=1e-14)
    np.testing.assert_allclose(result[:, 4] - result[:, 5], signal[:, 4] - signal[:, 5], atol=1e-14)


@pytest.mark.parametrize("chunk_frames", [64, 512, 8192])
def test_the_result_does_not_depend_on_the_block_size(run_prepared, layout, random, chunk_frames) -> None:
    signal = bursts(random, 9000)
    prepared = compressor.prepare([use(0, detector="rms", sidechain_highpass_hz=80.0)], layout(RATE, 2))
    reference = run_prepared(prepared, signal, 4096)
    np.testing.assert_array_equal(run_prepared(prepared, signal, chunk_frames), reference)


@pytest.mark.parametrize("count", [1, 8])
def test_the_gain_comes_back_to_exactly_one(run_prepared, layout, count: int) -> None:
    signal = np.zeros((RATE, 2 * count))
    signal[:2000:2], signal[1:2000:2] = 0.9, -0.9
    uses = [
        use(2 * n, release_ms=5.0, detector="rms", sidechain_highpass_hz=100.0 * (n % 2))
        for n in range(count)
    ]
    prepared = compressor.prepare(uses, layout(RATE, 2 * count))
    result = run_prepared(prepared, signal)
    for column in prepared.gain_columns:
        assert result[:, column].min() < 0.9
        assert result[-1, column] == 1.0


@settings(derandomize=True, max_examples=40, deadline=None)
@given(
    threshold_db=st.floats(-80.0, 20.0),
    ratio=st.floats(1.0, 100.0),
    attack_ms=st.floats(0.05, 500.0),
    release_ms=st.floats(1.0, 5000.0),
    knee_db=st.floats(0.0, 24.0),
    makeup_db=st.floats(-24.0, 24.0),
    mix=st.floats(0.0, 1.0),
    scale=st.sampled_from([0.0, 1e-300, 1e-12, 1.0, 1e6]),
)
def test_the_gain_stays_between_what_the_settings_allow(
    run_prepared, layout, threshold_db, ratio, attack_ms, release_ms, knee_db, makeup_db, mix, scale
) -> None:
    signal = np.random.default_rng(1).standard_normal((640, 2)) * scale
    changes = {
        "threshold_db": threshold_db,
        "ratio": ratio,
        "attack_ms": attack_ms,
        "release_ms": release_ms,
        "knee_db": knee_db,
        "makeup_db": makeup_db,
        "mix": mix,
    }
    gain = gain_after(run_prepared, layout, signal, **changes)
    peak = np.abs(signal).max()
    loudest_db = 20.0 * np.log10(peak) if peak > 0.0 else -np.inf
    settled_db = compressor_gain_db({**DEFAULTS, **changes}, loudest_db)
    assert gain.min() >= 10.0 ** (settled_db / 20.0) * (1.0 - 1e-7)
    assert gain.max() <= (1.0 - mix + mix * level(makeup_db)) * (1.0 + 1e-7)


@pytest.mark.parametrize("knee_db", [0.0, 5e-324, 2.2e-309, 1e-12])
def test_a_knee_too_narrow_to_divide_by_is_a_corner(run_prepared, layout, knee_db: float) -> None:
    signal = np.full((4800, 2), level(-20.0))
    for threshold_db in (-20.0, -23.0):
        gain = gain_after(run_prepared, layout, signal, threshold_db=threshold_db, ratio=4.0, knee_db=knee_db)
        corner = gain_after(run_prepared, layout, signal, threshold_db=threshold_db, ratio=4.0, knee_db=0.0)
        assert np.array_equal(gain, corner)
