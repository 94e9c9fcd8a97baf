"""What the engine finds out while the song plays, in a process of its own (`Background`)."""

from engine.live.background.client import Background

__all__ = ["Background"]
