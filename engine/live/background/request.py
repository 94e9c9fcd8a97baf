"""What the background is asked to look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Order:
    """A state of the live session.

    Attributes:
        text: of the live session, TOML.
        path: absolute path of the session file; file names in `text` are relative to it.
        revision: of the live session.
        target: name of the chosen deliverable; None: none.
        version: of the song that plays.
        track: another file that is compared with, besides the session's references; None: none is.
    """

    text: str
    path: Path
    revision: int
    target: str | None
    version: str
    track: Path | None = None
