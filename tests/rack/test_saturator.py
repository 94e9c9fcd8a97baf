"""The saturator: its curves, what folds back, its transparency to small signals, its parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rack import saturator
from engine.rack.saturator_kernels import SOFT_END
from engine.session.response import saturator_output

CHARACTERS = ("tape", "tube", "soft", "hard")
FRAMES = 1 << 14


def soft(x: np.ndarray) -> np.ndarray:
    """By numerical integration of (1 − s²)⁶, as the character is defined."""
    grid = np.linspace(0.0, 1.0, 20001)
    slope = (1.0 - grid**2) ** 6
    area = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2.0) * (grid[1] - grid[0])])
    return np.sign(x) * np.interp(np.minimum(np.abs(x) / SOFT_END, 1.0), grid, area) * SOFT_END


CURVES = {
    "tape": np.tanh,
    "tube": lambda x: (np.tanh(x + np.arctanh(0.2)) - 0.2) / (1.0 - 0.04),
    "soft": soft,
    "hard": lambda x: np.clip(x, -1.0, 1.0),
}


def sine(frequency_hz: float, sample_rate: int, frames: int = 3 * FRAMES) -> tuple[np.ndarray, int]:
    """A sine on both channels with an odd number of periods in `FRAMES`, and that number."""
    periods = round(frequency_hz / sample_rate * FRAMES) | 1
    wave = np.sin(2.0 * np.pi * periods * np.arange(frames) / FRAMES + 0.3)
    return np.stack([wave, wave], axis=1), periods


def spectrum(output: np.ndarray) -> np.ndarray:
    """Amplitudes of the middle third, left channel."""
    return np.abs(np.fft.rfft(output[FRAMES : 2 * FRAMES, 0])) / (FRAMES / 2)


@pytest.mark.parametrize("sample_rate", [44100, 48000, 96000])
@pytest.mark.parametrize(
    ("character", "limit_db"), [("tape", -100), ("tube", -100), ("soft", -100), ("hard", -80)]
)
def test_what_folds_back_of_a_5_khz_sine_at_12_db(
    process, declared, character: str, limit_db: float, sample_rate: int
) -> None:
    signal, periods = sine(5000.0, sample_rate)
    chosen = declared("saturator", drive_db=12.0, character=character)
    amplitudes = spectrum(process("saturator", chosen, signal, sample_rate=sample_rate))
    harmonics = np.zeros(len(amplitudes), dtype=bool)
    harmonics[::periods] = True
    folded = np.sqrt((amplitudes[~harmonics] ** 2).sum() / (amplitudes**2).sum())
    # everything up to half the rate counts, also what nobody hears
    assert 20.0 * np.log10(folded) < limit_db


@pytest.mark.parametrize("drive_db", [0.0, 12.0, 24.0])
@pytest.mark.parametrize("character", CHARACTERS)
def test_harmonics_are_those_of_the_curve(process, declared, character: str, drive_db: float) -> None:
    signal, periods = sine(1000.0, 48000)
    output = process("saturator", declared("saturator", drive_db=drive_db, character=character), signal)
    drive = 10.0 ** (drive_db / 20.0)
    phase = 2.0 * np.pi * np.arange(1 << 15) / (1 << 15)
    expected = np.abs(np.fft.rfft(CURVES[character](drive * np.sin(phase)) / drive)) / (1 << 14)
    found = spectrum(output)[::periods]
    for harmonic in range(1, 15):
        assert found[harmonic] == pytest.approx(expected[harmonic], rel=0.02, abs=2e-5)


@pytest.mark.parametrize("level", [0.05, 0.5, 1.0, 3.0, 10.0])
@pytest.mark.parametrize("character", CHARACTERS)
def test_a_steady_level_comes_out_at_the_curve(process, declared, character: str, level: float) -> None:
    signal = np.tile([level, -level], (1024, 1))
    output = process("saturator", declared("saturator", drive_db=6.0, character=character), signal)
    drive = 10.0 ** (6.0 / 20.0)
    expected = CURVES[character](drive * np.array([level, -level])) / drive
    np.testing.assert_allclose(output[512], expected, rtol=3e-5, atol=3e-5 * level)


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize(("drive_db", "mix"), [(0.0, 1.0), (12.0, 1.0), (12.0, 0.4), (36.0, 1.0)])
def test_the_curve_that_is_drawn_is_the_one_that_is_heard(character, drive_db, mix):
    chosen = {"drive_db": drive_db, "mix": mix, "character": character}
    drive = 10.0 ** (drive_db / 20.0)
    for level in (-1.0, -0.3, -1e-4, 0.0, 1e-4, 0.02, 0.5, 1.0):
        curve = float(CURVES[character](np.array(drive * level))) / drive
        expected = (1.0 - mix) * level + mix * curve
        assert saturator_output(chosen, level) == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("sample_rate", [44100, 48000, 88200, 192000])
@pytest.mark.parametrize("character", CHARACTERS)
def test_small_signals_pass_with_unity_gain_and_their_whole_spectrum(
    process, declared, random, character: str, sample_rate: int
) -> None:
    signal = random.standard_normal((3000, 2)) * 1e-6
    chosen = declared("saturator", drive_db=0.0, character=character)
    output = process("saturator", chosen, signal, sample_rate=sample_rate)
    np.testing.assert_allclose(output, signal, atol=2e-6 * np.abs(signal).max())


@pytest.mark.parametrize("sample_rate", [44100, 48000, 96000])
def test_the_latency_is_the_same_for_every_character_and_mix(layout, declared, sample_rate: int) -> None:
    from engine.rack.operation import Use

    latencies = {
        saturator.prepare(
            [Use(declared("saturator", character=character, mix=mix, drive_db=12.0), (0, 1))],
            layout(sample_rate, 2),
        ).latency_frames
        for character in CHARACTERS
        for mix in (0.0, 0.5, 1.0)
    }
    assert latencies == {saturator.latency_frames({}, sample_rate)}


@pytest.mark.parametrize("character", CHARACTERS)
def test_mix_blends_with_the_dry_signal(process, declared, random, character: str) -> None:
    signal = random.standard_normal((4000, 2)) * 0.5
    wet, half, dry = (
        process("saturator", declared("saturator", drive_db=12.0, character=character, mix=mix), signal)
        for mix in (1.0, 0.5, 0.0)
    )
    assert np.array_equal(dry, signal)
    np.testing.assert_allclose(half, (wet + signal) / 2.0, atol=1e-12)


@pytest.mark.parametrize("character", CHARACTERS)
def test_f_of_0_is_0(process, declared, character: str) -> None:
    chosen = declared("saturator", drive_db=36.0, character=character)
    assert not process("saturator", chosen, np.zeros((512, 2))).any()


def test_only_the_tube_makes_even_harmonics_and_dc(process, declared) -> None:
    signal, periods = sine(500.0, 48000)
    for character in CHARACTERS:
        amplitudes = spectrum(
            process("saturator", declared("saturator", drive_db=12.0, character=character), signal)
        )
        even = amplitudes[2 * periods] > 1e-3
        direct = amplitudes[0] > 1e-3
        assert (even, direct) == (character == "tube", character == "tube")


@settings(derandomize=True, max_examples=25, deadline=None)
@given(
    character=st.sampled_from(CHARACTERS),
    drive_db=st.floats(0.0, 36.0),
    mix=st.floats(0.0, 1.0),
    seed=st.integers(0, 99),
)
def test_parts_add_up_to_the_whole(process, declared, character, drive_db, mix, seed) -> None:
    random = np.random.default_rng(seed)
    parts = random.standard_normal((2000, 4)) * random.uniform(0.01, 1.0, 4)
    # passages where the parts cancel, wholly or nearly
    parts[500:700, 2:] = -parts[500:700, :2]
    parts[900:1000, 2:] = -parts[900:1000, :2] + 1e-9
    signal = np.concatenate([parts[:, :2] + parts[:, 2:], parts], axis=1)
    chosen = declared("saturator", drive_db=drive_db, character=character, mix=mix)
    output = process("saturator", chosen, signal, followers=2)
    assert np.isfinite(output).all()
    np.testing.assert_allclose(output[:, 2:4] + output[:, 4:6], output[:, :2], atol=1e-11)
    alone = process("saturator", chosen, signal[:, :2])
    assert np.array_equal(alone, output[:, :2])


@pytest.mark.parametrize("chunk_frames", [64, 512, 8192])
def test_the_result_does_not_depend_on_the_block_size(process, declared, random, chunk_frames: int) -> None:
    signal = random.standard_normal((5000, 4))
    chosen = declared("saturator", drive_db=12.0, character="hard")
    whole = process("saturator", chosen, signal)
    assert np.array_equal(process("saturator", chosen, signal, chunk_frames=chunk_frames), whole)


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize("level", [10.0, -10.0, 1e6, 1e-300])
def test_hard_cases_stay_finite(process, declared, character: str, level: float) -> None:
    chosen = declared("saturator", drive_db=36.0, character=character)
    output = process("saturator", chosen, np.full((512, 2), level))
    assert np.isfinite(output).all()
    assert np.abs(output).max() <= 1.2 * abs(level)
