"""What noise of the word length and of the coder do to the ends of a file: nothing is told of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.audio.writer import open_writer
from engine.delivery.file_checks import file_findings
from engine.session.encodings import ENCODINGS, SHAPED_RATES

#: What these tests are about; noise of two seconds has a mean.
ASKED = {"early_start", "long_tail", "silent", "cut_off", "upsampled"}
LOSSY = ("aac-96", "aac-256", "mp3-128", "mp3-320", "opus-64", "opus-160", "vorbis-q2", "vorbis")


def kinds_of(folder: Path, samples: np.ndarray, rate: int, encoding: str, dither: str = "tpdf") -> set[str]:
    path = folder / f"a{ENCODINGS[encoding].extension}"
    with open_writer(path, rate, 2, encoding, 5, dither=dither) as writer:
        writer.write(np.ascontiguousarray(samples))
    return {one.kind for one in file_findings(path, path.name)} & ASKED


def starting(rate: int, at_s: float, kind: str = "noise", seconds: float = 2.0) -> np.ndarray:
    """Music without a fade-in: noise, a burst, a tone or a beat, each side its own."""
    frames, start = round(seconds * rate), round(at_s * rate)
    time = np.arange(frames - start)[:, None] / rate
    noise = 0.15 * np.random.default_rng(4).standard_normal((frames - start, 2)).clip(-3.0, 3.0)
    played = {
        "noise": noise,
        "burst": noise * np.exp(-8.0 * time),
        "tone": 0.7 * np.cos(2.0 * np.pi * 1000.0 * time + np.array([0.0, 0.4])),
        "beat": 0.9 * np.sin(2.0 * np.pi * 60.0 * time) * np.exp(-6.0 * time) + 0.001 * noise,
    }
    return np.concatenate((np.zeros((start, 2)), played[kind]))


@pytest.mark.parametrize("rate", SHAPED_RATES)
@pytest.mark.parametrize("level_db", [0.0, -40.0])
def test_shaped_dither_before_the_music_is_no_music(tmp_path: Path, rate: int, level_db: float) -> None:
    gain = 10.0 ** (level_db / 20.0)
    assert kinds_of(tmp_path, gain * starting(rate, 0.02), rate, "wav16", "shaped") == set()
    early = kinds_of(tmp_path, gain * starting(rate, 0.005), rate, "wav16", "shaped")
    assert early == {"early_start"}


@pytest.mark.parametrize("rate", SHAPED_RATES)
def test_shaped_dither_alone_is_silence(tmp_path: Path, rate: int) -> None:
    assert kinds_of(tmp_path, np.zeros((2 * rate, 2)), rate, "wav16", "shaped") == {"silent"}
    soft = 10.0 ** (-66.0 / 20.0) / 0.45 * starting(rate, 0.02)
    assert kinds_of(tmp_path, soft, rate, "wav16", "shaped") == set()


@pytest.mark.parametrize(("seconds", "told"), [(9.5, set()), (10.5, {"long_tail"})])
def test_shaped_dither_behind_the_music_is_a_silent_tail(tmp_path: Path, seconds: float, told: set) -> None:
    samples = np.concatenate((starting(44_100, 0.02), np.zeros((round(seconds * 44_100), 2))))
    assert kinds_of(tmp_path, samples, 44_100, "wav16", "shaped") == told


@pytest.mark.parametrize("rate", SHAPED_RATES)
@pytest.mark.parametrize("level_db", [-6.0, -50.0])
def test_shaped_dither_over_soft_treble_is_no_edge_of_a_coder(
    tmp_path: Path, rate: int, level_db: float
) -> None:
    """The treble of dull music drowns in the noise, which rises up to 16 kHz; a real edge is told."""
    noise = np.fft.rfft(np.random.default_rng(2).standard_normal((4 * rate, 2)), axis=0)
    hertz = np.fft.rfftfreq(4 * rate, 1.0 / rate)[:, None]

    def played(shape: np.ndarray, at_db: float) -> np.ndarray:
        samples = np.fft.irfft(noise * shape * (hertz > 20.0), axis=0)
        samples[: rate // 50] = 0.0
        return samples / np.abs(samples).max() * 10.0 ** (at_db / 20.0)

    dull = 1.0 / np.sqrt(1.0 + (hertz / 4000.0) ** 8)
    assert kinds_of(tmp_path, played(dull, level_db), rate, "wav16", "shaped") == set()
    cut = (hertz < 16_000.0).astype(float)
    assert kinds_of(tmp_path, played(cut, -6.0), rate, "wav16", "shaped")


@pytest.mark.parametrize("encoding", LOSSY)
def test_what_a_coder_spreads_before_an_attack_is_no_music(tmp_path: Path, encoding: str) -> None:
    for kind in ("noise", "burst", "tone", "beat"):
        for at_s in (0.012, 0.02, 0.035):
            told = kinds_of(tmp_path, starting(48_000, at_s, kind), 48_000, encoding)
            assert "early_start" not in told, (kind, at_s)


@pytest.mark.parametrize("encoding", LOSSY)
@pytest.mark.parametrize("kind", ["noise", "burst", "tone", "beat"])
def test_an_early_start_of_a_coded_file_is_told(tmp_path: Path, encoding: str, kind: str) -> None:
    told = kinds_of(tmp_path, starting(48_000, 0.0, kind), 48_000, encoding)
    assert "early_start" in told


def test_a_fade_in_from_the_first_frame_misses_no_attack(tmp_path: Path) -> None:
    samples = starting(48_000, 0.0, "tone", 4.0)
    samples *= np.minimum(1.0, np.arange(len(samples)) / 192_000)[:, None] ** 2
    assert kinds_of(tmp_path, samples, 48_000, "wav24") == set()
