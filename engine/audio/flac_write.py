"""Writes FLAC through libsndfile, from integers that are already quantised.

libsndfile reports a full disk as "unspecified error" or, while closing, not at all. It therefore
writes through a stream object that keeps the error of the system.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError, MachineError
from engine.files import AtomicFile

#: Largest sample rate a FLAC stream can state (RFC 9639, clause 8.2) and largest channel count.
_MAX_SAMPLE_RATE = 655_350
_MAX_CHANNELS = 8


class _Stream:
    """The file as libsndfile sees it.

    No exception leaves it, it would be lost in the callback, and no short count, which soundfile
    answers with an assertion: after an error everything goes nowhere until `FlacSink` raises it.
    """

    def __init__(self, file: AtomicFile) -> None:
        self._file = file
        self.error: BaseException | None = None
        self.discarding = False

    def write(self, data: Any) -> int:
        view = memoryview(data)
        if not self.discarding:
            try:
                self._file.write(view)
            except BaseException as error:  # also an interruption by the user
                self.error = error
                self.discarding = True
        return view.nbytes

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return 0 if self.discarding else os.lseek(self._file.descriptor, offset, whence)

    def tell(self) -> int:
        return self.seek(0, os.SEEK_CUR)

    def read(self, count: int) -> bytes:
        return os.read(self._file.descriptor, count)


class FlacSink:
    """Encodes integers into an open file; `finish` completes the stream and its MD5 sum.

    Args:
        file: where to.
        sample_rate: Hz, at most 655 350.
        channels: at most 8.
        bits: 16 or 24.

    Raises:
        InputError: kind `encoding`: FLAC cannot hold this rate or channel count.
    """

    def __init__(self, file: AtomicFile, sample_rate: int, channels: int, bits: int) -> None:
        if sample_rate > _MAX_SAMPLE_RATE or channels > _MAX_CHANNELS:
            raise InputError(
                f"{file.path}: FLAC cannot hold {channels} channels at {sample_rate} Hz: "
                "choose a WAV encoding",
                kind="encoding",
                path=file.path,
            )
        self._path = file.path
        self._shift = 32 - bits
        self._stream = _Stream(file)
        self._encoder: Any = None
        self._guarded(lambda: self._open(sample_rate, channels, f"PCM_{bits}"))

    def _open(self, sample_rate: int, channels: int, subtype: str) -> None:
        import soundfile

        self._encoder = soundfile.SoundFile(
            self._stream, "w", samplerate=sample_rate, channels=channels, format="FLAC", subtype=subtype
        )

    def write_integers(self, integers: NDArray[np.int32]) -> None:
        """Appends `(frames, channels)` integers of the stream's word length.

        libsndfile takes them in the upper bits of 32, from where it shifts them back exactly.
        """
        self._guarded(lambda: self._encoder.write(integers << self._shift))

    def finish(self) -> None:
        """Flushes the encoder and rewrites the stream's header."""
        self._guarded(self._encoder.close)

    def _guarded(self, call: Callable[[], None]) -> None:
        """Raises the system's own error after `call`, or the encoder's."""
        try:
            call()
        except RuntimeError as error:
            if self._stream.error is None:
                raise MachineError(
                    f"{self._path}: the FLAC encoder failed ({error}): choose a WAV encoding",
                    kind="encoder",
                    path=self._path,
                ) from error
        if self._stream.error is not None:
            raise self._stream.error

    def discard(self) -> None:
        """Ends the encoder without writing any more."""
        self._stream.discarding = True
        with contextlib.suppress(RuntimeError):  # an encoder that failed before may fail to end, too
            self._encoder.close()
