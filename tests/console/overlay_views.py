"""Prompts, questions, lists and help as text."""

from __future__ import annotations

from tui.display.cells import CellBuffer
from tui.overlay.overlay import Overlay


def shown(overlay: Overlay, width: int = 80, height: int = 24) -> list[str]:
    """Its rows on a screen of that size."""
    place = overlay.place(width, height)
    assert place.x >= 0
    assert place.x + place.width <= width
    assert place.y >= 0
    assert place.y + place.height <= height
    buffer = CellBuffer(place.width, place.height)
    overlay.draw(buffer.canvas)
    return buffer.text().splitlines()
