"""Where a value stands: from the focus or a key path to its declaration, its value and its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.session.chains import LIMITER
from engine.session.declare import Kind, Parameter
from engine.session.files import parse_key
from engine.session.model import Processor, Session
from engine.session.reading import KeyPath
from engine.session.words import parameter_at, place_text, value_at
from tui.view import MASTER as MASTER_ROW
from tui.view import Focus


@dataclass(frozen=True, slots=True)
class Place:
    """A value that can be changed.

    Attributes:
        path: its key in the session file.
        parameter: its declaration.
        value: now.
        label: for people: `Drums trim`, `master compressor threshold`.
    """

    path: KeyPath
    parameter: Parameter
    value: Any
    label: str


def base_path(focus: Focus) -> KeyPath:
    """The key of the focused strip: a stem's, or the master's."""
    return ("master",) if focus.stem == MASTER_ROW else ("stems", focus.stem)


def chain_of(session: Session, stem: int) -> tuple[Processor, ...]:
    """The chain of a stem; MASTER: of the master."""
    if stem == MASTER_ROW:
        return session.master.chain
    return session.stems[stem].chain if 0 <= stem < len(session.stems) else ()


def strip_name(session: Session, stem: int) -> str:
    """The name of a stem, or `master`."""
    return "master" if stem == MASTER_ROW else session.stems[stem].name


def focused(session: Session, focus: Focus) -> Place | None:
    """The value that a step moves: the focused one, else the trim, else the drive into the limiter."""
    base = base_path(focus)
    if focus.processor >= 0:
        path = (*base, "chain", focus.processor, *parse_key(focus.key or "enabled"))
    elif focus.key:
        path = (*base, *parse_key(focus.key))
    elif focus.stem == MASTER_ROW:
        chain = session.master.chain
        if not chain or chain[-1].type != LIMITER:
            return None
        path = ("master", "chain", len(chain) - 1, "drive_db")
    else:
        path = (*base, "trim_db")
    return place(session, path)


def place(session: Session, path: KeyPath) -> Place | None:
    """What stands at a key; None where there is no such key, or more than one value stands there."""
    parameter = parameter_at(session, path)
    if parameter is None or parameter.kind in (Kind.TABLE, Kind.TABLES, Kind.NUMBERS, Kind.TEXTS):
        return None
    try:
        return Place(path, parameter, value_at(session, path), place_text(session, path))
    except LookupError:
        return None


def replaced(node: Any, path: KeyPath, value: Any) -> Any:
    """A session, or a part of one, with another value at `path`.

    Raises:
        LookupError: there is no such place.
    """
    if not path:
        return value
    part, rest = path[0], path[1:]
    if isinstance(part, int):
        if not isinstance(node, tuple) or part >= len(node):
            raise LookupError(part)
        return (*node[:part], replaced(node[part], rest, value), *node[part + 1 :])
    if isinstance(node, Processor) and part not in ("type", "enabled"):
        return dataclasses.replace(node, values=replaced(node.values, path, value))
    if isinstance(node, Mapping):
        return {**node, part: replaced(node[part], rest, value)}
    if not dataclasses.is_dataclass(node) or isinstance(node, type) or not hasattr(node, part):
        raise LookupError(part)
    return dataclasses.replace(node, **{part: replaced(getattr(node, part), rest, value)})
