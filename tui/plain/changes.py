"""What an edit has changed, as sentences: of one session and the next, whoever edited it and however."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from engine.session.comparing import WordedChange, worded_changes
from engine.session.files import parse_key
from engine.session.model import Processor, Session
from engine.session.words import place_text
from tui.plain.speech import change_words

#: Of an edit that changes more, so many are told one by one.
_MOST = 6


def tree_of(node: Any) -> Any:
    """A session, or a part of it, as the mappings and lists that a session file has."""
    if isinstance(node, Processor):
        values = {name: tree_of(value) for name, value in node.values.items()}
        return {"type": node.type, "enabled": node.enabled, **values}
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        fields = {field.name: tree_of(getattr(node, field.name)) for field in dataclasses.fields(node)}
        return {name: value for name, value in fields.items() if value is not None}
    if isinstance(node, Mapping):
        return {name: tree_of(value) for name, value in node.items() if value is not None}
    if isinstance(node, (list, tuple)):
        return [tree_of(item) for item in node]
    return str(node) if isinstance(node, PurePath) else node


def session_changes(before: Session, after: Session) -> list[str]:
    """What differs, in words; empty where nothing does."""
    if before is after:
        return []
    old, new = tree_of(before), tree_of(after)
    for tree in (old, new):
        tree.pop("path", None)  # of the file itself
    texts = [text for one in worded_changes(old, new) for text in _words(new, one)]
    if len(texts) > _MOST:
        texts = [*texts[:_MOST], f"and {len(texts) - _MOST} more changes"]
    return texts


def _words(tree: Mapping[str, Any], change: WordedChange) -> list[str]:
    """`Bass chain: deesser added` where a list of kinds has grown; else old and new."""
    then, now = ([] if value is None else value for value in (change.then, change.now))
    if not (isinstance(then, list) and isinstance(now, list) and all(map(_is_text, (then, now)))):
        return [change_words(change.text)]
    gone, come = Counter(then) - Counter(now), Counter(now) - Counter(then)
    moves = [f"{name} removed" for name in gone] + [f"{name} added" for name in come]
    place = place_text(tree, parse_key(change.path))
    order = ", ".join(now)
    return [f"{place}: {', '.join(moves)}" if moves else f"{place} in another order: {order}"]


def _is_text(values: Sequence[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
