"""Reports read back: from plain JSON values to the dataclasses that `engine.report.plain` wrote them from.

Keys that a dataclass does not have are left out: a newer program wrote them. What is missing or of another
type is told by its place in the document.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from engine.errors import StemlatheError

Data = TypeVar("Data")

#: What a value that was found is called in a sentence, and one that has to be there.
_FOUND = {
    NoneType: "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
}
_WANTED = {bool: "true or false", int: "a whole number", float: "a number", str: "text", Path: "text"}
#: Letters of a wrong word that are told.
_LONGEST = 40


def read_as(kind: type[Data], tree: object, where: str = "") -> Data:
    """A dataclass from its JSON.

    A `float` that is null becomes NaN, a `Level` −∞. A dataclass with its own `as_json()` may define
    `fields_from_json(tree)`, which gives the values of its fields.

    Args:
        kind: the dataclass.
        tree: what JSON gave.
        where: place in the document, for errors; empty: it is all of it.

    Raises:
        ValueError: a key is missing, or a value of another type than it has to be.
    """
    if not isinstance(tree, Mapping):
        raise _misfit(tree, "an object", where)
    own = getattr(kind, "fields_from_json", None)
    given = tree if own is None else own(tree)
    values = {}
    for name, wanted, is_needed in _fields(kind):  # type: ignore[arg-type] # a class can be hashed
        place = f"{where}.{name}" if where else name
        if name in given:
            values[name] = _value(wanted, given[name], place)
        elif is_needed:
            raise ValueError(f"{place} is missing")
    return kind(**values)


def read_all(kind: type[Data], trees: Iterable[object], where: str) -> tuple[Data, ...]:
    """The same of each in a list."""
    return tuple(read_as(kind, tree, f"{where}[{number}]") for number, tree in enumerate(trees))


@functools.lru_cache(maxsize=256)
def _fields(kind: type) -> tuple[tuple[str, Any, bool], ...]:
    """Name and type of each field, and whether it has to be there."""
    types = get_type_hints(kind, include_extras=True)
    none = dataclasses.MISSING
    return tuple(
        (one.name, types[one.name], one.default is none and one.default_factory is none)
        for one in dataclasses.fields(kind)
    )


def _value(wanted: Any, value: object, where: str) -> Any:
    origin, inner = get_origin(wanted), get_args(wanted)
    if wanted is Any:
        return value
    if origin is Annotated:  # a level, with what null stands for
        return inner[1] if value is None else _value(inner[0], value, where)
    if origin in (Union, UnionType):
        return _one_of(inner, value, where)
    if origin is Literal:
        if value in inner:
            return value
        wanted_text = f"one of {', '.join(map(str, inner))}"
        if isinstance(value, str):
            raise ValueError(f"{where} is '{value[:_LONGEST]}': it has to be {wanted_text}")
        raise _misfit(value, wanted_text, where)
    if origin is tuple or origin is list:
        return _sequence(origin, inner, value, where)
    if origin in (Mapping, dict):
        if not isinstance(value, Mapping):
            raise _misfit(value, "an object", where)
        return {key: _value(inner[1], one, f"{where}.{key}") for key, one in value.items()}
    if dataclasses.is_dataclass(wanted):
        return read_as(wanted, value, where)  # type: ignore[arg-type]
    return _plain(wanted, value, where)


def _one_of(kinds: tuple[Any, ...], value: object, where: str) -> Any:
    """The first that fits; what is wrong is told of the first that could have."""
    if value is None and NoneType in kinds:
        return None
    error: ValueError | None = None
    for kind in kinds:
        if kind is not NoneType:
            try:
                return _value(kind, value, where)
            except ValueError as found:
                error = error or found
    assert error is not None, "a union has members"
    raise error


def _sequence(origin: type, inner: tuple[Any, ...], value: object, where: str) -> Any:
    if not isinstance(value, (list, tuple)):
        raise _misfit(value, "a list", where)
    is_open = origin is list or inner[-1] is Ellipsis
    if not is_open and len(value) != len(inner):
        raise ValueError(f"{where} has {len(value)} items: it has to have {len(inner)}")
    kinds = [inner[0]] * len(value) if is_open else inner
    return origin(
        _value(kind, one, f"{where}[{n}]") for n, (kind, one) in enumerate(zip(kinds, value, strict=True))
    )


def _plain(wanted: Any, value: object, where: str) -> Any:
    if wanted is float and value is None:
        return math.nan
    if wanted in (float, int) and isinstance(value, (int, wanted)) and not isinstance(value, bool):
        try:
            return wanted(value)
        except OverflowError as error:  # JSON's whole numbers have no end
            raise ValueError(f"{where} is larger than any number here") from error
    if wanted is Path and isinstance(value, str):
        return Path(value)
    if wanted in (str, bool) and isinstance(value, wanted):
        return value
    if isinstance(wanted, type) and issubclass(wanted, StemlatheError) and isinstance(value, Mapping):
        path = value.get("path")
        is_about = isinstance(path, str)
        return wanted(str(value.get("message")), kind=str(value.get("kind")), path=path if is_about else None)
    raise _misfit(value, _WANTED.get(wanted, "an object"), where)


def _misfit(value: object, wanted: str, where: str) -> ValueError:
    found = _FOUND.get(type(value), "an object")
    return ValueError(f"{where or 'the document'} is {found}: it has to be {wanted}")
