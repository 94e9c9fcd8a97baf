"""A preview of a disc for the ears of those who approve it: MP3, as long as the disc."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.audio.source import open_source
from engine.audio.writer import open_writer
from engine.progress import Progress

#: What every browser plays, at the disc's own rate.
ENCODING = "mp3-128"
_BLOCK_FRAMES = 65536


def write_preview(wav: Path, preview: Path, progress: Progress) -> None:
    """Encodes a disc's wave file.

    Args:
        wav: what is read.
        preview: what is written.
        progress: told how far it is.

    Raises:
        InputError: kind `codecs_missing`: the encoder is an optional package.
        MachineError: the system refused.
    """
    with open_source(wav) as source, open_writer(preview, source.sample_rate, 2, ENCODING, 0) as writer:
        for start in range(0, source.frames, _BLOCK_FRAMES):
            block = np.empty((min(_BLOCK_FRAMES, source.frames - start), 2))
            source.read_into(start, block)
            writer.write(block)
            progress("preview", start + len(block), source.frames)
