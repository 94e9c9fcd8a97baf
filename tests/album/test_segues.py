"""Segues and cross-fades: several files come out as the one programme that they are."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from album_material import RATE, SECTOR, kinds, make, music, write_music

pytestmark = pytest.mark.usefixtures("plain_papers")


def test_a_segued_pair_is_the_undivided_programme(tmp_path: Path) -> None:
    whole = write_music(tmp_path / "whole.wav", 8.8, 7)
    cut = 4 * RATE + 12345
    sf.write(tmp_path / "one.wav", whole[:cut], RATE, subtype="PCM_24")
    sf.write(tmp_path / "two.wav", whole[cut:], RATE, subtype="PCM_24")
    _, divided = make(tmp_path, [{"path": "one.wav"}, {"path": "two.wav", "gap_s": 0.0}])
    _, undivided = make(tmp_path, [{"path": "whole.wav"}])
    assert np.array_equal(divided, undivided)


@pytest.mark.parametrize("rate", [48000, 88200, 96000])
def test_a_segued_run_of_another_rate_is_the_undivided_programme(tmp_path: Path, rate: int) -> None:
    """Converted as one programme: at no mark does the converter begin anew, in lengths neither."""
    whole = write_music(tmp_path / "whole.wav", 12.8, 7, rate=rate)
    cuts = [0, 4 * rate + 12345, 8 * rate + 20007, len(whole)]
    for number, (begin, end) in enumerate(itertools.pairwise(cuts)):
        sf.write(tmp_path / f"{number}.wav", whole[begin:end], rate, subtype="PCM_24")
    tracks = [{"path": f"{number}.wav", "gap_s": 0.0} for number in range(3)]
    report, divided = make(tmp_path, tracks)
    _, undivided = make(tmp_path, [{"path": "whole.wav", "gap_s": 0.0}])
    assert np.array_equal(divided, undivided)
    assert [one.start_s for one in report.tracks] == [
        max(0, 150 + 2 + round(cut * RATE / rate) // SECTOR - 2 - 150) / 75 for cut in cuts[:-1]
    ]


def test_a_segued_run_is_limited_as_one_programme(tmp_path: Path) -> None:
    """The first file needs no limiter, the second does: the limiter goes on over the mark."""
    quiet, loud = music(4.2, 7, level=0.05), music(4.2, 8, level=0.6)
    whole = np.concatenate((quiet, loud))
    for name, samples in (("whole", whole), ("one", quiet), ("two", loud)):
        sf.write(tmp_path / f"{name}.wav", samples, RATE, subtype="PCM_24")
    report, divided = make(
        tmp_path,
        [{"path": "one.wav", "trim_db": 6.0}, {"path": "two.wav", "gap_s": 0.0, "trim_db": 6.0}],
    )
    _, undivided = make(tmp_path, [{"path": "whole.wav", "trim_db": 6.0}])
    assert np.array_equal(divided, undivided)
    assert {("limited", 1), ("limited", 2)} <= kinds(report)


def test_segued_tracks_of_different_levels_are_converted_as_one(tmp_path: Path) -> None:
    """The step in level is that of the trims; nothing else happens at the mark."""
    rate = 48000
    whole = write_music(tmp_path / "whole.wav", 8.6, 7, rate=rate)
    cut = 4 * rate + 12345
    sf.write(tmp_path / "one.wav", whole[:cut], rate, subtype="PCM_24")
    sf.write(tmp_path / "two.wav", whole[cut:], rate, subtype="PCM_24")
    _, divided = make(tmp_path, [{"path": "one.wav"}, {"path": "two.wav", "gap_s": 0.0, "trim_db": -6.0}])
    _, undivided = make(tmp_path, [{"path": "whole.wav"}])
    seam = 152 * SECTOR + round(cut * RATE / rate)
    assert np.array_equal(divided[:seam], undivided[:seam])
    expected = undivided[seam:] * 10 ** (-6 / 20)
    assert np.abs(divided[seam:] - expected).max() <= 2.5  # dithers of both


def test_a_segue_on_a_side_of_another_rate_is_the_undivided_programme(tmp_path: Path) -> None:
    whole = write_music(tmp_path / "whole.wav", 8.8, 7)
    cut = 4 * RATE + 12345
    sf.write(tmp_path / "one.wav", whole[:cut], RATE, subtype="PCM_24")
    sf.write(tmp_path / "two.wav", whole[cut:], RATE, subtype="PCM_24")
    write_music(tmp_path / "other.wav", 4.2, 8, rate=48000)
    others = 2 * [{"path": "other.wav"}]  # the side's rate is theirs: the higher of two that are equally many
    pair = [{"path": "one.wav"}, {"path": "two.wav", "gap_s": 0.0}]
    sides = []
    for tracks in ([*pair, *others], [{"path": "whole.wav"}, *others]):
        numbers = list(range(1, len(tracks) + 1))
        make(tmp_path, tracks, vinyl={"sides": [numbers], "mono_below_hz": 0.0})
        sides.append(sf.read(next((tmp_path / "out" / "vinyl").glob("*.wav")), dtype="int32")[0])
    assert len(sides[0]) > (8.8 + 2 * 4.2) * 48000
    assert np.array_equal(*sides)


def test_equal_gain_joins_what_was_one(tmp_path: Path) -> None:
    """Two files that overlap in the same music, faded with equal gain, are that music again."""
    whole = write_music(tmp_path / "whole.wav", 9.5, 7)
    sf.write(tmp_path / "one.wav", whole[: 5 * RATE], RATE, subtype="PCM_24")
    sf.write(tmp_path / "two.wav", whole[4 * RATE :], RATE, subtype="PCM_24")
    tracks = [{"path": "one.wav"}, {"path": "two.wav", "gap_s": -1.0, "crossfade": "equal_gain"}]
    _, divided = make(tmp_path, tracks)
    _, undivided = make(tmp_path, [{"path": "whole.wav"}])
    assert np.abs(divided.astype(int) - undivided).max() <= 1  # rounding beside the same dither


def test_equal_power_keeps_the_level_of_strangers(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    for name in ("one", "two"):
        sf.write(tmp_path / f"{name}.wav", chance.uniform(-0.3, 0.3, (6 * RATE, 2)), RATE, subtype="PCM_24")
    _, image = make(tmp_path, [{"path": "one.wav"}, {"path": "two.wav", "gap_s": -2.0}])
    start = 152 * SECTOR + 4 * RATE
    powers = [np.mean(image[start + at * RATE // 4 :][: RATE // 4].astype(float) ** 2) for at in range(-8, 8)]
    assert 10 * np.log10(max(powers) / min(powers)) < 0.2
