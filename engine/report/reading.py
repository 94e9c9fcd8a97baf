"""Reports read back: from plain JSON values to the dataclasses that `engine.report.plain` wrote them from.

Keys that a dataclass does not have are left out: a newer program wrote them. What is missing or of another
type is told by its place in the document.

A reader is made once for each type, and only what is wrong looks for its place: the console reads the words
of an engine at every edit.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from engine.errors import StemlatheError

Data = TypeVar("Data")
#: Makes a value of what JSON gave.
_Reader = Callable[[Any], Any]

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


class _MisfitError(ValueError):
    """A value that does not fit; who looks for it from outside adds where it stands."""

    def __init__(self, said: str, place: str = "") -> None:
        super().__init__(said, place)
        self.said, self.place = said, place

    def inside(self, place: str) -> _MisfitError:
        """The same, one level further out."""
        dot = "." if self.place and not self.place.startswith("[") else ""
        return _MisfitError(self.said, f"{place}{dot}{self.place}")

    def __str__(self) -> str:
        return f"{self.place or 'the document'} {self.said}"


def read_as(kind: type[Data], tree: object) -> Data:
    """A dataclass from its JSON.

    A `float` that is null becomes NaN, a `Level` −∞. A dataclass with its own `as_json()` may define
    `fields_from_json(tree)`, which gives the values of its fields.

    Args:
        kind: the dataclass.
        tree: what JSON gave.

    Raises:
        ValueError: a key is missing, or a value of another type than it has to be.
    """
    found: Data = _reader(kind)(tree)  # type: ignore[arg-type] # a class can be hashed
    return found


def read_all(kind: type[Data], trees: Iterable[object], place: str) -> tuple[Data, ...]:
    """The same of each in a list; `place` is that of the list, for errors."""
    try:
        return tuple(_items(_reader(kind), trees))  # type: ignore[arg-type] # likewise
    except _MisfitError as error:
        raise error.inside(place) from None


@functools.lru_cache(maxsize=1024)
def _reader(wanted: Any) -> _Reader:
    """What reads values of a type."""
    origin, inner = get_origin(wanted), get_args(wanted)
    if wanted is Any:
        return lambda value: value
    if origin is Annotated:  # a level, with what null stands for
        level, silence = _reader(inner[0]), inner[1]
        return lambda value: silence if value is None else level(value)
    if origin in (Union, UnionType):
        return _one_of(inner)
    if origin is Literal:
        return _choice(inner)
    if origin is tuple or origin is list:
        return _sequence(origin, inner)
    if origin in (Mapping, dict):
        return _mapping(_reader(inner[1]))
    if dataclasses.is_dataclass(wanted):
        return _dataclass(wanted)
    if wanted is float:
        return _number
    if wanted is Path:
        return lambda value: Path(_text(value))
    if wanted is str:
        return _text
    if isinstance(wanted, type) and issubclass(wanted, StemlatheError):
        return lambda value: _error(wanted, value)
    return lambda value: _exactly(wanted, value)


def _dataclass(kind: Any) -> _Reader:
    types, none = get_type_hints(kind, include_extras=True), dataclasses.MISSING
    fields = [(one.name, _reader(types[one.name])) for one in dataclasses.fields(kind)]
    needed = [
        one.name for one in dataclasses.fields(kind) if one.default is none and one.default_factory is none
    ]
    own = getattr(kind, "fields_from_json", None)

    def read(tree: Any) -> Any:
        if not isinstance(tree, Mapping):
            raise _misfit(tree, "an object")
        given = tree if own is None else own(tree)
        values = {}
        for name, reader in fields:
            if name in given:
                try:
                    values[name] = reader(given[name])
                except _MisfitError as error:
                    raise error.inside(name) from None
        if len(values) < len(fields):
            for name in needed:
                if name not in values:
                    raise _MisfitError("is missing", name)
        return kind(**values)

    return read


def _one_of(kinds: tuple[Any, ...]) -> _Reader:
    """The first that fits; what is wrong is told of the first that could have."""
    first, *others = [_reader(kind) for kind in kinds if kind is not NoneType]
    is_optional = NoneType in kinds

    def read(value: Any) -> Any:
        if value is None and is_optional:
            return None
        try:
            return first(value)
        except _MisfitError as error:
            for reader in others:
                try:
                    return reader(value)
                except _MisfitError:
                    continue
            raise error from None

    return read


def _choice(words: tuple[Any, ...]) -> _Reader:
    wanted = f"one of {', '.join(map(str, words))}"

    def read(value: Any) -> Any:
        if value in words:
            return value
        if isinstance(value, str):
            raise _MisfitError(f"is '{value[:_LONGEST]}': it has to be {wanted}")
        raise _misfit(value, wanted)

    return read


def _sequence(origin: Any, inner: tuple[Any, ...]) -> _Reader:
    is_open = origin is list or inner[-1] is Ellipsis
    readers = [_reader(one) for one in inner if one is not Ellipsis]

    def read(value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise _misfit(value, "a list")
        if is_open:
            return origin(_items(readers[0], value))
        if len(value) != len(readers):
            raise _MisfitError(f"has {len(value)} items: it has to have {len(readers)}")
        return origin(reader(one) for reader, one in zip(readers, value, strict=True))

    return read


def _items(reader: _Reader, values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    try:
        for value in values:
            found.append(reader(value))  # noqa: PERF401 - how many there are tells the place
    except _MisfitError as error:
        raise error.inside(f"[{len(found)}]") from None
    return found


def _mapping(reader: _Reader) -> _Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise _misfit(value, "an object")
        found = {}
        for key, one in value.items():
            try:
                found[key] = reader(one)
            except _MisfitError as error:
                raise error.inside(str(key)) from None
        return found

    return read


def _number(value: Any) -> float:
    if type(value) is float:
        return value
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _misfit(value, _WANTED[float])
    try:
        return float(value)
    except OverflowError:  # JSON's whole numbers have no end
        raise _MisfitError("is larger than any number here") from None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _misfit(value, _WANTED[str])


def _exactly(wanted: Any, value: Any) -> Any:
    if type(value) is wanted:
        return value
    raise _misfit(value, _WANTED.get(wanted, "an object"))


def _error(kind: type[StemlatheError], value: Any) -> StemlatheError:
    if not isinstance(value, Mapping):
        raise _misfit(value, "an object")
    path = value.get("path")
    told = str(value.get("message")), str(value.get("kind"))
    return kind(told[0], kind=told[1], path=path if isinstance(path, str) else None)


def _misfit(value: Any, wanted: str) -> _MisfitError:
    found = "a list" if isinstance(value, list) else _FOUND.get(type(value), "an object")
    return _MisfitError(f"is {found}: it has to be {wanted}")
