"""Between a view and the screen: draws it, and sends what has changed the shortest way there is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from textual.geometry import Region

from tui.actions.help import footer
from tui.actions.keys import key_label
from tui.application.bridge import Bridge
from tui.controls.asking import gesture_of
from tui.controls.controls import Controls
from tui.display.cells import CellBuffer, Span
from tui.display.lane import Lane
from tui.display.layers import Layers
from tui.display.mirror import Mirror
from tui.display.styles import Palette
from tui.display.terminal import Terminal
from tui.feed import Feed
from tui.looks.looks import Looks
from tui.overlay.overlay import Overlay
from tui.overlay.which_key import PAUSE_S, WhichKey
from tui.screen.layout import Footer
from tui.screen.router import Picture
from tui.view import View


@dataclass
class Parts:
    """What the console is put together from; made before Textual is imported.

    Attributes:
        feed: the engine.
        looks: themes and settings.
        terminal: what it can do.
        buffer: what is drawn on.
        mirror: what the terminal shows already.
        picture: draws.
        found: the terminal's settings to go back to.
        stock: Textual's own screen.
        read_only: look, but touch nothing.
        asked_signs: the terminal was asked whether it is in UTF-8 (`tui.display.plain_glyphs`).
    """

    feed: Feed
    looks: Looks
    terminal: Terminal
    buffer: CellBuffer
    mirror: Mirror
    picture: Picture
    found: list[Any] | None = None
    stock: bool = False
    read_only: bool = False
    asked_signs: bool = False


#: On a smaller screen the keys of an overlay work, but it is not drawn.
_SMALLEST_OVERLAY = (20, 4)


class Stage:
    """The picture, the grid it is drawn on, and the two ways from there to the terminal.

    Args:
        parts: what was made before.
        write: puts a text on its way to the terminal.

    Attributes:
        bridge: the widget that shows the grid.
        lane: the short way.
        buffer: the grid.
        fps: frames per second on a link that carries them.
    """

    def __init__(self, parts: Parts, write: Callable[[str], None]) -> None:
        looks = parts.looks
        self.fps = looks.settings.frames_per_second(capped=parts.terminal.multiplexed)
        self._layers = Layers(parts.buffer)
        self.lane = Lane(self._layers, parts.mirror, looks.palette, write, self.fps, asking=not parts.stock)
        self.bridge = Bridge(self._layers, looks.palette)
        self._picture, self.buffer = parts.picture, parts.buffer
        self._canvas = parts.buffer.canvas
        self._footer: tuple[Any, Footer] = (None, Footer())

    def draw(self, controls: Controls, overlay: Overlay | None = None) -> None:
        """Draws what is now, and what stands before it."""
        view = controls.view
        self._picture.draw(self._canvas, view, self._footer_of(view, controls))
        width, height = self.buffer.width, self.buffer.height
        if overlay is None and controls.prefix and time.monotonic() - controls.prefix_since_s >= PAUSE_S:
            box = WhichKey(controls)
            box.draw(self._layers.show(*box.place(width, height)))
        elif overlay is None or width < _SMALLEST_OVERLAY[0] or height < _SMALLEST_OVERLAY[1]:
            self._layers.hide()
        else:
            overlay.draw(self._layers.show(*overlay.place(width, height)))

    def next_warning(self) -> None:
        """Shows the next of several warnings in the next frame."""
        self._picture.next_warning()

    def _footer_of(self, view: View, controls: Controls) -> Footer:
        """Keys that work here; rebuilt only when something of it may have changed."""
        gesture = gesture_of(controls.panels.get(view.focus.panel), view)
        key = (view.focus.panel, view.role, view.health, controls.prefix, gesture)
        if self._footer[0] != key:
            restart = controls.keymap.keys("restart")
            words = gesture or footer(controls.keymap, view, controls.prefix)
            following = controls.keymap.keys("next_warning")
            self._footer = (
                key,
                Footer(
                    words,
                    restart[0] if restart else ":restart",
                    ":take-over",
                    key_label(following[0]) if following else ":next-warning",
                ),
            )
        return self._footer[1]

    def take(self, covering: Sequence[Region] | None) -> None:
        """Tells what has changed: the short way, and Textual where something stands before the grid.

        Args:
            covering: what does; None: perhaps all of it is covered, or Textual has the screen.
        """
        if covering is None:
            self.bridge.refresh_spans(self._layers.take_changes())
            return
        left = self.lane.collect(_hidden_by(covering) if covering else None)
        if left:
            self.bridge.refresh_spans(left)

    def resize(self, width: int, height: int) -> bool:
        """Takes another size; whether it is another."""
        if (width, height) == (self.buffer.width, self.buffer.height):
            return False
        self._layers.hide()
        self.buffer.resize(width, height)
        self._canvas = self.buffer.canvas
        return True

    def use(self, palette: Palette) -> None:
        """Takes other colours."""
        self.lane.palette = palette
        self._layers.mark_all()
        self.bridge.use(palette)


class Notice:
    """The newest line for the user, for a while.

    Args:
        seconds: how long it stays.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._line, self._since_s = ("", ""), 0.0

    def say(self, text: str, level: str) -> None:
        """A new line; `level` is `note`, `warning` or `error`."""
        self._line, self._since_s = (text, level), time.monotonic()

    @property
    def line(self) -> tuple[str, str]:
        """Text and level; empty when there is none any more."""
        if self._line[0] and time.monotonic() - self._since_s > self._seconds:
            self._line = ("", "")
        return self._line


def _hidden_by(regions: Sequence[Region]) -> Callable[[Span], bool]:
    def hidden(span: Span) -> bool:
        return any(
            region.y <= span.row < region.bottom and region.x < span.end and span.begin < region.right
            for region in regions
        )

    return hidden
