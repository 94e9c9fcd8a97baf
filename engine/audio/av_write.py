"""Writes MP3, AAC and Opus through PyAV (FFmpeg's libraries with LAME and libopus).

Samples go in as 32-bit float: the default formats of libmp3lame and libopus in PyAV are integers, which
clip what passes full scale before it is encoded. The muxers run bit-exact, so that no serial number is
drawn by lot and no date written: the same samples give the same bytes from the same build of PyAV.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.audio.blocks import FixedBlocks
from engine.audio.codecs import require_codecs
from engine.audio.encoder_stream import EncoderStream
from engine.audio.ogg import fix_serial
from engine.audio.pack import round_float32
from engine.files import AtomicFile
from engine.session.encodings import Encoding

_BLOCK_FRAMES = 4096
#: FFmpeg's scale of `global_quality` (FF_QP2LAMBDA) per step of LAME's -V.
_QUALITY_STEP = 118


@dataclass(frozen=True)
class _Codec:
    """How a container is written: encoder, its float sample format, muxer and the muxer's options."""

    encoder: str
    sample_format: str
    muxer: str
    options: Callable[[int], dict[str, str]] = field(default=lambda _rate: {})


_CODECS = {
    "MP3": _Codec("libmp3lame", "fltp", "mp3"),
    # the edit list counts in this scale: in milliseconds, the default, up to 1 ms would be cut off
    "M4A": _Codec("aac", "fltp", "ipod", lambda rate: {"movie_timescale": str(rate)}),
    "OPUS": _Codec("libopus", "flt", "opus"),
}


class AvSink:
    """Encodes float samples into an open file; `finish` completes it.

    Args:
        file: where to.
        encoding: of container `MP3`, `M4A` or `OPUS`.
        sample_rate: Hz, one that the encoding takes.
        channels: 1 or 2.

    Raises:
        InputError: kind `codecs_missing`: PyAV is not installed.
        MachineError: kind `encoder`.
    """

    def __init__(self, file: AtomicFile, encoding: Encoding, sample_rate: int, channels: int) -> None:
        self._av = require_codecs(f"to write {encoding.name}")
        self._encoding = encoding
        self._codec = _CODECS[encoding.container]
        self._rate = sample_rate
        self._layout = "mono" if channels == 1 else "stereo"
        self._frames = 0
        self._atomic = file
        self._file = EncoderStream(file)
        self._container: Any = None
        self._stream: Any = None
        self._rounded = np.empty((_BLOCK_FRAMES, channels), np.float32)
        self._blocks = FixedBlocks(_BLOCK_FRAMES, channels, self._encode)
        self._guarded(self._open)

    def _open(self) -> None:
        codec, encoding = self._codec, self._encoding
        options = {"fflags": "+bitexact", **codec.options(self._rate)}
        self._container = self._av.open(self._file, "w", format=codec.muxer, container_options=options)
        self._stream = self._container.add_stream(codec.encoder, rate=self._rate)
        context = self._stream.codec_context
        context.format, context.layout = codec.sample_format, self._layout
        context.flags |= self._av.codec.context.Flags.bitexact
        if encoding.bitrate_kbps is not None:
            context.bit_rate = 1000 * encoding.bitrate_kbps
        elif encoding.quality is not None:
            context.flags |= self._av.codec.context.Flags.qscale
            context.global_quality = round(encoding.quality * _QUALITY_STEP)

    def write_floats(self, samples: NDArray[np.float64]) -> None:
        """Appends `(frames, channels)` samples, which may pass full scale: nothing is clipped.

        Raises:
            ValueError: a sample is NaN, infinite or beyond the range of 32-bit float.
        """
        self._blocks.write(samples)

    def write_integers(self, integers: NDArray[np.int32]) -> None:
        """No encoding of this kind takes integers."""
        raise ValueError(f"{self._encoding.name} takes no integers")

    def _encode(self, block: NDArray[np.float64]) -> None:
        rounded = self._rounded[: len(block)]
        if round_float32(block, rounded):
            raise ValueError("samples do not fit 32-bit float")
        planar = self._codec.sample_format.endswith("p")
        data = np.ascontiguousarray(rounded.T if planar else rounded.reshape(1, -1))
        frame = self._av.AudioFrame.from_ndarray(data, self._codec.sample_format, self._layout)
        frame.sample_rate, frame.pts = self._rate, self._frames
        self._frames += len(block)
        self._guarded(lambda: self._mux(frame))

    def _mux(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def finish(self) -> None:
        """Flushes the encoder and writes what the container ends or begins with."""
        self._blocks.flush()
        self._guarded(lambda: self._mux(None))
        self._guarded(self._container.close)
        if self._encoding.container == "OPUS":
            fix_serial(self._atomic)

    def _guarded(self, call: Callable[[], None]) -> None:
        self._file.guarded(call, self._encoding.name, (self._av.FFmpegError, ValueError))

    def discard(self) -> None:
        """Ends the encoder without writing any more."""
        self._file.discarding = True
        if self._container is not None:
            with contextlib.suppress(self._av.FFmpegError, ValueError):
                self._container.close()
