"""What the controls need of whoever shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tui.view import Focus, View


@dataclass(frozen=True, slots=True)
class Besides:
    """What a list does besides choosing.

    Attributes:
        by_path: gets a path that is typed instead; None: paths mean nothing there.
        also: other words that find each name; as many as names, or fewer.
        back: called where the list is given up: the list it came from; None: back to the desk.
    """

    by_path: Callable[[str], None] | None = None
    also: Sequence[str] = ()
    back: Callable[[], None] | None = None


NOTHING_BESIDES = Besides()


class Surface(Protocol):
    """The application, or a recorder in tests."""

    def view(self) -> View:
        """The newest view, as the engine published it."""

    def send(self, kind: str, payload: Mapping[str, Any], revision: int | None) -> int:
        """Sends a command to the engine; returns its id. Raises as `Client.send` does."""

    def set_focus(self, focus: Focus) -> None:
        """What the keys act on from now on: at once, `view` returns it already."""

    def say(self, text: str, level: str) -> None:
        """Shows a line; `level` is `note`, `warning` or `error`."""

    def ask(
        self,
        prompt: str,
        initial: str,
        callback: Callable[[str], None],
        *,
        files: bool = False,
        back: Callable[[], None] | None = None,
    ) -> None:
        """Asks for a line, `files`: for a file; where the user thinks better of it, only `back` is called."""

    def confirm(self, question: str, callback: Callable[[], None]) -> None:
        """Asks yes or no; the callback is called for yes."""

    def choose(
        self,
        title: str,
        names: Sequence[tuple[str, str]],
        pick: Callable[[int], None],
        chosen: int = 0,
        besides: Besides = NOTHING_BESIDES,
    ) -> None:
        """Offers names, each with what it is about; calls back with the number of the chosen one."""

    def write(self, title: str, text: str, callback: Callable[[str], None]) -> None:
        """Has a text of several lines written; not called back when the user thinks better of it."""

    def copy(self, text: str) -> str:
        """Puts a text on the user's clipboard; returns why not, "" where it was done."""

    def open_session(
        self, path: Path, *, save: bool = False, pause: bool = False, fresh: bool = False, said: str = ""
    ) -> None:
        """Shows another session, once this one is saved or paused, as is wished.

        Args:
            path: of its file.
            save: this session; where that fails, it stays.
            pause: this session.
            fresh: it was just made: it plays where this one does.
            said: said once it is shown.
        """

    def run(self, work: Any) -> None:
        """Starts a piece of work (`tui.work.verb_runner`)."""

    def app(self, name: str, argument: str) -> None:
        """Does what is the application's own.

        `leave`, `command`, `palette`, `help`, `restart`, `tour`, and `theme` with a name or nothing.
        """
