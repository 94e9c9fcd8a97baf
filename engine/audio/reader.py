"""What reads one kind of audio file."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.audio.layout import Layout


class Reader(Protocol):
    """The reader of one open file. Frames asked for always lie inside the file.

    Attributes as of `engine.audio.source.AudioSource`; `declared_frames` is what the header promises,
    `is_compressed` says that samples of `subtype` take fewer bytes than they have.
    """

    sample_rate: int
    channels: int
    frames: int
    declared_frames: int
    subtype: str
    bits: int | None
    time_reference: int | None
    is_compressed: bool
    layout: Layout | None
    notes: tuple[str, ...]

    def read(self, start_frame: int, out: NDArray[np.float64], first_column: int, columns: int) -> int:
        """Fills `out[:, first_column:first_column + columns]`; returns how many values are not finite."""

    def close(self) -> None:
        """Lets go of the file."""
