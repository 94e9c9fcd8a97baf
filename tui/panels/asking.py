"""What the work panels ask of the console's controls; those of `tui.controls` fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from engine.session.files import Change
from tui.view import Panel, View
from tui.work.verb_job import Work


class Asking(Protocol):
    """The part of the controls that panels use."""

    def send(self, kind: str, payload: Mapping[str, Any]) -> Any:
        """Sends a command to the engine."""

    def edit(self, label: str, changes: Sequence[Change]) -> Any:
        """Changes the live session: all of it or nothing, one step of undo."""

    def say(self, text: str, level: str = "note") -> Any:
        """Tells the user one line; `level` is `note`, `warning` or `error`."""

    def show(self, panel: Panel) -> Any:
        """Goes to another panel."""

    def focus(self, **changes: Any) -> Any:
        """Moves the focus, by the fields of `tui.view.Focus`."""

    def run(self, work: Work) -> Any:
        """Starts work."""

    def ask(self, prompt: str, initial: str, callback: Callable[[str], None]) -> Any:
        """Asks for a line of text; nothing is called back when it is given up."""

    def confirm(self, question: str, callback: Callable[[], None]) -> Any:
        """Asks a question; calls back for yes."""


def live_work(
    view: View, verb: str, arguments: Sequence[str] = (), *, steps: int = 1, text: str | None = None
) -> Work | None:
    """Work on the live session, unsaved edits included; None before the engine has told it.

    Args:
        view: now.
        verb: to run.
        arguments: what follows the session.
        steps: see `Work`.
        text: instead of the live session's.
    """
    path = view.document.get("path")
    if not path:
        return None
    live = str(view.document.get("text", "")) if text is None else text
    revision = int(view.document.get("revision", 0))
    return Work(verb, Path(path), tuple(arguments), live, revision, steps)
