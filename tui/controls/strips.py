"""The strip of the focused stem: which one, mute, solo, polarity."""

from __future__ import annotations

from collections.abc import Mapping

from engine.session.model import Session
from engine.session.reading import nearest
from tui.actions.stem import NUMBERED
from tui.controls.asking import Asking, Handler
from tui.controls.values import set_value
from tui.view import MASTER, Focus, Panel, View


def choose(controls: Asking, view: View, stem: int) -> None:
    """Chooses a strip; MASTER: the master. An editor of chains goes on with its chain."""
    focus, shown = view.focus, controls.panels.get(view.focus.panel)
    # a panel that lists the stems goes to its row, or what follows would be done to another one
    row_of = getattr(shown, "row_of_stem", None)
    row = None if row_of is None else row_of(view, stem)
    if row is not None and row != focus.row:
        controls.focus(stem=stem, row=row)
        return
    if stem == focus.stem:
        return
    panel = focus.panel
    if panel is Panel.MASTER and stem != MASTER:
        panel = Panel.STEMS
    controls.focus(stem=stem, processor=_first(view.session, stem, focus), key="", panel=panel)


def _first(session: Session | None, stem: int, focus: Focus) -> int:
    """The processor that is chosen with a strip: the first in the editor, none elsewhere."""
    if focus.panel is not Panel.CHAIN or session is None:
        return -1
    chain = session.master.chain if stem == MASTER else session.stems[stem].chain
    return 0 if chain else -1


def _numbered(number: int) -> Handler:
    def pick(controls: Asking, view: View, argument: str) -> None:
        count = len(view.session.stems) if view.session is not None else 0
        if number > count:
            controls.say(f"there is no stem {number}: the session has {count}")
        else:
            choose(controls, view, number - 1)

    return pick


def choose_master(controls: Asking, view: View, argument: str) -> None:
    """Chooses the master."""
    choose(controls, view, MASTER)


def go(controls: Asking, view: View, argument: str) -> None:
    """Chooses a strip by number, name, or the beginning of a name."""
    wanted = argument.casefold()
    names = [stem.name for stem in view.session.stems] if view.session is not None else []
    if wanted in ("0", "master"):
        choose(controls, view, MASTER)
        return
    if wanted.isdecimal():
        _numbered(int(wanted))(controls, view, "")
        return
    same = [index for index, name in enumerate(names) if name.casefold() == wanted]
    begun = [index for index, name in enumerate(names) if name.casefold().startswith(wanted)]
    found = same or begun
    if len(found) == 1:
        choose(controls, view, found[0])
    elif found:
        several = ", ".join(names[index] for index in found)
        controls.say(f"'{argument}' may be {several}: type more of it", "error")
    else:
        controls.say(f"there is no stem '{argument}': {nearest(argument, [*names, 'master'])}", "error")


def _is_stem(controls: Asking, view: View, what: str) -> bool:
    if view.session is None:
        return False
    if view.focus.stem == MASTER:
        controls.say(f"the master has no {what}: choose a stem with 1 to 9 or j and k", "warning")
        return False
    return view.focus.stem < len(view.session.stems)


def _switch(name: str, what: str) -> Handler:
    def switch(controls: Asking, view: View, argument: str) -> None:
        if _is_stem(controls, view, what) and view.session is not None:
            index = view.focus.stem
            controls.set(("stems", index, name), not getattr(view.session.stems[index], name))

    return switch


def solo_only(controls: Asking, view: View, argument: str) -> None:
    """Solos this stem and no other; where it already is the only one, none."""
    if not _is_stem(controls, view, "solo") or view.session is None:
        return
    stems, index = view.session.stems, view.focus.stem
    only = [stem.solo for stem in stems] == [number == index for number in range(len(stems))]
    wanted = [number == index and not only for number in range(len(stems))]
    changes = [
        (("stems", number, "solo"), solo)
        for number, (stem, solo) in enumerate(zip(stems, wanted, strict=True))
        if stem.solo != solo
    ]
    controls.edit("no solo" if only else f"solo only {stems[index].name}", changes)


def trim(controls: Asking, view: View, argument: str) -> None:
    """Sets the fader to a typed value."""
    if _is_stem(controls, view, "trim") and view.session is not None:
        set_value(controls, view, ("stems", view.focus.stem, "trim_db"), argument)


HANDLERS: Mapping[str, Handler] = {
    **{f"stem_{number}": _numbered(number) for number in range(1, NUMBERED + 1)},
    "choose_master": choose_master,
    "go": go,
    "mute": _switch("mute", "mute"),
    "solo": _switch("solo", "solo"),
    "solo_only": solo_only,
    "polarity": _switch("polarity_inverted", "polarity switch"),
    "trim": trim,
}
