"""Where a value stands: from the focus or a key path to its declaration, its value and its name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.session.chains import LIMITER
from engine.session.declare import Kind, Parameter, switch
from engine.session.fields import DELIVERABLE, MASTER, REFERENCE, ROOT, STEM
from engine.session.files import parse_key
from engine.session.model import Processor, Session
from engine.session.processors import PROCESSORS
from engine.session.reading import KeyPath
from tui.controls.quantity import name_of
from tui.view import MASTER as MASTER_ROW
from tui.view import Focus

ENABLED = switch("enabled", "off passes the input through", True)


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
        return Place(path, parameter, value_at(session, path), label_of(session, path))
    except LookupError:
        return None


def parameter_at(session: Session, path: KeyPath) -> Parameter | None:
    """The declaration of a key; None where there is none."""
    match path:
        case ("stems", int(), "chain", int(number), *rest):
            return _of_processor(session, path[:4], number, tuple(rest))
        case ("master", "chain", int(number), *rest):
            return _of_processor(session, path[:3], number, tuple(rest))
        case ("stems", int(), str(name)):
            return _named(STEM, name)
        case ("master", str(name)):
            return _named(MASTER, name)
        case ("deliverables", int(), str(name)):
            return _named(DELIVERABLE, name)
        case ("reference", str(name)):
            return _named(REFERENCE, name)
        case (str(name),):
            return _named(ROOT, name)
    return None


def _named(fields: tuple[Parameter, ...], name: str) -> Parameter | None:
    return next((field for field in fields if field.name == name), None)


def _of_processor(session: Session, base: KeyPath, number: int, rest: KeyPath) -> Parameter | None:
    try:
        processor = value_at(session, base)
    except LookupError:
        return None
    declaration = PROCESSORS[processor.type]
    match rest:
        case ("enabled",):
            return ENABLED
        case (str(name),):
            return _named(declaration.parameters, name)
        case (str(name), int()):
            found = _named(declaration.parameters, name)
            return None if found is None else found.item
        case (str(name), int(), str(field)):
            found = _named(declaration.parameters, name)
            return None if found is None else _named(found.fields, field)
    return None


def value_at(session: Session, path: KeyPath) -> Any:
    """The value at a key of the session.

    Raises:
        LookupError: there is none.
    """
    node: Any = session
    for part in path:
        if isinstance(part, int):
            if not isinstance(node, tuple) or part >= len(node):
                raise LookupError(part)
            node = node[part]
        elif isinstance(node, Processor) and part not in ("type", "enabled"):
            node = node.values[part]
        elif isinstance(node, Mapping):
            node = node[part]
        elif dataclasses.is_dataclass(node) and hasattr(node, part):
            node = getattr(node, part)
        else:
            raise LookupError(part)
    return node


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


def label_of(session: Session, path: KeyPath) -> str:
    """A key for people: `Drums trim`, `Bass eq band 2 gain`; what is unknown as it is written."""
    words: list[str] = []
    rest = path
    match path:
        case ("stems", int(stem), *_) if stem < len(session.stems):
            words, rest = [session.stems[stem].name], path[2:]
        case ("deliverables", int(number), *_) if number < len(session.deliverables):
            words, rest = [session.deliverables[number].name], path[2:]
        case ("master", *_):
            words, rest = ["master"], path[1:]
    if len(rest) > 1 and rest[0] == "chain" and isinstance(rest[1], int):
        words.append(_processor_name(session, (*path[: len(path) - len(rest)], "chain"), rest[1]))
        rest = rest[2:]
    for part in rest:
        if isinstance(part, int):
            words[-1] = words[-1].removesuffix("s") if words else ""
            words.append(str(part + 1))
        else:
            words.append(name_of(Parameter(part, Kind.TEXT, "")))
    return " ".join(words)


def _processor_name(session: Session, path: KeyPath, number: int) -> str:
    """`eq`, or `eq 2` where a chain has several."""
    try:
        chain = value_at(session, path)
        kind = chain[number].type
    except (LookupError, TypeError):
        return f"processor {number + 1}"
    alike = [index for index, processor in enumerate(chain) if processor.type == kind]
    return kind if len(alike) == 1 else f"{kind} {alike.index(number) + 1}"
