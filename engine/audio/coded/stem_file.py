"""Stem files of DJ programs (`.stem.mp4`): one MP4 with the mix and four stems as audio streams.

Source: Native Instruments, *Stem file specification*: the first stream is the mix; a box `stem` in
`moov/udta` holds JSON with `stems`, each with a `name`.
"""

from __future__ import annotations

import json
import mmap
from pathlib import Path

import numpy as np

from engine.audio.coded.pyav import PyAvReader, audio_streams
from engine.audio.writer import open_writer
from engine.errors import machine_error
from engine.files import already_there
from engine.progress import Progress, silent

_WHAT = "a stem file (MPEG-4 with a stream for each stem)"
_ENDINGS = (".stem.mp4", ".stem.m4a")
_BLOCK_FRAMES = 1 << 16


def is_stem_file(path: Path) -> bool:
    """Whether a file is called as stem files are."""
    return path.name.lower().endswith(_ENDINGS)


def unpack(path: Path, *, force: bool = False, progress: Progress = silent) -> Path:
    """Writes every stream as a WAV of 32-bit float into a folder beside the file.

    Args:
        path: the stem file; it is only read.
        force: replace a folder's files that are already there.
        progress: told about the frames written.

    Returns:
        The folder; `Mix.wav` is the first stream.

    Raises:
        InputError: it cannot be decoded (`codecs_missing` without PyAV), or the folder exists.
        MachineError: the system refused to write.
    """
    count = audio_streams(path, _WHAT)
    names = ["Mix", *stem_names(path)][:count]
    names += [f"Stem {number}" for number in range(len(names), count)]
    folder = path.with_name(f"{path.name[: path.name.lower().index('.stem.')]} stems")
    if folder.exists() and not force:
        raise already_there(folder)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise machine_error(error, folder, "make the folder") from error
    for stream, name in enumerate(names):
        _write(path, stream, folder / f"{_file_name(name)}.wav", progress)
    return folder


def stem_names(path: Path) -> list[str]:
    """Names of the stems by the file's own description; none where it has none."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = content.find(b"stem{")
        if at < 4:
            return []
        size = int.from_bytes(content[at - 4 : at], "big")
        text = content[at + 4 : at - 4 + size]
    try:
        return [str(stem["name"]) for stem in json.loads(text)["stems"]]
    except (ValueError, KeyError, TypeError):
        return []


def _file_name(name: str) -> str:
    bare = "".join(char if char.isalnum() or char in " -_&+" else "_" for char in name).strip()
    return bare or "Stem"


def _write(path: Path, stream: int, target: Path, progress: Progress) -> None:
    reader = PyAvReader(path, _WHAT, stream)
    try:
        block = np.zeros((_BLOCK_FRAMES, reader.channels))
        with open_writer(target, reader.sample_rate, reader.channels, "wav32f", dither_key=0) as writer:
            for start in range(0, reader.frames, _BLOCK_FRAMES):
                part = block[: min(_BLOCK_FRAMES, reader.frames - start)]
                reader.read(start, part, 0, reader.channels)
                writer.write(part)
                progress(f"unpacking {target.name}", start + len(part), reader.frames)
    finally:
        reader.close()
