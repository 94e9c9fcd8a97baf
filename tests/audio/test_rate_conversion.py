"""Rate conversion: pass band, aliases, images, position, exact length, and independence of blocks."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.convert import Converter, converted_frames

PAIRS = [(96_000, 44_100), (48_000, 44_100), (44_100, 48_000), (44_100, 96_000), (192_000, 48_000)]


def convert(samples: np.ndarray, input_rate: int, output_rate: int, block: int | None = None) -> np.ndarray:
    converter = Converter(input_rate, output_rate, samples.shape[1])
    if block is None:
        return converter.process(samples, last=True)
    parts = [converter.process(samples[at : at + block]) for at in range(0, len(samples), block)]
    parts.append(converter.process(np.empty((0, samples.shape[1])), last=True))
    return np.concatenate(parts)


def tone(frequency_hz: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    return np.sin(2 * np.pi * frequency_hz * np.arange(int(rate * seconds)) / rate)[:, None]


def middle(samples: np.ndarray) -> np.ndarray:
    """The half in the middle, windowed: ends of a tone are no tone."""
    quarter = len(samples) // 4
    return samples[quarter:-quarter, 0]


def level_db(samples: np.ndarray, frequency_hz: float, rate: int) -> float:
    """Level of one frequency re a sine of amplitude 1."""
    window = np.blackman(len(samples))
    carrier = np.exp(-2j * np.pi * frequency_hz * np.arange(len(samples)) / rate)
    return 20 * np.log10(2 * abs(np.sum(samples * window * carrier)) / window.sum())


@pytest.mark.parametrize(("input_rate", "output_rate"), PAIRS)
@pytest.mark.parametrize("frequency_hz", [20.0, 997.0, 10_000.0, 20_000.0])
def test_pass_band_is_flat(input_rate: int, output_rate: int, frequency_hz: float) -> None:
    converted = convert(tone(frequency_hz, input_rate, 2.0), input_rate, output_rate)
    assert abs(level_db(middle(converted), frequency_hz, output_rate)) < 0.01


@pytest.mark.parametrize("frequency_hz", [22_100.0, 24_000.0, 30_000.0, 43_000.0, 47_000.0])
def test_tones_above_nyquist_vanish(frequency_hz: float) -> None:
    converted = middle(convert(tone(frequency_hz, 96_000), 96_000, 44_100))
    assert 20 * np.log10(np.sqrt(2 * np.mean(converted**2))) < -140


def test_nothing_is_added_to_a_tone() -> None:
    """997 Hz at full scale, up and down: what is not the tone (images, noise) is below −140 dB."""
    for input_rate, output_rate in PAIRS:
        converted = middle(convert(tone(997.0, input_rate), input_rate, output_rate))
        time = np.arange(len(converted)) / output_rate
        basis = np.stack([np.sin(2 * np.pi * 997.0 * time), np.cos(2 * np.pi * 997.0 * time)], axis=1)
        rest = converted - basis @ np.linalg.lstsq(basis, converted, rcond=None)[0]
        assert 20 * np.log10(np.sqrt(2 * np.mean(rest**2))) < -140


@pytest.mark.parametrize(("input_rate", "output_rate"), PAIRS)
@pytest.mark.parametrize("centre_s", [0.05, 0.3, 0.45])
def test_a_pulse_stays_where_it_was(input_rate: int, output_rate: int, centre_s: float) -> None:
    """A Gaussian pulse of 0.2 ms is inside every pass band, so it must come out as itself."""

    def pulse(rate: int) -> np.ndarray:
        return np.exp(-0.5 * ((np.arange(rate // 2) / rate - centre_s) / 1e-4) ** 2)[:, None]

    converted, ideal = convert(pulse(input_rate), input_rate, output_rate), pulse(output_rate)
    error = np.abs(converted - ideal)
    assert error.max() < 1e-6
    assert error.max() / np.abs(np.diff(ideal[:, 0])).max() < 0.01  # of a frame


@pytest.mark.parametrize(("input_rate", "output_rate"), [*PAIRS[1:4], (48_000, 48_000)])
@pytest.mark.parametrize("block", [1, 64, 65, 8192, 8193])
def test_blocks_do_not_matter(
    random: np.random.Generator, input_rate: int, output_rate: int, block: int
) -> None:
    samples = random.uniform(-1, 1, (20_011, 2))
    whole = convert(samples, input_rate, output_rate)
    np.testing.assert_array_equal(convert(samples, input_rate, output_rate, block), whole)


@settings(max_examples=60, deadline=None)
@given(
    frames=st.integers(0, 30_000),
    rates=st.sampled_from([*PAIRS, (48_000, 48_000), (8_000, 384_000), (384_000, 8_000), (96_000, 48_000)]),
    channels=st.sampled_from([1, 2]),
)
def test_length_is_exact(frames: int, rates: tuple[int, int], channels: int) -> None:
    converted = convert(np.ones((frames, channels)), *rates)
    assert converted.shape == (round(Fraction(frames * rates[1], rates[0])), channels)
    assert converted_frames(frames, *rates) == len(converted)


def test_the_last_frame_of_a_rounded_up_length_is_signal() -> None:
    """50 000 frames make 45 937.5: the half frame at the end continues the tone, it is no zero."""
    converted = convert(np.ones((50_000, 1)), 48_000, 44_100)
    assert len(converted) == 45_938
    assert converted[-1, 0] > 0.4


def test_stereo_is_two_monos_and_equal_rates_are_untouched(random: np.random.Generator) -> None:
    samples = random.uniform(-1, 1, (10_000, 2))
    stereo = convert(samples, 48_000, 44_100)
    for channel in range(2):
        mono = convert(np.ascontiguousarray(samples[:, [channel]]), 48_000, 44_100)
        np.testing.assert_array_equal(stereo[:, [channel]], mono)
    assert not np.array_equal(stereo[:, 0], stereo[:, 1])
    np.testing.assert_array_equal(convert(samples, 48_000, 48_000), samples)


def test_nothing_follows_the_last_block() -> None:
    converter = Converter(48_000, 44_100, 2)
    converter.process(np.zeros((100, 2)), last=True)
    with pytest.raises(ValueError, match="does not continue"):
        converter.process(np.zeros((100, 2)))
    with pytest.raises(ValueError, match="does not continue"):
        Converter(48_000, 44_100, 2).process(np.zeros((100, 3)))
