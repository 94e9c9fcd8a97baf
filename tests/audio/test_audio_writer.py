"""Written files: bytes, encodings, RF64, and other programs that read them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.audio import wav_write
from engine.audio.source import open_source
from engine.audio.writer import open_writer
from engine.session.encodings import ENCODINGS

INTEGER_ENCODINGS = [name for name, encoding in ENCODINGS.items() if encoding.dithered]
LOSSLESS = [name for name, encoding in ENCODINGS.items() if not encoding.lossy]


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(3).uniform(-0.9, 0.9, (frames, channels))


def target(folder: Path, encoding: str) -> Path:
    return folder / f"Lied – Größe (Master) [cd]{ENCODINGS[encoding].extension}"


def read_back(path: Path, channels: int) -> np.ndarray:
    with open_source(path) as source:
        out = np.empty((source.frames, channels))
        source.read_into(0, out, 0, channels)
    return out


@pytest.mark.parametrize("encoding", LOSSLESS)
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_round_trip(tmp_path: Path, encoding: str, channels: int) -> None:
    samples, path, form = noise(10_001, channels), target(tmp_path, encoding), ENCODINGS[encoding]
    with open_writer(path, 96_000, channels, encoding, dither_key=1, frames_hint=10_001) as writer:
        writer.write(samples)
        assert os.listdir(tmp_path) != [path.name]
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.frames) == (96_000, channels, 10_001)
    assert info.subtype == form.subtype
    assert info.format in ("WAV", "WAVEX", "FLAC", "AIFF")
    allowed = 1.5 * 2.0 ** (1 - form.bits) if form.dithered else 2.0**-25
    for read in (soundfile.read(path, always_2d=True)[0], read_back(path, channels)):
        assert np.abs(read - samples).max() <= allowed
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("encoding", LOSSLESS)
def test_bytes_do_not_depend_on_the_blocks_and_repeat(tmp_path: Path, encoding: str) -> None:
    samples, digests = noise(9000), set()
    for block in (1, 64, 65, 512, 8193, 9000):
        path = target(tmp_path, encoding)
        with open_writer(path, 44_100, 2, encoding, dither_key=9) as writer:
            for start in range(0, len(samples), block):
                writer.write(samples[start : start + block])
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_key_changes_the_dither_alone(tmp_path: Path) -> None:
    results = []
    for key in (1, 2):
        with open_writer(tmp_path / "a.wav", 44_100, 2, "wav16", key) as writer:
            writer.write(noise(1000))
        results.append(soundfile.read(tmp_path / "a.wav", dtype="int16")[0].astype(int))
    assert 0 < np.abs(results[0] - results[1]).max() <= 2


GOLDEN = {
    "wav16": (
        "52494646 50000000 57415645 4a554e4b 1c000000" + "00" * 28 + "666d7420 10000000 0100 0200 44ac0000"
        "10b10200 0400 1000 64617461 08000000 0080ff7f 0100feff"
    ),
    "wav24": (
        "52494646 54000000 57415645 4a554e4b 1c000000" + "00" * 28 + "666d7420 10000000 0100 0200 44ac0000"
        "98090400 0600 1800 64617461 0c000000 000080ffff7f 010000feffff"
    ),
}


@pytest.mark.parametrize("encoding", GOLDEN)
def test_golden_bytes_of_integers(tmp_path: Path, encoding: str) -> None:
    limit = 1 << (ENCODINGS[encoding].bits - 1)
    with open_writer(tmp_path / "a.wav", 44_100, 2, encoding, 0) as writer:
        writer.write_integers(np.array([[-limit, limit - 1], [1, -2]], np.int32))
    assert (tmp_path / "a.wav").read_bytes() == bytes.fromhex(GOLDEN[encoding])


def test_golden_bytes_of_float(tmp_path: Path) -> None:
    with open_writer(tmp_path / "a.wav", 48_000, 1, "wav32f", 0) as writer:
        writer.write(np.array([[1.0], [-0.5], [1.0 + 2.0**-24 + 2.0**-40], [1e-39]]))
    assert (tmp_path / "a.wav").read_bytes() == bytes.fromhex(
        "52494646 66000000 57415645 4a554e4b 1c000000" + "00" * 28 + "666d7420 12000000 0300 0100 80bb0000"
        "00ee0200 0400 2000 0000 66616374 04000000 04000000 64617461 10000000"
        "0000803f 000000bf 0100803f 00000000"
    )


def test_odd_data_is_padded_outside_its_size(tmp_path: Path) -> None:
    with open_writer(tmp_path / "a.wav", 48_000, 1, "wav24", 0) as writer:
        writer.write_integers(np.array([[7]], np.int32))
    content = (tmp_path / "a.wav").read_bytes()
    assert content[-8:] == bytes.fromhex("03000000 070000 00")
    assert int.from_bytes(content[4:8], "little") == len(content) - 8


@pytest.mark.parametrize("encoding", INTEGER_ENCODINGS)
def test_integers_are_written_as_they_are(tmp_path: Path, encoding: str) -> None:
    bits, path = ENCODINGS[encoding].bits, target(tmp_path, encoding)
    limit = 1 << (bits - 1)
    integers = np.random.default_rng(1).integers(-limit, limit, (10_000, 2), dtype=np.int32)
    integers[0] = [-limit, limit - 1]
    with open_writer(path, 48_000, 2, encoding, 0) as writer:
        writer.write_integers(integers)
    np.testing.assert_array_equal(soundfile.read(path, dtype="int32")[0] >> (32 - bits), integers)


@pytest.mark.parametrize("encoding", LOSSLESS)
def test_no_frames_at_all(tmp_path: Path, encoding: str) -> None:
    path = target(tmp_path, encoding)
    with open_writer(path, 48_000, 2, encoding, 0) as writer:
        writer.write(np.empty((0, 2)))
    assert path.exists()
    if path.suffix == ".wav":
        assert read_back(path, 2).shape == (0, 2)


def test_saturated_samples_are_counted(tmp_path: Path) -> None:
    with open_writer(tmp_path / "a.wav", 48_000, 2, "wav24", 0) as writer:
        writer.write(np.array([[1.5, 0.0], [-3.0, 0.5]]))
        assert (writer.saturated_samples, writer.frames) == (2, 2)


def rf64_file(path: Path, encoding: str, channels: int = 2) -> np.ndarray:
    samples = noise(4801, channels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wav_write, "RIFF_LIMIT_BYTES", 1000)
        with open_writer(path, 48_000, channels, encoding, 0) as writer:
            writer.write(samples)
    return samples


@pytest.mark.parametrize("encoding", ["wav16", "wav24", "wav32f"])
@pytest.mark.parametrize("channels", [1, 2])
def test_rf64_has_its_sizes_in_ds64(tmp_path: Path, encoding: str, channels: int) -> None:
    path = tmp_path / "long.wav"
    samples = rf64_file(path, encoding, channels)
    content = path.read_bytes()
    assert content[:20] == b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0"
    riff_bytes, data_bytes, frames = np.frombuffer(content[20:44], "<u8")
    assert (riff_bytes, frames) == (len(content) - 8, 4801)
    assert data_bytes == 4801 * channels * ENCODINGS[encoding].bits // 8
    assert len(content) % 2 == 0
    assert soundfile.info(path).format == "RF64"
    assert soundfile.info(path).frames == 4801
    assert np.abs(soundfile.read(path, always_2d=True)[0] - samples).max() < 1e-4
    np.testing.assert_array_equal(read_back(path, channels), soundfile.read(path, always_2d=True)[0])


def test_rf64_begins_exactly_where_riff_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data is the same, only the header says it otherwise."""
    contents = []
    for limit in (1672, 1671):  # 80 bytes of header, 1600 of data, minus the 8 that RIFF does not count
        monkeypatch.setattr(wav_write, "RIFF_LIMIT_BYTES", limit)
        with open_writer(tmp_path / "a.wav", 48_000, 2, "wav16", 0) as writer:
            writer.write_integers(np.zeros((400, 2), np.int32))
        contents.append((tmp_path / "a.wav").read_bytes())
    assert [content[:4] for content in contents] == [b"RIFF", b"RF64"]
    assert contents[0][80:] == contents[1][80:]


