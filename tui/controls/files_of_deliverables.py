"""How the files of a deliverable are called."""

from __future__ import annotations

from collections.abc import Mapping

from engine.session.file_name import FIELDS, USUAL_TEMPLATE
from engine.session.model import Deliverable
from tui.controls.asking import Asking, Handler
from tui.view import Panel, View

#: Views whose rows begin with the deliverables.
_LISTS = (Panel.LOUDNESS, Panel.RENDER)


def file_name(controls: Asking, view: View, argument: str) -> None:
    """Sets the template of the chosen deliverable's file names; without one, asks."""
    deliverables = () if view.session is None else view.session.deliverables
    if not deliverables:
        controls.say("the session has no deliverable yet: g l adds one for a target", "warning")
        return
    place = _chosen(view, deliverables)
    if place is None:
        names = [(one.name, one.file_name or "the usual names") for one in deliverables]
        controls.choose("whose file names?", names, lambda number: _set(controls, view, number, argument))
    else:
        _set(controls, view, place, argument)


def _chosen(view: View, deliverables: tuple[Deliverable, ...]) -> int | None:
    """The deliverable of the chosen row, else the one that is aimed at, else the only one."""
    if view.focus.panel in _LISTS:
        return view.focus.row if view.focus.row < len(deliverables) else None
    target = view.document.target
    named = [place for place, one in enumerate(deliverables) if one.name == target]
    return named[0] if named else 0 if len(deliverables) == 1 else None


def _set(controls: Asking, view: View, place: int, argument: str) -> None:
    assert view.session is not None
    deliverable = view.session.deliverables[place]

    def take(typed: str) -> None:
        template = typed.strip()
        usual = template in ("", USUAL_TEMPLATE)
        controls.set(("deliverables", place, "file_name"), None if usual else template)
        controls.say(f"{deliverable.name}: {'the usual names' if usual else template}")

    if argument:
        take(argument)
        return
    fields = " ".join(f"{{{field}}}" for field in FIELDS)
    controls.say(f"they may hold {fields}; nothing: the usual names")
    controls.ask(f"file names of {deliverable.name}", deliverable.file_name or USUAL_TEMPLATE, take)


HANDLERS: Mapping[str, Handler] = {"file_name": file_name}
