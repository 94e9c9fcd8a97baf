"""Masking on constructed pairs: tones and noise whose thresholds listening experiments have measured."""

from __future__ import annotations

import numpy as np
import pytest

from engine.report.translation import Masker
from engine.translation.excitation import ExcitationPattern, erb_hz, erb_number, frequency_of
from engine.translation.masking import MaskingMeter

RATE = 48_000
SECONDS = 1.0
#: The mix's loudness for which full scale is 100 dB SPL in these tests.
LUFS = -25.0


def spl_gain(level_db: float) -> float:
    """The RMS of both sides together at which a signal has that level, dB SPL."""
    return 10.0 ** ((level_db - 100.0) / 20.0) / np.sqrt(2.0)


def tone(frequency_hz: float, level_db: float, seconds: float = SECONDS) -> np.ndarray:
    """On both sides."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    wave = np.sqrt(2.0) * spl_gain(level_db) * np.sin(2.0 * np.pi * frequency_hz * time_s)
    return np.repeat(wave[:, None], 2, axis=1)


def noise(low_hz: float, high_hz: float, density_db: float, seconds: float = SECONDS) -> np.ndarray:
    """A band of noise with so many dB SPL per Hz, on both sides."""
    frames = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(7).standard_normal(frames))
    bins_hz = np.fft.rfftfreq(frames, 1.0 / RATE)
    spectrum[(bins_hz < low_hz) | (bins_hz > high_hz)] = 0.0
    wave = np.fft.irfft(spectrum, frames)
    wave *= spl_gain(density_db + 10.0 * np.log10(high_hz - low_hz)) / np.sqrt(np.mean(wave**2))
    return np.repeat(wave[:, None], 2, axis=1)


def listen(
    vocal: np.ndarray, *others: np.ndarray, block: int = 10_000, faintest: float = 0.0
) -> tuple[Masker, ...]:
    """What masks the vocal."""
    names = ["Vocal", *(f"Stem {number}" for number in range(1, len(others) + 1))]
    meter = MaskingMeter(RATE, names, [0], LUFS, faintest_db_spl=faintest)
    whole = np.concatenate([vocal, *others], axis=1)
    for start in range(0, len(whole), block):
        meter.process(whole[start : start + block])
    return meter.finish()


def is_masked(vocal: np.ndarray, masker: np.ndarray) -> bool:
    """Whether it is, for most of the time."""
    return any(found.stem == "Stem 1" and found.share > 0.5 for found in listen(vocal, masker))


def threshold_db(frequency_hz: float, masker: np.ndarray) -> float:
    """The level below which a tone is masked, to half a decibel."""
    low, high = 0.0, 100.0
    while high - low > 0.5:
        middle = (low + high) / 2.0
        low, high = (middle, high) if is_masked(tone(frequency_hz, middle), masker) else (low, middle)
    return (low + high) / 2.0


def test_the_scale_of_equivalent_rectangular_bandwidths() -> None:
    """Glasberg and Moore 1990: 132.6 Hz and 15.6 at 1 kHz."""
    assert float(erb_hz(1000.0)) == pytest.approx(132.6, abs=0.1)
    assert float(erb_number(1000.0)) == pytest.approx(15.62, abs=0.01)
    assert frequency_of(erb_number([50.0, 4000.0])) == pytest.approx([50.0, 4000.0])


def test_excitation_of_a_tone_and_of_noise() -> None:
    bins_hz = np.arange(20.0, 16_000.0, 2.0)
    pattern = ExcitationPattern(bins_hz)
    powers = np.zeros((2, len(bins_hz)))
    powers[0, np.argmin(np.abs(bins_hz - 1000.0))] = 10.0**5.1  # 51 dB, where filters are symmetric
    powers[1] = 2.0 * 10.0**3.0  # 30 dB per Hz
    found_db = 10.0 * np.log10(pattern.process(powers)[0])
    at = int(np.argmin(np.abs(pattern.centres_hz - 1000.0)))
    assert found_db[0].argmax() == at
    assert found_db[0, at] == pytest.approx(51.0, abs=0.5)
    # noise: its density times the bandwidth; level-dependent filters are a little wider at 51 dB and more
    assert found_db[1, at] == pytest.approx(30.0 + 10.0 * np.log10(132.6), abs=0.5)


def test_masking_spreads_upwards_and_more_so_when_it_is_loud() -> None:
    bins_hz = np.arange(20.0, 16_000.0, 2.0)
    pattern = ExcitationPattern(bins_hz)
    powers = np.zeros((2, len(bins_hz)))
    place = np.argmin(np.abs(bins_hz - 1000.0))
    powers[0, place], powers[1, place] = 10.0**4.0, 10.0**9.0
    found_db = 10.0 * np.log10(pattern.process(powers)[0]) - np.array([[40.0], [90.0]])
    below, above = (int(np.argmin(np.abs(pattern.centres_hz - hz))) for hz in (600.0, 1600.0))
    assert found_db[1, above] > found_db[0, above] + 10.0
    assert abs(found_db[1, below] - found_db[0, below]) < 1.0
    assert found_db[1, above] > found_db[1, below] + 10.0


@pytest.mark.parametrize(("frequency_hz", "ratio_db"), [(500.0, 17.0), (1000.0, 18.0), (4000.0, 23.0)])
def test_a_tone_in_white_noise_is_heard_at_the_critical_ratio(frequency_hz: float, ratio_db: float) -> None:
    """Hawkins and Stevens 1950: so many dB above the noise's level per Hz, within 2 dB."""
    found = threshold_db(frequency_hz, noise(50.0, 15_000.0, 35.0))
    assert found - 35.0 == pytest.approx(ratio_db, abs=2.0)


