"""Roles of stems and the quick-reference card: conservative ranges and starting values."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from engine.session.data import shipped

_FILE = "roles.toml"

#: The column of the card that holds for the master bus.
MASTER_COLUMN = "master"


@dataclass(frozen=True)
class Range:
    """A range of the card, both ends included."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """The starting value: half-way."""
        return (self.low + self.high) / 2.0

    def holds(self, value: float) -> bool:
        """Whether a value lies within, allowing for rounding in decimal notation."""
        return self.low - 1e-9 <= value <= self.high + 1e-9

    def text(self, unit: str) -> str:
        """For messages: `10 to 30 ms`."""
        return f"{self.low:g} to {self.high:g} {unit}".rstrip()


@dataclass(frozen=True)
class Card:
    """One column of the quick-reference card.

    Attributes:
        column: its name.
        title: for people.
        trim_db: magnitude of the fader's usual moves, dB.
        ratio: of the compressor.
        eq_maximum_db: largest boost or cut of an EQ band, dB.
        attack_ms: of the compressor.
        release_ms: of the compressor.
        eq_hz: low shelf, peak and high shelf of the starting EQ (not a value of the card).
    """

    column: str
    title: str
    trim_db: Range
    ratio: Range
    eq_maximum_db: float
    attack_ms: Range
    release_ms: Range
    eq_hz: tuple[float, float, float]


@dataclass(frozen=True)
class Role:
    """What a stem holds.

    Attributes:
        name: as in the session file.
        title: for people.
        card: the column of the card that holds for it.
    """

    name: str
    title: str
    card: Card


@functools.cache
def cards() -> Mapping[str, Card]:
    """The columns of the card by name, `master` among them."""
    return {
        name: Card(
            column=name,
            title=column["title"],
            trim_db=Range(*column["trim_db"]),
            ratio=Range(*column["ratio"]),
            eq_maximum_db=column["eq_maximum_db"],
            attack_ms=Range(*column["attack_ms"]),
            release_ms=Range(*column["release_ms"]),
            eq_hz=tuple(column["eq_hz"]),
        )
        for name, column in shipped(_FILE)["columns"].items()
    }


@functools.cache
def roles() -> Mapping[str, Role]:
    """Every role by name, in the order in which they are offered."""
    return {
        name: Role(
            name=name,
            title=role["title"],
            card=cards()[role["column"]],
        )
        for name, role in shipped(_FILE)["roles"].items()
    }


def master_card() -> Card:
    """The column of the master bus."""
    return cards()[MASTER_COLUMN]
