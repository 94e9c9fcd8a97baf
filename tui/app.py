"""The console as a Textual application: modes and wiring, nothing else."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult

from engine.errors import StemlatheError
from engine.link.client import Health
from tui.commandline import CommandLine
from tui.display.bridge import Bridge
from tui.display.cells import CellBuffer, Span
from tui.display.compositor import MirroredApp, Renditions
from tui.display.lane import Lane
from tui.display.mirror import Mirror
from tui.display.terminal import Terminal
from tui.feed import Feed
from tui.looks import Looks
from tui.picture import Picture
from tui.view import Focus, View

#: A line for the user stays so long, s.
_MESSAGE_S = 8.0
#: While something stands before the desk, or Textual draws it, so often a second.
_SLOW_FPS = 10.0


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
    """

    feed: Feed
    looks: Looks
    terminal: Terminal
    buffer: CellBuffer
    mirror: Mirror
    picture: Picture
    found: list[Any] | None = None
    stock: bool = False


class Console(MirroredApp, inherit_bindings=False):
    """The console.

    Args:
        parts: see there.
    """

    CSS = "Screen { layers: desk above; } Bridge { layer: desk; }"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, parts: Parts) -> None:
        self.stock = parts.stock
        self.mirror, self.renditions = parts.mirror, Renditions(parts.terminal.depth)
        self.entered, self.found = parts.found is not None, parts.found
        super().__init__()
        self.feed, self.looks, self.picture = parts.feed, parts.looks, parts.picture
        self.focus_now = Focus()
        self._buffer, self._canvas = parts.buffer, parts.buffer.canvas
        self._fps = parts.looks.settings.frames_per_second(capped=parts.terminal.multiplexed)
        palette = parts.looks.palette
        self._lane = Lane(parts.buffer, parts.mirror, palette, self.write, self._fps, asking=not parts.stock)
        self.bridge = Bridge(parts.buffer, palette)
        self._message, self._message_s = ("", ""), 0.0
        self._view = View()
        self._due_s = 0.0
        self.line = CommandLine()

    def compose(self) -> ComposeResult:
        """The desk, and a line to type in that is there when it is needed."""
        yield self.bridge
        yield self.line

    def on_mount(self) -> None:
        """Takes signals and begins to draw."""
        if self.is_headless:
            self._lane.flow.asking = False
        else:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) is not signal.SIG_IGN:
                    loop.add_signal_handler(number, self.exit)
        self.use_theme(self.looks.theme.name, keep=False)
        for problem in self.looks.problems:
            self.say(problem, "warning")
        self.bridge.focus()
        self._due_s = time.monotonic()
        self._frame()

    def on_answer(self) -> None:
        """The terminal has come so far."""
        self._lane.flow.answered(time.monotonic())

    def _frame(self) -> None:
        """A tick of the frame clock."""
        if not self._running:
            return
        now_s = time.monotonic()
        covered = len(self.screen_stack) > 1
        fps = min(self._fps, _SLOW_FPS) if covered or self.stock else self._lane.pace.fps
        self._due_s = max(self._due_s + 1.0 / fps, now_s)
        asyncio.get_running_loop().call_later(self._due_s - now_s, self._frame)
        if self._lane.ready():
            self.show()

    def show(self, *, urgent: bool = False) -> None:
        """Draws this moment and sends what has changed.

        Args:
            urgent: it is the echo of a key.
        """
        if self._message[0] and time.monotonic() - self._message_s > _MESSAGE_S:
            self._message = ("", "")
        if self.feed.find_again():
            self.say("the engine is back", "note")
        self._view = self.feed.view(self.focus_now, self._message)
        self.picture.answers(self.feed.answers())
        self.picture.draw(self._canvas, self._view)
        regions = None if self.stock else self.covering(self.bridge)
        if regions is None:
            if self.bridge.screen is self.screen or self.is_headless or len(self.screen_stack) > 1:
                self.bridge.refresh_spans(self._buffer.take_changes())
            return
        hidden = _hidden_by(regions) if regions else None
        left = self._lane.collect(hidden)
        if left:
            self.bridge.refresh_spans(left)
        self.send(urgent=urgent)

    def send(self, *, urgent: bool = False) -> None:
        """Sends what the terminal does not show yet."""
        self._lane.send(urgent=urgent)

    def on_resize(self, event: events.Resize) -> None:
        """Another size: everything is drawn anew, and sent anew."""
        width, height = event.size
        if (width, height) != (self._buffer.width, self._buffer.height):
            self._buffer.resize(width, height)
            self._canvas = self._buffer.canvas
            self.picture.draw(self._canvas, self._view)

    def on_key(self, event: events.Key) -> None:
        """Every key that no dialog takes."""
        if self.screen is not self.bridge.screen or self.line.is_open:
            return
        event.stop()
        event.prevent_default()
        if event.key == "ctrl+c":
            self.say("ctrl+c stops nothing: q leaves and the engine plays on, Q ends the engine", "note")
        elif event.key == "ctrl+z":
            self.action_suspend_process()
            return
        else:
            lost = self._view.health is Health.GONE
            self.picture.key(event.key, self.focus_now.panel, lost=lost)
        if self._running:
            self.show(urgent=True)

    # what the controls need of an application (tui.controls.surface.Surface)

    def view(self) -> View:
        """The newest view."""
        return self._view

    def send_command(self, kind: str, payload: Mapping[str, Any], revision: int | None) -> int:
        """Sends a command to the engine; returns its id."""
        return self.feed.send(kind, payload, revision)

    def set_focus_to(self, focus: Focus) -> None:
        """What the keys act on from now on."""
        self.focus_now = focus

    def say(self, text: str, level: str) -> None:
        """Shows a line; `level` is `note`, `warning` or `error`."""
        self._message, self._message_s = (text, level), time.monotonic()

    def ask(self, prompt: str, initial: str, callback: Callable[[str], None]) -> None:
        """Asks for a line; the callback is not called when the user thinks better of it."""
        self.line.open(prompt, initial, callback)

    def closed_line(self) -> None:
        """The line to type in is gone: keys are the desk's again."""
        self.bridge.focus()
        self.show(urgent=True)

    def restart_engine(self, start: Callable[[], Any]) -> None:
        """Starts the engine again, beside the drawing, and attaches to it."""
        self.say("starting the engine …", "note")

        async def work() -> None:
            try:
                self.feed.use(await asyncio.to_thread(start))
                self.say("the engine is back, in the state it was left in", "note")
            except StemlatheError as error:
                self.say(error.message, "error")

        self.run_worker(work(), exclusive=True)

    def use_theme(self, name: str, *, keep: bool = True) -> None:
        """Shows another theme, and keeps the choice."""
        self.looks.choose(name)
        palette = self._lane.palette = self.looks.palette
        self.bridge.use(palette)
        theme = self.looks.textual_theme()
        self.register_theme(theme)
        self.theme = theme.name
        if keep:
            try:
                self.looks.keep()
            except StemlatheError as error:
                self.say(error.message, "warning")


def _hidden_by(regions: list[Any]) -> Callable[[Span], bool]:
    def hidden(span: Span) -> bool:
        return any(
            region.y <= span.row < region.bottom and region.x < span.end and span.begin < region.right
            for region in regions
        )

    return hidden
