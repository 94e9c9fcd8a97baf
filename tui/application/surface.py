"""What the controls ask of the application, handed on to it (`tui.controls.surface.Surface`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tui.view import Focus, View

if TYPE_CHECKING:
    from tui.application.app import Console


class ConsoleSurface:
    """The application as the controls see it.

    Args:
        console: the application.
    """

    def __init__(self, console: Console) -> None:
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

    def ask(self, prompt: str, initial: str, callback: Callable[[str], None]) -> None:
        """Asks for a line."""
        self._console.line.ask(prompt, initial, callback)

    def confirm(self, question: str, callback: Callable[[], None]) -> None:
        """Asks yes or no."""
        self._console.line.confirm(question, callback)

    def run(self, work: Any) -> None:
        """Starts a piece of work."""
        self._console.bench.runner.start(work)

    def app(self, name: str, argument: str) -> None:
        """Does what is the application's own."""
        getattr(self._console, f"do_{name}")(argument)
