"""A typed line: which strip, which action, what it would do, and doing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.session.words import value_text
from tui.actions.line import UnknownCommandError, parse_line
from tui.actions.processors import meanings
from tui.actions.registry import Action
from tui.controls.asking import Asking
from tui.controls.oneline.moves import Move, move_of
from tui.controls.oneline.strip import SeveralStripsError, split
from tui.controls.oneline.typed import NothingToDoError, NotMeantError
from tui.controls.places import place, strip_name
from tui.controls.quantity import parse_value
from tui.view import Panel, View


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is understood.

    Attributes:
        action: what is done.
        argument: with what.
        view: on what: its focus is the strip that is meant.
        is_named: the strip was typed.
    """

    action: Action
    argument: str
    view: View
    is_named: bool


def read_line(text: str, view: View, actions: Sequence[Action]) -> Line:
    """What a line means.

    Raises:
        UnknownCommandError: nothing, or no single thing.
    """
    bare = text.strip().removeprefix(":").strip()
    try:
        stem, rest = split(bare, view.session, actions)
    except SeveralStripsError as error:
        raise UnknownCommandError(str(error)) from error
    if stem is None:
        action, argument = parse_line(text, actions)
        return Line(action, argument, view, False)
    if not rest:
        name = "" if view.session is None else strip_name(view.session, stem)
        raise UnknownCommandError(f"{name}: say what, for example {bare.split()[0]} eq 3k +1")
    action, argument = parse_line(rest, actions)
    if not action.strip:
        raise UnknownCommandError(f"{action.command} is not about one stem: leave '{bare.split()[0]}' out")
    if stem != view.focus.stem:
        focus = replace(view.focus, stem=stem, processor=-1, key="")
        view = replace(view, focus=focus)
    return Line(action, argument, view, True)


def is_processor_line(action: Action) -> bool:
    """Whether an action is a one-line command of a processor."""
    return action.name in meanings()


def planned(line: Line, controls: Asking) -> Move:
    """What a one-line command would do.

    Raises:
        NotMeantError: why it cannot be done.
    """
    pending = controls.pending.values()
    return move_of(meanings()[line.action.name], line.argument, line.view, pending, is_named=line.is_named)


def do(line: Line, controls: Asking) -> None:
    """Does a one-line command, as one step of the history, and says what it did."""
    try:
        move = planned(line, controls)
    except NotMeantError as error:
        controls.say(str(error), "note" if isinstance(error, NothingToDoError) else "error")
        return
    controls.say(move.says)
    controls.edit(move.label, move.changes)
    focus = controls.view.focus
    if focus.panel is Panel.CHAIN and focus.stem == move.stem:
        controls.focus(processor=move.processor, key=move.key)


def preview(text: str, controls: Asking, actions: Sequence[Action]) -> tuple[str, bool]:
    """What a line would do, before it is entered, and whether it can; empty before anything is typed."""
    if not text.strip().removeprefix(":").strip():
        return "", True
    view = controls.view
    try:
        line = read_line(text, view, actions)
        if is_processor_line(line.action):
            return planned(line, controls).says, True
    except (UnknownCommandError, NotMeantError) as error:
        return str(error), False
    if line.action.name == "trim" and line.view.session is not None and line.view.focus.stem >= 0:
        found = place(line.view.session, ("stems", line.view.focus.stem, "trim_db"))
        try:
            if found is not None and line.argument:
                value = parse_value(found.parameter, line.argument, line.view.session.sample_rate)
                former, new = (value_text(found.parameter, one) for one in (found.value, value))
                return f"{found.label}: {former} → {new}", True
        except ValueError as error:
            return f"{line.action.command}: {error}", False
    strip = ""
    if line.action.strip and line.view.session is not None:
        strip = f"{strip_name(line.view.session, line.view.focus.stem)}: "
    return f"{strip}{line.action.help}", True
