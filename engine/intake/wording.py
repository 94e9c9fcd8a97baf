"""Figures as findings word them."""

from __future__ import annotations

from engine.units import seconds_text


def place_text(frame: int, sample_rate: int) -> str:
    """A place in a file: `0:12.3 (frame 590400)`."""
    return f"{seconds_text(frame / sample_rate)} (frame {frame})"
