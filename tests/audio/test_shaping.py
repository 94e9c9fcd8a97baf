"""Shaped dither: its spectrum, its noise, its blocks, and what it leaves of a signal below a step."""

from __future__ import annotations

import numpy as np
import pytest

from engine.audio.shaping import Shaper, shaping_filter, threshold_db

LSB = 2.0**-15


def errors_of(samples: np.ndarray, rate: int, key: int = 3, block: int = 1 << 20) -> np.ndarray:
    """What the quantiser adds, in steps."""
    shaper = Shaper(rate, samples.shape[1], 16, key)
    out = np.empty(samples.shape, np.int32)
    for start in range(0, len(samples), block):
        shaper.quantise(samples[start : start + block], out[start : start + block])
    return out - samples / LSB


def tone(rate: int, frames: int = 1 << 18, level: float = 0.3) -> np.ndarray:
    time = np.arange(frames) / rate
    return level * np.stack([np.sin(2 * np.pi * 997 * time), np.cos(2 * np.pi * 1500 * time)], 1)


def spectrum_db(errors: np.ndarray) -> np.ndarray:
    """Power over frequency re the white error of plain triangular dither, a quarter of a step squared."""
    blocks = errors.reshape(-1, 2048, errors.shape[1]) * np.hanning(2048)[None, :, None]
    power = (np.abs(np.fft.rfft(blocks, axis=1)) ** 2).mean(axis=(0, 2)) / (np.hanning(2048) ** 2).sum()
    return 10 * np.log10(power / 0.25)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_the_noise_lies_along_the_filter(rate: int) -> None:
    found = spectrum_db(errors_of(tone(rate), rate))
    angles = np.linspace(0, np.pi, 1025)
    coefficients = (1.0, *shaping_filter(rate))
    transfer = sum(c * np.exp(-1j * angles * k) for k, c in enumerate(coefficients))
    # 256 averaged blocks of random noise, two channels: ±0.4 dB is three deviations
    assert np.abs(found - 20 * np.log10(np.abs(transfer)))[2:-2].max() < 1.5
    assert np.abs((found - 20 * np.log10(np.abs(transfer)))[2:-2].mean()) < 0.05
    hertz = angles / np.pi * rate / 2
    assert found[(hertz > 2000) & (hertz < 5000)].max() < -10.0
    assert found[hertz < 1000].max() < -3.0
    assert found.max() < 20.0


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_what_is_heard_falls_by_11_db_and_all_of_it_rises_by_9(rate: int) -> None:
    found = 10 ** (spectrum_db(errors_of(tone(rate), rate)) / 10)
    hertz = np.linspace(0, rate / 2, len(found))
    heard = 10 ** (-np.array([threshold_db(one / 1000) for one in hertz]) / 10)
    assert 10 * np.log10((found * heard).sum() / heard.sum()) < -11.0
    assert 8.0 < 10 * np.log10(found.mean()) < 9.5
    # a minimum-phase filter that begins with 1 moves noise and removes none, in dB (Gerzon, Craven)
    assert np.log10(found[1:-1]).mean() == pytest.approx(0.0, abs=0.03)


def test_the_error_has_no_mean_and_does_not_follow_the_signal() -> None:
    signal = tone(44_100)
    errors = errors_of(signal, 44_100)
    assert np.abs(errors.mean(axis=0)).max() < 0.01
    correlation = (errors * signal).mean(axis=0) / (errors.std(axis=0) * signal.std(axis=0))
    assert np.abs(correlation).max() < 0.01
    quiet, loud = errors_of(tone(44_100, level=1e-6), 44_100), errors
    assert quiet.std() == pytest.approx(loud.std(), rel=0.01)


def test_a_tone_below_a_step_survives() -> None:
    rate, level = 44_100, 10 ** (-100 / 20)
    time = np.arange(1 << 18) / rate
    signal = level * np.sin(2 * np.pi * 1000 * time)[:, None]
    heard = errors_of(signal, rate) * LSB + signal
    amplitude = 2 * np.abs((heard[:, 0] * np.exp(-2j * np.pi * 1000 * time)).mean())
    assert 20 * np.log10(amplitude / level) == pytest.approx(0.0, abs=0.5)


def test_blocks_and_channels() -> None:
    signal = tone(48_000, 5000)
    whole = errors_of(signal, 48_000)
    for block in (1, 64, 65, 4099):
        np.testing.assert_array_equal(errors_of(signal, 48_000, block=block), whole)
    same = np.repeat(signal[:, :1], 2, axis=1)
    left, right = errors_of(same, 48_000).T
    assert np.abs(np.corrcoef(left, right)[0, 1]) < 0.1
    assert (errors_of(signal, 48_000, key=4) != whole).any()


def test_full_scale_saturates_and_comes_back() -> None:
    signal = np.full((4000, 1), 1.2)
    signal[2000:] = 0.0
    shaper, out = Shaper(44_100, 1, 16, 1), np.empty((4000, 1), np.int32)
    assert shaper.quantise(signal, out) == 2000
    assert np.abs(out[2100:]).max() < 40
    with pytest.raises(ValueError, match="not finite"):
        shaper.quantise(np.array([[np.nan]]), np.empty((1, 1), np.int32))


def test_coefficients_stay() -> None:
    """They decide the bytes of files: rounded to steps of 2^−20, on any machine."""
    assert [round(c * 2**20) for c in shaping_filter(44_100)] == GOLDEN


GOLDEN = [-1773296, 1749027, -937731, 73706, 440196, -361426, 148231, 46479, -34195]
