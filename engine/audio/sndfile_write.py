"""Writes FLAC and AIFF from integers that are already quantised, and Vorbis from float, by libsndfile."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.audio.blocks import FixedBlocks
from engine.audio.encoder_stream import EncoderStream
from engine.audio.ogg import fix_serial
from engine.audio.pack import round_float32
from engine.errors import InputError
from engine.files import AtomicFile
from engine.session.encodings import Encoding

#: Largest sample rate a FLAC stream can state (RFC 9639, clause 8.2) and largest channel count.
_FLAC_MAX_RATE = 655_350
_FLAC_MAX_CHANNELS = 8
#: The sizes of an AIFF are u32; its header is far shorter than this (Apple, AIFF 1.3).
_AIFF_MAX_BYTES = 0xFFFFFFFF - 4096
#: libvorbis' quality, −0.1 to 1, is a tenth of what `oggenc -q` and the declarations use; libsndfile takes
#: its complement as a compression level.
_VORBIS_FULL_QUALITY = 10.0
#: Frames handed to the encoder at once: one block size, so that the caller's cannot influence it.
_VORBIS_BLOCK_FRAMES = 4096


class SndfileSink:
    """Encodes into an open file through libsndfile; `finish` completes the headers.

    Args:
        file: where to.
        encoding: of container `FLAC`, `AIFF` or `VORBIS`.
        sample_rate: Hz.
        channels: per frame.

    Raises:
        InputError: kind `encoding`: FLAC cannot hold this rate or channel count.
    """

    def __init__(self, file: AtomicFile, encoding: Encoding, sample_rate: int, channels: int) -> None:
        if encoding.container == "FLAC":
            _refuse_what_flac_cannot(file, sample_rate, channels)
        self._file = file
        self._encoding = encoding
        self._channels = channels
        self._bytes = 0
        self._stream = EncoderStream(file)
        self._encoder: Any = None
        self._guarded(lambda: self._open(sample_rate))
        self._blocks = FixedBlocks(_VORBIS_BLOCK_FRAMES, channels, self._write_block)
        self._rounded = np.empty((_VORBIS_BLOCK_FRAMES, channels), np.float32)

    def _open(self, sample_rate: int) -> None:
        import soundfile

        encoding = self._encoding
        level = None if encoding.quality is None else 1.0 - encoding.quality / _VORBIS_FULL_QUALITY
        self._encoder = soundfile.SoundFile(
            self._stream,
            "w",
            samplerate=sample_rate,
            channels=self._channels,
            # the byte order is left alone: asked for, an AIFF becomes an AIFF-C that sox refuses
            format="OGG" if encoding.container == "VORBIS" else encoding.container,
            subtype=encoding.subtype,
            compression_level=level,
        )

    def write_integers(self, integers: NDArray[np.int32]) -> None:
        """Appends `(frames, channels)` integers of the encoding's word length.

        libsndfile takes them in the upper bits of 32, from where it shifts them back exactly.

        Raises:
            InputError: kind `encoding`: an AIFF cannot become that long.
        """
        self._bytes += integers.size * self._encoding.bits // 8
        if self._encoding.container == "AIFF" and self._bytes > _AIFF_MAX_BYTES:
            raise InputError(
                f"{self._file.path}: an AIFF cannot hold more than 4 GiB: choose a WAV encoding",
                kind="encoding",
                path=self._file.path,
            )
        self._guarded(lambda: self._encoder.write(integers << (32 - self._encoding.bits)))

    def write_floats(self, samples: NDArray[np.float64]) -> None:
        """Appends `(frames, channels)` samples, which may pass full scale: nothing is clipped.

        Raises:
            ValueError: a sample is NaN, infinite or beyond the range of 32-bit float.
        """
        self._blocks.write(samples)

    def _write_block(self, block: NDArray[np.float64]) -> None:
        rounded = self._rounded[: len(block)]
        if round_float32(block, rounded):
            raise ValueError("samples do not fit 32-bit float")
        self._guarded(lambda: self._encoder.write(rounded))

    def finish(self) -> None:
        """Flushes the encoder and completes the stream's headers."""
        self._blocks.flush()
        self._guarded(self._encoder.close)
        if self._encoding.container == "VORBIS":
            fix_serial(self._file)

    def _guarded(self, call: Any) -> None:
        self._stream.guarded(call, self._encoding.container, (RuntimeError,))

    def discard(self) -> None:
        """Ends the encoder without writing any more."""
        self._stream.discarding = True
        with contextlib.suppress(RuntimeError):  # an encoder that failed before may fail to end, too
            self._encoder.close()


def _refuse_what_flac_cannot(file: AtomicFile, sample_rate: int, channels: int) -> None:
    if sample_rate > _FLAC_MAX_RATE or channels > _FLAC_MAX_CHANNELS:
        raise InputError(
            f"{file.path}: FLAC cannot hold {channels} channels at {sample_rate} Hz: choose a WAV encoding",
            kind="encoding",
            path=file.path,
        )
