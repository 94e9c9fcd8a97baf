"""Checks on a finished file: one file for each finding, and one without any."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.delivery.file_checks import file_findings

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


def test_limits(tmp_path: Path) -> None:
    assert "long_tail" not in kinds_of(tmp_path, tail(9.5))
    assert "early_start" not in kinds_of(tmp_path, music()[RATE // 100 - 1 :])
