"""The console as a Textual application: modes and wiring, nothing else."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult

from engine.errors import StemlatheError
from engine.link.records import Role
from engine.processes.client import attach_to
from engine.processes.launch import start
from engine.processes.recent import note_session
from tui.actions.keymap import load_keymap
from tui.application.compositor import MirroredApp
from tui.application.driver import Terminal
from tui.application.own_actions import OwnActions
from tui.application.renditions import Renditions
from tui.application.surface import ConsoleSurface
from tui.controls.controls import Controls, all_actions
from tui.display.clipboard import clipboard_sequence
from tui.display.plain_glyphs import CURE
from tui.feed import Feed
from tui.overlay.overlay import Overlay
from tui.screen.output import Notice, Parts, Stage
from tui.settings import settings_path
from tui.view import Focus, View
from tui.work.console_services import Workbench
from tui.work.opening import leave_and_open

#: How long a line for the user stays, s.
_MESSAGE_S = 8.0
#: How long a terminal may take to tell its background until it is taken for one that does not, s.
_ANSWER_S = 1.0
#: How long the thread that reads keys waits for the one that draws, s (5 ms by default).
_SWITCH_S = 0.0005
#: Turns of the loop that a frame waits for a key on its way from thread to application: some three or four.
_KEY_HOPS = 12
#: Frame rate while an overlay covers the desk or Textual draws it.
_SLOW_FPS = 10.0


class Console(MirroredApp, inherit_bindings=False):
    """The console.

    Args:
        parts: what was made before Textual was imported.
        wishes: `device` and `deliverable` asked for on the command line.
        focus: to begin with.

    Attributes:
        newest: view, as the engine published it.
        controls: what keys, palette and command line do.
        own: what only the application does, by the names of its actions.
        overlay: what stands before the desk and takes the keys; None: nothing does.
    """

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, parts: Parts, wishes: Mapping[str, str], focus: Focus | None = None) -> None:
        self.stock = parts.stock
        self.mirror, self.renditions = parts.mirror, Renditions(parts.terminal.depth)
        self.entered, self.found = parts.found is not None, parts.found
        self.asked_signs = parts.asked_signs
        super().__init__()
        self.feed, self.looks = parts.feed, parts.looks
        self.newest = View()
        self.bench = Workbench()
        panels = self.bench.panels
        self._picture = parts.picture
        self._picture.add(panels, self.bench.tour)
        keymap, self._problems = load_keymap(all_actions(panels))
        self.controls = Controls(ConsoleSurface(self), panels, keymap=keymap, read_only=parts.read_only)
        self.stage = Stage(parts, self.write)
        self.bridge, self._lane = self.stage.bridge, self.stage.lane
        self._focus, self._notice, self._due_s = focus or Focus(), Notice(_MESSAGE_S), 0.0
        self._wishes = dict(wishes)
        self._multiplexer = parts.terminal.multiplexer
        self._background: bool | None = None
        self.overlay: Overlay | None = None
        self.own = OwnActions(self).by_name()

    def compose(self) -> ComposeResult:
        """The desk; what stands before it is drawn on the same cells."""
        yield self.bridge

    def on_mount(self) -> None:
        """Takes signals and begins to draw."""
        sys.setswitchinterval(_SWITCH_S)
        if self.is_headless:
            self._lane.flow.asking = False
        else:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) is not signal.SIG_IGN:
                    loop.add_signal_handler(number, self.exit)
        self.show_theme()
        if self.looks.asks_background and isinstance(self._driver, Terminal):
            self._driver.ask_background()
            self.set_timer(_ANSWER_S, lambda: self.on_background(None))
        for problem in (*self.looks.problems, *self._problems):
            self.say(problem, "warning")
        self._due_s = time.monotonic()
        self._frame()

    async def on_unmount(self) -> None:
        """Ends what nobody would see the end of."""
        await self.bench.close()
        self.feed.close()

    def on_background(self, light: bool | None) -> None:
        """The terminal's own sixteen colours are taken such that they are seen; None: it has not answered."""
        told = self._background is not None
        self._background = light if light is not None else self._background
        if not (told and light is None) and self.looks.background_is(light):
            self.show_theme()

    def on_signs(self, utf8: bool) -> None:
        """Nobody has set a locale, and the terminal is not in UTF-8: plain signs, and how that is mended."""
        if not utf8:
            self.looks.take_plain_signs()
            self.show_theme()
            # our signs' bytes may have begun a string, which swallows what follows, or a guarded area, which
            # no clearing clears: both are ended, and every cell is written anew, the blank ones too
            self.write("\x18\x1b\\\x1bW\x1b[0m")
            self.mirror.want_nothing()
            self.mirror.forget()
            self.stage.buffer.mark_all()
            self.bridge.refresh()
            self.say(CURE, "warning")

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
            self._look()
            self._go_on(self._draw_frame, self.newest)

    def _go_on(self, part: Callable[..., None], *given: Any, hops: int = _KEY_HOPS) -> None:
        """Goes on with a frame: after the keys that have come meanwhile, else at once."""
        if hops and self.keys_come:
            asyncio.get_running_loop().call_soon(lambda: self._go_on(part, *given, hops=hops - 1))
        elif self._running:
            part(*given)

    def _draw_frame(self, looked: View) -> None:
        # a key may have drawn its echo meanwhile, without the meters' maxima: they are still to be shown
        focus, message = self._focus, self._notice.line
        if looked.focus is not focus or looked.message != message:
            looked = dataclasses.replace(looked, focus=focus, message=message)
        self.newest = looked
        self.stage.draw(self.controls, self.overlay)
        self._go_on(self._send_frame)

    def _send_frame(self) -> None:
        self._take()
        self.send()

    def show(self, *, urgent: bool = False) -> None:
        """Draws this moment and sends what has changed.

        Args:
            urgent: it is the echo of a key.
        """
        if urgent:
            self.newest = self.feed.still(self._focus, self._notice.line)
        else:
            self._look()
        self.stage.draw(self.controls, self.overlay)
        self._take()
        self.send(urgent=urgent)

    def _take(self) -> None:
        self.stage.take(None if self.stock or self.is_headless else self.covering(self.bridge))

    def _look(self) -> None:
        """Takes in what the engine shows and says."""
        if self.feed.find_again():
            self._engine_is_back()
        for message in self.feed.answers():
            self.controls.answer(message)
        self.newest = self.feed.view(self._focus, self._notice.line)
        if self._wishes and self.newest.role is Role.CONTROLLER:
            self._send_wishes()
        self.bench.follow(self.newest, self.controls, self.size.width)

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
        """Another size: everything is redrawn and sent again."""
        if self.stage.resize(*event.size):
            self.stage.draw(self.controls, self.overlay)

    async def on_event(self, event: events.Event) -> None:
        """Keys go to what stands before the desk, else to the desk; no widget of Textual ever hears them."""
        if isinstance(event, events.Key | events.Paste):
            self.key_handled()
        if isinstance(event, events.Key):
            if event.key == "ctrl+z":
                self.action_suspend_process()
            elif self.overlay is not None:
                self._key_before_the_desk(self.overlay, event)
            else:
                self.controls.key(event.key)
        elif isinstance(event, events.Paste):
            if self.overlay is not None:
                self.overlay.paste(event.text)
            else:
                self.say("pasted text means nothing here: : opens the command line", "note")
        else:
            await super().on_event(event)
            return
        # of keys that come faster than they are drawn, the last one's effect is what matters
        if self._running and not self.keys_wait:
            self.show(urgent=True)

    def _key_before_the_desk(self, overlay: Overlay, event: events.Key) -> None:
        then = overlay.key(event.key, event.character)
        if then is not None:
            self.overlay = None
            then()

    def open(self, overlay: Overlay) -> None:
        """Puts something before the desk, which takes the keys from now on."""
        self.overlay = overlay

    def copy(self, text: str) -> str:
        """Asks the terminal to put a text on its clipboard; returns why not, "" where it was asked."""
        if not self.looks.settings.clipboard:
            return f"the clipboard is switched off: clipboard = true under [console] in {settings_path()}"
        try:
            self.write(clipboard_sequence(text, self._multiplexer))
        except ValueError as error:
            return str(error)
        return ""

    def move_focus(self, focus: Focus) -> None:
        """What the keys act on from now on."""
        self._focus = focus
        self.newest = dataclasses.replace(self.newest, focus=focus)

    def say(self, text: str, level: str) -> None:
        """Shows a line; `level` is `note`, `warning` or `error`."""
        self._notice.say(text, level)

    def show_theme(self) -> None:
        """Draws in the colours of the chosen theme from now on."""
        self.stage.use(self.looks.palette)
        theme = self.looks.textual_theme()
        self.register_theme(theme)
        self.theme = theme.name

    def open_session(self, path: Path, *, save: bool, pause: bool, fresh: bool, said: str) -> None:
        """Shows another session; what cannot be is said, and this one stays."""
        self.say(f"opening {path.name} …", "note")
        self.run_worker(self._open_session(path, said, save=save, pause=pause, fresh=fresh), exclusive=True)

    async def _open_session(self, path: Path, said: str, *, save: bool, pause: bool, fresh: bool) -> None:
        try:
            opened = await leave_and_open(
                path, self.controls, lambda: self.newest, save=save, pause=pause, fresh=fresh
            )
            feed = Feed(attach_to(opened.entry, self.feed.wanted), self.feed.wanted)
        except StemlatheError as error:
            self.say(error.message, "error")
            return
        left, bench = self.feed, self.bench
        self.feed, self.bench = feed, Workbench()
        left.close()
        self.controls.enter(self.bench.panels)
        self._picture.add(self.bench.panels, self.bench.tour)
        self.move_focus(opened.focus)
        self.say(said or f"opened {path}", "note")
        try:
            note_session(opened.session)
        except (OSError, StemlatheError) as error:
            self.say(f"the session is not noted: {error}", "warning")
        await bench.close()

    def begin_restart(self) -> None:
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
