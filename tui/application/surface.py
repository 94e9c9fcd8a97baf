"""What the controls ask of the application, handed on to it (`tui.controls.surface.Surface`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tui.controls.surface import NOTHING_BESIDES, Besides
from tui.feed import Feed
from tui.overlay.chooser import Chooser, items_of
from tui.overlay.notepad import Notepad
from tui.overlay.overlay import Overlay
from tui.overlay.prompt import Prompt, paths
from tui.overlay.question import Question
from tui.view import Focus, View
from tui.work.console_services import Workbench


class Shown(Protocol):
    """What is needed of the application.

    Attributes:
        newest: view, as the engine published it.
        feed: the engine.
        bench: what works for the console.
        own: what only the application does, by the names of its actions.
    """

    newest: View
    feed: Feed
    bench: Workbench
    own: Mapping[str, Callable[[str], None]]

    def move_focus(self, focus: Focus) -> None:
        """What the keys act on from now on."""

    def say(self, text: str, level: str) -> None:
        """Shows a line."""

    def copy(self, text: str) -> str:
        """Puts a text on the clipboard; returns why not, or ""."""

    def open_session(self, path: Path, *, save: bool, pause: bool, fresh: bool, said: str) -> None:
        """Shows another session."""

    def open(self, overlay: Overlay) -> None:
        """Puts something before the desk, which takes the keys."""


class ConsoleSurface:
    """The application as the controls see it.

    Args:
        console: the application.
    """

    def __init__(self, console: Shown) -> None:
        self._console = console

    def view(self) -> View:
        """The newest view, as the engine published it."""
        return self._console.newest

    def send(self, kind: str, payload: Mapping[str, Any], revision: int | None) -> int:
        """Sends a command to the engine; returns its id."""
        return self._console.feed.send(kind, payload, revision)

    def set_focus(self, focus: Focus) -> None:
        """What the keys act on from now on."""
        self._console.move_focus(focus)

    def say(self, text: str, level: str) -> None:
        """Shows a line."""
        self._console.say(text, level)

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
        self._console.open(Prompt(prompt, initial, callback, complete=paths if files else None, back=back))

    def confirm(self, question: str, callback: Callable[[], None]) -> None:
        """Asks yes or no."""
        self._console.open(Question(question, callback))

    def write(self, title: str, text: str, callback: Callable[[str], None]) -> None:
        """Offers a sheet to write on."""
        self._console.open(Notepad(title, text, callback))

    def copy(self, text: str) -> str:
        """Asks the terminal to put a text on its clipboard."""
        return self._console.copy(text)

    def open_session(
        self, path: Path, *, save: bool = False, pause: bool = False, fresh: bool = False, said: str = ""
    ) -> None:
        """Shows another session."""
        self._console.open_session(path, save=save, pause=pause, fresh=fresh, said=said)

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
        self._console.open(Chooser(title, lambda: items, chosen, besides.by_path, besides.back))

    def run(self, work: Any) -> None:
        """Starts a piece of work."""
        self._console.bench.runner.start(work)

    def app(self, name: str, argument: str) -> None:
        """Does what is the application's own."""
        self._console.own[name](argument)
