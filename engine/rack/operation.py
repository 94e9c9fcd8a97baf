"""What a rack module hands to the planner: operations with their parameters and state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import Kernel

Doubles = NDArray[np.float64]


def _empty() -> Doubles:
    return np.zeros(0)


@dataclass(frozen=True)
class Use:
    """One placement of a processor.

    Attributes:
        settings: every declared parameter of the processor, by name.
        columns: the frame-matrix columns of its left and right lane; the right is the left + 1.
        followers: further pairs of columns (parts of the same mix) that get the same processing:
            linear stages run on them too, and every gain is decided on `columns` and applied to
            them, so that parts which sum to `columns` before still do so afterwards.
        watched: what makes its gains act is to be had too, see `Gain.watch`.
        turns: a number for each of its pairs that belongs to what it carries, whatever else is there:
            what works block by block takes turns by it, so that no bit depends on the company.
    """

    settings: Mapping[str, Any]
    columns: tuple[int, int]
    followers: tuple[tuple[int, int], ...] = ()
    watched: bool = False
    turns: tuple[int, ...] = ()

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The use's own columns, then its followers'."""
        return (self.columns, *self.followers)

    @property
    def all_turns(self) -> tuple[int, ...]:
        """The turn of each of its pairs."""
        return self.turns or (0,) * len(self.pairs)


@dataclass(frozen=True)
class Operation:
    """One row of a plan.

    Attributes:
        kernel: what to run on each quantum.
        words: the kernel's own int64 words (columns, counts, lengths).
        parameters: float64, read only while running.
        state: float64, the initial content of the kernel's memory; the planner copies it.
    """

    kernel: Kernel
    words: tuple[int, ...]
    parameters: Doubles = field(default_factory=_empty)
    state: Doubles = field(default_factory=_empty)


@dataclass(frozen=True)
class Gain:
    """A gain that a processor has decided.

    Attributes:
        column: holds it, linear, after the quantum.
        neutral: its value where nothing is reduced, linear: a compressor's make-up, for example.
        floor: level, linear, that what its detector sees has to reach to make it act; 0: any.
        watch: of a watched use, the operation that writes down which of the use's followers makes it
            act (`engine.rack.watch`). They are taken to add up to the use's own columns.
    """

    column: int
    neutral: float = 1.0
    floor: float = 0.0
    watch: Operation | None = None


@dataclass(frozen=True)
class Prepared:
    """The operations of equal processors, prepared together.

    Attributes:
        operations: in running order.
        latency_frames: whole frames by which every use's lanes come out later.
        gains: per use, what it has decided: none, one, or one for each of its bands.
    """

    operations: tuple[Operation, ...]
    latency_frames: int = 0
    gains: tuple[tuple[Gain, ...], ...] = ()

    @property
    def gain_columns(self) -> tuple[int, ...]:
        """Per use, the column of its only gain, −1 where it has none or several."""
        return tuple(own[0].column if len(own) == 1 else -1 for own in self.gains)


class Context(Protocol):
    """What a rack module may ask of the planner."""

    @property
    def sample_rate(self) -> int:
        """Hz."""

    def allocate_columns(self, count: int) -> int:
        """The first of `count` adjacent new scratch columns of the frame matrix."""


class RackModule(Protocol):
    """A module `engine.rack.<type>`; found by the processor's type, registered nowhere.

    One that is late also has `latency_frames(settings, sample_rate)`. It depends on as few settings as
    can be, because uses of different latency are not prepared together, and is what a switched-off
    processor delays by.
    """

    def prepare(self, uses: Sequence[Use], context: Context) -> Prepared:
        """Designs the coefficients of all `uses` and lays out their operations."""
