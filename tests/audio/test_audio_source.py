"""Reading: every format gives the samples soundfile gives, at any place, in any columns; errors are told."""

from __future__ import annotations

import os
import shutil
import tempfile
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.source import open_source
from engine.audio.wav_write import WavFormat, wav_header
from engine.errors import InputError

FORMATS = [
    ("WAV", "PCM_16", 16),
    ("WAV", "PCM_24", 24),
    ("WAV", "PCM_32", 32),
    ("WAV", "FLOAT", None),
    ("WAV", "DOUBLE", None),
    ("WAV", "PCM_U8", 8),
    ("WAV", "ULAW", None),
    ("WAV", "IMA_ADPCM", None),
    ("WAVEX", "PCM_24", 24),
    ("RF64", "PCM_24", 24),
    ("W64", "PCM_16", 16),
    ("AIFF", "PCM_24", 24),
    ("CAF", "FLOAT", None),
    ("FLAC", "PCM_16", 16),
    ("FLAC", "PCM_24", 24),
    ("OGG", "VORBIS", None),
    ("MP3", "MPEG_LAYER_III", None),
]


def noise(frames: int, channels: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (frames, channels))


def expected(samples: np.ndarray, start: int, frames: int) -> np.ndarray:
    """Frames `start` … of `samples`, zeros outside."""
    wanted = np.zeros((frames, samples.shape[1]))
    indices = np.arange(start, start + frames)
    inside = (indices >= 0) & (indices < len(samples))
    wanted[inside] = samples[indices[inside]]
    return wanted


