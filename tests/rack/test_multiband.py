"""The multiband compressor and its crossovers: flat sums, bands, linear phase, parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rack import multiband
from engine.rack.crossover import all_pass_section, band_cascades, high_band, low_band
from engine.rack.linear_phase import latency_frames
from engine.rack.operation import Use
from engine.rack.response import cascade_response

CROSSOVERS = [
    (200.0,),
    (120.0, 400.0),
    (500.0, 1000.0),
    (300.0, 1200.0, 5000.0),
    (40.0, 41.0, 3000.0, 19000.0),
]
NEUTRAL = {"ratio": 1.0}


def neutral(declared, crossovers_hz: tuple[float, ...], **changes):
    bands = [NEUTRAL] * (len(crossovers_hz) + 1)
    return declared("multiband", crossovers_hz=crossovers_hz, bands=bands, **changes)


def response_of(impulse_response: np.ndarray) -> np.ndarray:
    return np.fft.rfft(impulse_response)


@pytest.mark.parametrize("sample_rate", [44100, 48000, 192000])
@pytest.mark.parametrize("crossovers_hz", CROSSOVERS)
def test_without_compression_the_sum_is_flat(process, declared, crossovers_hz, sample_rate: int) -> None:
    impulse = np.zeros((sample_rate, 2))
    impulse[0] = 1.0
    output = process("multiband", neutral(declared, crossovers_hz), impulse, sample_rate=sample_rate)
    gain_db = 20.0 * np.log10(np.abs(response_of(output[:, 0])))
    assert np.abs(gain_db).max() < 0.01


@pytest.mark.parametrize("crossovers_hz", CROSSOVERS)
def test_a_neutral_crossover_nulls_against_its_own_all_pass(process, declared, random, crossovers_hz) -> None:
    signal = random.standard_normal((12000, 2)) * 0.3
    output = process("multiband", neutral(declared, crossovers_hz), signal)
    frequency = np.fft.rfftfreq(1 << 16, 1.0 / 48000)
    all_passes = np.concatenate([all_pass_section(hz, 48000) for hz in crossovers_hz])
    spectrum = np.fft.rfft(signal, 1 << 16, axis=0) * cascade_response(all_passes, frequency, 48000)[:, None]
    # what is left rings on beyond the transform; 1.4 s at 40 Hz is below −200 dB
    expected = np.fft.irfft(spectrum, axis=0)[:12000]
    assert 20.0 * np.log10(np.sqrt(np.mean((output - expected) ** 2))) < -140.0


@pytest.mark.parametrize("crossovers_hz", CROSSOVERS)
def test_a_neutral_one_with_linear_phase_nulls_against_the_input(
    process, declared, random, crossovers_hz
) -> None:
    signal = random.standard_normal((12000, 2)) * 0.3
    output = process("multiband", neutral(declared, crossovers_hz, phase="linear"), signal)
    assert 20.0 * np.log10(np.sqrt(np.mean((output - signal) ** 2))) < -250.0


@pytest.mark.parametrize("phase", ["minimum", "linear"])
def test_each_band_has_its_own_compressor(process, declared, phase: str) -> None:
    time = np.arange(48000) / 48000
    for chosen, hz in enumerate((50.0, 700.0, 8111.0)):
        bands = [{"ratio": 1.0, "makeup_db": 0.0} for _ in range(3)]
        bands[chosen] = {
            "ratio": 100.0,
            "threshold_db": -20.0,
            "knee_db": 0.0,
            "attack_ms": 1.0,
            "release_ms": 1000.0,
        }
        chosen_settings = declared("multiband", crossovers_hz=(200.0, 2500.0), bands=bands, phase=phase)
        for other, tone_hz in enumerate((50.0, 700.0, 8111.0)):
            wave = np.sin(2.0 * np.pi * tone_hz * time) * np.minimum(1.0, 10.0 * time)
            tone = np.repeat(wave[:, None], 2, axis=1)
            output = process("multiband", chosen_settings, tone)[24000:, 0]
            level_db = 10.0 * np.log10(2.0 * np.mean(output**2))
            assert level_db == pytest.approx(-19.9 if other == chosen else 0.0, abs=1.5), (hz, tone_hz)


@pytest.mark.parametrize("frequency_hz", [30.0, 1000.0, 20000.0])
def test_bands_of_a_crossover_are_in_phase_and_6_db_down_where_they_meet(frequency_hz: float) -> None:
    at_hz = np.array([0.5, 0.9, 1.0, 1.1]) * frequency_hz
    low, high, both = (
        cascade_response(sections(frequency_hz, 48000), at_hz, 48000)
        for sections in (low_band, high_band, all_pass_section)
    )
    np.testing.assert_allclose(low + high, both, atol=1e-9)
    np.testing.assert_allclose(np.angle(low / high), 0.0, atol=1e-6)
    np.testing.assert_allclose(np.abs([low[2], high[2]]), 0.5, atol=1e-9)


def test_without_the_all_passes_the_sum_would_dip() -> None:
    """The tree of stem-mastering practice: three bands at 500 Hz and 1 kHz lose 3.56 dB."""
    at_hz = np.geomspace(100.0, 5000.0, 400)
    low, middle, high = (
        cascade_response(part, at_hz, 48000) for part in band_cascades((500.0, 1000.0), 48000)
    )
    assert np.abs(20.0 * np.log10(np.abs(low + middle + high))).max() < 1e-6
    bare = cascade_response(low_band(500.0, 48000), at_hz, 48000)
    assert 20.0 * np.log10(np.abs(bare + middle + high)).min() == pytest.approx(-3.56, abs=0.05)


@settings(derandomize=True, max_examples=12, deadline=None)
@given(
    crossovers_hz=st.sampled_from(CROSSOVERS),
    phase=st.sampled_from(["minimum", "linear"]),
    threshold_db=st.floats(-60.0, 0.0),
    mix=st.floats(0.0, 1.0),
    seed=st.integers(0, 99),
)
def test_parts_add_up_to_the_whole(process, declared, crossovers_hz, phase, threshold_db, mix, seed) -> None:
    parts = np.random.default_rng(seed).standard_normal((6000, 4)) * 0.5
    signal = np.concatenate([parts[:, :2] + parts[:, 2:], parts], axis=1)
    bands = [
        {
            "threshold_db": threshold_db + 5.0 * n,
            "ratio": 1.0 + n,
            "mix": mix,
            "sidechain_highpass_hz": 50.0 * (n % 2),
        }
        for n in range(len(crossovers_hz) + 1)
    ]
    chosen = declared("multiband", crossovers_hz=crossovers_hz, bands=bands, phase=phase)
    output = process("multiband", chosen, signal, followers=2)
    np.testing.assert_allclose(output[:, 2:4] + output[:, 4:6], output[:, :2], atol=1e-11)


def test_uses_side_by_side_give_what_each_gives_alone(process, declared, random) -> None:
    signal = random.standard_normal((4000, 10)) * 0.5
    bands = [{"threshold_db": -30.0, "ratio": 4.0}] * 3
    chosen = declared("multiband", crossovers_hz=(200.0, 2000.0), bands=bands)
    together = process("multiband", chosen, signal)
    for left in range(0, 10, 2):
        alone = process("multiband", chosen, signal[:, left : left + 2])
        np.testing.assert_allclose(together[:, left : left + 2], alone, atol=1e-14)


@pytest.mark.parametrize("chunk_frames", [64, 512, 8192])
@pytest.mark.parametrize("phase", ["minimum", "linear"])
def test_the_result_does_not_depend_on_the_block_size(process, declared, random, phase, chunk_frames) -> None:
    signal = random.standard_normal((5000, 2))
    bands = [{"threshold_db": -30.0}] * 2
    chosen = declared("multiband", crossovers_hz=(500.0,), bands=bands, phase=phase)
    whole = process("multiband", chosen, signal)
    assert np.array_equal(process("multiband", chosen, signal, chunk_frames=chunk_frames), whole)


@pytest.mark.parametrize("sample_rate", [44100, 96000])
def test_the_latency_is_that_of_a_linear_phase_equaliser_or_none(layout, declared, sample_rate: int) -> None:
    for phase, frames in (("minimum", 0), ("linear", latency_frames(sample_rate))):
        chosen = neutral(declared, (300.0,), phase=phase)
        prepared = multiband.prepare([Use(chosen, (0, 1))], layout(sample_rate, 2))
        assert prepared.latency_frames == multiband.latency_frames(chosen, sample_rate) == frames


def test_a_crossover_above_half_the_rate_is_no_crossover() -> None:
    for hz in (24000.0, 30000.0, 0.0, -5.0):
        with pytest.raises(ValueError, match="no crossover"):
            low_band(hz, 48000)
