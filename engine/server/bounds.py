"""How large one edit may be: the control loop carries it out between two blocks of everybody else's.

The largest that these allow takes a fraction of a second; what people do is a hundred times smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.link.failures import MessageRefused
from engine.session.editing import Change

#: Changes of one edit, and values in all of them.
MOST_CHANGES, MOST_VALUES = 512, 8_000
#: Tables and lists within each other.
DEEPEST = 16
#: Characters of one text (notes are the longest there are), and of all texts and keys of an edit.
LONGEST_TEXT, LONGEST_TEXTS = 100_000, 400_000
#: Parts of a key path.
LONGEST_KEY = 16
#: Characters of the label in the history.
LONGEST_LABEL = 200
#: Characters that a session's text may grow to by edits.
LARGEST_TEXT = 2_000_000


def require_bounded(changes: Sequence[Change]) -> None:
    """Makes sure that an edit can be carried out without anybody waiting for it.

    Raises:
        MessageRefused: it is too large (kind `too_long`).
    """
    if len(changes) > MOST_CHANGES:
        raise _too_long(f"{len(changes)} changes are more than the {MOST_CHANGES} of one edit: make several")
    count = characters = 0
    todo: list[tuple[Any, int]] = []
    for key, value in changes:
        if len(key) > LONGEST_KEY:
            raise _too_long(f"a key path of {len(key)} parts is longer than any: {LONGEST_KEY} is the limit")
        characters += sum(len(part) for part in key if isinstance(part, str))
        todo.append((value, 0))
    while todo:
        value, depth = todo.pop()
        count += 1
        if isinstance(value, str):
            if len(value) > LONGEST_TEXT:
                raise _too_long(
                    f"a text of {len(value):,} characters is too long: {LONGEST_TEXT:,} is the limit"
                )
            characters += len(value)
        elif isinstance(value, dict):
            characters += sum(map(len, value))
            todo += [(inner, depth + 1) for inner in value.values()]
        elif isinstance(value, list):
            todo += [(inner, depth + 1) for inner in value]
        if depth > DEEPEST:
            raise _too_long(f"tables within tables, more than {DEEPEST} deep: no key of a session is")
        if count > MOST_VALUES or characters > LONGEST_TEXTS:
            raise _too_long(
                f"more than {MOST_VALUES:,} values or {LONGEST_TEXTS:,} characters in one edit: make several"
            )


def _too_long(text: str) -> MessageRefused:
    return MessageRefused(text, kind="too_long")
