"""The hash of what a file sounds like: its decoded samples, whatever it is wrapped in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.audio.source import open_source

_BLOCK_FRAMES = 1 << 16


@dataclass(frozen=True)
class Fingerprint:
    """A file's audio.

    Attributes:
        audio_sha256: of every sample as a little-endian float64 of full scale ±1.0, channels interleaved.
        sample_rate: Hz.
        channels: of the file.
        frames: length.
    """

    audio_sha256: str
    sample_rate: int
    channels: int
    frames: int


def fingerprint(path: Path) -> Fingerprint:
    """Decodes a whole file and hashes its samples: tags and containers do not count.

    Raises:
        InputError: the file cannot be used.
    """
    digest = hashlib.sha256()
    with open_source(path) as source:
        block = np.empty((_BLOCK_FRAMES, source.channels), "<f8")
        for start in range(0, source.frames, _BLOCK_FRAMES):
            part = block[: source.frames - start]
            source.read_into(start, part, 0, source.channels)
            digest.update(np.ascontiguousarray(part + 0.0).data)  # −0.0 is 0.0
        return Fingerprint(digest.hexdigest(), source.sample_rate, source.channels, source.frames)
