"""The command line: `:name argument` for every action, completed, and near misses named."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.session.reading import nearest
from tui.actions.registry import Action


class UnknownCommandError(ValueError):
    """What was typed is no command; the text says what is near."""


def parse_line(text: str, actions: Sequence[Action]) -> tuple[Action, str]:
    """The action that a line names, and its argument.

    Args:
        text: with or without the colon; `-` and `_` are the same; a beginning that only one name
            has is enough.
        actions: the registry, every declared action.

    Raises:
        UnknownCommandError: nothing, or more than one, is meant; or the argument is missing.
    """
    name, _, argument = text.strip().removeprefix(":").strip().partition(" ")
    argument = argument.strip()
    if not name:
        raise UnknownCommandError("type the name of an action, for example trim -0.5")
    typed = name.lower().replace("_", "-")
    by_command = {action.command: action for action in actions}
    begun = [command for command in by_command if command.startswith(typed)]
    also = {alias: action.command for action in actions for alias in action.aliases}
    if typed not in by_command:
        typed = also.get(typed, typed)
    shortest = min(begun, key=len, default="")
    if typed not in by_command and shortest and all(command.startswith(shortest) for command in begun):
        typed = shortest  # `sav` is save, not save-as
    action = by_command.get(typed)
    if action is None and begun:
        raise UnknownCommandError(f"'{name}' may be {', '.join(begun[:6])}: type more of it")
    if action is None:
        hint = nearest(typed, by_command)
        hint = hint if len(hint) < 80 else "? lists them all"
        raise UnknownCommandError(f"there is no action '{name}': {hint}")
    if action.needs_argument and not argument:
        raise UnknownCommandError(f"{action.command} needs {action.argument}")
    if argument and not action.argument:
        raise UnknownCommandError(f"{action.command} takes nothing after it")
    return action, argument


def complete(text: str, actions: Sequence[Action], values: Callable[[Action], Sequence[str]]) -> list[str]:
    """Whole lines that begin as typed, without the colon.

    Args:
        text: so far.
        actions: the registry, every declared action.
        values: the arguments an action may take, as far as they can be listed.
    """
    typed = text.lstrip().removeprefix(":").lstrip()
    name, space, argument = typed.partition(" ")
    wanted = name.lower().replace("_", "-")
    if not space:
        return [action.command for action in actions if action.command.startswith(wanted)]
    for action in actions:
        if action.command == wanted:
            start = argument.lower()
            return [
                f"{action.command} {value}" for value in values(action) if value.lower().startswith(start)
            ]
    return []
