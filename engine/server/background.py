"""What the control loop asks of the work that takes long (`engine.live.background`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from engine.session.model import Session


class Background(Protocol):
    """Whoever does the long work, elsewhere. No call waits."""

    def submit(
        self,
        session: Session,
        text: str,
        revision: int,
        target: str | None,
        version: str,
        track: Path | None = None,
    ) -> None:
        """Takes note of what is played now; the newest counts."""

    def poll(self) -> list[Any]:
        """What has been found since the last call: results that say which revision they are for."""

    def close(self) -> None:
        """Ends all work."""


def make_background() -> Background:
    """The one that the engine uses: a process of its own, started when it gets something to do."""
    from engine.live.background import Background as Process

    return Process()
