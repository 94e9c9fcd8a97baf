"""Files that cannot be written: nothing half-finished stays, the error is the system's own."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine import files
from engine.audio.source import open_source
from engine.audio.writer import open_writer
from engine.errors import InputError, MachineError
from engine.session.encodings import ENCODINGS

#: One encoding of each writer and container.
EACH = ("wav16", "wav32f", "flac24", "aiff16", "vorbis", "mp3-320", "aac-256", "opus-160")


def noise(frames: int, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(3).uniform(-0.9, 0.9, (frames, channels))


def target(folder: Path, encoding: str) -> Path:
    return folder / f"Lied – Größe (Master) [cd]{ENCODINGS[encoding].extension}"


@pytest.mark.parametrize("encoding", EACH)
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_what_is_not_finite_is_never_written(tmp_path: Path, encoding: str, value: float) -> None:
    if value == 1e300 and ENCODINGS[encoding].dithered:
        return  # finite: integers saturate
    with (
        pytest.raises(ValueError, match=r"not finite|do not fit"),
        open_writer(target(tmp_path, encoding), 48_000, 2, encoding, 0) as writer,
    ):
        writer.write(np.array([[0.0, value]]))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "samples", [np.zeros((4, 3)), np.zeros(4), np.zeros((4, 2), np.float32), np.zeros((4, 2), np.int32)]
)
def test_wrong_shapes_and_types_are_refused(tmp_path: Path, samples: np.ndarray) -> None:
    with open_writer(tmp_path / "a.wav", 48_000, 2, "wav24", 0) as writer:
        with pytest.raises(ValueError, match="do not fit"):
            writer.write(samples)
        with pytest.raises(ValueError, match="24 bits"):
            writer.write_integers(np.array([[0, 1 << 23]], np.int32))
    with pytest.raises(ValueError, match="closed"):
        writer.write(np.zeros((4, 2)))


@pytest.mark.parametrize("encoding", EACH)
def test_exception_leaves_the_old_file(tmp_path: Path, encoding: str) -> None:
    path = target(tmp_path, encoding)
    path.write_bytes(b"the old master")

    def interrupted_render() -> None:
        with open_writer(path, 48_000, 2, encoding, 0) as writer:
            writer.write(noise(50_000))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted_render()
    assert os.listdir(tmp_path) == [path.name]
    assert path.read_bytes() == b"the old master"
    with open_writer(path, 48_000, 2, encoding, 0) as writer:
        writer.write(noise(100))
    writer.abort()
    with open_source(path) as source:
        assert source.frames == 100


def write_much(path: Path, encoding: str) -> None:
    """About 2 MB at 24 bit: several writes, and something left for the encoder to flush at the end."""
    with open_writer(path, 48_000, 2, encoding, 0) as writer:
        for _ in range(40):
            writer.write(noise(8192))


def fails_with(kind: str, path: Path, encoding: str) -> MachineError:
    with pytest.raises(MachineError) as caught:
        write_much(path, encoding)
    assert (caught.value.kind, caught.value.path) == (kind, path)
    return caught.value


class FailingWrite:
    """`os.write` that ends in `error` after some calls."""

    def __init__(self, allowed_calls: int, error: BaseException) -> None:
        self._real, self._left, self._error = os.write, allowed_calls, error

    def __call__(self, descriptor: int, data: memoryview) -> int:
        self._left -= 1
        if self._left < 0:
            raise self._error
        return self._real(descriptor, data)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB; needs the right to mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("encoding", EACH)
def test_full_disk(small_disk: Path, encoding: str) -> None:
    error = fails_with("disk_full", target(small_disk, encoding), encoding)
    assert "disk is full" in error.message
    assert os.listdir(small_disk) == []


@pytest.mark.parametrize("encoding", EACH)
@pytest.mark.parametrize("allowed_calls", [0, 1, 3])
def test_system_error_in_any_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, allowed_calls: int
) -> None:
    """The same where no file system can be mounted."""
    full = OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr(files.os, "write", FailingWrite(allowed_calls, full))
        fails_with("disk_full", target(tmp_path, encoding), encoding)
    assert os.listdir(tmp_path) == []


def test_disk_that_is_full_only_when_the_encoder_flushes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        writer = open_writer(tmp_path / "a.flac", 48_000, 2, "flac24", 0)
        writer.write(noise(1000))  # less than the encoder collects before it writes
        patch.setattr(files.os, "write", FailingWrite(0, OSError(errno.ENOSPC, "No space left on device")))
        with pytest.raises(MachineError) as caught:
            writer.close()
    assert caught.value.kind == "disk_full"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("encoding", EACH)
def test_file_size_limit(tmp_path: Path, encoding: str) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        error = fails_with("machine", target(tmp_path, encoding), encoding)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "File too large" in error.message
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("encoding", ["wav24", "flac24"])
def test_interruption_inside_a_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(files.os, "write", FailingWrite(4, KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            write_much(target(tmp_path, encoding), encoding)
    assert os.listdir(tmp_path) == []


def test_space_is_checked_before_a_long_render(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(MachineError, match="free") as caught:
        open_writer(tmp_path / "a.wav", 48_000, 2, "wav24", 0, frames_hint=2 * free)
    assert caught.value.kind == "disk_full"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("encoding", ["wav24", "flac24"])
def test_folders_that_take_no_file(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(MachineError, match="No such file or directory"):
        open_writer(target(tmp_path / "absent", encoding), 48_000, 2, encoding, 0)
    folder = target(tmp_path, encoding)
    folder.mkdir()
    with pytest.raises(MachineError, match="in the way"):
        open_writer(folder, 48_000, 2, encoding, 0)
    assert os.listdir(tmp_path) == [folder.name]


def test_name_too_long_is_found_at_the_beginning(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="too long"):
        open_writer(tmp_path / ("n" * 300 + ".wav"), 48_000, 2, "wav24", 0)
    longest = tmp_path / ("n" * 251 + ".wav")
    with open_writer(longest, 48_000, 2, "wav24", 0) as writer:
        writer.write(noise(3))
    assert soundfile.info(longest).frames == 3


@pytest.mark.parametrize("sample_rate", [700_000, 1_000_000])
def test_rates_that_flac_cannot_state(tmp_path: Path, sample_rate: int) -> None:
    with pytest.raises(InputError, match="WAV") as caught:
        open_writer(tmp_path / "a.flac", sample_rate, 2, "flac24", 0)
    assert caught.value.kind == "encoding"
    assert os.listdir(tmp_path) == []
