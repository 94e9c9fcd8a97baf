"""Writing a deliverable: float64 in, a WAV or FLAC file out, atomically.

    with open_writer("master.wav", 44100, 2, "wav24", dither_key=1) as writer:
        for block in blocks:
            writer.write(block)

The file appears under its name when the context ends without an exception, else not at all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from engine.audio.disk_space import require_space
from engine.audio.dither import quantise
from engine.audio.wav_write import RIFF_LIMIT_BYTES, WavFormat, WavSink, wav_header
from engine.files import AtomicFile

#: Frames quantised and written at once; keeps the working memory in a core's cache.
_BLOCK_FRAMES = 4096


@dataclass(frozen=True)
class Encoding:
    """A way of storing a deliverable.

    Attributes:
        name: as in session files.
        container: `WAV` or `FLAC`.
        bits: word length; 32 is float.
        subtype: soundfile's name of the coding.
        extension: of the file name, with the dot.
        dithered: whether samples are dithered (every integer encoding).
    """

    name: str
    container: str
    bits: int
    subtype: str
    extension: str

    @property
    def dithered(self) -> bool:
        """Whether samples become integers and are dithered."""
        return self.bits < 32


#: All encodings, by name.
ENCODINGS: Mapping[str, Encoding] = MappingProxyType(
    {
        encoding.name: encoding
        for encoding in (
            Encoding("wav16", "WAV", 16, "PCM_16", ".wav"),
            Encoding("wav24", "WAV", 24, "PCM_24", ".wav"),
            Encoding("wav32f", "WAV", 32, "FLOAT", ".wav"),
            Encoding("flac16", "FLAC", 16, "PCM_16", ".flac"),
            Encoding("flac24", "FLAC", 24, "PCM_24", ".flac"),
        )
    }
)


class _Sink(Protocol):
    def write_integers(self, integers: NDArray[np.int32]) -> None: ...

    def finish(self) -> None: ...

    def discard(self) -> None: ...


class AudioWriter:
    """An audio file being written; made by `open_writer`.

    One thread at a time. Exactly one of `close` and `abort` ends it; as a context manager it closes,
    or aborts on an exception.

    Attributes:
        path: the final name.
        encoding: how samples are stored.
        channels: per frame.
        frames: written so far.
        saturated_samples: samples so far that lay outside the integer range and were limited to it.
    """

    def __init__(self, file: AtomicFile, sink: _Sink, encoding: Encoding, channels: int, dither_key: int):
        self.path = file.path
        self.encoding = encoding
        self.channels = channels
        self.frames = 0
        self.saturated_samples = 0
        self._file = file
        self._sink = sink
        self._dither_key = dither_key
        self._integers = np.empty((_BLOCK_FRAMES, channels), np.int32)
        self._open = True

    def write(self, samples: NDArray[np.float64]) -> None:
        """Appends `(frames, channels)` float64 of full scale ±1.0, dithered for integer encodings.

        The bytes do not depend on how the samples are cut into blocks.

        Raises:
            MachineError: the system refused; the file should be aborted.
            ValueError: wrong shape, or a sample is not finite: both are errors of the caller.
        """
        self._require(samples.shape, samples.dtype == np.float64)
        samples = np.ascontiguousarray(samples)
        for start in range(0, len(samples), _BLOCK_FRAMES):
            block = samples[start : start + _BLOCK_FRAMES]
            if isinstance(self._sink, WavSink) and not self.encoding.dithered:
                self._sink.write_floats(block)
            else:
                self._sink.write_integers(self._dithered(block))
            self.frames += len(block)

    def _dithered(self, block: NDArray[np.float64]) -> NDArray[np.int32]:
        integers = self._integers[: len(block)]
        self.saturated_samples += quantise(
            block, bits=self.encoding.bits, key=self._dither_key, first_frame=self.frames, out=integers
        )
        return integers

    def write_integers(self, integers: NDArray[np.int32]) -> None:
        """Appends `(frames, channels)` int32 samples as they are; integer encodings only.

        Raises:
            MachineError: the system refused; the file should be aborted.
            ValueError: wrong shape, a float encoding, or a value outside the word length.
        """
        self._require(integers.shape, integers.dtype == np.int32 and self.encoding.dithered)
        limit = 1 << (self.encoding.bits - 1)
        if integers.size and not (integers.min() >= -limit and integers.max() < limit):
            raise ValueError(f"integers outside {self.encoding.bits} bits")
        integers = np.ascontiguousarray(integers)
        for start in range(0, len(integers), _BLOCK_FRAMES):
            block = integers[start : start + _BLOCK_FRAMES]
            self._sink.write_integers(block)
            self.frames += len(block)

    def _require(self, shape: tuple[int, ...], fits_encoding: bool) -> None:
        if not self._open:
            raise ValueError(f"{self.path}: already closed")
        if len(shape) != 2 or shape[1] != self.channels or not fits_encoding:
            raise ValueError(f"samples of shape {shape} do not fit {self.channels} channels as written")

    def close(self) -> None:
        """Completes the file, syncs it to the disk and puts it in its place; once."""
        if not self._open:
            return
        try:
            self._sink.finish()
            self._file.commit()
        except BaseException:
            self.abort()
            raise
        self._open = False

    def abort(self) -> None:
        """Removes what was written; does nothing after `close`."""
        if self._open:
            self._open = False
            try:
                self._sink.discard()
            finally:
                self._file.abort()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abort()


def open_writer(
    path: str | os.PathLike[str],
    sample_rate: int,
    channels: int,
    encoding: str,
    dither_key: int,
    frames_hint: int | None = None,
    *,
    riff_limit_bytes: int = RIFF_LIMIT_BYTES,
) -> AudioWriter:
    """Begins to write an audio file.

    Args:
        path: the final name; a file of that name is replaced at the end. The folder has to exist.
        sample_rate: Hz.
        channels: per frame.
        encoding: a key of `ENCODINGS`.
        dither_key: chooses the dither sequences: give each file of a render its own.
        frames_hint: how many frames will come; if given, the space for a WAV is checked first. Of a
            FLAC only its writing shows whether it fits.
        riff_limit_bytes: a WAV whose RIFF size exceeds this becomes RF64.

    Raises:
        MachineError: the folder cannot be written, or the space does not suffice.
        InputError: kind `encoding`: FLAC cannot hold this rate or number of channels.
    """
    form = ENCODINGS[encoding]
    final = Path(path)
    file = AtomicFile(final)
    try:
        if form.container == "FLAC":
            from engine.audio.flac_write import FlacSink

            sink: _Sink = FlacSink(file, sample_rate, channels, form.bits)
        else:
            wav = WavFormat(sample_rate, channels, form.bits)
            if frames_hint is not None:
                whole = len(wav_header(wav, 0)) + frames_hint * wav.frame_bytes
                require_space(final.parent, whole, final.name)
            sink = WavSink(file, wav, _BLOCK_FRAMES, riff_limit_bytes=riff_limit_bytes)
        return AudioWriter(file, sink, form, channels, dither_key)
    except BaseException:
        file.abort()
        raise
