"""What a stem is called, what it holds, where it stands in the list, and what was written about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.session.files import Change
from engine.session.model import Stem
from engine.session.reading import folded, nearest
from engine.session.role_words import role_words as session_role_words
from engine.session.roles import roles
from tui.controls.asking import Asking, Handler
from tui.controls.surface import Besides
from tui.controls.written import written
from tui.view import MASTER, View


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, numbered where there is one of that name."""
    known = {folded(name) for name in taken}
    number, name = 1, wanted
    while folded(name) in known:
        number += 1
        name = f"{wanted} {number}"
    return name


def _stem(controls: Asking, view: View, what: str) -> tuple[int, Stem] | None:
    """The chosen stem; says why there is none."""
    if view.session is None:
        controls.say("the session is still being loaded", "warning")
        return None
    if view.focus.stem == MASTER or view.focus.stem >= len(view.session.stems):
        controls.say(f"the master has no {what}: choose a stem with 1 to 9 or j and k", "warning")
        return None
    return view.focus.stem, view.session.stems[view.focus.stem]


def rename(controls: Asking, view: View, argument: str) -> None:
    """Another name for the chosen stem; without one, asks."""
    found = _stem(controls, view, "name to change")
    if found is None:
        return
    place, stem = found
    if argument:
        _rename(controls, controls.view, place, stem.name, argument)
    else:
        controls.ask(
            f"name of stem {place + 1}",
            stem.name,
            lambda typed: _rename(controls, controls.view, place, stem.name, typed),
        )


def _rename(controls: Asking, view: View, place: int, former: str, typed: str) -> None:
    name = typed.strip()
    if view.session is None or place >= len(view.session.stems) or name == former:
        return
    if not name:
        controls.say("a stem has a name: type at least one letter", "error")
        return
    others = {stem.name.casefold() for index, stem in enumerate(view.session.stems) if index != place}
    if name.casefold() in others:
        controls.say(f"another stem is called {name} already: names are unique, whatever their case", "error")
        return
    changes: list[Change] = [(("stems", place, "name"), name)]
    changes += _in_versions(written(view) or {}, former, name)
    controls.edit(f"{former} is called {name}", changes)


def _in_versions(tree: Mapping[str, Any], former: str, name: str) -> list[Change]:
    """The versions of the user's own whose trims name the stem, with its new name."""
    changes: list[Change] = []
    for version, table in tree.get("versions", {}).items():
        trims = table.get("trims_db") if isinstance(table, Mapping) else None
        if isinstance(trims, Mapping) and any(_same(key, former) for key in trims):
            new: dict[str, Any] = {name if _same(key, former) else key: value for key, value in trims.items()}
            changes.append((("versions", version, "trims_db"), new))
    return changes


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def role(controls: Asking, view: View, argument: str) -> None:
    """Another role for the chosen stem: by its name, or from the list."""
    found = _stem(controls, view, "role")
    if found is None:
        return
    place, stem = found
    known = list(roles())

    def take(wanted: str) -> None:
        controls.set(("stems", place, "role"), wanted)
        controls.say(f"{stem.name}: {roles()[wanted].title}")

    if not argument:
        choose_role(controls, f"role of {stem.name}", stem.role, take)
        return
    typed = argument.strip().lower().replace(" ", "_").replace("-", "_")
    begun = [typed] if typed in known else [one for one in known if one.startswith(typed)]
    if len(begun) == 1:
        take(begun[0])
    else:
        hint = f"it may be {', '.join(begun)}" if begun else nearest(typed, known)
        controls.say(f"there is no single role '{argument}': {hint}", "error")


def choose_role(controls: Asking, title: str, now: str, take: Any) -> None:
    """Offers every role; `take` gets the chosen one's name."""
    known = list(roles())
    names = [(roles()[one].title, one) for one in known]
    at = known.index(now) if now in known else 0
    controls.choose(title, names, lambda number: take(known[number]), at, Besides(also=role_words()))


def role_words() -> list[str]:
    """What else each role is found by: the words that tell it in a file's name, as keys or piano."""
    return [" ".join(role.words) for role in session_role_words().values()]


def _move(step: int) -> Handler:
    def move(controls: Asking, view: View, argument: str) -> None:
        found = _stem(controls, view, "place in the list")
        if found is not None:
            _move_to(controls, view, found[0], found[0] + step)

    return move


def move_stem(controls: Asking, view: View, argument: str) -> None:
    """Moves the chosen stem to a place of the list, from 1."""
    found = _stem(controls, view, "place in the list")
    if found is None or view.session is None:
        return
    count = len(view.session.stems)
    if not argument.isdecimal() or not 1 <= int(argument) <= count:
        controls.say(f"'{argument}' is no place of the list: type 1 to {count}", "error")
    else:
        _move_to(controls, view, found[0], int(argument) - 1)


def _move_to(controls: Asking, view: View, place: int, to: int) -> None:
    count = len(view.session.stems) if view.session is not None else 0
    if to == place or not 0 <= to < count:
        if not 0 <= to < count:
            controls.say(
                "there is nothing above" if to < 0 else "there is nothing below: the master stays last"
            )
        return
    if controls.send("move_stem", {"stem": place, "to": to}) is not None:
        controls.focus(stem=to, processor=-1, key="")


def note(controls: Asking, view: View, argument: str) -> None:
    """The note of the chosen stem, on the master that of the session."""
    if view.focus.stem == MASTER:
        session_note(controls, view, argument)
        return
    found = _stem(controls, view, "note")
    if found is not None:
        place, stem = found
        _write(controls, f"note about {stem.name}", ("stems", place, "notes"), stem.notes, argument)


def session_note(controls: Asking, view: View, argument: str) -> None:
    """The note of the session."""
    if view.session is None:
        controls.say("the session is still being loaded", "warning")
    else:
        _write(controls, f"note about {view.session.title}", ("notes",), view.session.notes, argument)


def _write(controls: Asking, title: str, key: tuple[str | int, ...], former: str, argument: str) -> None:
    def take(text: str) -> None:
        text = text.rstrip()
        if text != former.rstrip():
            # an edit travels in a file: a note may be longer than a message
            controls.edit(title if text else f"{title} removed", [(key, text)])
            controls.say(f"{title}: kept in the session" if text else f"{title}: removed")

    if argument:
        # one line is all that a command has: \n begins another
        take(argument.replace("\\n", "\n"))
    else:
        controls.write(title, former, take)


HANDLERS: Mapping[str, Handler] = {
    "rename": rename,
    "role": role,
    "stem_earlier": _move(-1),
    "stem_later": _move(1),
    "move_stem": move_stem,
    "note": note,
    "session_note": session_note,
}