def test_a_tone_moved_through_a_noise_band_is_masked_within_its_critical_band() -> None:
    """A band 200 Hz wide around 1 kHz, 70 dB SPL; the tone has 55."""
    masker = noise(900.0, 1100.0, 70.0 - 23.0)
    verdicts = {hz: is_masked(tone(hz, 55.0), masker) for hz in (250, 500, 700, 1000, 1100, 2000, 4000)}
    assert verdicts == {250: False, 500: False, 700: False, 1000: True, 1100: True, 2000: False, 4000: False}
    # as far above the band as below it the tone is masked more
    assert threshold_db(1400.0, masker) > threshold_db(600.0, masker) + 6.0


def test_only_noise_within_the_critical_band_masks() -> None:
    """Fletcher's experiment: at the same density a wider band masks more, up to the critical band."""
    levels = [
        threshold_db(1000.0, noise(1000.0 - width / 2, 1000.0 + width / 2, 40.0))
        for width in (50, 150, 400, 1600)
    ]
    assert levels[1] > levels[0] + 2.5
    assert levels[2] > levels[1]
    assert levels[3] == pytest.approx(levels[2], abs=1.0)


def test_a_notch_around_the_tone_lets_it_be_heard() -> None:
    """Patterson 1976: with a notch of 0.2 of the frequency on either side it falls by 15 dB and more."""
    whole = noise(200.0, 1800.0, 40.0)
    notched = noise(200.0, 800.0, 40.0) + noise(1200.0, 1800.0, 40.0)
    assert threshold_db(1000.0, notched) < threshold_db(1000.0, whole) - 12.0


def test_when_and_where_and_by_whom() -> None:
    vocal = tone(1000.0, 60.0, 6.0) + tone(4000.0, 60.0, 6.0)
    low, high = noise(700.0, 1400.0, 60.0, 6.0), noise(2900.0, 5600.0, 60.0, 6.0)
    low[: 2 * RATE] = 0.0
    low[4 * RATE :] = 0.0
    high[: 5 * RATE] = 0.0
    found = {(one.stem, one.octave_hz): one for one in listen(vocal, low, high)}
    spans = found["Stem 1", 1000.0].spans
    assert len(spans) == 1
    assert spans[0].start_s == pytest.approx(2.0, abs=0.1)
    assert spans[0].end_s == pytest.approx(4.0, abs=0.1)
    assert spans[0].signal_to_mask_db < -10.0
    assert found["Stem 1", 1000.0].share == pytest.approx(1.0 / 3.0, abs=0.03)
    assert found["Stem 2", 4000.0].spans[0].start_s == pytest.approx(5.0, abs=0.1)
    # each also among all together, nobody elsewhere; what lasts longer stands before what is short
    assert set(found) == {("Stem 1", 1000.0), (None, 1000.0), ("Stem 2", 4000.0), (None, 4000.0)}
    assert [one.octave_hz for one in listen(vocal, low, high)] == [1000.0, 1000.0, 4000.0, 4000.0]


def test_together_they_mask_what_none_masks_alone() -> None:
    vocal = tone(1000.0, 59.0)
    hiss = noise(200.0, 4000.0, 38.0)
    assert listen(vocal, hiss) == ()
    other = np.roll(hiss, RATE // 3, axis=0)
    found = listen(vocal, hiss, other, np.roll(hiss, RATE // 2, axis=0))
    assert [(one.stem, one.octave_hz) for one in found] == [(None, 1000.0)]


def test_how_it_is_cut_into_blocks_changes_nothing() -> None:
    pair = tone(1000.0, 55.0), noise(900.0, 1100.0, 47.0)
    assert listen(*pair, block=777) == pytest.approx(listen(*pair, block=50_000))


def test_silence_and_a_vocal_alone_are_not_masked() -> None:
    silence = np.zeros((RATE, 2))
    assert listen(silence, noise(100.0, 10_000.0, 40.0, 1.0)) == ()
    assert listen(tone(1000.0, 60.0, 1.0), silence) == ()
    assert listen(tone(1000.0, 60.0, 1.0)) == ()
    assert listen(np.zeros((10, 2)), np.zeros((10, 2))) == ()


def test_a_breath_does_not_count() -> None:
    pair = tone(1000.0, 49.0), noise(900.0, 1100.0, 47.0)
    assert listen(*pair, faintest=48.0) != ()
    assert listen(*pair, faintest=50.0) == ()


def test_a_short_hit_is_no_span() -> None:
    masker = noise(700.0, 1400.0, 60.0)
    masker[: RATE // 2] = 0.0
    masker[RATE // 2 + RATE // 20 :] = 0.0
    assert listen(tone(1000.0, 60.0), masker) == ()
