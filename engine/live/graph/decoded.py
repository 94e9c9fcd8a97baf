"""Copies of compressed stems as WAV, in the user's cache: decoded once, read like any other file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.audio.convert import Converter, converted_frames
from engine.audio.disk_space import require_space
from engine.audio.source import AudioSource, open_source
from engine.files import AtomicFile
from engine.pairs import members
from engine.paths import cache_dir
from engine.private import is_own_file, make_private
from engine.progress import Progress, silent

_BLOCK_FRAMES = 1 << 16
_STALE_AFTER_S = 30 * 24 * 3600
#: The header has room for RF64's sizes.
_UNUSED_SIZE = 0xFFFFFFFF


def converted_file(path: Path, sample_rate: int, progress: Progress = silent) -> Path:
    """A WAV file of 32-bit float with `path` at another rate (`engine.audio.convert`); made unless it is
    already there.

    Args:
        path: any file that `open_source` reads.
        sample_rate: Hz.
        progress: told about converting.

    Raises:
        InputError: the file cannot be decoded.
        MachineError: the cache folder cannot be written, or is another user's.
    """
    target = _copy_of(path, f"{sample_rate} Hz")
    if not _is_there(target):
        with open_source(path) as source:
            frames = converted_frames(source.frames, source.sample_rate, sample_rate)
            like = _Shape(path, sample_rate, source.channels, frames)
            require_space(target.parent, frames * source.channels * 4, "the converted copy of a track")
            with AtomicFile(target) as file:
                file.write(_header(like, 4 * source.channels))
                for part in _converted(source, sample_rate, progress):
                    file.write(part.astype("<f4").tobytes())
                file.commit()
    return target


def _converted(source: AudioSource, sample_rate: int, progress: Progress) -> Iterator[NDArray[np.float64]]:
    converter = Converter(source.sample_rate, sample_rate, source.channels)
    for start in range(0, source.frames, _BLOCK_FRAMES):
        block = np.zeros((min(_BLOCK_FRAMES, source.frames - start), source.channels))
        source.read_into(start, block, 0, source.channels)
        yield converter.process(block, last=start + len(block) == source.frames)
        progress(f"converting {source.path.name}", start + len(block), source.frames)


@dataclass(frozen=True)
class _Shape:
    """What the header of a copy says."""

    path: Path
    sample_rate: int
    channels: int
    frames: int


def _copy_of(path: Path, kind: str = "") -> Path:
    """Where the copy of a file goes, by its path, size and time of change."""
    stamps = [os.stat(file) for file in members(path)]
    identity = "\0".join([str(path.absolute()), *(f"{one.st_size}\0{one.st_mtime_ns}" for one in stamps)])
    identity = f"{identity}\0{kind}" if kind else identity
    # believed as the stem itself would be: so from a folder and a file that are this user's alone
    folder = make_private(cache_dir(), "decoded")
    return folder / (hashlib.sha256(os.fsencode(identity)).hexdigest()[:32] + ".wav")


def _is_there(target: Path) -> bool:
    """Whether a copy is there already; it is then as young as new. Else old ones are cleared away."""
    if is_own_file(target):
        with contextlib.suppress(OSError):  # a cache that cannot be touched is merely older
            os.utime(target)
        return True
    _remove_stale(target.parent)
    return False


def decoded_file(path: Path, progress: Progress = silent) -> Path:
    """A WAV file with exactly the samples of `path`; made unless it is already there.

    The copy is named after the file's path, size and time of change. It holds 32-bit float, or 64-bit
    where a sample needs that.

    Args:
        path: any file that `open_source` reads.
        progress: told about decoding.

    Raises:
        InputError: the file cannot be decoded.
        MachineError: the cache folder cannot be written, or is another user's.
    """
    target = _copy_of(path)
    if _is_there(target):
        return target
    with open_source(path) as source:
        for sample_bytes in (4, 8):
            if _write(source, target, sample_bytes, progress):
                break
    return target


def _write(source: AudioSource, target: Path, sample_bytes: int, progress: Progress) -> bool:
    """Writes the copy; False where float32 does not hold a sample exactly."""
    frame_bytes = source.channels * sample_bytes
    require_space(target.parent, source.frames * frame_bytes, "the decoded copy of a stem")
    kind = "<f4" if sample_bytes == 4 else "<f8"
    block = np.zeros((_BLOCK_FRAMES, source.channels))
    with AtomicFile(target) as file:
        file.write(_header(source, frame_bytes))
        for start in range(0, source.frames, _BLOCK_FRAMES):
            part = block[: min(_BLOCK_FRAMES, source.frames - start)]
            source.read_into(start, part, 0, source.channels)
            samples = part.astype(kind)
            if not np.array_equal(samples, part):
                return False
            file.write(samples.tobytes())
            progress(f"decoding {source.path.name}", start + len(part), source.frames)
        file.commit()
    return True


def _header(source: AudioSource | _Shape, frame_bytes: int) -> bytes:
    """A float WAV header, always as RF64 (EBU Tech 3306): any length fits."""
    data_bytes = source.frames * frame_bytes
    bits = 8 * frame_bytes // source.channels
    rate = source.sample_rate
    form = struct.pack("<HHIIHHH", 3, source.channels, rate, rate * frame_bytes, frame_bytes, bits, 0)
    form = b"fmt " + struct.pack("<I", len(form)) + form
    riff_bytes = 4 + 36 + len(form) + 8 + data_bytes
    sizes = b"ds64" + struct.pack("<IQQQI", 28, riff_bytes, data_bytes, source.frames, 0)
    head = b"RF64" + struct.pack("<I", _UNUSED_SIZE) + b"WAVE"
    return head + sizes + form + b"data" + struct.pack("<I", _UNUSED_SIZE)


def _remove_stale(folder: Path) -> None:
    """Removes copies that nothing has asked for in a month."""
    for file in folder.glob("*.wav"):
        with contextlib.suppress(OSError):  # another engine may be cleaning up, too
            if time.time() - file.stat().st_mtime > _STALE_AFTER_S:
                file.unlink()
