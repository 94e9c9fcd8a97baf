"""What a parameter is: declared once, everything else derived from it.

Validation, default values, allowed ranges in messages, the steps of the console's keys and the
printed documentation all come from these declarations. Standard library only, so that a console
can read them without the DSP.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Kind(enum.Enum):
    """The type of value a key takes in the session file; the value is its name in messages."""

    NUMBER = "a number"
    WHOLE = "a whole number"
    SWITCH = "true or false"
    TEXT = "text"
    PATH = "a path"
    CHOICE = "one of its choices"
    NUMBERS = "a list of numbers"
    TEXTS = "a list of texts"
    TABLE = "a table"
    TABLES = "a list of tables"


@dataclass(frozen=True)
class Parameter:
    """One key: its type, range, default, and how far the keys of a console move it.

    Attributes:
        name: the key in the session file; quantities end in their unit (`threshold_db`).
        kind: type of the value.
        help: what it does, a phrase without a full stop.
        unit: for display, `dB`, `Hz`, `ms`; empty where there is none.
        minimum: smallest number, or length of a text, or count of a list; None: no limit.
        maximum: largest, likewise.
        rate_fraction: the maximum as a fraction of the sample rate, instead of `maximum`.
        zero_is_off: 0 is allowed below `minimum` and switches the function off.
        default: what a missing key means; meaningless where `required`.
        required: the key must be given.
        step: one small step; a factor where `logarithmic`, else an amount to add.
        coarse_step: one coarse step, likewise.
        logarithmic: steps multiply instead of add.
        choices: the texts a CHOICE allows.
        values: the only numbers that are allowed, ascending; empty: all within the range.
        lines: a TEXT may have several lines.
        word: a text allowed besides numbers, which stands for "no value" (`none`).
        fields: the keys of each table of TABLES.
        item: the range of each number of NUMBERS.
        only_for: of a key in a table that begins with a CHOICE, the choices for which it means something;
            empty: all. Elsewhere it is ignored.
    """

    name: str
    kind: Kind
    help: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    rate_fraction: float | None = None
    zero_is_off: bool = False
    default: Any = None
    required: bool = False
    step: float = 0.0
    coarse_step: float = 0.0
    logarithmic: bool = False
    choices: tuple[str, ...] = ()
    values: tuple[float, ...] = ()
    lines: bool = False
    word: str | None = None
    fields: tuple[Parameter, ...] = ()
    item: Parameter | None = None
    only_for: tuple[str, ...] = ()

    def upper(self, sample_rate: int) -> float:
        """The largest number allowed at `sample_rate` Hz; +∞ without a limit."""
        if self.rate_fraction is not None:
            return self.rate_fraction * sample_rate
        return math.inf if self.maximum is None else self.maximum

    def lower(self) -> float:
        """The smallest number allowed besides an `off` of 0; −∞ without a limit."""
        return -math.inf if self.minimum is None else self.minimum

    def accepts(self, value: float, sample_rate: int) -> bool:
        """Whether a number is finite and within the range at `sample_rate` Hz."""
        if self.zero_is_off and value == 0:
            return True
        if self.values:
            return value in self.values
        return self.lower() <= value <= self.upper(sample_rate) and abs(value) != math.inf

    def allowed(self, sample_rate: int) -> str:
        """The range as a person reads it, for example `10 to 23520 Hz` or `0 (off) or 10 to 1000 Hz`."""
        if self.kind is Kind.CHOICE:
            return ", ".join(self.choices)
        if self.values:
            return f"{', '.join(f'{value:g}' for value in self.values)} {self.unit}".rstrip()
        low, high = self.lower(), self.upper(sample_rate)
        if math.isinf(low) and math.isinf(high):
            text = "any finite number"
        elif math.isinf(high):
            text = f"{low:.10g} or more"
        else:
            text = f"{low:.10g} to {high:.10g}"
        text = f"{text} {self.unit}" if self.unit else text
        if self.rate_fraction is not None:
            text = f"{text} ({self.rate_fraction:g} of the sample rate)"
        text = f"0 (off) or {text}" if self.zero_is_off else text
        return f'{text}, or "{self.word}"' if self.word else text

    def stepped(self, value: float, steps: int, *, coarse: bool = False, sample_rate: int) -> float:
        """`value` moved by a number of steps and kept within the range.

        Args:
            value: where to start, within the range.
            steps: how many, negative: down.
            coarse: take coarse steps.
            sample_rate: Hz, for ranges that depend on it.

        Returns:
            the new value, rounded to 6 decimals (added steps) or 5 significant digits (factors);
            `off` (0) when a parameter that can be off is moved below its minimum.
        """
        if self.values:
            at = min(range(len(self.values)), key=lambda index: abs(self.values[index] - value)) + steps
            return self.values[min(max(at, 0), len(self.values) - 1)]
        step = self.coarse_step if coarse else self.step
        if steps == 0 or step == 0.0:
            return value
        if self.zero_is_off and value == 0.0:
            return self.lower() if steps > 0 else 0.0
        moved = _multiplied(value, step, steps) if self.logarithmic else round(value + step * steps, 6)
        if self.zero_is_off and moved < self.lower():
            return 0.0
        return min(max(moved, self.lower()), self.upper(sample_rate))


def _multiplied(value: float, factor: float, times: int) -> float:
    """`value · factor^times` to 5 significant digits, far beyond any range at most."""
    exponent = min(max(times * math.log(factor), -100.0), 100.0)
    return float(f"{value * math.exp(exponent):.5g}")


class Curve(enum.Enum):
    """What a processor does, as far as it can be drawn from its settings."""

    NONE = "nothing"
    EQUALISER = "gain over frequency: the sum of its bands"
    DYNAMICS = "level out over level in: threshold, ratio and knee"
    BAND_DYNAMICS = "thresholds over frequency; level out over level in for a band"
    REDUCTION = "the gain reduction lately"
    WAVESHAPE = "sample out over sample in"


class Advice(enum.Enum):
    """What the quick-reference card has to say about a processor (`engine.session.range_card`)."""

    BANDS = "gain and Q of each band of an equaliser"
    RATIO = "the card's ratio"
    RATIO_LIMIT = "the common limit of a ratio, not the card's"
    TIMES = "the card's attack and release"


@dataclass(frozen=True)
class ProcessorDeclaration:
    """One type of processor.

    Attributes:
        type: its name in the session file and of its rack module.
        title: for people.
        short: one or two capitals for narrow places; shown in lower case where it is bypassed.
        help: what it does, a phrase without a full stop.
        parameters: in the order in which they are shown and written.
        stems: whether it may stand in the chain of a stem.
        curve: how the chain editor draws it.
        advice: what the card compares; of each band where the parameters stand in bands.
        initial: what a new one is given where neither the card nor a default has a value.
    """

    type: str
    title: str
    short: str
    help: str
    parameters: tuple[Parameter, ...]
    stems: bool = True
    curve: Curve = Curve.NONE
    advice: frozenset[Advice] = frozenset()
    initial: Mapping[str, Any] = field(default_factory=dict)

    @property
    def by_name(self) -> Mapping[str, Parameter]:
        """The parameters by their names."""
        return {parameter.name: parameter for parameter in self.parameters}


def number(
    name: str,
    help: str,
    unit: str,
    minimum: float,
    maximum: float,
    default: float | None = None,
    **more: Any,
) -> Parameter:
    """Declares a number within a range; `more` are further attributes of `Parameter`."""
    return Parameter(name, Kind.NUMBER, help, unit, minimum, maximum, default=default, **more)


def choice(name: str, help: str, choices: tuple[str, ...], default: str) -> Parameter:
    """Declares a choice between words."""
    return Parameter(name, Kind.CHOICE, help, choices=choices, default=default)


def switch(name: str, help: str, default: bool) -> Parameter:
    """Declares an on/off switch."""
    return Parameter(name, Kind.SWITCH, help, default=default)


def text(name: str, help: str, *, maximum: int = 120, **more: Any) -> Parameter:
    """Declares a text of 1 to `maximum` characters; `more` are further attributes of `Parameter`."""
    return Parameter(name, Kind.TEXT, help, "characters", 1, maximum, **more)
