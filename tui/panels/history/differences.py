"""What differs between two texts of a session, in lines a person reads."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.session.model import Session
from engine.session.reading import KeyPath, shown
from tui.controls.places import label_of, parameter_at
from tui.controls.quantity import value_text

_NOTHING = object()


def text_differences(old: str, new: str, session: Session) -> list[str]:
    """One line for each value that differs, `Drums trim: +0.0 dB → +0.5 dB`, in the order of `new`.

    Args:
        old: TOML text.
        new: TOML text of `session`.
        session: names stems and processors.

    Returns:
        the lines; none where the texts differ in comments and layout only.
    """
    return list(_differences(tomllib.loads(old), tomllib.loads(new), (), session))


def _differences(old: Any, new: Any, path: KeyPath, session: Session) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*new, *old)):
            yield from _differences(old.get(key, _NOTHING), new.get(key, _NOTHING), (*path, key), session)
    elif _are_tables(old, new):
        yield from _list_differences(old, new, path, session)
    elif old is _NOTHING and isinstance(new, Mapping):
        yield from _differences({}, new, path, session)
    elif new is _NOTHING and isinstance(old, Mapping):
        yield from _differences(old, {}, path, session)
    else:
        before, after = _shown(old, path, session), _shown(new, path, session)
        if before != after:
            yield f"{label_of(session, path)}: {before} → {after}"


def _are_tables(old: Any, new: Any) -> bool:
    """Whether both are lists of tables, of which one may be missing or empty."""
    lists = [[] if value is _NOTHING else value for value in (old, new)]
    if not all(isinstance(value, list) for value in lists):
        return False
    items = [item for value in lists for item in value]
    return bool(items) and all(isinstance(item, Mapping) for item in items)


def _list_differences(old: Any, new: Any, path: KeyPath, session: Session) -> Iterator[str]:
    old, new = ([] if value is _NOTHING else value for value in (old, new))
    before, after = _kinds(old), _kinds(new)
    if before == after and len(old) == len(new):
        for index, (was, now) in enumerate(zip(old, new, strict=True)):
            yield from _differences(was, now, (*path, index), session)
        return
    if before or after:
        yield f"{label_of(session, path)}: {', '.join(before) or 'none'} → {', '.join(after) or 'none'}"
    else:
        yield f"{label_of(session, path)}: {len(old)} → {len(new)}"


def _kinds(tables: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each table is, where that is what makes it: the type of a processor, a name."""
    words = (table.get("type") or table.get("name") or table.get("title") for table in tables)
    return [str(word) for word in words if word is not None]


def _shown(value: Any, path: KeyPath, session: Session) -> str:
    parameter = parameter_at(session, path)
    if parameter is None:
        return "nothing" if value is _NOTHING else shown(value)
    if value is _NOTHING:
        return value_text(parameter, parameter.default)
    return value_text(parameter, value) if not isinstance(value, (list, Mapping)) else _listed(value)


def _listed(value: Any) -> str:
    if isinstance(value, list) and not any(isinstance(item, Mapping) for item in value):
        return ", ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in value)
    return f"{len(value)}"
