"""What differs between two sessions, in words: for the undo history, the console and `diff`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.session.reading import KeyPath, key_text, shown
from engine.session.words import item_name, parameter_at, place_text, value_text

_LONGEST = 60
_NOTHING = object()
#: Lists whose items are told apart by their names, wherever they stand.
_BY_NAME = (("stems",), ("deliverables",))


@dataclass(frozen=True)
class Difference:
    """One value that is not the same in both trees.

    Attributes:
        key: its place.
        before: what stood there; None: nothing.
        after: what stands there now; None: nothing.
    """

    key: KeyPath
    before: Any
    after: Any


@dataclass(frozen=True)
class WordedChange:
    """One change for people.

    Attributes:
        path: key of the newer session, or of the older one where it is gone.
        then: what stood there; None: nothing, or the default.
        now: what stands there; likewise.
        text: `Drums trim: +0.0 dB → +0.5 dB`.
    """

    path: str
    then: Any
    now: Any
    text: str


def differences(before: Any, after: Any, key: KeyPath = ()) -> Iterator[Difference]:
    """Every value that differs, as deep as both trees have the same shape.

    Lists of another length count as one difference: what was item 2 may be item 3 now.
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in (*before, *(name for name in after if name not in before)):
            yield from differences(before.get(name), after.get(name), (*key, name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, (*key, index))
    elif before != after or type(before) is not type(after):
        yield Difference(key, before, after)


def overlap(first: KeyPath, second: KeyPath) -> bool:
    """Whether one place is the other, or lies inside it."""
    shorter = min(len(first), len(second))
    return first[:shorter] == second[:shorter]


def any_overlap(keys: Iterable[KeyPath], others: Iterable[KeyPath]) -> bool:
    """Whether any two of them overlap."""
    others = tuple(others)
    return any(overlap(key, other) for key in keys for other in others)


def label_of(tree: Mapping[str, Any], found: Sequence[Difference]) -> str:
    """One line about an edit, for the undo history: `Drums trim +0.5 dB`.

    Args:
        tree: the session after the edit.
        found: what differs from before.
    """
    if not found:
        return "no change"
    text = _label_of_one(tree, found[0])
    if len(found) > 1:
        places = {_owner(tree, one.key) for one in found}
        only = len(places) == 1 and found[0].key[0] in ("stems", "master")
        text = f"{next(iter(places))}: {len(found)} values" if only else f"{text} and {len(found) - 1} more"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _owner(tree: Mapping[str, Any], key: KeyPath) -> str:
    """`Drums`, `Drums compressor`, `master eq`: where a key belongs."""
    base = 2 if key[0] == "stems" and len(key) > 1 else 1
    in_chain = len(key) > base + 1 and key[base] == "chain"
    return place_text(tree, key[: base + 2] if in_chain else key[:base])


def _label_of_one(tree: Mapping[str, Any], one: Difference) -> str:
    place, last = place_text(tree, one.key), one.key[-1]
    if last == "enabled":
        return f"{_owner(tree, one.key)} {'off' if one.after is False else 'on'}"
    if any(isinstance(value, list) for value in (one.before, one.after)):
        return f"{place}: {_list_label(one)}"
    return f"{place} {_value(tree, one.key, one.after, 'default')}"


def _list_label(one: Difference) -> str:
    before, after = (value if isinstance(value, list) else [] for value in (one.before, one.after))
    if abs(len(after) - len(before)) == 1:
        more, fewer = (after, before) if len(after) > len(before) else (before, after)
        word = "added" if len(after) > len(before) else "removed"
        return f"{_extra(_kinds(more, 'shape'), _kinds(fewer, 'shape'))} {word}".strip()
    return f"{len(after)} instead of {len(before)}" if len(after) != len(before) else "changed"


def _extra(more: Sequence[str], fewer: Sequence[str]) -> str:
    rest = list(more)
    for name in fewer:
        if name in rest:
            rest.remove(name)
    return rest[0] if rest else ""


def worded_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[WordedChange]:
    """Each value that differs, in the order of `new`; what is given and what is the default are the same.

    Args:
        old: the tree of a session, or the settings of a delivery.
        new: likewise.
    """
    return list(_Comparison(old, new).changes(old, new, ()))


class _Comparison:
    """Two trees, and their items of equal names."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self._old, self._new = old, new

    def changes(self, old: Any, new: Any, path: KeyPath) -> Iterator[WordedChange]:
        """What differs below a key of the newer tree."""
        if old == new:
            return
        if old is _NOTHING and isinstance(new, Mapping):
            old = {}
        if new is _NOTHING and isinstance(old, Mapping):
            new = {}
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            for key in dict.fromkeys((*new, *old)):
                # the record of a delivery keeps a processor's settings in a table of their own
                deeper = path if key == "values" and path[-2:-1] == ("chain",) else (*path, key)
                yield from self.changes(old.get(key, _NOTHING), new.get(key, _NOTHING), deeper)
        elif _are_tables(old, new):
            yield from self._lists(_listed(old), _listed(new), path)
        else:
            yield from self._value(old, new, path)

    def _lists(self, old: list[Any], new: list[Any], path: KeyPath) -> Iterator[WordedChange]:
        if path in _BY_NAME:
            yield from self._by_name(old, new, path)
            return
        before, after = _kinds(old), _kinds(new)
        if before == after and len(old) == len(new):
            for index, (was, now) in enumerate(zip(old, new, strict=True)):
                yield from self.changes(was, now, (*path, index))
        elif before or after:
            texts = ", ".join(before) or "none", ", ".join(after) or "none"
            yield self._change(path, before, after, *texts)
        else:
            yield self._change(path, len(old), len(new), str(len(old)), str(len(new)))

    def _by_name(self, old: list[Any], new: list[Any], path: KeyPath) -> Iterator[WordedChange]:
        """Items that have the same name are one item; the others have come or gone."""
        names = [item_name(self._old, (*path, place)) for place in range(len(old))]
        kind = str(path[0]).removesuffix("s")
        left = dict(zip(names, old, strict=True))
        kept = []
        for place, now in enumerate(new):
            name = item_name(self._new, (*path, place))
            if name in left:
                kept.append(name)
                yield from self.changes(left.pop(name), now, (*path, place))
            else:
                yield WordedChange(key_text((*path, place)), None, name, f"{kind} {name} added")
        for name in left:
            place = names.index(name)
            yield WordedChange(key_text((*path, place)), name, None, f"{kind} {name} removed")
        order = [name for name in names if name in kept]
        if order != kept:
            yield WordedChange(key_text(path), order, kept, f"{path[0]} in another order: {', '.join(kept)}")

    def _value(self, old: Any, new: Any, path: KeyPath) -> Iterator[WordedChange]:
        before, after = (_value(self._new, path, value, None) for value in (old, new))
        if path[-1] == "sha256":
            if old is not _NOTHING and new is not _NOTHING:
                text = f"{place_text(self._new, path[:-1])}: another file is pinned"
                yield WordedChange(key_text(path), old, new, text)
        elif before != after:
            yield self._change(path, old, new, before, after)

    def _change(self, path: KeyPath, then: Any, now: Any, before: str, after: str) -> WordedChange:
        text = f"{place_text(self._new, path)}: {before} → {after}"
        was, is_now = (None if value is _NOTHING else value for value in (then, now))
        return WordedChange(key_text(path), was, is_now, text)


def _are_tables(old: Any, new: Any) -> bool:
    """Whether both are lists of tables, of which one may be missing or empty."""
    lists = [[] if value is _NOTHING else value for value in (old, new)]
    if not all(isinstance(value, list) for value in lists):
        return False
    items = [item for value in lists for item in value]
    return bool(items) and all(isinstance(item, Mapping) for item in items)


def _listed(value: Any) -> list[Any]:
    return [] if value is _NOTHING else list(value)


def _kinds(tables: Sequence[Any], *more: str) -> list[str]:
    """What each table is, where that is what makes it: the type of a processor, a name."""
    keys = ("type", "name", "title", *more)
    words = (
        next((one[key] for key in keys if key in one), None) for one in tables if isinstance(one, Mapping)
    )
    return [str(word) for word in words if word is not None]


def _value(root: Any, path: KeyPath, value: Any, missing: str | None) -> str:
    """A value in words.

    Args:
        root: the session.
        path: its key.
        value: None or nothing: it is not given.
        missing: what that is called; None: by the default that holds then.
    """
    parameter = parameter_at(root, path)
    if value is _NOTHING or value is None:
        if missing is not None:
            return missing
        return "nothing" if parameter is None else _plain(parameter.default, parameter)
    if path[-1:] == ("path",):
        return _file(value)
    return shown(value) if parameter is None else _plain(value, parameter)


def _plain(value: Any, parameter: Any) -> str:
    if value == "":
        return "nothing"
    if isinstance(value, (list, tuple)) and not any(isinstance(item, Mapping) for item in value):
        return ", ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in value) or "none"
    if isinstance(value, (list, tuple, Mapping)):
        return f"{len(value)}"
    return value_text(parameter, value)


def _file(value: Any) -> str:
    """A file, or a pair of them, without folders."""
    files = value if isinstance(value, (list, tuple)) else [value]
    return ", ".join(str(file).rsplit("/", 1)[-1] for file in files)
