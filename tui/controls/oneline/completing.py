"""What a line may become: commands, strips before them, and the words behind a one-line command."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.session.declare import Kind
from engine.session.processors import PROCESSORS
from engine.session.words import spoken
from tui.actions.line import complete
from tui.actions.processors import SCALARS, bands_of, in_order, meanings
from tui.actions.registry import Action
from tui.controls.oneline.strip import SeveralStripsError, split
from tui.controls.oneline.typed import OFF, ON, REMOVE
from tui.view import View


def completions(
    text: str, view: View, actions: Sequence[Action], values: Callable[[Action], Sequence[str]]
) -> list[str]:
    """Whole lines that begin as typed, without the colon.

    Args:
        text: so far.
        view: now.
        actions: all of them.
        values: the arguments that an action of another kind may take, as far as they can be listed.
    """
    typed = text.lstrip().removeprefix(":").lstrip()
    found = _commands(typed, actions, values)
    try:
        stem, rest = split(typed, view.session, actions)
    except SeveralStripsError:
        stem, rest = None, typed
    if stem is not None and (rest or typed.endswith(" ")):
        lead = typed[: len(typed) - len(rest)] if rest else typed
        on_strips = [action for action in actions if action.strip]
        found = [lead + line for line in _commands(rest, on_strips, values)]
    if not found and view.session is not None:
        names = [stem.name for stem in view.session.stems]
        found = [name for name in names if name.casefold().startswith(typed.casefold()) and typed]
        # what is typed stays as it is typed, whatever its case
        found = [typed + name[len(typed) :] for name in found]
    return found


def _commands(typed: str, actions: Sequence[Action], values: Callable[[Action], Sequence[str]]) -> list[str]:
    name, space, argument = typed.partition(" ")
    wanted = name.lower().replace("_", "-")
    found = complete(typed, actions, values)
    if not space:
        return [*found, *(action.aliases[0] for action in actions if wanted and wanted in action.aliases)]
    action = next((one for one in actions if wanted in (one.command, *one.aliases)), None)
    begun_by = [one for one in actions if one.command.startswith(wanted)]
    action = begun_by[0] if action is None and len(begun_by) == 1 else action
    if found or action is None or action.name not in meanings():
        return found
    begun, _, last = argument.rpartition(" ")
    lead = f"{name} {begun} " if begun else f"{name} "
    return [lead + word for word in words_behind(action.name) if word.startswith(last.lower())]


def words_behind(name: str) -> list[str]:
    """The words that may follow a one-line command: choices, names of values, what is done to the whole."""
    meaning = meanings()[name]
    if meaning.parameter:
        declared = next(one.by_name for one in PROCESSORS.values() if meaning.parameter in one.by_name)
        return list(declared[meaning.parameter].choices)
    declaration = PROCESSORS[meaning.type]
    bands = bands_of(declaration)
    fields = [*(() if bands is None else in_order(bands.fields, meaning.choice)), *declaration.parameters]
    usable = [one for one in fields if one.kind in SCALARS]
    shape = usable[0] if usable and usable[0].kind is Kind.CHOICE and meaning.choice else None
    words = [choice.replace("_", "-") for one in usable if one is not shape for choice in one.choices]
    words += [f"{spoken(one.name).replace(' ', '-')}=" for one in usable if not one.choices]
    return [*words, *(() if meaning.choice else (ON, OFF, REMOVE))]
