"""Which stems move together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from engine.session.reading import nearest
from engine.session.roles import roles
from tui.controls.asking import Asking, Handler
from tui.view import MASTER, View


def groups_of(view: View) -> list[list[str]]:
    """The links, each the names of its stems."""
    return [list(group) for group in view.document.links]


def linked_with(view: View, stem: int) -> list[str]:
    """The other stems that move with one; none: it is not linked."""
    if view.session is None or not 0 <= stem < len(view.session.stems):
        return []
    name = view.session.stems[stem].name
    group = next((group for group in groups_of(view) if name in group), [])
    return [other for other in group if other != name]


def link(controls: Asking, view: View, argument: str) -> None:
    """Links the chosen stem with those that are named, or with all of a role; without any, says how it is."""
    if view.session is None:
        return
    if view.focus.stem == MASTER:
        controls.say("stems are linked with stems: choose one with 1 to 9 or j and k", "warning")
        return
    own = view.session.stems[view.focus.stem].name
    if not argument:
        others = linked_with(view, view.focus.stem)
        how = f"moves with {', '.join(others)}; :unlink parts them" if others else "is not linked"
        controls.say(f"{own} {how}")
        return
    named: list[str] = []
    for word in [part.strip() for part in re.split(r"[,;]", argument) if part.strip()]:
        found = _named(view, word)
        if not found:
            names = [stem.name for stem in view.session.stems]
            controls.say(f"there is no single stem '{word}': {nearest(word, names)}", "error")
            return
        named += found
    joined = [name for group in groups_of(view) if {own, *named} & {*group} for name in group]
    group = list(dict.fromkeys([own, *named, *joined]))
    if len(group) < 2:
        controls.say(f"{own} alone is no link: name another stem", "error")
        return
    rest = [[name for name in other if name not in group] for other in groups_of(view)]
    _send(controls, [*(other for other in rest if len(other) > 1), group])
    controls.say(f"{', '.join(group)}: trims and chains move together; mutes and solos do not")


def _named(view: View, word: str) -> list[str]:
    """The stems a word means: one by its name or number, or all of a role."""
    assert view.session is not None
    names, wanted = [stem.name for stem in view.session.stems], word.casefold()
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return [names[int(wanted) - 1]]
    same = [name for name in names if name.casefold() == wanted]
    if same:
        return same
    if wanted in roles():
        return [stem.name for stem in view.session.stems if stem.role == wanted]
    begun = [name for name in names if name.casefold().startswith(wanted)]
    return begun if len(begun) == 1 else []


def unlink(controls: Asking, view: View, argument: str) -> None:
    """Takes the chosen stem out of its link; `all` parts all of them."""
    if view.session is None:
        return
    if argument and argument.lower() != "all":
        controls.say(f"'{argument}': unlink takes all, or nothing", "error")
        return
    if argument:
        _send(controls, [])
        controls.say("no stems are linked any more")
        return
    if not linked_with(view, view.focus.stem):
        controls.say("it is not linked")
        return
    name = view.session.stems[view.focus.stem].name
    rest = [[other for other in group if other != name] for group in groups_of(view)]
    _send(controls, [group for group in rest if len(group) > 1])
    controls.say(f"{name} moves alone again")


def _send(controls: Asking, groups: Sequence[Sequence[str]]) -> None:
    controls.send("link", {"groups": [list(group) for group in groups]})


HANDLERS: Mapping[str, Handler] = {"link": link, "unlink": unlink}
