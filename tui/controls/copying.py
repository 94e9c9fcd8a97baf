"""What can be put on the clipboard: figures, paths, notes; what was copied is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from tui.controls.asking import Asking, Handler
from tui.view import MASTER, View


class Copy(NamedTuple):
    """Something to copy.

    Attributes:
        name: what is typed after `:copy`.
        about: what it is, for the list and for what is said.
        text: that is copied.
    """

    name: str
    about: str
    text: str


@runtime_checkable
class Copyable(Protocol):
    """A panel that has something to copy."""

    def copies(self, view: View) -> list[Copy]:
        """What there is now."""


def figures(view: View) -> str:
    """The song's loudness as one line, for a message; "" before anything was heard."""
    master = view.snapshot.master
    values = (
        (master.integrated_lufs, "LUFS integrated"),
        (master.lra_lu, "LU range"),
        (master.true_peak_max_dbtp, "dBTP"),
        (master.plr_db, "dB PLR"),
    )
    told = [
        f"{value:.1f} {unit}" for value, unit in values if abs(value) < 1000.0
    ]  # neither NaN nor infinite
    if not told or view.session is None:
        return ""
    version = view.document.version or "master"
    line = f"{view.session.title} ({version}): {', '.join(told)}"
    return line if view.snapshot.status.loudness_heard >= 1.0 else f"{line} (parts not heard yet)"


def copies(controls: Asking, view: View) -> list[Copy]:
    """Everything that can be copied now."""
    found = list(of_session(view))
    for panel in controls.panels.values():
        if isinstance(panel, Copyable):
            found += panel.copies(view)
    return [copy for copy in found if copy.text]


def of_session(view: View) -> Iterator[Copy]:
    """What the session and its meters give, empty texts included."""
    session = view.session
    if session is None:
        return
    yield Copy("loudness", "the figures of the song", figures(view))
    if 0 <= view.focus.stem < len(session.stems):
        stem = session.stems[view.focus.stem]
        yield Copy("stem", f"the path of {stem.name}", str(stem.path))
        yield Copy("note", f"the note about {stem.name}", stem.notes)
    elif view.focus.stem == MASTER:
        yield Copy("note", "the note about the session", session.notes)
    yield Copy("session", "the path of the session", view.document.path or str(session.path))
    if session.reference is not None:
        yield Copy("reference", "the path of the reference mix", str(session.reference.path))
    folder = Path(view.document.path or str(session.path)).parent
    yield Copy("folder", "the path of the session's folder", str(folder))


def copy(controls: Asking, view: View, argument: str) -> None:
    """Copies what is named; without a name, offers what there is."""
    found = copies(controls, view)
    if not argument:
        names = [(one.about, _shown(one.text)) for one in found]
        if names:
            controls.choose("copy to the clipboard", names, lambda number: _copy(controls, found[number]))
        else:
            controls.say("there is nothing to copy yet")
        return
    wanted = argument.casefold()
    fitting = [one for one in found if one.name == wanted] or [
        one for one in found if one.name.startswith(wanted)
    ]
    if len(fitting) == 1:
        _copy(controls, fitting[0])
    else:
        known = ", ".join(one.name for one in found) or "nothing yet"
        controls.say(f"there is no single thing '{argument}' to copy: there is {known}", "error")


def _copy(controls: Asking, one: Copy) -> None:
    problem = controls.surface.copy(one.text)
    if problem:
        controls.say(problem, "warning")
    else:
        controls.say(f"copied: {one.about}: {_shown(one.text)}")


def _shown(text: str) -> str:
    """The beginning of a text on one line, and how much there is of it."""
    lines = text.splitlines()
    first = lines[0] if lines else ""
    more = f" … ({len(lines)} lines)" if len(lines) > 1 else ""
    return f"{first}{more}"


HANDLERS: Mapping[str, Handler] = {"copy": copy}
