"""What every overlay is: a place on the screen, a picture, and what a key does."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from tui.display.cells import Canvas

#: What is done once an overlay has closed.
Then = Callable[[], None]


class Place(NamedTuple):
    """Where it stands, in cells from the upper left corner."""

    x: int
    y: int
    width: int
    height: int


class Overlay(Protocol):
    """Something before the desk."""

    def place(self, width: int, height: int) -> Place:
        """Where it wants to stand on a screen of that size."""

    def draw(self, canvas: Canvas) -> None:
        """Draws itself onto a blank canvas of that size."""

    def key(self, key: str, character: str | None) -> Then | None:
        """Takes a key; None: it stays open, else what is to be done once it is closed."""

    def paste(self, text: str) -> None:
        """Takes pasted text."""


def nothing() -> None:
    """What is done where somebody thought better of it."""


def box(width: int, height: int, wanted_width: int, wanted_height: int) -> Place:
    """A box in the middle of a screen, two cells from its edges where it would be larger."""
    box_width = max(1, min(wanted_width, width - 4))
    box_height = max(1, min(wanted_height, height - 2))
    return Place((width - box_width) // 2, (height - box_height) // 2, box_width, box_height)


def frame(canvas: Canvas, title: str, foot: str = "") -> Canvas:
    """Draws a border with a title, and keys at its foot; returns what lies inside."""
    style, width, height = "border on panel", canvas.width, canvas.height
    canvas.fill(0, 0, width, height, " ", "text on panel")
    if width < 4 or height < 3:
        return canvas
    canvas.put(0, 0, f"┌{'─' * (width - 2)}┐", style)
    canvas.put(0, height - 1, f"└{'─' * (width - 2)}┘", style)
    for row in range(1, height - 1):
        canvas.put(0, row, "│", style)
        canvas.put(width - 1, row, "│", style)
    canvas.put(2, 0, f" {title} ", "title on panel", min(len(title) + 2, width - 4))
    if foot:
        canvas.put(2, height - 1, f" {foot} ", "dim on panel", min(len(foot) + 2, width - 4))
    return canvas.part(2, 1, width - 4, height - 2)
