"""The bus as a programme that can be read again, and what has been delivered of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.plan.output import OutputSettings
from engine.rack.operation import Doubles
from engine.report.render import OutputReport

Blocks = Iterator[Doubles]


@dataclass(frozen=True)
class Programme:
    """The bus at one output rate, and parts of it, readable any number of times.

    Attributes:
        sample_rate: Hz.
        frames: length of the song at that rate.
        blocks: starts a new pass over it.
        parts: pairs of columns right of the bus.
    """

    sample_rate: int
    frames: int
    blocks: Callable[[], Blocks]
    parts: int = 0


@dataclass(frozen=True)
class Kept:
    """The bus of a whole song after one pass over its stems.

    Attributes:
        programmes: the bus alone, at each rate that is wanted.
        whole: the bus and all of its parts at the session's rate; None where no parts are wanted.
    """

    programmes: dict[int, Programme]
    whole: Programme | None


@dataclass(frozen=True)
class Delivered:
    """A written file and what it was written with.

    Attributes:
        report: what was measured.
        settings: it was written with these; a ceiling that had to be lowered is lowered here.
        asked: the same with the ceiling that was asked for.
        gains: the limiter's smallest gains, `(quanta, 0 or 1)`, see `engine.plan.stream.Stream.gains`.
    """

    report: OutputReport
    settings: OutputSettings
    asked: OutputSettings
    gains: Doubles
