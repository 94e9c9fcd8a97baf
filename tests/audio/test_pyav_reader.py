"""Files that take the extra `codecs`: without it a sentence; damaged ones; places in the file."""

from __future__ import annotations

import builtins
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.audio.source import open_source
from engine.errors import InputError

SAMPLES = np.random.default_rng(5).integers(-(2**15), 2**15, (60_000, 2)) / 2.0**15


def ffmpeg(source: Path, target: Path, *words: str) -> Path:
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", source, *words, target], check=True)
    return target


@pytest.fixture(scope="module")
def alac(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alac")
    soundfile.write(folder / "a.wav", SAMPLES, 48_000, subtype="PCM_16")
    return ffmpeg(folder / "a.wav", folder / "a.m4a", "-c:a", "alac")


def test_any_place_of_a_lossless_file_is_exact(alac: Path) -> None:
    rng = np.random.default_rng(6)
    with open_source(alac) as source:
        assert (source.frames, source.subtype, source.bits) == (60_000, "ALAC_16", 16)
        for _ in range(25):
            start, count = int(rng.integers(-500, 60_000)), int(rng.integers(1, 6_000))
            out = np.full((count, 2), 9.0)
            source.read_into(start, out)
            wanted = np.zeros((count, 2))
            inside = np.arange(start, start + count)
            keep = (inside >= 0) & (inside < 60_000)
            wanted[keep] = SAMPLES[inside[keep]]
            np.testing.assert_array_equal(out, wanted)


def test_without_the_library_the_message_says_how_to_get_it(
    alac: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any, **named: Any) -> Any:
        if name.split(".")[0] == "av":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(InputError, match=r"pip install 'stemlathe\[codecs\]'") as caught:
        open_source(alac)
    assert caught.value.kind == "codecs_missing"


def test_a_file_that_was_cut_off_is_told(alac: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.m4a"
    ffmpeg(alac, half, "-c:a", "copy", "-movflags", "+faststart")
    content = half.read_bytes()
    half.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError) as caught:
        open_source(half)
    assert caught.value.kind in ("truncated", "corrupt")
    half.write_bytes(alac.read_bytes()[:3000])
    with pytest.raises(InputError) as caught:
        open_source(half)
    assert caught.value.kind in ("not_audio", "truncated", "corrupt")


def test_a_lossy_wavpack_is_called_lossy(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", SAMPLES, 48_000, subtype="PCM_16")
    subprocess.run(["wavpack", "-q", "-b4", tmp_path / "a.wav", "-o", tmp_path / "a.wv"], check=True)
    with open_source(tmp_path / "a.wv") as source:
        assert (source.subtype, source.bits) == ("WAVPACK_LOSSY", None)
