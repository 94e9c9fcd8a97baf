"""Decodes what libsndfile cannot, or not exactly, with FFmpeg's libraries through PyAV (extra `codecs`).

Sample values are FFmpeg's own: integers scaled by 2^−(b−1), floats as they are. Encoder delay is removed as
the container says, and the end is cut where it says. WAV never comes here: FFmpeg takes 24 bits in a
container of 32 for floating point.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.audio.codecs import require_codecs
from engine.audio.coded.word_length import coded_bits, subtype_of
from engine.audio.failures import not_audio, truncated
from engine.audio.layout import Layout
from engine.errors import InputError

Doubles = NDArray[np.float64]

#: Codings whose every packet is decoded by itself, so that a seek finds the exact frame.
_LOSSLESS = ("alac", "flac", "wavpack", "tta", "ape", "tak", "pcm_")
#: Sample formats of FFmpeg, packed or (with a `p` behind) in planes: how they lie, and their full scale.
_TYPES = {
    "u8": (np.uint8, 2.0**-7),
    "s16": (np.int16, 2.0**-15),
    "s32": (np.int32, 2.0**-31),
    "flt": (np.float32, 1.0),
    "dbl": (np.float64, 1.0),
}


def require_pyav(path: Path, what: str) -> Any:
    """The library.

    Args:
        path: for the message.
        what: the file is.

    Raises:
        InputError: kind `codecs_missing`: it is not installed.
    """
    try:
        library = require_codecs(f"to read {what}")
    except InputError as error:
        message = f"{path}: {error.message}; or convert the file to WAV or FLAC"
        raise InputError(message, kind=error.kind, path=path) from error
    import av.logging

    av.logging.set_level(None)
    return library


def audio_streams(path: Path, what: str) -> int:
    """How many audio streams the file holds.

    Raises:
        InputError: it cannot be opened.
    """
    with _open(path, what) as container:
        return len(container.streams.audio)


def _open(path: Path, what: str) -> Any:
    library = require_pyav(path, what)
    try:
        return library.open(os.fspath(path), mode="r", metadata_errors="replace")
    except (library.error.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise not_audio(
            path, f"looks like {what} but cannot be opened ({reason}): export it again"
        ) from error


class PyAvReader:
    """The reader of one audio stream (see `engine.audio.source.Reader`).

    Args:
        path: the file.
        what: it is, for messages.
        stream: which of its audio streams.

    Raises:
        InputError: kind `codecs_missing`, `not_audio`.
    """

    def __init__(self, path: Path, what: str, stream: int = 0) -> None:
        self.path = path
        self._what = what
        self._stream_index = stream
        self._library = require_pyav(path, what)
        self._start(None)
        codec = self._stream.codec_context
        self.sample_rate, self.channels = int(codec.sample_rate or 0), int(codec.channels or 0)
        if not self.sample_rate or not self.channels:
            self.close()
            raise not_audio(path, f"is {what} of a coding that cannot be decoded: convert it to WAV or FLAC")
        self.layout: Layout | None = _layout(codec)
        self.bits = coded_bits(codec.name, codec.extradata, path)
        self.subtype = subtype_of(codec.name, self.bits, path)
        self.time_reference: int | None = None
        self.is_compressed = not codec.name.startswith("pcm_")
        self.notes: tuple[str, ...] = ()
        lossless = codec.name.startswith(_LOSSLESS)
        self._exact_places = lossless and self._in_frames and not self._stream.start_time
        status = path.stat()
        decoded = _counted(path, what, stream, status.st_size, status.st_mtime_ns)
        promised = self._promised_frames() or decoded
        # lossy codings end with padding that the container cuts off
        self.frames = min(decoded, promised)
        # a Core Audio file counts that padding in
        trusted = lossless and "caf" not in self._container.format.name
        self.declared_frames = promised if trusted else self.frames

    @property
    def _in_frames(self) -> bool:
        rate = int(self._stream.codec_context.sample_rate or 1)
        return bool(self._stream.time_base == Fraction(1, rate))

    def _promised_frames(self) -> int | None:
        """Length by the container, where it counts in frames."""
        return int(self._stream.duration) if self._in_frames and self._stream.duration else None

    def _start(self, frame: int | None) -> None:
        """Reopens the stream, or moves to the packet that holds `frame`."""
        if frame is None:
            self._container = _open(self.path, self._what)
            audio = self._container.streams.audio
            if self._stream_index >= len(audio):
                self._container.close()
                raise not_audio(self.path, f"is {self._what} without sound in it")
            self._stream = audio[self._stream_index]
            self._stream.thread_type = "NONE"  # a file is a thread's business; several are read at once
            options = {"err_detect": "crccheck+explode"} if self._stream.codec_context.name == "flac" else {}
            if self._stream.codec_context.name == "alac" and "caf" in self._container.format.name:
                # FFmpeg drops the tail of a Core Audio file otherwise
                options["flags2"] = "+skip_manual"
            self._stream.codec_context.options = options
        else:
            self._container.seek(frame, stream=self._stream, backward=True, any_frame=False)
        self._decoded: Iterator[Any] = self._container.decode(self._stream)
        self._position = 0
        self._pending: Doubles | None = None
        self._placed = frame is None

    def read(self, start_frame: int, out: Doubles, first_column: int, columns: int) -> int:
        """Fills the columns; returns how many values are not finite."""
        self._move(start_frame)
        done = bad = 0
        while done < len(out):
            block = self._next()
            if block is None:
                raise truncated(self.path, self.frames, self._position)
            count = min(len(block), len(out) - done)
            out[done : done + count, first_column : first_column + columns] = block[:count]
            bad += count * self.channels - int(np.count_nonzero(np.isfinite(block[:count])))
            self._pending = block[count:] if count < len(block) else None
            self._position += count
            done += count
        return bad

    def _move(self, frame: int) -> None:
        """Brings the stream to a frame: on from where it is, through a seek, or from the beginning."""
        ahead = frame - self._position
        if ahead and self._exact_places and not 0 <= ahead <= 1 << 16:
            self._start(frame)
            if (block := self._next()) is not None and self._position <= frame:
                self._pending = block
            else:  # a seek that came out behind the frame
                self._reopen()
        elif ahead < 0:
            self._reopen()
        while self._position < frame:
            block = self._next()
            if block is None:
                raise truncated(self.path, self.frames, self._position)
            count = min(len(block), frame - self._position)
            self._pending = block[count:] if count < len(block) else None
            self._position += count

    def _reopen(self) -> None:
        self.close()
        self._start(None)

    def _next(self) -> Doubles | None:
        """Decoded samples from the position on; None at the end. What is not used goes back to `_pending`."""
        if self._pending is not None:
            block, self._pending = self._pending, None
            return block
        while True:
            try:
                frame = next(self._decoded, None)
            except self._library.error.FFmpegError as error:
                raise InputError(
                    f"{self.path}: decoding fails after frame {self._position}, the file is damaged or cut "
                    "off: copy or export it again",
                    kind="corrupt",
                    path=self.path,
                ) from error
            if frame is None:
                return None
            if frame.samples:
                if not self._placed:
                    self._position, self._placed = int(frame.pts or 0), True
                return _samples(frame, self.channels)

    def close(self) -> None:
        """Closes the file."""
        self._container.close()


def _samples(frame: Any, channels: int) -> Doubles:
    """One decoded frame as `(frames, channels)` float64.

    Planes are taken one by one: where there are 8, PyAV 18 counts more, and its own arrays read outside.
    """
    name = frame.format.name
    kind = name.removesuffix("p")
    if kind not in _TYPES or len(frame.layout.channels) != channels:
        raise InputError(f"samples of a kind ({name}) or a number of channels that changes", kind="corrupt")
    stored, scale = _TYPES[kind]
    values = np.empty((frame.samples, channels))
    if name.endswith("p"):
        for channel in range(channels):
            values[:, channel] = np.frombuffer(frame.planes[channel], stored, frame.samples)
    else:
        packed = np.frombuffer(frame.planes[0], stored, frame.samples * channels)
        values[:] = packed.reshape(frame.samples, channels)
    if kind == "u8":
        values -= 128.0
    values *= scale
    return values


def _layout(codec: Any) -> Layout | None:
    names = tuple(str(channel.name) for channel in codec.layout.channels)
    return names if names and "NONE" not in names else None


@functools.lru_cache(maxsize=256)
def _counted(path: Path, what: str, stream: int, size: int, changed_ns: int) -> int:
    """Frames that decoding gives: containers round their lengths, so they are counted, once per file."""
    reader = PyAvReader.__new__(PyAvReader)
    reader.path, reader._what, reader._stream_index = path, what, stream
    reader._library = require_pyav(path, what)
    reader._start(None)
    try:
        frames = 0
        for frame in reader._decoded:
            frames += frame.samples
        return frames
    except reader._library.error.FFmpegError as error:
        raise InputError(
            f"{path}: decoding fails after frame {frames}, the file is damaged or cut off: "
            "copy or export it again",
            kind="corrupt",
            path=path,
        ) from error
    finally:
        reader.close()
