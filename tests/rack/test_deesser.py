"""The de-esser: what it leaves alone, what it reduces, its shelf."""

from __future__ import annotations

import numpy as np
import pytest

from engine.rack import deesser
from engine.rack.operation import Use
from engine.session.response import compressor_reduction_db

RATE = 48000


def tone(frequency_hz: float, level_db: float = 0.0, seconds: float = 0.5) -> np.ndarray:
    wave = np.sin(2.0 * np.pi * frequency_hz * np.arange(int(RATE * seconds)) / RATE)
    wave *= np.minimum(1.0, np.arange(len(wave)) / 2000.0)  # a sudden start is sibilance, too
    return np.repeat(wave[:, None], 2, axis=1) * 10.0 ** (level_db / 20.0)


def level_db(signal: np.ndarray) -> float:
    return float(10.0 * np.log10(np.mean(signal[len(signal) // 2 :] ** 2)))


def test_below_the_threshold_every_bit_passes(process, declared, random) -> None:
    signal = random.standard_normal((4000, 2)) * 10.0 ** (-60.0 / 20.0)
    assert np.array_equal(process("deesser", declared("deesser"), signal), signal)


@pytest.mark.parametrize("frequency_hz", [100.0, 500.0, 1000.0])
def test_a_loud_voice_without_sibilance_is_left_alone(process, declared, frequency_hz: float) -> None:
    signal = tone(frequency_hz, -6.0)
    output = process("deesser", declared("deesser"), signal)
    np.testing.assert_allclose(output, signal, atol=2e-4)


def test_sibilance_is_reduced_and_the_voice_under_it_is_not(process, declared) -> None:
    voice, sibilance = tone(400.0, -12.0), tone(9000.0, -12.0)
    output = process("deesser", declared("deesser", ratio=4.0), voice + sibilance)
    spectrum = np.abs(np.fft.rfft(output[RATE // 4 :, 0])) / (RATE / 8)
    resolution = RATE / (len(output) - RATE // 4)
    voice_db, sibilance_db = (20.0 * np.log10(spectrum[round(hz / resolution)]) for hz in (400.0, 9000.0))
    assert voice_db == pytest.approx(-12.0, abs=0.05)
    assert sibilance_db < -18.0


@pytest.mark.parametrize("frequency_hz", [4000.0, 6500.0, 12000.0, 18000.0])
@pytest.mark.parametrize("gain_db", [-1.0, -6.0, -18.0])
def test_the_reduction_has_the_shape_of_a_shelf_without_a_bump(
    run_prepared, layout, declared, frequency_hz: float, gain_db: float
) -> None:
    """A detector that is always far over: the gain stands still, and the filter can be measured."""
    prepared = deesser.prepare([Use(declared("deesser"), (0, 1), ((2, 3),))], layout(RATE, 4))
    # leader: a loud steady 20 kHz tone decides; its follower's tone shows what the shelf does
    leader = tone(20000.0, gain_db * -1.5)
    follower = tone(frequency_hz)
    matrix = run_prepared(prepared, np.concatenate([leader, follower], axis=1))
    gain = matrix[RATE // 4 :, prepared.gain_columns[0]]
    steady = float(np.median(gain))
    assert gain.std() < 0.05 * steady
    # the bilinear transform bends frequency: compare where it puts this one
    ratio = np.tan(np.pi * frequency_hz / RATE) / np.tan(np.pi * 6500.0 / RATE)
    expected_db = 10.0 * np.log10((1.0 + steady**2 * ratio**4) / (1.0 + ratio**4))
    assert level_db(matrix[:, 2]) + 3.0103 == pytest.approx(expected_db, abs=0.15)


@pytest.mark.parametrize("level", [-20.0, -10.0, 0.0])
def test_the_gain_is_that_of_the_static_curve_at_the_level_above_the_frequency(
    run_prepared, layout, declared, level: float
) -> None:
    chosen = declared("deesser", ratio=3.0, threshold_db=-30.0, attack_ms=0.05, release_ms=500.0)
    prepared = deesser.prepare([Use(chosen, (0, 1))], layout(RATE, 2))
    matrix = run_prepared(prepared, tone(11111.0, level))
    ratio = np.tan(np.pi * 11111.0 / RATE) / np.tan(np.pi * 6500.0 / RATE)
    high_db = level + 20.0 * np.log10(ratio**2 / np.sqrt(1.0 + ratio**4))
    found_db = 20.0 * np.log10(matrix[RATE // 4 :, prepared.gain_columns[0]].min())
    assert found_db == pytest.approx(-compressor_reduction_db(high_db, -30.0, 3.0, 6.0), abs=0.1)


def test_there_is_no_latency_and_one_gain_column_per_use(layout, declared) -> None:
    uses = [Use(declared("deesser"), (0, 1)), Use(declared("deesser"), (2, 3))]
    prepared = deesser.prepare(uses, layout(RATE, 4))
    assert prepared.latency_frames == 0
    assert len(set(prepared.gain_columns)) == 2


def test_parts_add_up_to_the_whole(process, declared, random) -> None:
    parts = random.standard_normal((5000, 4)) * 0.5
    signal = np.concatenate([parts[:, :2] + parts[:, 2:], parts], axis=1)
    output = process("deesser", declared("deesser", ratio=10.0), signal, followers=2)
    assert not np.allclose(output[:, :2], signal[:, :2], atol=1e-3)
    np.testing.assert_allclose(output[:, 2:4] + output[:, 4:6], output[:, :2], atol=1e-12)


@pytest.mark.parametrize("chunk_frames", [64, 8192])
def test_the_result_does_not_depend_on_the_block_size(process, declared, random, chunk_frames: int) -> None:
    signal = random.standard_normal((3000, 2))
    whole = process("deesser", declared("deesser"), signal)
    assert np.array_equal(process("deesser", declared("deesser"), signal, chunk_frames=chunk_frames), whole)