@pytest.mark.parametrize(("container", "subtype", "bits"), FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_reads_as_soundfile_reads_it(
    tmp_path: Path, container: str, subtype: str, bits: int | None, channels: int
) -> None:
    path = tmp_path / "file.audio"
    soundfile.write(path, noise(30_011, channels), 44100, format=container, subtype=subtype)
    oracle, _ = soundfile.read(path, always_2d=True)
    with open_source(path) as source:
        assert (source.sample_rate, source.channels, source.frames) == (44100, channels, len(oracle))
        assert (source.subtype, source.bits, source.declared_frames) == (subtype, bits, len(oracle))
        for start, frames in ((0, 5000), (5000, 9000), (20_000, 11_000), (-7, 100), (3, 64), (40_000, 5)):
            out = np.full((frames, 6), 9.0)
            source.read_into(start, out, 3, 2)
            wanted = expected(oracle, start, frames)
            np.testing.assert_array_equal(out[:, 3:5], wanted if channels == 2 else wanted.repeat(2, axis=1))
            assert (out[:, [0, 1, 2, 5]] == 9.0).all()


@pytest.fixture(scope="module")
def wide_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    path = tmp_path_factory.mktemp("wide") / "six.wav"
    soundfile.write(path, noise(3000, 6), 48000, subtype="PCM_24")
    return path, soundfile.read(path)[0]


@settings(max_examples=60, deadline=None)
@given(start=st.integers(-4000, 7000), frames=st.integers(0, 4000), first=st.integers(0, 3))
def test_any_window_of_six_channels(
    wide_file: tuple[Path, np.ndarray], start: int, frames: int, first: int
) -> None:
    path, samples = wide_file
    with open_source(path) as source:
        out = np.full((frames, first + 6), 9.0)
        source.read_into(start, out, first, columns=6)
    np.testing.assert_array_equal(out[:, first:], expected(samples, start, frames))


def test_six_channels_do_not_fit_two_columns(wide_file: tuple[Path, np.ndarray]) -> None:
    with open_source(wide_file[0]) as source, pytest.raises(InputError, match="6 channels") as caught:
        source.read_into(0, np.zeros((4, 2)))
    assert caught.value.kind == "channels"


@pytest.mark.parametrize(("value", "name"), [(np.nan, "NaN"), (np.inf, "infinite"), (-np.inf, "infinite")])
@pytest.mark.parametrize(("container", "subtype"), [("WAV", "FLOAT"), ("WAV", "DOUBLE"), ("AIFF", "FLOAT")])
def test_first_value_that_is_not_finite_is_named(
    tmp_path: Path, value: float, name: str, container: str, subtype: str
) -> None:
    path = tmp_path / "vocals.wav"
    samples = noise(90_000, 2)
    samples[[72_000, 72_000, 80_000], [1, 1, 0]] = value
    soundfile.write(path, samples, 48000, format=container, subtype=subtype)
    with open_source(path) as source:
        clean = np.zeros((72_000, 2))
        source.read_into(0, clean)
        with pytest.raises(InputError) as caught:
            source.read_into(100, np.zeros((89_000, 4)), 2)
    assert caught.value.kind == "not_finite"
    for part in (str(path), "frame 72000", "0:01.5", "channel 2", name):
        assert part in caught.value.message
    with open_source(path, allow_nonfinite=True) as source:
        out = np.zeros((len(samples), 2))
        source.read_into(0, out)
    assert np.argwhere(~np.isfinite(out)).tolist() == [[72_000, 1], [80_000, 0]]


def test_the_largest_and_smallest_floats_are_finite(tmp_path: Path) -> None:
    path = tmp_path / "extremes.wav"
    extremes = np.array([[np.finfo(np.float32).max, np.finfo(np.float32).smallest_subnormal], [-0.0, 1.0]])
    soundfile.write(path, extremes, 48000, subtype="FLOAT")
    with open_source(path) as source:
        out = np.zeros((2, 2))
        source.read_into(0, out)
    np.testing.assert_array_equal(out, extremes)


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_one_sample_file(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "one.wav"
    soundfile.write(path, np.array([[0.5]]), 8000, subtype=subtype)
    with open_source(path) as source:
        out = np.ones((3, 2))
        source.read_into(-1, out)
    assert (source.frames, source.sample_rate) == (1, 8000)
    np.testing.assert_array_equal(out, [[0, 0], [0.5, 0.5], [0, 0]])


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "a.wav"), (b"not audio " * 99, "b.wav"), (b"raw " * 99, "c.raw")]
)
def test_files_without_audio(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_source(path)
    assert (caught.value.kind, caught.value.path) == ("not_audio", path)
    assert str(path) in caught.value.message


def test_folder_missing_file_and_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    kinds = {tmp_path: "not_audio", tmp_path / "no.wav": "missing_file", tmp_path / "pipe.wav": "not_audio"}
    for path, kind in kinds.items():
        with pytest.raises(InputError) as caught:
            open_source(path)
        assert caught.value.kind == kind


@pytest.fixture
def folder_of_another_user() -> Iterator[Path]:
    """A folder whose files an ordinary user may not open; the test runs as one even if started by root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    root = os.geteuid() == 0
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        shutil.rmtree(folder)


def test_no_permission(folder_of_another_user: Path) -> None:
    path = folder_of_another_user / "locked.wav"
    soundfile.write(path, noise(10, 2), 48000)
    path.chmod(0)
    if os.geteuid() == 0:
        os.seteuid(65534)
    with pytest.raises(InputError, match="permission denied") as caught:
        open_source(path)
    assert caught.value.kind == "unreadable"


@pytest.mark.parametrize("container", ["WAV", "AIFF"])
def test_file_that_shrinks_while_it_is_read(tmp_path: Path, container: str) -> None:
    path = tmp_path / "shrinks.bin"
    soundfile.write(path, noise(100_000, 2), 48000, format=container, subtype="PCM_24")
    with open_source(path) as source:
        out = np.zeros((50_000, 2))
        source.read_into(0, out)
        os.truncate(path, 400_000)
        with pytest.raises(InputError) as caught:
            source.read_into(50_000, out)
    assert caught.value.kind == "truncated"
    assert "of 100000 frames" in caught.value.message


@pytest.mark.parametrize(
    ("container", "kind"), [("AIFF", "truncated"), ("FLAC", "corrupt"), ("MP3", "truncated")]
)
def test_other_formats_cut_in_half_are_noticed(tmp_path: Path, container: str, kind: str) -> None:
    path = tmp_path / "half.bin"
    soundfile.write(path, noise(100_000, 2), 48000, format=container)
    os.truncate(path, path.stat().st_size // 2)

    def read_all() -> None:
        with open_source(path) as source:
            source.read_into(0, np.zeros((source.frames, 2)))

    with pytest.raises(InputError) as caught:
        read_all()
    assert caught.value.kind == kind


def mp3_without_length_tag(path: Path, samples: np.ndarray, bitrate_mode: str) -> Path:
    """An MP3 whose first MPEG frame, the one with the length in it, is cut away."""
    tagged = path.with_name("tagged.mp3")
    soundfile.write(tagged, samples, 48000, format="MP3", bitrate_mode=bitrate_mode, compression_level=0.5)
    content = tagged.read_bytes()
    second = content.index(content[:2], 4)
    assert b"Xing" in content[:second] or b"Info" in content[:second]
    path.write_bytes(content[second:])
    return path


def test_mp3_of_unknown_length_is_refused_only_if_frames_would_be_missing(tmp_path: Path) -> None:
    samples = noise(480_000, 2) * np.repeat([[0.01], [1.0]], 240_000, axis=0)
    path = mp3_without_length_tag(tmp_path / "variable.mp3", samples, "VARIABLE")
    assert soundfile.info(path).frames < 450_000, "the premise: libsndfile does not see all of it"
    with pytest.raises(InputError, match="does not state its length") as caught:
        open_source(path)
    assert caught.value.kind == "corrupt"
    with open_source(mp3_without_length_tag(tmp_path / "constant.mp3", samples, "CONSTANT")) as source:
        assert source.frames >= 480_000


def test_closed_source_refuses(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(10, 2), 48000)
    source = open_source(path)
    source.close()
    source.close()
    with pytest.raises(InputError):
        source.read_into(0, np.zeros((4, 2)))


def test_three_hours_are_read_in_the_memory_of_a_block(tmp_path: Path) -> None:
    """A sparse RF64 of 6.2 GB: the last frames are found, and nothing grows with the file."""
    wav = WavFormat(192_000, 2, 24)
    frames = 3 * 3600 // 2 * 192_000
    path = tmp_path / "long.wav"
    header = wav_header(wav, frames)
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + frames * 6)
        file.seek(-6, os.SEEK_END)
        file.write(b"\0\0\x40\0\0\xc0")
    assert path.stat().st_size > 2**32
    block = np.ones((4096, 2))
    with open_source(path) as source:
        assert source.frames == frames
        source.read_into(0, block)
        tracemalloc.start()
        for start in range(0, frames, frames // 50):
            source.read_into(start, block)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        source.read_into(frames - 2, block)
    np.testing.assert_array_equal(block[:3], [[0, 0], [0.5, -0.5], [0, 0]])
    assert peak < 20_000


def test_sources_in_several_threads(tmp_path: Path) -> None:
    samples = noise(200_000, 2)
    path = tmp_path / "a.flac"
    soundfile.write(path, samples, 48000, subtype="PCM_24")
    oracle, _ = soundfile.read(path)

    def read(_: int) -> np.ndarray:
        with open_source(path) as source:
            out = np.zeros((source.frames, 2))
            for start in range(0, source.frames, 1000):
                source.read_into(start, out[start : start + 1000])
        return out

    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(read, range(4)):
            np.testing.assert_array_equal(result, oracle)
