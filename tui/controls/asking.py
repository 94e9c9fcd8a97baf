"""What panels and the handlers of actions ask of the console's controls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from engine.session.files import Change
from engine.session.reading import KeyPath
from tui.actions.keymap import Keymap
from tui.actions.registry import Action
from tui.controls.pending import Pending
from tui.controls.surface import NOTHING_BESIDES, Besides, Surface
from tui.view import Panel, View
from tui.work.verb_job import Work


class Asking(Protocol):
    """The controls, as panels and handlers know them.

    Attributes:
        surface: who shows it all.
        keymap: keys of all actions.
        pending: what waits for the engine.
        panels: by what they show.
        read_only: the console was opened to look only.
        remembered: which processors were on before a chain was bypassed, by strip.
        copied: processors of the chain that was copied last; None: none was.
        left_track: that was heard before the song or another source was; None: none was.
    """

    surface: Surface
    keymap: Keymap
    pending: Pending
    panels: dict[Panel, PanelControls]
    read_only: bool
    remembered: dict[KeyPath, tuple[int, ...]]
    copied: tuple[dict[str, Any], ...] | None
    left_track: Any

    @property
    def view(self) -> View:
        """The newest view, with what the engine has not yet answered already in it."""

    def perform(self, name: str, argument: str = "") -> None:
        """Does an action, or says why not."""

    def why_not(self, view: View) -> str:
        """Why a console that only watches can change nothing, and what to do."""

    def send_quietly(self, kind: str, payload: Mapping[str, Any]) -> bool:
        """As `Controls.send_quietly`."""

    def send(self, kind: str, payload: Mapping[str, Any] | None = None) -> int | None:
        """Sends a command to the engine; returns its id, None where it could not be sent."""

    def set(self, path: KeyPath | str, value: Any) -> None:
        """Sets a key of the session; None: back to its default."""

    def expect_state(self, id: int | None, part: str, **fields: Any) -> None:
        """Shows fields of a part of the snapshot at once; None: the command could not be sent."""

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

    def ask(
        self,
        prompt: str,
        initial: str,
        callback: Callable[[str], None],
        *,
        files: bool = False,
        back: Callable[[], None] | None = None,
    ) -> Any:
        """Asks for a line of text, `files`: for a file; nothing is called back when it is given up."""

    def choose(
        self,
        title: str,
        names: Sequence[tuple[str, str]],
        pick: Callable[[int], None],
        chosen: int = 0,
        besides: Besides = NOTHING_BESIDES,
    ) -> Any:
        """Offers names, each with what it is about; calls back with the number of the chosen one."""

    def write(self, title: str, text: str, callback: Callable[[str], None]) -> Any:
        """Has a text of several lines written; nothing is called back when it is given up."""

    def confirm(self, question: str, callback: Callable[[], None]) -> Any:
        """Asks a question; calls back for yes."""


class PanelControls(Protocol):
    """What the controls need of a panel."""

    @property
    def actions(self) -> Sequence[Action]:
        """Actions of its own, besides those everywhere."""

    def rows(self, view: View) -> int:
        """Length of its list, for `row_down`."""

    def perform(self, name: str, argument: str, view: View, controls: Asking) -> bool:
        """Does an action, also a common one, its own way; False: it does not concern the panel."""


@runtime_checkable
class Gestures(Protocol):
    """A panel on which keys may mean something else for a while."""

    def gesture(self, view: View) -> tuple[tuple[str, str], ...]:
        """Keys and words of what is under way, in the footer instead of all others; empty: nothing is."""


def gesture_of(panel: object, view: View) -> tuple[tuple[str, str], ...]:
    """Of any panel what is under way on it; empty: nothing is."""
    return panel.gesture(view) if _has_gestures(type(panel)) else ()  # type: ignore[attr-defined, arg-type]


@functools.cache
def _has_gestures(kind: type) -> bool:
    """Asked once of every class: every frame asks, and the answer takes a protocol long."""
    return issubclass(kind, Gestures)


#: Carries out one action.
Handler = Callable[[Asking, View, str], None]


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
    path = view.document.path
    if not path:
        return None
    live = view.document.text if text is None else text
    revision = view.document.revision
    return Work(verb, Path(path), tuple(arguments), live, revision, steps)
