"""The console without a picture as the controls see it (`tui.controls.surface.Surface`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tui.controls.surface import NOTHING_BESIDES, Besides
from tui.feed import Feed
from tui.overlay.chooser import items_of
from tui.overlay.prompt import paths
from tui.plain.asking import Asked, ChoiceAsked, LineAsked, TextAsked, YesAsked
from tui.plain.voice import Voice
from tui.view import Focus, View
from tui.work.console_services import Workbench


class Heard(Protocol):
    """What is needed of the console.

    Attributes:
        newest: view, as the engine published it.
        feed: the engine.
        bench: what works for the console.
        voice: tells.
        own: what only the application does, by the names of its actions.
    """

    newest: View
    feed: Feed
    bench: Workbench
    voice: Voice
    own: Mapping[str, Callable[[str], None]]

    def move_focus(self, focus: Focus) -> None:
        """What the keys act on from now on."""

    def ask(self, asked: Asked, *, quiet: bool = False) -> None:
        """Puts a question; it takes the keys. `quiet`: it was read out already."""

    def open_session(self, path: Path, *, save: bool, pause: bool, fresh: bool, said: str) -> None:
        """Goes to another session."""

    def sent(self, kind: str, id: int) -> None:
        """The engine was asked for something."""


class PlainSurface:
    """The console.

    Args:
        console: of which it is the surface.
    """

    def __init__(self, console: Heard) -> None:
        self._console = console

    def view(self) -> View:
        """The newest view, as the engine published it."""
        return self._console.newest

    def send(self, kind: str, payload: Mapping[str, Any], revision: int | None) -> int:
        """Sends a command to the engine; returns its id."""
        id = self._console.feed.send(kind, payload, revision)
        self._console.sent(kind, id)
        return id

    def set_focus(self, focus: Focus) -> None:
        """What the keys act on from now on."""
        self._console.move_focus(focus)

    def say(self, text: str, level: str) -> None:
        """Tells a line."""
        self._console.voice.say(text, level)

    def ask(
        self,
        prompt: str,
        initial: str,
        callback: Callable[[str], None],
        *,
        files: bool = False,
        back: Callable[[], None] | None = None,
    ) -> None:
        """Asks for a line; `files`: it names one, and tab completes it."""
        self._console.ask(LineAsked(prompt, initial, callback, complete=paths if files else None, back=back))

    def confirm(self, question: str, callback: Callable[[], None]) -> None:
        """Asks yes or no."""
        self._console.ask(YesAsked(question, callback))

    def choose(
        self,
        title: str,
        names: Sequence[tuple[str, str]],
        pick: Callable[[int], None],
        chosen: int = 0,
        besides: Besides = NOTHING_BESIDES,
    ) -> None:
        """Offers a list."""
        items = items_of(names, pick, besides.also)
        self._console.ask(ChoiceAsked(title, lambda: items, chosen, besides.by_path, besides.back))

    def write(self, title: str, text: str, callback: Callable[[str], None]) -> None:
        """Has a text of several lines written."""
        self._console.ask(TextAsked(title, text, callback))

    def copy(self, text: str) -> str:
        """A clipboard is reached by an escape sequence, which here is never sent: the text is told."""
        for line in text.splitlines():
            self._console.voice.say(line)
        return "without a picture nothing goes to the clipboard: it stands above"

    def open_session(
        self, path: Path, *, save: bool = False, pause: bool = False, fresh: bool = False, said: str = ""
    ) -> None:
        """Tells another session from now on."""
        self._console.open_session(path, save=save, pause=pause, fresh=fresh, said=said)

    def run(self, work: Any) -> None:
        """Starts a piece of work."""
        self._console.bench.runner.start(work)

    def app(self, name: str, argument: str) -> None:
        """Does what is the application's own."""
        self._console.own[name](argument)
