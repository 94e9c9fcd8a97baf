"""The console as a Textual application: modes and wiring, nothing else."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import time
from collections.abc import Callable, Mapping
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.command import CommandPalette

from engine.errors import StemlatheError
from engine.link.records import Role
from engine.processes.launch import start
from tui.actions.keymap import load_keymap
from tui.application.command_line import CommandLine
from tui.application.compositor import MirroredApp
from tui.application.help_screen import HelpScreen
from tui.application.palette import ActionProvider
from tui.application.renditions import Renditions
from tui.application.surface import ConsoleSurface
from tui.controls.controls import Controls, all_actions
from tui.screen.output import Notice, Parts, Stage
from tui.view import Focus, View
from tui.work.console_services import Workbench

#: A line for the user stays so long, s.
_MESSAGE_S = 8.0
#: While something stands before the desk, or Textual draws it, so often a second.
_SLOW_FPS = 10.0


class Console(MirroredApp, inherit_bindings=False):
    """The console.

    Args:
        parts: what was made before Textual was imported.
        wishes: `device` and `deliverable` asked for on the command line.

    Attributes:
        newest: view, as the engine published it.
        controls: what keys, palette and command line do.
        own: what only the application does, by the names of its actions.
    """

    CSS = "Screen { layers: desk above; } Bridge { layer: desk; }"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, parts: Parts, wishes: Mapping[str, str]) -> None:
        self.stock = parts.stock
        self.mirror, self.renditions = parts.mirror, Renditions(parts.terminal.depth)
        self.entered, self.found = parts.found is not None, parts.found
        super().__init__()
        self.feed, self.looks = parts.feed, parts.looks
        self.newest = View()
        self.bench = Workbench()
        panels = self.bench.panels
        parts.picture.add(panels, self.bench.tour)
        keymap, self._problems = load_keymap(all_actions(panels))
        self.controls = Controls(ConsoleSurface(self), panels, keymap=keymap, read_only=parts.read_only)
        self.stage = Stage(parts, self.write)
        self.bridge, self._lane = self.stage.bridge, self.stage.lane
        self._focus, self._notice, self._due_s = Focus(), Notice(_MESSAGE_S), 0.0
        self._wishes = dict(wishes)
        self.line = CommandLine(self.controls.completions)
        self.own: Mapping[str, Callable[[str], None]] = {
            "leave": self._leave,
            "command": self._command,
            "palette": self._palette,
            "help": self._help,
            "tour": self._tour,
            "next_warning": self._next_warning,
            "repaint": self._repaint,
            "theme": self._next_theme,
            "restart": self._begin_restart,
        }

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
        self._show_theme()
        for problem in (*self.looks.problems, *self._problems):
            self.say(problem, "warning")
        # at once, and not after a line that is opened meanwhile: what is typed ahead may open one
        self.screen.set_focus(self.bridge)
        self._due_s = time.monotonic()
        self._frame()

    async def on_unmount(self) -> None:
        """Ends what nobody would see the end of."""
        await self.bench.close()

    def on_flood(self) -> None:
        """Nobody types so fast: a text was pasted where keys are meant."""
        self.say("more came in at once than anybody types: the rest was dropped", "warning")

    def on_answer(self) -> None:
        """The terminal has come so far."""
        self._lane.flow.answered(time.monotonic())
        if self.mirror.pending and self._loop is not None:
            self._loop.call_soon_threadsafe(self.send)  # there is room for more now

    def resumed(self) -> None:
        """Back in the foreground: everything is sent again."""
        super().resumed()
        self._lane.flow.restart(time.monotonic())

    def _frame(self) -> None:
        """A tick of the frame clock."""
        if not self._running:
            return
        now_s = time.monotonic()
        covered = len(self.screen_stack) > 1
        fps = min(self.stage.fps, _SLOW_FPS) if covered or self.stock else self._lane.pace.fps
        self._due_s = max(self._due_s + 1.0 / fps, now_s)
        asyncio.get_running_loop().call_later(self._due_s - now_s, self._frame)
        if self._lane.ready():
            self.show()

    def show(self, *, urgent: bool = False) -> None:
        """Draws this moment and sends what has changed.

        Args:
            urgent: it is the echo of a key.
        """
        if urgent:
            self.newest = self.feed.still(self._focus, self._notice.line)
        else:
            self._look()
        self.stage.draw(self.controls)
        self.stage.take(None if self.stock or self.is_headless else self.covering(self.bridge))
        self.send(urgent=urgent)

    def _look(self) -> None:
        """Takes in what the engine shows and says."""
        if self.feed.find_again():
            self._engine_is_back()
        for message in self.feed.answers():
            self.controls.answer(message)
        self.newest = self.feed.view(self._focus, self._notice.line)
        if self._wishes and self.newest.role is Role.CONTROLLER:
            self._send_wishes()
        self.bench.follow(self.newest, self.controls)

    def _send_wishes(self) -> None:
        """What the command line asked of an engine that runs already."""
        for name, value in self._wishes.items():
            command = "target" if name == "deliverable" else name
            self.controls.send(command, {name: value})
        self._wishes.clear()

    def send(self, *, urgent: bool = False) -> None:
        """Sends what the terminal does not show yet."""
        self._lane.send(urgent=urgent)

    def on_resize(self, event: events.Resize) -> None:
        """Another size: everything is drawn anew, and sent anew."""
        if self.stage.resize(*event.size):
            self.stage.draw(self.controls)

    async def on_event(self, event: events.Event) -> None:
        """Keys go to the desk unless something else is open."""
        if not isinstance(event, events.Key) or event.is_forwarded or self.screen is not self.bridge.screen:
            await super().on_event(event)
        elif self.line.is_open:
            self.line.keep_focus()
            if not self.line.take(event):
                await super().on_event(event)
        else:
            if event.key == "ctrl+z":
                self.action_suspend_process()
            else:
                self.controls.key(event.key)
            # of keys that come faster than they are drawn, the last one's effect is what matters
            if self._running and not self.message_queue_size:
                self.show(urgent=True)

    def on_command_line_closed(self) -> None:
        """Keys are the desk's again, unless another line was opened at once."""
        if not self.line.is_open:
            self.bridge.screen.set_focus(self.bridge)

    def move_focus(self, focus: Focus) -> None:
        """What the keys act on from now on."""
        self._focus = focus
        self.newest = dataclasses.replace(self.newest, focus=focus)

    def say(self, text: str, level: str) -> None:
        """Shows a line; `level` is `note`, `warning` or `error`."""
        self._notice.say(text, level)

    # what actions ask of the application: `own`

    def _leave(self, argument: str) -> None:
        """Leaves; the engine goes on."""
        self.exit()

    def _command(self, argument: str) -> None:
        """Takes a command line."""
        self.line.command(self.controls.line)

    def _palette(self, argument: str) -> None:
        """All actions, by search."""
        self.push_screen(CommandPalette(providers=[ActionProvider], placeholder="action …"))

    def _help(self, argument: str) -> None:
        """The keys that work here."""
        self.push_screen(HelpScreen(self.controls))

    def _tour(self, argument: str) -> None:
        """Hides the demo's tour, or goes on with it."""
        self.bench.tour.toggle()

    def _repaint(self, argument: str) -> None:
        """Clears the terminal and sends everything again: somebody else has written there."""
        self.write("\x1b[0m\x1b[2J")
        self.mirror.blank()
        self.stage.buffer.mark_all()
        self.bridge.refresh()

    def _next_warning(self, argument: str) -> None:
        """Shows the next of several warnings."""
        self.stage.next_warning()

    def _next_theme(self, argument: str) -> None:
        """Another theme by name; without one, the next."""
        names = sorted(self.looks.themes.by_name)
        name = argument.strip() or names[(names.index(self.looks.theme.name) + 1) % len(names)]
        try:
            self.looks.choose(name)
            self._show_theme()
            self.looks.keep()
        except StemlatheError as error:
            self.say(error.message, "error")
        else:
            self.say(f"theme {name}", "note")

    def _show_theme(self) -> None:
        self.stage.use(self.looks.palette)
        theme = self.looks.textual_theme()
        self.register_theme(theme)
        self.theme = theme.name

    def _begin_restart(self, argument: str) -> None:
        """Starts the engine again, beside the drawing, and attaches to it."""
        self.say("starting the engine …", "note")
        self.run_worker(self._restart(), exclusive=True)

    async def _restart(self) -> None:
        try:
            self.feed.use(await asyncio.to_thread(self.feed.restart, start))
        except StemlatheError as error:
            self.say(error.message, "error")
        else:
            self._engine_is_back()

    def _engine_is_back(self) -> None:
        self.controls.pending.forget()
        self.say("the engine is back, in the state it was left in", "note")
