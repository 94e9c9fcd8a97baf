"""The filters of an oversampler, by FFT: they stop what they have to, and are no longer than that."""

from __future__ import annotations

import numpy as np
import pytest

from engine.rack.oversampler import _design, oversampler, pass_band_hz

RATES = (32_000, 44_100, 48_000, 88_200, 96_000, 192_000)


@pytest.mark.parametrize(
    ("rate", "hz"),
    [
        (32_000, 14_515.2),
        (44_100, 20_000.0),
        (48_000, 20_000.0),
        (66_666, 20_000.0),
        (66_700, 20_010.0),
        (96_000, 28_800.0),
    ],
)
def test_what_passes_is_the_audible_range_or_three_tenths_of_the_rate(rate: int, hz: float) -> None:
    assert pass_band_hz(rate) == pytest.approx(hz, abs=4.0)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("steps", "midpoints"), [(2, False), (3, True)])
def test_the_last_step_stops_by_94_db_and_not_much_more(rate: int, steps: int, midpoints: bool) -> None:
    odd, even = _design(rate, steps, midpoints).last
    taps = np.empty(len(odd) + len(even))
    taps[1::2], taps[0::2] = odd, even
    spectrum = np.abs(np.fft.rfft(taps, 1 << 16))
    hz = np.arange(len(spectrum)) * 2 * rate / (1 << 16)
    stop_hz = max(rate / 2, min(pass_band_hz(rate) + 4000.0, rate - pass_band_hz(rate)))
    stopped_db = -20 * np.log10(spectrum[hz >= stop_hz + 10.0].max())
    assert 93.9 <= stopped_db < 100.0
    passing = spectrum[hz <= pass_band_hz(rate)]
    assert np.abs(20 * np.log10(passing)).max() < 0.004
    assert taps.sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("steps", "midpoints"), [(2, False), (3, True)])
def test_every_half_band_stops_its_images_by_102_db(rate: int, steps: int, midpoints: bool) -> None:
    for step, taps in enumerate(_design(rate, steps, midpoints).up):
        # at twice the rate: the values that are there, and those between them
        whole = np.zeros(2 * len(taps) - 1)
        whole[0::2] = taps
        whole[len(taps) - 1] = 1.0
        spectrum = np.abs(np.fft.rfft(whole, 1 << 16)) / 2
        share = np.arange(len(spectrum)) / (1 << 16)
        edge = pass_band_hz(rate) / (rate * 2.0 ** (step + 1))
        assert 102.0 <= -20 * np.log10(spectrum[share >= 0.5 - edge].max()) < 120.0
        assert np.abs(20 * np.log10(spectrum[share <= edge])).max() < 0.0001


@pytest.mark.parametrize(
    ("rate", "later"), [(44_100, 72), (48_000, 57), (88_200, 28), (96_000, 28), (192_000, 28)]
)
def test_how_much_later_it_is_changes_for_no_session(rate: int, later: int) -> None:
    """Other filters would be another sound of every session that has them."""
    assert oversampler(rate, 2, midpoints=False).latency_frames == later
    assert oversampler(rate, 3, midpoints=True).latency_frames == later + 2
