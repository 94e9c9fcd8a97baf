"""Two mono files in place of one stereo file: the same samples, left and right apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.audio.sinks import Sink
from engine.files import AtomicFile


class FilePair:
    """Two files that appear one after the other when both are whole (as `engine.files.AtomicFile`).

    Args:
        files: left and right.
    """

    def __init__(self, files: Sequence[AtomicFile]) -> None:
        self.path = files[0].path
        self._files = tuple(files)

    def commit(self) -> None:
        """Puts both in their places.

        Raises:
            MachineError: the system refused.
        """
        for file in self._files:
            file.put_in_place()
        for file in self._files:
            file.sync_folder()

    def abort(self) -> None:
        """Removes what was written; does nothing after `commit`."""
        for file in self._files:
            file.abort()


class PairSink:
    """Hands the left column to one sink of one channel and the right column to another.

    Args:
        sinks: left and right.
    """

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)

    def write_integers(self, integers: NDArray[np.int32]) -> None:
        """Appends `(frames, 2)` integers."""
        for column, sink in enumerate(self._sinks):
            sink.write_integers(np.ascontiguousarray(integers[:, column : column + 1]))

    def write_floats(self, samples: NDArray[np.float64]) -> None:
        """Appends `(frames, 2)` float64."""
        for column, sink in enumerate(self._sinks):
            sink.write_floats(np.ascontiguousarray(samples[:, column : column + 1]))

    def finish(self) -> None:
        """Completes both."""
        for sink in self._sinks:
            sink.finish()

    def discard(self) -> None:
        """Lets go of both."""
        for sink in self._sinks:
            sink.discard()
