"""Values as they are typed, by their declarations (`engine.session.words` says how they are shown)."""

from __future__ import annotations

import re
from typing import Any

from engine.session.declare import Kind, Parameter
from engine.session.words import name_of
from engine.units import MINUS

#: Units that may be typed, with their size in the unit of the parameter.
TYPED_UNITS: dict[str, dict[str, float]] = {
    "dB": {"db": 1.0},
    "dB/oct": {"db/oct": 1.0, "db": 1.0},
    "dBTP": {"db": 1.0, "dbtp": 1.0},
    "LUFS": {"lufs": 1.0, "db": 1.0},
    "Hz": {"hz": 1.0, "k": 1000.0, "khz": 1000.0},
    "ms": {"ms": 1.0, "s": 1000.0},
    "s": {"s": 1.0, "ms": 0.001, "min": 60.0},
    ":1": {":1": 1.0},
    "samples": {"samples": 1.0},
    "": {"%": 0.01},
}

_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+))\s*(.*)")
_ON = frozenset({"on", "true", "yes", "1"})
_OFF = frozenset({"off", "false", "no", "0"})


def parse_value(parameter: Parameter, text: str, sample_rate: int) -> Any:
    """A typed value: `-1.5`, `−1.5 dB`, `2k`, `0.12 s`, `2:1`, `50%`, `off`, or a word.

    Args:
        parameter: what is meant.
        text: as typed; the unit may be left out.
        sample_rate: Hz, for ranges that depend on it.

    Raises:
        ValueError: it cannot be meant; the text says what may stand here.
    """
    typed = text.strip().replace(MINUS, "-")
    if parameter.kind is Kind.SWITCH:
        if typed.lower() in _ON | _OFF:
            return typed.lower() in _ON
        raise ValueError(f"{name_of(parameter)} is on or off")
    if parameter.kind is Kind.CHOICE:
        return _choice(parameter, typed)
    if parameter.kind not in (Kind.NUMBER, Kind.WHOLE):
        return typed
    if parameter.word is not None and typed.lower() == parameter.word:
        return parameter.word
    if parameter.zero_is_off and typed.lower() == "off":
        return 0.0
    number = _number(parameter, typed, sample_rate)
    if not parameter.accepts(number, sample_rate):
        raise ValueError(f"{text.strip()} is out of range: {parameter.allowed(sample_rate)}")
    return round(number) if parameter.kind is Kind.WHOLE else number


def _choice(parameter: Parameter, typed: str) -> str:
    wanted = typed.lower().replace(" ", "_").replace("-", "_")
    found = [choice for choice in parameter.choices if choice.startswith(wanted)]
    if wanted in parameter.choices:
        return wanted
    if not wanted or len(found) != 1:
        raise ValueError(f"{name_of(parameter)} is one of {', '.join(parameter.choices)}")
    return found[0]


def _number(parameter: Parameter, typed: str, sample_rate: int) -> float:
    if typed.count(",") == 1 and "." not in typed:
        typed = typed.replace(",", ".")
    match = _NUMBER.fullmatch(typed)
    if match is None:
        raise ValueError(f"'{typed}' is no number: {parameter.allowed(sample_rate)}")
    units, unit = TYPED_UNITS.get(parameter.unit, {}), match[2].strip().lower()
    if unit and unit not in units:
        known = " or ".join(units) or "no unit"
        raise ValueError(f"'{match[2].strip()}' is not its unit: {known} is expected")
    # nine decimals hide what a factor like 0.001 adds
    return round(float(match[1]) * units.get(unit, 1.0), 9)


def parse_time_s(text: str, here_s: float) -> float:
    """A typed time of the song, s: `1:23.5`, `1:02:03`, `83.5`; `+10` and `-10` count from `here_s`.

    Raises:
        ValueError: it is no time.
    """
    typed = text.strip().replace(MINUS, "-").removesuffix("s").strip()
    match = re.fullmatch(r"([-+]?)(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d*)?)", typed)
    if match is None:
        raise ValueError(f"'{text.strip()}' is no time: type 1:23.5, 83.5, +10 or -10")
    seconds = 3600.0 * int(match[2] or 0) + 60.0 * int(match[3] or 0) + float(match[4].replace(",", "."))
    if match[1]:
        return here_s + (seconds if match[1] == "+" else -seconds)
    return seconds
