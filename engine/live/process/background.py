"""What the control loop asks of the work that takes long, and where its results come in."""

from __future__ import annotations

from typing import Any, Protocol

from engine.session.model import Session


class Background(Protocol):
    """Whoever does the long work, elsewhere. No call waits."""

    def submit(self, session: Session, text: str, revision: int, target: str | None, version: str) -> None:
        """Takes note of what is played now; the newest counts."""

    def poll(self) -> list[Any]:
        """What has been found since the last call: results that say which revision they are for."""

    def close(self) -> None:
        """Ends all work."""


class NoBackground:
    """Finds nothing out."""

    def submit(self, session: Session, text: str, revision: int, target: str | None, version: str) -> None:
        """Takes no note."""

    def poll(self) -> list[Any]:
        """Nothing."""
        return []

    def close(self) -> None:
        """There is nothing to end."""


def make_background() -> Background:
    """The one that the engine uses."""
    return NoBackground()
