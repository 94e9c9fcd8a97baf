"""Reads PCM and float wave files: `preadv` into one buffer, then the compiled decoder."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.audio.decode import ENCODING_CODES, decode
from engine.audio.failures import not_audio, truncated, unreadable
from engine.audio.layout import mask_layout
from engine.audio.wav import WavHeader, WavHeaderError, read_wav_header

#: Bytes read at once: small enough to stay in a core's cache between reading and decoding.
_BUFFER_BYTES = 1 << 16


def open_wav_reader(path: Path) -> WavReader | None:
    """Opens a wave file of a coding that `decode` knows; None for every other file.

    Raises:
        InputError: kind `not_audio` when the file is a damaged wave file.
        OSError: the system refused.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        header = read_wav_header(descriptor, os.fstat(descriptor).st_size)
        if header is None or header.subtype is None:
            os.close(descriptor)
            return None
        return WavReader(path, descriptor, header)
    except WavHeaderError as error:
        os.close(descriptor)
        raise not_audio(path, f"is a damaged wave file: {error}: export it again") from error
    except BaseException:
        os.close(descriptor)
        raise


class WavReader:
    """The reader of one open wave file (see `engine.audio.source.Reader`)."""

    def __init__(self, path: Path, descriptor: int, header: WavHeader) -> None:
        assert header.subtype is not None
        self.path = path
        self.sample_rate = header.sample_rate
        self.channels = header.channels
        self.frames = header.present_frames
        self.declared_frames = header.declared_frames
        self.subtype = header.subtype
        self.bits = header.bits if header.subtype.startswith("PCM") else None
        self.time_reference = header.time_reference
        self.is_compressed = False
        self.layout = mask_layout(header.channel_mask, header.channels)
        self.notes = header.notes
        self._descriptor = descriptor
        self._data_offset = header.data_offset
        self._frame_bytes = header.frame_bytes
        self._encoding = ENCODING_CODES[header.subtype]
        self._frames_at_once = max(1, _BUFFER_BYTES // header.frame_bytes)
        self._bytes = memoryview(bytearray(self._frames_at_once * header.frame_bytes))
        self._buffer = np.frombuffer(self._bytes, np.uint8)

    def read(self, start_frame: int, out: NDArray[np.float64], first_column: int, columns: int) -> int:
        """Fills the columns; returns how many values are not finite."""
        bad_values = 0
        for done in range(0, len(out), self._frames_at_once):
            block = out[done : done + self._frames_at_once]
            self._fill(start_frame + done, len(block))
            bad_values += decode(self._buffer, self._encoding, self.channels, block, first_column, columns)
        return bad_values

    def _fill(self, start_frame: int, frames: int) -> None:
        """Reads `frames` frames into the buffer's beginning."""
        wanted = frames * self._frame_bytes
        offset = self._data_offset + start_frame * self._frame_bytes
        got = 0
        while got < wanted:
            try:
                count = os.preadv(self._descriptor, [self._bytes[got:wanted]], offset + got)
            except OSError as error:
                raise unreadable(self.path, error) from error
            if count == 0:
                raise truncated(self.path, self.frames, start_frame + got // self._frame_bytes)
            got += count

    def entry(self) -> tuple[int, int, int, int, int, int]:
        """Where the frames are: file descriptor, place, bytes a frame, coding, channels, frames."""
        place = (self._descriptor, self._data_offset, self._frame_bytes)
        return *place, self._encoding, self.channels, self.frames

    def close(self) -> None:
        """Closes the file, once."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
