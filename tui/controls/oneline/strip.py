"""Which strip a line names before its command: `vocals eq 3k +1`, `2 mute`, `master ceiling -2`."""

from __future__ import annotations

from collections.abc import Sequence

from engine.session.model import Session
from tui.actions.registry import Action
from tui.view import MASTER


class SeveralStripsError(ValueError):
    """More than one strip may be meant; the text names them."""


def split(text: str, session: Session | None, actions: Sequence[Action]) -> tuple[int | None, str]:
    """The strip that a line begins with, and the rest.

    A word that is the whole name of an action is that action. The longest beginning that is a stem's name
    counts, then, where a command follows, a word that only one stem's name, or a word of it, begins with, or
    its role.

    Args:
        text: a line, without the colon.
        session: whose stems; None: none is known yet.
        actions: all of them.

    Returns:
        The stem (MASTER: the master), None where none is named, and what follows it.

    Raises:
        SeveralStripsError: the word may be several stems.
    """
    words = text.split()
    if session is None or not words:
        return None, text
    first = words[0].casefold()
    commands = {name for action in actions for name in (action.command, *action.aliases)}
    if first.replace("_", "-") in commands:
        return None, text
    names = [stem.name.casefold() for stem in session.stems]
    for count in range(len(words), 0, -1):
        wanted = " ".join(words[:count]).casefold()
        if wanted in names:
            return names.index(wanted), " ".join(words[count:])
    if first == "master" or first == "0":
        return MASTER, " ".join(words[1:])
    rest = " ".join(words[1:])
    if first.isdecimal() and 1 <= int(first) <= len(names):
        return int(first) - 1, rest
    if not rest or not any(command.startswith(words[1].casefold()) for command in commands):
        return None, text  # no command follows: `comp -18` is none of a stem called `Vox comp`
    found = [
        index
        for index, name in enumerate(names)
        if name.startswith(first) or any(part.startswith(first) for part in name.split())
    ]
    found = found or [index for index, stem in enumerate(session.stems) if stem.role.startswith(first)]
    found = found or [index for index, name in enumerate(names) if f"{name}s" == first]
    if len(found) == 1:
        return found[0], rest
    if found and not any(action.command.startswith(first) for action in actions):
        several = ", ".join(session.stems[index].name for index in found)
        raise SeveralStripsError(f"'{words[0]}' may be {several}: type more of it")
    return None, text
