"""Lossy files: what is decoded is what was encoded, as long, unclipped, and in the same bytes each time."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.audio.source import open_source
from engine.audio.writer import open_writer
from engine.errors import InputError
from engine.session.encodings import ENCODINGS

EACH = ("vorbis", "mp3-320", "mp3-v0", "aac-256", "opus-160")
RATE = 48_000


def song(frames: int = 30_011, channels: int = 2) -> np.ndarray:
    """Two tones and soft noise, left and right apart, peaks near 0.6."""
    time = np.arange(frames) / RATE
    tones = np.stack([np.sin(2 * np.pi * hz * time) for hz in (440.0, 660.0)], 1)
    return (0.5 * tones + np.random.default_rng(4).normal(0.0, 0.02, tones.shape))[:, :channels]


def written(path: Path, encoding: str, samples: np.ndarray, block: int = 1 << 20) -> Path:
    file = path / f"a{ENCODINGS[encoding].extension}"
    with open_writer(file, RATE, samples.shape[1], encoding, 0) as writer:
        for start in range(0, len(samples), block):
            writer.write(samples[start : start + block])
    return file


def decoded(path: Path) -> np.ndarray:
    with open_source(path) as source:
        out = np.empty((source.frames, source.channels))
        source.read_into(0, out, 0, source.channels)
    return out


@pytest.mark.parametrize("encoding", EACH)
@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_read_back(tmp_path: Path, encoding: str, channels: int) -> None:
    samples = song(channels=channels)
    path = written(tmp_path, encoding, samples)
    with open_source(path) as source:
        assert (source.sample_rate, source.channels, source.frames) == (RATE, channels, len(samples))
        assert source.subtype == ENCODINGS[encoding].subtype
    error = decoded(path) - samples
    # in place to the frame: a delay of one would leave 6 % of a 440 Hz tone, and here stays 20 dB less
    assert np.sqrt((error[2000:-2000] ** 2).mean()) < 0.02


@pytest.mark.parametrize("encoding", EACH)
def test_bytes_do_not_depend_on_the_blocks_and_repeat(tmp_path: Path, encoding: str) -> None:
    digests = set()
    for block in (30_011, 30_011, 64, 4097):
        path = written(tmp_path, encoding, song(), block)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


@pytest.mark.parametrize("encoding", EACH)
def test_nothing_is_clipped_on_the_way_in_or_out(tmp_path: Path, encoding: str) -> None:
    samples = 3.0 * song()
    peak = np.abs(decoded(written(tmp_path, encoding, samples))[2000:-2000]).max()
    # FFmpeg's AAC turns blocks down that pass −0.45 dBFS, by as much as it takes
    assert peak > (0.95 if encoding.startswith("aac") else 1.4)


@pytest.mark.parametrize("encoding", EACH)
def test_reading_back_and_forth(tmp_path: Path, encoding: str) -> None:
    whole = decoded(path := written(tmp_path, encoding, song()))
    with open_source(path) as source:
        for start in (20_000, 5_000, 5_700, 29_000):
            out = np.empty((500, 2))
            source.read_into(start, out)
            np.testing.assert_array_equal(out, whole[start : start + 500])


CODEC_NAMES = {"vorbis": "vorbis", "mp3-320": "mp3", "mp3-v0": "mp3", "aac-256": "aac", "opus-160": "opus"}


@pytest.mark.parametrize("encoding", EACH)
def test_ffmpeg_hears_the_same(tmp_path: Path, encoding: str) -> None:
    if not shutil.which("ffmpeg"):
        pytest.skip("ffmpeg is not installed")
    path = written(tmp_path, encoding, song())
    probe = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(path)]
    stream = json.loads(subprocess.run(probe, capture_output=True, check=True).stdout)["streams"][0]
    assert (stream["codec_name"], stream["sample_rate"]) == (CODEC_NAMES[encoding], str(RATE))
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-c:a", "pcm_f32le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    heard, ours = np.frombuffer(raw, "<f4").reshape(-1, 2), decoded(path)
    # older ones keep the padding of AAC's last frame
    assert len(ours) <= len(heard) < len(ours) + 1024
    # two float decoders of Opus are −64 dBFS apart, all others below −100
    assert np.abs(heard[: len(ours)] - ours).max() < 0.005


def test_without_the_package_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "aac-256", song(5000))
    monkeypatch.setitem(sys.modules, "av", None)
    for attempt in (lambda: written(tmp_path, "mp3-320", song(10)), lambda: open_source(path)):
        with pytest.raises(InputError, match=r"stemlathe\[codecs\]") as caught:
            attempt()
        assert caught.value.kind == "codecs_missing"
    assert [file.name for file in tmp_path.iterdir()] == ["a.m4a"]


@pytest.mark.parametrize(
    ("encoding", "rate", "instead"), [("opus-160", 44_100, 48_000), ("mp3-320", 96_000, 48_000)]
)
def test_rates_that_a_codec_does_not_know(tmp_path: Path, encoding: str, rate: int, instead: int) -> None:
    with pytest.raises(InputError, match=f"sample_rate = {instead}") as caught:
        open_writer(tmp_path / "a", rate, 2, encoding, 0)
    assert caught.value.kind == "encoding"
    assert list(tmp_path.iterdir()) == []


def test_an_mp4_cut_off_or_without_aac_is_told(tmp_path: Path) -> None:
    whole = written(tmp_path, "aac-256", song()).read_bytes()
    for content in (whole[:3000], b"\0\0\0\x1cftypM4A " + bytes(40)):
        (tmp_path / "b.m4a").write_bytes(content)
        with pytest.raises(InputError) as caught:
            decoded(tmp_path / "b.m4a")
        assert caught.value.kind == "not_audio"
