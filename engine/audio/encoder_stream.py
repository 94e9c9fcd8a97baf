"""The file as an encoder library sees it: an error of the system is kept, not lost in a callback.

libsndfile reports a full disk as "unspecified error" or, while closing, not at all; FFmpeg as an
input/output error. So both write through this object, and whoever drives them raises what it kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from engine.errors import MachineError
from engine.files import AtomicFile


class EncoderStream:
    """A file object over an `AtomicFile` from which no exception leaves.

    It never returns a short count either, which soundfile answers with an assertion: after an error
    everything goes nowhere until `guarded` raises it.

    Args:
        file: where the bytes go.

    Attributes:
        error: the first error of the system, or an interruption by the user.
        discarding: whether what is written goes nowhere.
    """

    def __init__(self, file: AtomicFile) -> None:
        self._file = file
        self.error: BaseException | None = None
        self.discarding = False

    def write(self, data: Any) -> int:
        """Appends bytes at the current position."""
        view = memoryview(data)
        if not self.discarding:
            try:
                self._file.write(view)
            except BaseException as error:  # also an interruption by the user
                self.error = error
                self.discarding = True
        return view.nbytes

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves the position."""
        return 0 if self.discarding else os.lseek(self._file.descriptor, offset, whence)

    def tell(self) -> int:
        """The position."""
        return self.seek(0, os.SEEK_CUR)

    def read(self, count: int) -> bytes:
        """Bytes from the position on."""
        return os.read(self._file.descriptor, count)

    def guarded(self, call: Callable[[], None], encoder: str, failures: tuple[type[Exception], ...]) -> None:
        """Raises the system's own error after `call`, or the encoder's.

        Args:
            call: drives the encoder.
            encoder: its name for the message.
            failures: what the library raises.

        Raises:
            MachineError: kind `encoder`: it failed without an error of the system.
        """
        try:
            call()
        except failures as error:
            if self.error is None:
                raise MachineError(
                    f"{self._file.path}: the {encoder} encoder failed ({error}): choose a WAV encoding",
                    kind="encoder",
                    path=self._file.path,
                ) from error
        if self.error is not None:
            raise self.error
