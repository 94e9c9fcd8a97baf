"""What the console without a picture does itself: help, lists, topics, leaving; and what needs a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Protocol

from tui.actions.help import Entry, help_groups
from tui.actions.say import TOPICS
from tui.controls.controls import Controls
from tui.desk.warnings import standing
from tui.overlay.chooser import Item, matching
from tui.overlay.palette import palette_items
from tui.overlay.prompt import Memory
from tui.overlay.rows import row_list
from tui.panels.told import Told as PanelTold
from tui.plain.asking import ChoiceAsked, LineAsked
from tui.plain.speech import key_words
from tui.plain.surface import Heard
from tui.plain.topics import SAYING, Asked, topics_named
from tui.plain.waiting import Waiting
from tui.tour import step_words

_NO_PICTURE = "there is no picture here"


class Told(Heard, Protocol):
    """What is needed of the console, besides what its surface needs.

    Attributes:
        controls: what keys, lists and lines do.
        answered: lines told for the last key or line.
        lines: whole lines are taken, not single keys.
        memory: commands entered before.
        waiting: the next line may be taken when nothing is being worked at.
    """

    controls: Controls
    answered: list[str]
    lines: bool
    memory: Memory
    waiting: Waiting

    def told(self) -> PanelTold:
        """The panel in view, in words."""

    def heard(self, told: PanelTold) -> None:
        """All of the panel has been told: none of it is news."""

    def command(self, text: str) -> None:
        """Carries a command out."""

    def take(self, *, lines: bool) -> str:
        """Takes lines or single keys from now on; returns why not."""

    def leave(self) -> None:
        """Ends the console."""

    def begin_restart(self) -> None:
        """Starts the engine again."""


class Own:
    """By the names of the actions.

    Args:
        console: whose they are.
    """

    def __init__(self, console: Told) -> None:
        self._console = console
        self._warning = -1

    def table(self) -> Mapping[str, Callable[[str], None]]:
        """Name and what it does."""
        return {
            "leave": self._leave,
            "command": self._command,
            "palette": self._palette,
            "help": self._help,
            "filter": self._filter,
            "tour": self._tour,
            "next_warning": self._next_warning,
            "repaint": partial(self._needs_a_picture, "nothing has to be drawn again; the last answer:"),
            "theme": partial(self._needs_a_picture, "colours change nothing:"),
            "zoom": partial(self._needs_a_picture, "no time line to see closer: :seek goes to a time"),
            "zoom_out": partial(self._needs_a_picture, "no time line to see closer: :seek goes to a time"),
            "restart": self._restart,
            "say": self._say,
            "again": self._again,
            "signs": self._signs,
            "wait": self._console.waiting.wish,
            "keys_mode": partial(self._mode, False),
            "line_mode": partial(self._mode, True),
        }

    def _leave(self, argument: str) -> None:
        self._console.leave()

    def _needs_a_picture(self, why: str, argument: str) -> None:
        said = list(self._console.answered)
        self._console.voice.say(f"{_NO_PICTURE}, {why.rstrip(':')}")
        if why.endswith("answer:"):
            self.repeat(said)

    def repeat(self, lines: list[str]) -> None:
        """Says lines again."""
        for line in lines:
            self._console.voice.say(line)

    def _again(self, argument: str) -> None:
        self.repeat(self._console.answered or ["nothing was said yet"])

    def _signs(self, argument: str) -> None:
        voice, word = self._console.voice, argument.strip().lower()
        voice.signs = not voice.signs if word not in ("on", "off") else word == "on"
        voice.say("numbers are written so: −14.0 LUFS, +0.5 dB, 2.0:1, 1:07.5")

    def _mode(self, lines: bool, argument: str) -> None:
        why = self._console.take(lines=lines)
        said = "lines: a command or a key, then enter" if lines else "keys: : takes a command"
        self._console.voice.say(why or said, "warning" if why else "note")

    def _restart(self, argument: str) -> None:
        self._console.begin_restart()

    def _command(self, argument: str) -> None:
        controls = self._console.controls
        self._console.ask(
            LineAsked(
                "command",
                "",
                self._console.command,
                complete=controls.completions,
                memory=self._console.memory,
            )
        )

    def _palette(self, argument: str) -> None:
        controls = self._console.controls
        self._console.ask(ChoiceAsked("every action", partial(palette_items, controls, searching=False)))

    def _filter(self, argument: str) -> None:
        rows = row_list(self._console.controls)
        if rows is None:
            by_keys = not argument and not self._console.lines
            self._console.voice.say(f"there is no list in this view{': enter goes back' if by_keys else ''}")
            if by_keys:
                # what was typed ahead are words to search for, not keys of the desk
                self._console.ask(ChoiceAsked(self._console.told().title, list), quiet=True)
            return
        items: list[Item] = rows.found
        asked = ChoiceAsked(self._console.told().title, lambda: items, rows.at)
        if not argument:
            self._console.ask(asked)
            return
        if not matching(items, argument.strip().removeprefix("/")):
            self._console.voice.say(f"nothing fits {argument.strip().removeprefix('/')}: given up")
            return
        then = asked.line(argument, self._console.voice)
        if then is None:
            self._console.ask(asked, quiet=True)
        else:
            then()

    def _tour(self, argument: str) -> None:
        tour = self._console.bench.tour
        tour.toggle()
        if not tour.is_shown:
            self._console.voice.say(
                "the tour is only for the demo" if not tour.hidden else "the tour is hidden"
            )
        else:
            self._console.voice.say(step_words(tour.step))

    def _next_warning(self, argument: str) -> None:
        found = standing(self._console.controls.view)
        if not found:
            self._console.voice.say("nothing to warn of")
            return
        self._warning = (self._warning + 1) % len(found)
        one = found[self._warning]
        self._console.voice.say(f"{self._warning + 1} of {len(found)}: {one.text}", one.level)

    def _say(self, argument: str) -> None:
        names = topics_named(argument)
        if len(names) != 1:
            some = ", ".join(names or TOPICS)
            self._console.voice.say(f"'{argument}' is no single topic: say takes {some}", "error")
            return
        console = self._console
        asked = Asked(console.controls.view, console.told(), console.bench.runner.jobs)
        for line in SAYING[names[0]](asked):
            console.voice.say(line)
        if names == ["panel"]:
            console.heard(asked.told)

    def _help(self, argument: str) -> None:
        console = self._console
        view, keymap = console.controls.view, console.controls.keymap
        about = getattr(console.controls.panels.get(view.focus.panel), "help", "")
        words = argument.casefold().split()
        if about and not words:
            console.voice.say(about)
        found = 0
        for group in help_groups(keymap, view):
            lines = [line for one in group.entries for line in _entry(one) if _fits(line, words)]
            if lines:
                console.voice.say(f"{group.title}:")
            for line in lines:
                console.voice.say(line)
            found += len(lines)
        if not found:
            console.voice.say(f"nothing fits {argument}")


def _fits(line: str, words: list[str]) -> bool:
    return all(word in line.casefold() for word in words)


def _entry(entry: Entry) -> Iterator[str]:
    """`capital R: render, command render`."""
    keys = " or ".join(key_words(key) for key in entry.names)
    if entry.command == "stem-1":
        keys = "1 to 9"
    watching = "" if entry.usable else ", needs control"
    start = f"{keys}: " if keys else ""
    yield f"{start}{entry.help}, command {entry.command}{watching}"
