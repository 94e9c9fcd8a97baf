"""Signatures of compiled functions as text.

The text is numba's own (`void(float64[:, ::1], int64)`): arrays are C-contiguous.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WHOLE = re.compile(
    r"(?:UniTuple\((?P<each>\w+), (?P<count>\d+)\)|(?P<one>\w+))\((?P<arguments>.*)\)", re.DOTALL
)
_ARGUMENT = re.compile(r"(\w+)(\[[^\]]*\])?")


@dataclass(frozen=True, slots=True)
class Kind:
    """An argument: a number, or an array of so many dimensions."""

    name: str
    dimensions: int

    def __str__(self) -> str:
        return f"{self.name} array of {self.dimensions} dimensions" if self.dimensions else self.name


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes, and `results` numbers of type `result` that it returns (0: nothing)."""

    arguments: tuple[Kind, ...]
    result: str
    results: int
    is_tuple: bool


def parsed(text: str) -> Signature:
    """The signature that a text declares.

    Raises:
        ValueError: it is written in another way than this reads.
    """
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text}: not a signature that can be called")
    kinds = tuple(
        Kind(name, shape.count(":") - shape.count("::") if shape else 0)
        for name, shape in _ARGUMENT.findall(found["arguments"])
    )
    if found["each"] is not None:
        return Signature(kinds, found["each"], int(found["count"]), is_tuple=True)
    return Signature(kinds, found["one"], 0 if found["one"] == "void" else 1, is_tuple=False)
