"""Figures as findings word them."""

from __future__ import annotations

from engine.units import seconds_text


def db_text(level_db: float, digits: int = 1) -> str:
    """A level with a real minus sign, without its unit; `−∞` for silence."""
    return f"{level_db:.{digits}f}".replace("-", "−").replace("inf", "∞")


def place_text(frame: int, sample_rate: int) -> str:
    """A place in a file: `0:12.3 (frame 590400)`."""
    return f"{seconds_text(frame / sample_rate)} (frame {frame})"
