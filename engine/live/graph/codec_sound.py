"""A file with what a codec made of the master."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CodecSound:
    """What came back from a codec.

    Attributes:
        path: WAV at the session's rate.
        start_s: where in the song its first frame belongs.
    """

    path: Path
    start_s: float
