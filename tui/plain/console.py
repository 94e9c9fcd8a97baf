"""The console without a picture: takes keys or lines, and tells what comes of them and what happens."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.errors import StemlatheError
from engine.link.records import Role, State
from engine.processes.client import Health, attach_to
from engine.processes.launch import start
from engine.processes.recent import note_session
from tui.actions.keymap import load_keymap
from tui.actions.keys import typed_keys
from tui.actions.plain import ACTIONS as PLAIN
from tui.controls.controls import Controls, all_actions
from tui.feed import Feed
from tui.overlay.prompt import Memory
from tui.panels.told import Told
from tui.plain.asking import Asked
from tui.plain.due import Due
from tui.plain.first_words import first_words
from tui.plain.own import Own
from tui.plain.panel_in_view import PanelInView
from tui.plain.questions import Questions
from tui.plain.remembering import PlainControls
from tui.plain.silence import Silence, words_anyway
from tui.plain.speech import key_words
from tui.plain.surface import PlainSurface
from tui.plain.voice import Voice
from tui.plain.waiting import Waiting
from tui.plain.watcher import Watcher
from tui.screen.layout import Footer
from tui.tour import step_words
from tui.view import Focus, Panel, View
from tui.work.console_services import Workbench
from tui.work.opening import leave_and_open

#: Looks at the engine a second.
_LOOKS_HZ = 20.0
#: So long one may take to be let in, s.
_ADMITTED_S = 3.0
#: A key waits for what the one before has asked for, s.
_PATIENT_S = 0.5
#: After the first key of a sequence, so long until what may follow is told, s.
_WHICH_KEY_S = 1.0
#: Nobody types so many keys at once.
_PASTED = 64


class PlainConsole:
    """The console.

    Args:
        feed: the engine.
        voice: tells.
        wishes: `device` and `deliverable` asked for on the command line.
        read_only: look, but touch nothing.
        lines: whole lines are taken instead of keys.
        focus: to begin with.

    Attributes:
        newest: view, as the engine published it.
        controls: what keys, lists and lines do.
        lines: see above.
        questions: what takes the keys while one is open.
        waiting: returns when something has come.
        looked: looks at the engine so far.
        answered: lines told for the last key or line.
        on_mode: makes the terminal give whole lines, or keys; whether it can.
        left: set when the console is to end.
    """

    def __init__(
        self,
        feed: Feed,
        voice: Voice,
        wishes: Mapping[str, str],
        *,
        read_only: bool = False,
        lines: bool = False,
        focus: Focus | None = None,
    ) -> None:
        self.feed, self.voice, self.lines = feed, voice, lines
        self.newest = View()
        self.bench = Workbench()
        self.memory = Memory()
        self.left = asyncio.Event()
        self.questions = Questions(voice, lambda: self.lines)
        self.waiting = Waiting(self)
        self.looked = 0
        self.answered: list[str] = []
        self.on_mode: Callable[[bool], bool] = lambda lines: lines
        self._own = Own(self)
        self.own: Mapping[str, Callable[[str], None]] = self._own.table()
        panels = self.bench.panels
        keymap, problems = load_keymap((*all_actions(panels), *PLAIN))
        self.controls: Controls
        self._keys = PlainControls(PlainSurface(self), panels, keymap=keymap, read_only=read_only)
        self.controls = self._keys
        self._panel = PanelInView(panels)
        self._footer = Footer(restart_key=":restart" if lines else "enter", control_key=":take-over")
        self._watcher = Watcher(self._footer)
        self._focus = focus or Focus()
        self._wishes, self._open = dict(wishes), False
        self._due = Due()
        self._silence = Silence()
        self._prefix_s = float("inf")
        self._tour_step = -1
        self._restarting: asyncio.Task[None] | None = None
        self._problems = problems
        self._begun_s = time.monotonic()

    # -- what happens ---------------------------------------------------------------------------------

    async def follow(self) -> None:
        """Looks at the engine until the console is left."""
        while not self.left.is_set():
            self.look()
            await asyncio.sleep(1.0 / _LOOKS_HZ)

    def look(self) -> None:
        """Takes in what the engine shows and says, and tells what is new."""
        self.looked += 1
        if self.feed.find_again():
            self._engine_is_back()
        for message in self.feed.answers():
            self._due.take(message)
            self.controls.answer(message)
        self.newest = self.feed.view(self._focus)
        self._due.give_up(self.newest.now_s)
        if self._wishes and self.newest.role is Role.CONTROLLER:
            for name, value in self._wishes.items():
                self.controls.send("target" if name == "deliverable" else name, {name: value})
            self._wishes.clear()
        self.bench.follow(self.newest, self.controls, None)
        self.tell()

    def tell(self) -> None:
        """Tells what is new: state, focus, the panel in view."""
        view = self.controls.view
        if not self._open:
            waits = view.role is Role.READER and self.feed.wanted is not Role.READER
            if waits and view.now_s - self._begun_s < _ADMITTED_S:
                return
            if view.session is None or view.snapshot.transport.state is State.LOADING:
                for text, level in self._watcher.news(view, self.bench.runner.jobs):
                    self.voice.say(text, level)
                if not self._is_desk(view):
                    self._tell_panel(view)
                self._answer_silence()
                return
            self._open = True
            self._begin(view)
        for text, level in self._watcher.news(view, self.bench.runner.jobs):
            self.voice.say(text, level)
        if not self.awaits_engine:
            self._tell_panel(view)
        self._tell_tour()
        if self.controls.prefix and view.now_s - self._prefix_s > _WHICH_KEY_S:
            self._prefix_s = float("inf")
            following = self.controls.keymap.following(self.controls.prefix, view.focus.panel)
            keys = ", ".join(f"{key_words(key)} {action.help}" for key, action in following)
            self.voice.say(f"{key_words(self.controls.prefix)}: then {keys}")
        self._answer_silence()

    @staticmethod
    def _is_desk(view: View) -> bool:
        """Of the desk nothing is told before it is open; the other views work while the engine loads."""
        return view.focus.panel in (Panel.STEMS, Panel.MASTER)

    def _tell_panel(self, view: View) -> None:
        for line in self._panel.news(view, self.looked):
            self.voice.say(line)

    def _begin(self, view: View) -> None:
        """The first words."""
        for text, level in first_words(view, self._problems, lines=self.lines):
            self.voice.say(text, level)
        if self._is_desk(view):
            self._panel.begin(Focus())

    def _tell_tour(self) -> None:
        tour = self.bench.tour
        if tour.is_shown and tour.step != self._tour_step:
            self.voice.say(step_words(tour.step))
        self._tour_step = tour.step if tour.is_shown else -1

    def heard(self, told: Told) -> None:
        """All of the panel has been told: none of it is news."""
        self._panel.heard(told, self.controls.view.focus)

    def told(self) -> Told:
        """The panel in view, in words."""
        return self._panel.told(self.controls.view)

    # -- what is asked --------------------------------------------------------------------------------

    @property
    def awaits_engine(self) -> bool:
        """Whether an answer of the engine is due, or what the newest one has led to is not yet published."""
        return self._due.is_any(self.newest.document.revision)

    def press(self, key: str, character: str | None) -> None:
        """A key."""
        self._ask_and_tell(lambda: self._key(key, character))

    async def press_in_turn(self, key: str, character: str | None) -> None:
        """A key; of keys that come fast, each finds what the one before has made."""
        until_s = time.monotonic() + _PATIENT_S
        while self.awaits_engine and time.monotonic() < until_s:
            await asyncio.sleep(0.005)
            self.look()
        self.press(key, character)

    def _key(self, key: str, character: str | None) -> None:
        if self.questions.key(key, character):
            return
        if self.controls.key(key):
            self._prefix_s = time.monotonic() if self.controls.prefix else float("inf")
        else:
            self.voice.say(f"{key_words(key)} means nothing here")

    def pasted(self, text: str) -> None:
        """More came in at once than anybody types."""
        if self.questions.asked is None:
            self.voice.say("more came in at once than anybody types: it was dropped", "warning")
            return
        for letter in text:
            self.press("enter" if letter in "\r\n" else letter, letter)

    async def take_line(self, text: str) -> None:
        """A whole line: an answer, keys, or a command; returns when the engine has answered."""
        keys = typed_keys(text) if self.questions.asked is None else []
        for key in keys:
            await self.press_in_turn(key, None)
        if not keys:
            self._ask_and_tell(lambda: self._line(text))
        await self.waiting.settled()
        await self.waiting.as_wished()

    def _line(self, text: str) -> None:
        if self.questions.line(text):
            return
        typed = text.strip()
        if typed.startswith("/") and len(typed) > 1:
            self._own.table()["filter"](typed[1:])
        elif typed and not typed.startswith("#"):
            self.command(typed)

    def command(self, text: str) -> None:
        """A command; those of this console among them."""
        self.controls.line(text)

    def ask(self, asked: Asked, *, quiet: bool = False) -> None:
        """Puts a question; after those that are there already."""
        self.questions.ask(asked, quiet=quiet)

    def _ask_and_tell(self, do: Callable[[], None]) -> None:
        """Does something, and sees to it that it is answered: silence tells nobody anything."""
        if self._keys.performed is None or self._keys.performed.name != "again":
            self.answered = list(self.voice.last)
        self.voice.begin()
        self._keys.performed = None
        count = self.voice.count
        do()
        if (self._open or not self._is_desk(self.controls.view)) and not self.awaits_engine:
            self._tell_panel(self.controls.view)  # what was asked for goes before what it sets going
        self.bench.follow(self.newest, self.controls, None)  # a view that begins work by itself does so now
        self.tell()
        silent = self.voice.count == count and self.questions.asked is None and not self.controls.prefix
        if silent and not self.waiting.is_wished and self._keys.performed is not None:
            self._silence.begin(self.looked, count)
        else:
            self._silence.end()

    def _answer_silence(self) -> None:
        if self.awaits_engine or not self._silence.is_to_be_broken(self.looked, self.voice.count):
            return
        view, told = self.controls.view, self.told()
        if self._open:
            self.voice.say(words_anyway(view, told, self._keys.performed))
        else:
            self.voice.say("still loading" if self._is_desk(view) else told.title)

    # -- the engine -----------------------------------------------------------------------------------

    def sent(self, kind: str, id: int) -> None:
        """The engine was asked for something; nobody waits for what it is to measure."""
        if kind == "look":
            return
        self._due.sent(id)
        self._watcher.asked(kind, time.monotonic())

    def move_focus(self, focus: Focus) -> None:
        """What the keys act on from now on."""
        self._focus = focus
        self.newest = dataclasses.replace(self.newest, focus=focus)

    def take(self, *, lines: bool) -> str:
        """Takes lines or single keys from now on; returns why not, empty: it does."""
        if not self.on_mode(lines):
            return "single keys need a terminal: here every line is a command or a key"
        self.lines = lines
        return ""

    def leave(self) -> None:
        """Ends the console; the engine goes on."""
        self.left.set()

    def begin_restart(self) -> None:
        """Starts the engine again, and attaches to it."""
        self.voice.say("starting the engine")
        self._restarting = asyncio.get_running_loop().create_task(self._restart())

    async def _restart(self) -> None:
        try:
            self.feed.use(await asyncio.to_thread(self.feed.restart, start))
        except StemlatheError as error:
            self.voice.say(error.message, "error")
        else:
            self._engine_is_back()

    def _engine_is_back(self) -> None:
        self.controls.pending.forget()
        self._due.forget()
        self.voice.say("the engine is back, in the state it was left in")

    def open_session(self, path: Path, *, save: bool, pause: bool, fresh: bool, said: str) -> None:
        """Goes to another session; what cannot be is told, and this one stays."""
        self.voice.say(f"opening {path.name}")
        task = self._go_to(path, said, save=save, pause=pause, fresh=fresh)
        self._restarting = asyncio.get_running_loop().create_task(task)

    async def _go_to(self, path: Path, said: str, *, save: bool, pause: bool, fresh: bool) -> None:
        try:
            opened = await leave_and_open(
                path, self.controls, lambda: self.newest, save=save, pause=pause, fresh=fresh
            )
            feed = Feed(attach_to(opened.entry, self.feed.wanted), self.feed.wanted)
        except StemlatheError as error:
            self.voice.say(error.message, "error")
            return
        left, bench = self.feed, self.bench
        self.feed, self.bench = feed, Workbench()
        left.close()
        self.controls.enter(self.bench.panels)
        self._panel = PanelInView(self.bench.panels)
        self._watcher = Watcher(self._footer)
        self._due.forget()
        self._focus, self._open, self._begun_s = opened.focus, False, time.monotonic()
        self.voice.say(said or f"opened {path}")
        try:
            note_session(opened.session)
        except (OSError, StemlatheError) as error:
            self.voice.say(f"the session is not noted: {error}", "warning")
        await bench.close()

    # -- waiting --------------------------------------------------------------------------------------

    @property
    def is_admitted(self) -> bool:
        """Whether the session is there and the engine has said what this console may do, or is late."""
        late = time.monotonic() - self._begun_s > _ADMITTED_S
        return self._open or self.newest.engine_can_be_restarted or (late and not self.lines)

    @property
    def is_opening(self) -> bool:
        """Whether the console is on its way to another session or engine."""
        return self._restarting is not None and not self._restarting.done()

    def interrupt(self) -> None:
        """ctrl+c: ends waiting, gives up a question, else says how to leave."""
        if self.waiting.end():
            self.voice.say("waits no longer")
        else:
            self.press("ctrl+c", None)

    async def finish(self) -> None:
        """Nothing more will be asked for: what was, is done first."""
        while self.questions.asked is not None:
            self._ask_and_tell(lambda: self._line("."))
        await self.waiting.worked()

    @property
    def feed_is_gone(self) -> bool:
        """Whether there is no engine any more."""
        return self.feed.health is Health.GONE

    async def close(self) -> None:
        """Ends what has no use without the console; renders go on."""
        await self.bench.close()
        self.feed.close()
