"""Checks on a finished file: one file for each finding, and one without any."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.delivery.file_checks import Mix, file_findings
from engine.intake.scan import scan_stem

RATE = 48_000


def music(seconds: float = 4.0) -> np.ndarray:
    """Soft noise that swells, left and right apart; it begins after 20 ms."""
    frames = round(seconds * RATE)
    swell = 0.2 + 0.1 * np.sin(2 * np.pi * np.arange(frames) / RATE)[:, None]
    noise = 0.3 * np.random.default_rng(8).standard_normal((frames, 2)).clip(-3, 3)
    noise[: RATE // 50] = 0.0
    return noise * swell


def kinds_of(folder: Path, samples: np.ndarray, subtype: str = "PCM_24", name: str = "a.wav") -> set[str]:
    soundfile.write(folder / name, samples, RATE, subtype=subtype)
    found = file_findings(folder / name, name)
    assert all(one.path == name and one.message and one.fix for one in found)
    return {one.kind for one in found}


def test_a_file_in_order_has_no_findings(tmp_path: Path) -> None:
    assert kinds_of(tmp_path, music()) == set()
    assert kinds_of(tmp_path, music(), "PCM_16") == set()


def low_passed(samples: np.ndarray, edge_hz: float) -> np.ndarray:
    spectrum = np.fft.rfft(samples, axis=0)
    spectrum[np.fft.rfftfreq(len(samples), 1 / RATE) > edge_hz] = 0.0
    return np.fft.irfft(spectrum, len(samples), axis=0)


def tail(seconds: float) -> np.ndarray:
    return np.concatenate((music(), np.zeros((round(seconds * RATE), 2))))


@pytest.mark.parametrize(
    ("samples", "kind"),
    [
        (np.round(music() * 2**15) / 2**15, "padded"),
        (music()[RATE // 50 :], "early_start"),
        (tail(10.5), "long_tail"),
        (music() + 0.01, "dc"),
        (np.repeat(music()[:, :1], 2, axis=1), "dual_mono"),
        (np.zeros((RATE, 2)), "silent"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_finding(tmp_path: Path, samples: np.ndarray, kind: str) -> None:
    assert kind in kinds_of(tmp_path, samples)


def test_overs(tmp_path: Path) -> None:
    assert "overs" in kinds_of(tmp_path, 4.0 * music(), "FLOAT")


def test_a_source_at_a_lower_rate(tmp_path: Path) -> None:
    assert kinds_of(tmp_path, low_passed(music(), 22_050)) & {"upsampled", "cut_off"}
    assert kinds_of(tmp_path, low_passed(music(), 16_000)) & {"upsampled", "cut_off"}


def test_the_edge_of_a_files_own_coder_is_no_sources(tmp_path: Path) -> None:
    cut = low_passed(music(), 15_000.0)
    assert kinds_of(tmp_path, cut) & {"upsampled", "cut_off"}
    assert not kinds_of(tmp_path, cut, "VORBIS", "a.ogg") & {"upsampled", "cut_off"}


def test_limits(tmp_path: Path) -> None:
    assert "long_tail" not in kinds_of(tmp_path, tail(9.5))
    assert "early_start" not in kinds_of(tmp_path, music()[RATE // 100 - 1 :])


# -- channel order ------------------------------------------------------------------------------------------

#: L R C Ls Rs full range, and what an LFE holds: 40 and 80 Hz.
RUMBLE = sum(np.sin(2 * np.pi * hz * np.arange(2 * RATE) / RATE) for hz in (40.0, 80.0)) * 0.1


def surround(order: str) -> np.ndarray:
    """Six channels; `.` is a full one, `L` the one for low frequencies, `-` silence."""
    full = music(2.0)
    others = {"L": RUMBLE, "-": np.zeros(2 * RATE)}
    columns = [
        np.roll(full[:, number % 2], 997 * number) if sign == "." else others[sign]
        for number, sign in enumerate(order)
    ]
    return np.stack(columns, axis=1)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("...L..", None),
        (".....L", "channel 4, the LFE's place, is full range, and channel 6 holds nothing above 240 Hz: "),
        ("L.....", "channel 4, the LFE's place, is full range, and channel 1"),
        ("...-.L", "is silent"),
        ("......", None),  # nobody makes music without the low end, but it is no wrong order
        ("...-..", None),
        ("..LL..", None),
        (".L...L", None),  # which of the two is it?
        ("...L....", None),
        (".......L", "channel 4, the LFE's place, is full range, and channel 8"),
        ("....L", None),  # of five channels none is for low frequencies
    ],
)
def test_a_low_channel_in_another_place_is_told(tmp_path: Path, order: str, said: str | None) -> None:
    soundfile.write(tmp_path / "a.wav", surround(order), RATE, subtype="PCM_24")
    found = [one for one in file_findings(tmp_path / "a.wav", "a.wav") if one.kind == "channel_order"]
    assert len(found) == (said is not None)
    if said is not None:
        assert said in found[0].message
        assert ("film" in found[0].message) == order.endswith("L")


def panned(seed: int = 3) -> np.ndarray:
    """Music whose parts come from one side, then from the other, and more from the left."""
    sides = np.stack([1.0 + 0.6 * np.sin(np.arange(4 * RATE) / RATE * 2.3), 0.7 * np.ones(4 * RATE)], axis=1)
    return np.random.default_rng(seed).standard_normal((4 * RATE, 2)) * 0.05 * sides


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("late_s", [0.0, 1.0])
def test_sides_that_are_the_mixs_the_other_way_round(tmp_path: Path, swapped: bool, late_s: float) -> None:
    mix = panned()
    # as a master is: louder, squashed, its noise another one at this level
    master = np.tanh(3.0 * mix[round(late_s * RATE) :])
    soundfile.write(tmp_path / "mix.wav", mix, RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "a.wav", master[:, ::-1] if swapped else master, RATE, subtype="PCM_24")
    compared = Mix(scan_stem(tmp_path / "mix.wav", lambda frames: None), late_s)
    kinds = {one.kind for one in file_findings(tmp_path / "a.wav", "a.wav", compared)}
    assert ("channel_order" in kinds) == swapped


def test_where_the_sides_do_not_differ_nothing_is_told(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "mix.wav", music(), RATE, subtype="FLOAT")
    compared = Mix(scan_stem(tmp_path / "mix.wav", lambda frames: None))
    soundfile.write(tmp_path / "a.wav", music()[:, ::-1], RATE, subtype="PCM_24")
    assert "channel_order" not in {one.kind for one in file_findings(tmp_path / "a.wav", "a.wav", compared)}
