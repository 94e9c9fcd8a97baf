"""What a reader of an audio file is told before a single sample of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class AudioFile:
    """The form of one file; what else is known of it is added by reports.

    Attributes:
        path: the file.
        sample_rate: Hz.
        channels: of the file; how they are taken, the report says.
        frames: length.
        duration_s: the same in seconds.
        subtype: sample coding under libsndfile's name.
    """

    path: Path
    sample_rate: int
    channels: int
    frames: int
    duration_s: float
    subtype: str
