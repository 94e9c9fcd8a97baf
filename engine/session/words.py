"""Settings in words: from a key of a session to its declaration, its name and its value for people.

The one place where a key becomes words: the undo history, the console's panels and `diff` say the same.
A session may be given as it was read (`engine.session.model`), as a TOML tree, or as the settings in the
record of a delivery.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from engine.session.declare import Kind, Parameter, switch
from engine.session.fields import DELIVERABLE, MASTER, REFERENCE, ROOT, STEM, VERSION
from engine.session.model import Processor
from engine.session.processors import PROCESSORS
from engine.session.reading import KeyPath
from engine.units import with_minus

ENABLED = switch("enabled", "off passes the input through", True)

#: Endings of parameter names that only say the unit.
_UNIT_ENDINGS = ("_db_per_octave", "_db", "_dbtp", "_lufs", "_hz", "_ms", "_s", "_samples")
#: Lists whose items are called by their names.
_NAMED = ("stems", "deliverables")


def child(node: Any, part: str | int) -> Any:
    """What stands under one part of a key.

    Raises:
        LookupError: nothing does.
    """
    if isinstance(part, int):
        if not isinstance(node, Sequence) or isinstance(node, str) or part >= len(node):
            raise LookupError(part)
        return node[part]
    if isinstance(node, Processor):
        return getattr(node, part) if part in ("type", "enabled") else node.values[part]
    if isinstance(node, Mapping):
        # the record of a delivery keeps a processor's settings apart from its type
        values = node.get("values")
        return values[part] if part not in node and isinstance(values, Mapping) else node[part]
    if dataclasses.is_dataclass(node) and hasattr(node, part):
        return getattr(node, part)
    raise LookupError(part)


def value_at(root: Any, path: KeyPath) -> Any:
    """The value at a key.

    Raises:
        LookupError: there is none.
    """
    for part in path:
        root = child(root, part)
    return root


def _text_at(root: Any, path: KeyPath) -> str:
    try:
        value = value_at(root, path)
    except LookupError:
        return ""
    return value if isinstance(value, str) else ""


def parameter_at(root: Any, path: KeyPath) -> Parameter | None:
    """The declaration of a key; None where there is none."""
    match path:
        case ("stems", int(), "chain", int(), *rest):
            return _of_processor(root, path[:4], tuple(rest))
        case ("master", "chain", int(), *rest):
            return _of_processor(root, path[:3], tuple(rest))
        case ("stems", int(), str(name)):
            return _named(STEM, name)
        case ("master", str(name)):
            return _named(MASTER, name)
        case ("deliverables", int(), str(name)):
            return _named(DELIVERABLE, name)
        case ("versions", str(), str(name)):
            return _named(VERSION, name)
        case ("versions", str(), "trims_db", str()):
            return _named(STEM, "trim_db")
        case ("reference", str(name)):
            return _named(REFERENCE, name)
        case (str(name),):
            return _named(ROOT, name)
    return None


def _named(fields: Sequence[Parameter], name: str) -> Parameter | None:
    return next((field for field in fields if field.name == name), None)


def _of_processor(root: Any, base: KeyPath, rest: KeyPath) -> Parameter | None:
    declaration = PROCESSORS.get(_text_at(root, (*base, "type")))
    if declaration is None:
        return None
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


def place_text(root: Any, path: KeyPath) -> str:
    """A key for people: `Drums trim`, `Bass eq 2 band 3 gain`, `cd loudness`; the rest as it is written."""
    words: list[str] = []
    rest = path
    if len(path) > 1 and path[0] in _NAMED and isinstance(path[1], int):
        words, rest = [item_name(root, path[:2])], path[2:]
    elif path[:1] == ("master",):
        words, rest = ["master"], path[1:]
    elif path[:1] == ("versions",) and len(path) > 1:
        words, rest = [f"version {path[1]}"], path[2:]
    if len(rest) > 1 and rest[0] == "chain" and isinstance(rest[1], int):
        words.append(_processor_name(root, (*path[: len(path) - len(rest)], "chain"), rest[1]))
        rest = rest[2:]
    for part in rest:
        if isinstance(part, int):
            words[-1] = words[-1].removesuffix("s") if words else ""
            words.append(str(part + 1))
        else:
            words.append(spoken(part))
    return " ".join(words)


def item_name(root: Any, path: KeyPath) -> str:
    """The name of a stem or deliverable; by its file or its number where it has none."""
    name = _text_at(root, (*path, "name"))
    file = _text_at(root, (*path, "path")).rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return name or file or f"{str(path[0]).removesuffix('s')} {int(path[1]) + 1}"


def _processor_name(root: Any, path: KeyPath, number: int) -> str:
    """`eq`, or `eq 2` where a chain has several."""
    try:
        kinds = [_text_at(root, (*path, place, "type")) for place in range(len(value_at(root, path)))]
        kind = kinds[number]
    except (LookupError, TypeError):
        return f"processor {number + 1}"
    alike = [place for place, other in enumerate(kinds) if other == kind]
    return kind if len(alike) == 1 else f"{kind} {alike.index(number) + 1}"


def spoken(name: str) -> str:
    """A key as it is said: without its unit and underscores."""
    for ending in _UNIT_ENDINGS:
        name = name.removesuffix(ending)
    return name.replace("_", " ")


def name_of(parameter: Parameter) -> str:
    """What a parameter is called for people: its name without the unit."""
    return spoken(parameter.name)


def value_text(parameter: Parameter, value: Any) -> str:
    """A value with its unit: `+0.5 dB`, `2.50 kHz`, `120 ms`, `off`."""
    if value is None:
        return parameter.word or "—"
    if parameter.kind is Kind.SWITCH:
        return "on" if value else "off"
    if parameter.kind is Kind.CHOICE:
        return str(value).replace("_", " ")
    if parameter.kind not in (Kind.NUMBER, Kind.WHOLE) or isinstance(value, str):
        return str(value)
    if parameter.zero_is_off and value == 0:
        return "off"
    return with_minus(_number_text(parameter, value))


def _number_text(parameter: Parameter, value: float) -> str:
    unit = parameter.unit
    if parameter.kind is Kind.WHOLE:
        return f"{value} {unit}".rstrip()
    if unit in ("dB", "dBTP", "LUFS"):
        gain = unit == "dB" and parameter.lower() < 0.0 < (parameter.maximum or 0.0)
        shown = _decimals(value, 1)
        return f"{shown:+.{_places(value)}f} {unit}" if gain else f"{shown:.{_places(value)}f} {unit}"
    if unit == "Hz":
        return f"{value / 1000.0:.3g} kHz" if value >= 1000.0 else f"{value:.4g} Hz"
    if unit == ":1":
        return f"{value:.{max(1, _places(value))}f}:1"
    if unit == "":
        return f"{value:.2f}"
    return f"{value:.4g} {unit}"


def _places(value: float) -> int:
    """Decimals of a level: one, more only where a person gave more."""
    return next((places for places in (1, 2, 3) if abs(value - round(value, places)) < 1e-9), 3)


def _decimals(value: float, places: int) -> float:
    """`value` without the sign of a rounded zero."""
    return value if abs(value) >= 0.5 * 10.0**-places or _places(value) > places else 0.0
