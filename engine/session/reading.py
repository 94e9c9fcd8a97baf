"""Reads TOML tables by their declarations and says exactly what is wrong with them.

Every complaint is a `SessionError` of one sentence: the file, the full path of the key, what is
wrong, and what is allowed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from engine.errors import SessionError
from engine.session.declare import Kind, Parameter

#: A key's place: table keys and list indices from the root.
KeyPath = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")

#: Longest piece of a user's text that a message repeats.
_SHOWN_LENGTH = 60


def key_text(key: KeyPath) -> str:
    """A key's place as text: `stems[2].chain[0].bands[1].q`; keys that are not bare are quoted."""
    parts: list[str] = []
    for part in key:
        if isinstance(part, int):
            parts.append(f"[{part}]")
            continue
        name = part if _BARE_KEY.fullmatch(part) else f'"{_shortened(part)}"'
        parts.append(f".{name}" if parts else name)
    return "".join(parts)


def folded(name: str) -> str:
    """A name as it is compared: without regard to case and to how its accents are encoded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _shortened(value: str) -> str:
    cut = value if len(value) <= _SHOWN_LENGTH else value[: _SHOWN_LENGTH - 1] + "…"
    return "".join(char if char.isprintable() else "?" for char in cut)


def shown(value: Any) -> str:
    """A value as a message repeats it: short, printable, whatever it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{_shortened(value)}"'
    if isinstance(value, int):
        # Python refuses to print integers of thousands of digits
        return str(value) if value.bit_length() < 128 else "a huge number"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Mapping):
        return "a table"
    return "a list" if isinstance(value, list) else "a date or time"


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint for a mistyped name: the nearest known one, or all of them.

    Args:
        name: what was typed.
        known: what exists.
    """
    names = list(known)
    by_fold = {folded(item): item for item in names}
    import difflib

    near = difflib.get_close_matches(folded(name[:_SHOWN_LENGTH]), by_fold, n=1, cutoff=0.5)
    return f"did you mean '{by_fold[near[0]]}'?" if near else f"known are {', '.join(names)}"


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc"


def is_number(value: Any) -> bool:
    """Whether a TOML value is a number; `true` is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Reader:
    """Reads the tables of one file.

    Args:
        file: named in every complaint.
        sample_rate: Hz, for ranges that depend on it; set it as soon as it is known.
    """

    def __init__(self, file: Path, sample_rate: int = 0) -> None:
        self.file = file
        self.sample_rate = sample_rate

    def refuse(
        self, key: KeyPath, problem: str, *, kind: str | None = None, path: Path | None = None
    ) -> NoReturn:
        """Raises the complaint about a key.

        Args:
            key: its place; empty: the file as a whole.
            problem: what is wrong and what to do, without the file and the key.
            kind: of the error, `bad_session` by default.
            path: the file to blame, if it is not this one.

        Raises:
            SessionError: always.
        """
        place = key_text(key)
        where = f"{self.file}: {place}" if place else str(self.file)
        raise SessionError(f"{where}: {problem}", key=place or None, kind=kind, path=path or self.file)

    def table(self, value: Any, key: KeyPath, fields: Sequence[Parameter]) -> dict[str, Any]:
        """A table with every declared key: checked values, defaults where none is given.

        Sections (TABLE, and TABLES without `fields`) are passed on as they are for the caller to
        read, None where they are missing.

        Raises:
            SessionError: for anything undeclared, missing, mistyped or out of range.
        """
        if not isinstance(value, Mapping):
            self.refuse(key, f"{shown(value)} is not a table")
        known = {field.name: field for field in fields}
        for name in value:
            if name not in known:
                self.refuse((*key, name), f"unknown key: {nearest(name, known)}")
        result: dict[str, Any] = {}
        for name, field in known.items():
            if name in value:
                result[name] = self.value(value[name], (*key, name), field)
            elif field.required:
                self.refuse((*key, name), f"is missing: give {_expected(field, self.sample_rate)}")
            else:
                result[name] = field.default
        return result

    def tables(self, value: Any, key: KeyPath) -> list[tuple[Any, KeyPath]]:
        """The items of a list with their places; an absent list (None) is empty.

        Raises:
            SessionError: when it is no list.
        """
        if value is None:
            return []
        if not isinstance(value, list):
            name = key[-1]
            self.refuse(
                key, f"{shown(value)} is not a list of tables: write it as [[{name}]] or {name} = [ … ]"
            )
        return [(item, (*key, index)) for index, item in enumerate(value)]

    def value(self, value: Any, key: KeyPath, field: Parameter) -> Any:
        """One value, checked against its declaration; numbers come back as floats.

        Raises:
            SessionError: for the wrong type or a value out of range.
        """
        kind = field.kind
        if kind in (Kind.NUMBER, Kind.WHOLE):
            return self._number(value, key, field)
        if kind is Kind.SWITCH:
            return value if isinstance(value, bool) else self._mistyped(value, key, field)
        if kind in (Kind.TEXT, Kind.PATH):
            return self._text(value, key, field)
        if kind is Kind.CHOICE:
            return self._choice(value, key, field)
        if kind is Kind.TABLE or (kind is Kind.TABLES and not field.fields):
            return value
        items = self._items(value, key, field)
        if kind is Kind.TABLES:
            return tuple(self.table(item, (*key, index), field.fields) for index, item in items)
        item_field = field.item or Parameter(field.name, Kind.TEXT, field.help)
        return tuple(self.value(item, (*key, index), item_field) for index, item in items)

    def _mistyped(self, value: Any, key: KeyPath, field: Parameter) -> NoReturn:
        self.refuse(key, f"{shown(value)} is of the wrong type: give {_expected(field, self.sample_rate)}")

    def _number(self, value: Any, key: KeyPath, field: Parameter) -> float | int | None:
        if field.word is not None and value == field.word:
            return None
        if not is_number(value) or (field.kind is Kind.WHOLE and isinstance(value, float)):
            self._mistyped(value, key, field)
        allowed = field.allowed(self.sample_rate)
        if isinstance(value, float) and not math.isfinite(value):
            self.refuse(key, f"{shown(value)} is no finite number: allowed is {allowed}")
        # before the conversion: an integer can be too large for a float
        if not field.accepts(value, self.sample_rate) or abs(value) > 1e300:
            self.refuse(key, f"{shown(value)} is out of range: allowed is {allowed}")
        return int(value) if field.kind is Kind.WHOLE else float(value)

    def _text(self, value: Any, key: KeyPath, field: Parameter) -> str:
        if not isinstance(value, str):
            self._mistyped(value, key, field)
        forbidden = {"\0"} if field.kind is Kind.PATH else {char for char in value if _is_control(char)}
        forbidden -= {"\n", "\t"} if field.lines else set()
        if not forbidden.isdisjoint(value):
            self.refuse(key, "holds control characters: remove them")
        if not field.lower() <= len(value) <= field.upper(self.sample_rate):
            self.refuse(key, f"has {len(value)} characters: allowed is {field.allowed(self.sample_rate)}")
        return value

    def _choice(self, value: Any, key: KeyPath, field: Parameter) -> str:
        if not isinstance(value, str):
            self._mistyped(value, key, field)
        if value not in field.choices:
            self.refuse(key, f"{shown(value)} is unknown: allowed is {', '.join(field.choices)}")
        return value

    def _items(self, value: Any, key: KeyPath, field: Parameter) -> Iterable[tuple[int, Any]]:
        if not isinstance(value, list):
            self._mistyped(value, key, field)
        if not field.lower() <= len(value) <= field.upper(self.sample_rate):
            limits = f"{field.lower():.0f} to {field.upper(self.sample_rate):.0f}"
            self.refuse(key, f"holds {len(value)} items: allowed is {limits}")
        return enumerate(value)


def _expected(field: Parameter, sample_rate: int) -> str:
    """What to write instead."""
    if field.kind is Kind.CHOICE:
        return f"one of {', '.join(field.choices)}"
    ranged = field.kind in (Kind.NUMBER, Kind.WHOLE)
    return f"{field.kind.value}, {field.allowed(sample_rate)}" if ranged else field.kind.value
