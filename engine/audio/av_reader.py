"""Reads AAC in MP4 files through PyAV: what libsndfile does not know.

The decoder is FFmpeg's own, in 32-bit float: it neither clips nor dithers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.audio.codecs import require_codecs
from engine.audio.failures import not_audio, truncated
from engine.errors import InputError

#: Every file of the family begins with a box of this type (ISO/IEC 14496-12, clause 4.3).
_FILE_TYPE = b"ftyp"


def open_av_reader(path: Path) -> AvReader | None:
    """Opens an MP4 file with AAC in it; None when it is no MP4.

    Raises:
        InputError: kind `codecs_missing`; kind `not_audio`: there is nothing of that kind in it.
        OSError: the system refused to read.
    """
    with path.open("rb") as file:
        if file.read(8)[4:] != _FILE_TYPE:
            return None
    av = require_codecs(f"to read {path.name}")
    return AvReader(path, av)


class AvReader:
    """The reader of one MP4 file (see `engine.audio.source.Reader`).

    Reading goes on from where it stopped; a jump decodes everything up to the new place, from the
    beginning when it goes back.
    """

    bits: int | None = None
    is_compressed = True
    time_reference: int | None = None

    def __init__(self, path: Path, av: Any) -> None:
        self.path = path
        self._av = av
        self._open()
        context = self._stream.codec_context
        if context.name != "aac" or not self._stream.duration:
            self.close()
            raise not_audio(path, "is an MP4 without AAC in it: convert it to WAV")
        self.subtype = "AAC"
        self.sample_rate = int(context.sample_rate)
        self.channels = int(context.layout.nb_channels)
        # the edit list leaves out what the encoder needed to start and to fill its last frame
        self.frames = self.declared_frames = round(
            self._stream.duration * self._stream.time_base * self.sample_rate
        )

    def _open(self) -> None:
        try:
            self._container = self._av.open(str(self.path))
            self._stream = self._container.streams.audio[0]
        except (self._av.FFmpegError, IndexError) as error:
            raise not_audio(
                self.path, "is no audio file this program can read (WAV, AIFF, FLAC, MP3, M4A, Ogg …)"
            ) from error
        self._position = 0
        self._left = np.empty((0, 0))
        self._blocks = self._decoded()

    def _decoded(self) -> Iterator[NDArray[np.float64]]:
        for frame in self._container.decode(self._stream):
            yield frame.to_ndarray().T.astype(np.float64)

    def read(self, start_frame: int, out: NDArray[np.float64], first_column: int, columns: int) -> int:
        """Fills the columns; returns how many values are not finite."""
        if start_frame < self._position:
            self.close()
            self._open()
        self._skip(start_frame - self._position)
        target = out[:, first_column : first_column + columns]
        done = 0
        while done < len(out):
            block = self._next(len(out) - done)
            target[done : done + len(block)] = block
            done += len(block)
        return target.size - int(np.count_nonzero(np.isfinite(target)))

    def _skip(self, frames: int) -> None:
        while frames > 0:
            frames -= len(self._next(frames))

    def _next(self, limit: int) -> NDArray[np.float64]:
        """The next frames, at least one and at most `limit`."""
        try:
            while len(self._left) == 0:
                self._left = next(self._blocks)
        except StopIteration:
            raise truncated(self.path, self.frames, self._position) from None
        except self._av.FFmpegError as error:
            raise InputError(
                f"{self.path}: decoding fails after frame {self._position} of {self.frames}, the file is "
                "damaged or cut off: copy or export it again",
                kind="corrupt",
                path=self.path,
            ) from error
        block, self._left = self._left[:limit], self._left[limit:]
        self._position += len(block)
        return block

    def close(self) -> None:
        """Closes the file."""
        self._container.close()
