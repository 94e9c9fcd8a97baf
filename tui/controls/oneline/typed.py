"""What is typed behind a one-line command, as values: by unit, by name, or in the declared order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.session.declare import Kind, Parameter
from engine.session.words import spoken
from engine.units import MINUS, with_minus
from tui.controls.quantity import TYPED_UNITS, parse_value

_NUMBER = re.compile(r"([-+]?(?:\d+[.,]?\d*|[.,]\d+))(.*)")
_NAMED = re.compile(r"([a-z][a-z_-]*?)[=:]?([-+]?[\d.,].*)")
_PLACE = re.compile(r"#(\d+)")

#: What is done to a processor as a whole.
ON, OFF, REMOVE = "on", "off", "remove"
_WHOLE = (ON, OFF, REMOVE)


class NotMeantError(ValueError):
    """What is typed cannot be meant; the text says which part of it, and what may stand there."""


class NothingToDoError(NotMeantError):
    """Everything is as it was typed already."""


@dataclass
class Typed:
    """What was typed.

    Attributes:
        values: by the names of their parameters.
        place: which of several processors of the type, from 0; None: not said.
        whole: what is done to the processor as a whole; empty: nothing.
    """

    values: dict[str, Any] = field(default_factory=dict)
    place: int | None = None
    whole: str = ""


def words_of(text: str) -> list[str]:
    """The words, a unit joined to the number before it: `3 kHz` is one."""
    known = {unit for units in TYPED_UNITS.values() for unit in units}
    words: list[str] = []
    for word in text.replace(MINUS, "-").split():
        is_unit = word.lower() in known and word.lower() != "min"
        if words and is_unit and re.fullmatch(r"[-+]?[\d.,]+", words[-1]):
            words[-1] += word
        else:
            words.append(word)
    return words


def read(words: Sequence[str], fields: Sequence[Parameter], sample_rate: int, what: str) -> Typed:
    """Values of `fields` as typed.

    Args:
        words: what follows the command.
        fields: what may be given, in the order in which plain numbers fill it.
        sample_rate: Hz.
        what: whose values they are, for complaints.

    Raises:
        NotMeantError: a word is none of them.
    """
    typed, waiting = Typed(), list(words)
    while waiting:
        word = waiting.pop(0)
        open_fields = [one for one in fields if one.name not in typed.values]
        if word.lower() in _WHOLE:
            typed.whole = word.lower()
        elif (place := _PLACE.fullmatch(word)) is not None:
            typed.place = int(place[1]) - 1
        elif _NUMBER.fullmatch(word):
            parameter = _meant(word, open_fields, fields, what)
            typed.values[parameter.name] = _value(parameter, word, sample_rate)
        else:
            _take_word(word, waiting, typed, open_fields, fields, sample_rate, what)
    return typed


def _take_word(
    word: str,
    waiting: list[str],
    typed: Typed,
    open_fields: Sequence[Parameter],
    fields: Sequence[Parameter],
    sample_rate: int,
    what: str,
) -> None:
    """A choice, a name with its value in the same word, or a name whose value is the next word."""
    name, equals, value = word.lower().partition("=")
    if not equals:
        chosen = _choice(name, open_fields)
        if chosen is not None:
            typed.values[chosen[0].name] = chosen[1]
            return
        attached = _NAMED.fullmatch(word.lower())
        if attached is not None:
            name, value = attached[1], attached[2]
    parameter = named(name, fields)
    if parameter is None:
        raise NotMeantError(f"'{word}' is no value of {what}: it takes {_listed(fields)}")
    if not value:
        if not waiting:
            raise NotMeantError(f"{spoken(parameter.name)} needs a value: {_allowed(parameter, sample_rate)}")
        value = waiting.pop(0)
    typed.values[parameter.name] = _value(parameter, value, sample_rate)


def named(name: str, fields: Sequence[Parameter]) -> Parameter | None:
    """The field a name or the beginning of one means; the first of several that begin so."""
    wanted = name.replace("_", " ").replace("-", " ").strip()
    same = [one for one in fields if wanted in (spoken(one.name), one.name.replace("_", " "))]
    begun = [one for one in fields if wanted and spoken(one.name).startswith(wanted)]
    return next(iter(same or begun), None)


def _choice(word: str, fields: Sequence[Parameter]) -> tuple[Parameter, str] | None:
    """The choice a word means: whole, its initials, or the only one that begins so."""
    wanted = word.replace("-", "_")
    chosen: list[tuple[Parameter, str]] = []
    for one in fields:
        for choice in one.choices if one.kind is Kind.CHOICE else ():
            initials = "".join(part[0] for part in choice.split("_")) if "_" in choice else choice
            if wanted in (choice, choice.replace("_", ""), initials):
                return one, choice
            if len(wanted) > 1 and choice.startswith(wanted):
                chosen.append((one, choice))
    by_name = named(word, [one for one in fields if one.kind is not Kind.CHOICE])
    return chosen[0] if len(chosen) == 1 and by_name is None else None


def _meant(word: str, open_fields: Sequence[Parameter], fields: Sequence[Parameter], what: str) -> Parameter:
    """The field a number fills: by its unit; a signed one by what can be negative; else the next one."""
    match = _NUMBER.fullmatch(word)
    assert match is not None
    unit, signed = match[2].lower(), match[1][0] in "+-"
    numbers = [one for one in open_fields if one.kind in (Kind.NUMBER, Kind.WHOLE)]
    if unit:
        fitting = [one for one in numbers if unit in TYPED_UNITS.get(one.unit, {})]
        if not fitting:
            given = [one for one in fields if unit in TYPED_UNITS.get(one.unit, {})]
            why = "is there already" if given else f"fits nothing of {what}"
            raise NotMeantError(f"'{word}' {why}: it takes {_listed(fields)}")
    else:
        fitting = numbers
    if signed and any(one.lower() < 0.0 for one in fitting):
        fitting = [one for one in fitting if one.lower() < 0.0]
    if not fitting:
        raise NotMeantError(f"'{word}' is one too many: {what} takes {_listed(fields)}")
    return fitting[0]


def _value(parameter: Parameter, text: str, sample_rate: int) -> Any:
    try:
        return parse_value(parameter, text, sample_rate)
    except ValueError as error:
        raise NotMeantError(f"{spoken(parameter.name)}: {error}") from error


def _allowed(parameter: Parameter, sample_rate: int) -> str:
    return with_minus(parameter.allowed(sample_rate))


def _listed(fields: Sequence[Parameter]) -> str:
    """The values there are, with their units."""
    return ", ".join(
        f"{spoken(one.name)} ({one.unit})" if one.unit else spoken(one.name)
        for one in fields
        if one.kind in (Kind.NUMBER, Kind.WHOLE, Kind.SWITCH, Kind.CHOICE)
    )
