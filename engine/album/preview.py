"""A preview of a disc for the ears of those who approve it: MP3, as long as the disc."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import numpy as np

from engine.audio.source import open_source
from engine.audio.writer import open_writer
from engine.progress import Progress

#: What every browser plays, at the disc's own rate.
ENCODING = "mp3-128"
_BLOCK_FRAMES = 65536
#: Between two looks at how far it is, s.
_POLL_S = 0.2


class _StoppedError(Exception):
    """Nobody waits for the preview any more."""


class Previews:
    """Previews of an album's discs, encoded in a thread beside other work: half of all an album takes.

    As a context manager it ends the thread and removes what that has written.

    Args:
        wavs: wave file of each disc; they are complete.
        folder: where a folder for them is made.
        progress: told while somebody waits for them, and only from the thread that waits.

    Attributes:
        folder: that folder.
    """

    def __init__(self, wavs: Mapping[int, Path], folder: Path, progress: Progress) -> None:
        self._progress = progress
        self._stopped = False
        self._done = ("preview", 0.0, 1.0)
        self._error: Exception | None = None
        self._scratch = TemporaryDirectory(prefix=".preview-", dir=folder)
        self.folder = Path(self._scratch.name)
        self._paths = {disc: self.folder / f"{disc}.mp3" for disc in wavs}
        self._thread = threading.Thread(target=self._write, args=(dict(wavs),), name="preview", daemon=True)
        self._thread.start()

    def paths(self) -> dict[int, Path]:
        """The files by disc, when all are written.

        Raises:
            InputError: kind `codecs_missing`: the encoder is an optional package.
            MachineError: the system refused.
        """
        while self._thread.is_alive():
            self._progress(*self._done)
            self._thread.join(_POLL_S)
        if self._error is not None:
            raise self._error
        return self._paths

    def _write(self, wavs: Mapping[int, Path]) -> None:
        try:
            for disc, wav in wavs.items():
                write_preview(wav, self._paths[disc], self._tell)
        except Exception as error:
            self._error = error

    def _tell(self, label: str, done: float, total: float) -> None:
        if self._stopped:
            raise _StoppedError
        self._done = (label, done, total)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped = True
        self._thread.join()
        self._scratch.cleanup()


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