@pytest.mark.parametrize("tool", ["ffmpeg", "sox"])
@pytest.mark.parametrize("encoding", LOSSLESS)
@pytest.mark.parametrize("rf64", [False, True])
def test_other_programs_read_our_files(tmp_path: Path, tool: str, encoding: str, rf64: bool) -> None:
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    path = target(tmp_path, encoding)
    if rf64 and path.suffix != ".wav":
        return
    if rf64:
        rf64_file(path, encoding)
    else:
        with open_writer(path, 48_000, 2, encoding, 0) as writer:
            writer.write(noise(4801))
    command = {
        "ffmpeg": ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s32le", "-c:a", "pcm_s32le", "-"],
        "sox": ["sox", str(path), "-t", "raw", "-e", "signed", "-b", "32", "-"],
    }[tool]
    result = subprocess.run(command, capture_output=True, check=True)
    assert not result.stderr, result.stderr
    heard = np.frombuffer(result.stdout, "<i4").reshape(-1, 2) * 2.0**-31
    np.testing.assert_allclose(heard, soundfile.read(path)[0], atol=2.0**-31)


def test_ffprobe_sees_plain_24_bit_pcm(tmp_path: Path) -> None:
    if not shutil.which("ffprobe"):
        pytest.skip("ffprobe is not installed")
    with open_writer(tmp_path / "a.wav", 44_100, 2, "wav24", 0) as writer:
        writer.write(noise(441))
    command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(tmp_path / "a.wav")]
    stream = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"][0]
    assert (stream["codec_name"], stream["sample_rate"], stream["channels"]) == ("pcm_s24le", "44100", 2)
