"""One reading of the song tells the same as two, and both as plain numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from null_faults import RATE, Doubles, later

from engine.nulltest.inner_products import Gram, gram_hop_frames, measure_gram, measure_levels_and_gram
from engine.nulltest.lanes import Lane, LaneSpec, LaneSpecs
from engine.nulltest.measure import measure_levels, probe_peak
from engine.nulltest.nulltest import null_test_lanes
from engine.nulltest.spread import channel_products, products_with, row_products, weighted_sum

#: Long enough for both threads to have several spans.
FRAMES = 40 * RATE + 321


def sounds(count: int, frames: int = FRAMES) -> list[Doubles]:
    random = np.random.default_rng(11)
    swell = 0.5 + 0.4 * np.sin(np.arange(frames) / 90_000.0)[:, None]
    return [0.05 * swell * random.standard_normal((frames, 2)) for _ in range(count)]


def specs_of(folder: Path, stems: list[Doubles], mix: Doubles, gains: list[float]) -> LaneSpecs:
    lanes = []
    for number, samples in enumerate(stems):
        soundfile.write(folder / f"{number}.wav", samples, RATE, "DOUBLE")
        lanes.append(LaneSpec(str(number), folder / f"{number}.wav", gains[number]))
    soundfile.write(folder / "mix.wav", mix, RATE, "DOUBLE")
    return LaneSpecs(tuple(lanes), LaneSpec("reference", folder / "mix.wav"), RATE)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[LaneSpecs, list[Doubles], Doubles]:
    stems, gains = sounds(3), [1.0, -0.7, 1.3]
    mix = sum(gain * stem for gain, stem in zip(gains, stems, strict=True)) + 0.1 * sounds(4)[3]
    specs = specs_of(tmp_path_factory.mktemp("compared"), stems, np.asarray(mix), gains)
    return specs, [gain * stem for gain, stem in zip(gains, stems, strict=True)], np.asarray(mix)


def check_gram(gram: Gram, stems: list[Doubles], mix: Doubles) -> None:
    rows = np.stack([stem.reshape(-1) for stem in stems])
    rest = mix.reshape(-1) - rows.sum(axis=0)
    assert gram.stems == pytest.approx(rows @ rows.T, rel=1e-9, abs=1e-6)
    assert gram.residual == pytest.approx(rows @ rest, rel=1e-9, abs=1e-6)
    assert gram.energy == pytest.approx(rest @ rest)
    assert gram.reference == pytest.approx(float(np.sum(mix**2)))
    hop = gram_hop_frames(RATE)
    energies = [[float(np.sum(stem[at : at + hop] ** 2)) for stem in stems] for at in range(0, len(mix), hop)]
    assert gram.activity == pytest.approx(np.array(energies))


def test_inner_products_of_the_whole_song(compared: tuple[LaneSpecs, list[Doubles], Doubles]) -> None:
    specs, stems, mix = compared
    check_gram(measure_gram(specs), stems, mix)


def test_one_reading_tells_what_two_tell(compared: tuple[LaneSpecs, list[Doubles], Doubles]) -> None:
    specs, stems, mix = compared
    levels, gram = measure_levels_and_gram(specs)
    alone = measure_levels(specs)
    check_gram(gram, stems, mix)
    assert (levels.stems, levels.residual, levels.peak) == (alone.stems, alone.residual, alone.peak)
    assert np.array_equal(levels.bands, alone.bands)
    assert np.array_equal(levels.tick_energies, alone.tick_energies)


def test_band_energies_add_up(compared: tuple[LaneSpecs, list[Doubles], Doubles]) -> None:
    """White noise: the ten octaves from 22 Hz to 22.4 kHz hold their part of 24 kHz."""
    levels = measure_levels(compared[0])
    part = (1000.0 * 10.0 ** (0.3 * 4.5) - 1000.0 * 10.0 ** (-0.3 * 5.5)) / (RATE / 2)
    assert levels.bands.sum(axis=0) == pytest.approx(
        part * np.array([levels.stems, levels.reference, levels.residual]), rel=2e-3
    )


@pytest.mark.parametrize("at_s", [0.0, 17.3, 39.9])
def test_a_fault_between_the_probes_is_diagnosed(tmp_path: Path, at_s: float) -> None:
    """The places looked at first null; a tenth of a second of one stem elsewhere is too loud."""
    stems = sounds(2)
    mix = stems[0] + stems[1]
    place = slice(round(at_s * RATE), round((at_s + 0.1) * RATE))
    mix[place] += stems[1][place]
    specs = specs_of(tmp_path, stems, mix, [1.0, 1.0])
    assert probe_peak(specs) < 1e-9
    report = null_test_lanes(specs)
    assert not report.exact
    assert report.worst_at_s == pytest.approx(at_s, abs=0.4)
    assert all(stem.fitted_gain_db is not None for stem in report.stems)


@pytest.mark.parametrize("by", [0.25, -3.6, 1000.5])
def test_a_fractional_lane_in_any_block(tmp_path: Path, by: float) -> None:
    """Both channels, a gain kept out of it, and no edge where one block ends."""
    random = np.random.default_rng(3)
    spectrum = np.fft.rfft(random.standard_normal((20_000, 2)), axis=0)
    spectrum[7_000:] = 0.0
    sound = 0.1 * np.fft.irfft(spectrum, 20_000, axis=0) * np.hanning(20_000)[:, None]
    soundfile.write(tmp_path / "x.wav", sound, RATE, "DOUBLE")
    lane = Lane(LaneSpec("x", tmp_path / "x.wav", 0.5, by), RATE)
    wanted = later(np.concatenate((sound, np.zeros((2_000, 2)))), by)
    for block in (8192, 1000):
        found = np.zeros((22_000, 2))
        for start in range(0, 22_000, block):
            lane.read_into(start, found[start : start + block])
        assert found[200:] == pytest.approx(wanted[200:], abs=2e-5)
    lane.close()


def test_products_of_rows_that_lie_apart() -> None:
    random = np.random.default_rng(2)
    whole = [random.standard_normal((3, 9_001)) + 1j * random.standard_normal((3, 9_001)) for _ in range(4)]
    rows = [np.asarray(one[:, 100:-300]) for one in whole]
    flat = np.stack([np.stack([row.real, row.imag]).reshape(-1) for row in rows])
    assert row_products(rows) == pytest.approx(flat @ flat.T)
    assert products_with(rows, rows[2]) == pytest.approx(flat @ flat[2])
    gains = np.array([0.5, -2.0, 0.0, 1.25])
    assert weighted_sum(rows, gains) == pytest.approx(
        sum(g * row for g, row in zip(gains, rows, strict=True))
    )
    channels = np.stack([part.reshape(-1) for row in rows for part in (row.real, row.imag)])[
        [0, 2, 4, 6, 1, 3, 5, 7]
    ]
    assert channel_products(rows) == pytest.approx(channels @ channels.T)
