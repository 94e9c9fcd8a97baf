"""Which writer serves which container."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.files import AtomicFile
from engine.session.encodings import Encoding


class Sink(Protocol):
    """Encodes samples into a file that is open. Exactly one of `finish` and `discard` ends it."""

    def write_integers(self, integers: NDArray[np.int32]) -> None:
        """Appends `(frames, channels)` integers of the word length: encodings that are dithered."""

    def write_floats(self, samples: NDArray[np.float64]) -> None:
        """Appends `(frames, channels)` float64: all other encodings."""

    def finish(self) -> None:
        """Completes the file."""

    def discard(self) -> None:
        """Lets go of everything without writing any more."""


#: Most frames a sink is handed at once; keeps the working memory in a core's cache.
BLOCK_FRAMES = 4096

#: Makes the sink of a file from its encoding, sample rate and channels.
Opener = Callable[[AtomicFile, Encoding, int, int], Sink]


def _sndfile(file: AtomicFile, encoding: Encoding, sample_rate: int, channels: int) -> Sink:
    from engine.audio.sndfile_write import SndfileSink

    return SndfileSink(file, encoding, sample_rate, channels)


def _av(file: AtomicFile, encoding: Encoding, sample_rate: int, channels: int) -> Sink:
    from engine.audio.av_write import AvSink

    return AvSink(file, encoding, sample_rate, channels)


def _wav(file: AtomicFile, encoding: Encoding, sample_rate: int, channels: int) -> Sink:
    from engine.audio.wav_write import WavFormat, WavSink

    return WavSink(file, WavFormat(sample_rate, channels, encoding.bits), BLOCK_FRAMES)


#: By container.
_OPENERS: Mapping[str, Opener] = MappingProxyType(
    {
        "WAV": _wav,
        "FLAC": _sndfile,
        "AIFF": _sndfile,
        "VORBIS": _sndfile,
        "MP3": _av,
        "M4A": _av,
        "OPUS": _av,
    }
)


def open_sink(file: AtomicFile, encoding: Encoding, sample_rate: int, channels: int) -> Sink:
    """The sink that writes an encoding.

    Raises:
        InputError: kind `encoding`: it cannot hold this rate or number of channels; kind
            `codecs_missing`.
        MachineError: the encoder or the system refused.
    """
    if not encoding.takes_rate(sample_rate):
        raise InputError(
            f"{file.path}: {encoding.name} cannot hold {sample_rate} Hz: "
            f"set sample_rate = {encoding.nearest_rate(sample_rate)}",
            kind="encoding",
            path=file.path,
        )
    return _OPENERS[encoding.container](file, encoding, sample_rate, channels)
