"""Laying out operations: columns of the frame matrix, chains side by side, taps on their gains."""

from __future__ import annotations

import importlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from engine.plan.plan import Plan, pack
from engine.rack.delay import delay_columns
from engine.rack.gain import scale_columns
from engine.rack.operation import Gain, Operation, Prepared, RackModule, Use
from engine.session.model import Processor

Pair = tuple[int, int]

#: From one processor of a chain to the next.
TURNS_APART = 5

#: What the limiter's tap calls its place: the last of the master chain, wherever that is.
LIMITER_PLACE = -1


@dataclass(frozen=True)
class GainTap:
    """Where a dynamics processor's linear gain stands after each quantum.

    Attributes:
        stem: index of its stem in `BusLayout.inputs`, −1 on the master.
        processor: its place in that chain of the session, switched-off ones counted.
        gain: where it stands and what it is while nothing is reduced.
        latency_frames: of the chain up to there.
        band: which of the processor's, −1 where it has only one.
    """

    stem: int
    processor: int
    gain: Gain
    latency_frames: int = 0
    band: int = -1

    @property
    def column(self) -> int:
        """Where it stands in the frame matrix."""
        return self.gain.column


@dataclass(frozen=True)
class Layout:
    """Operations before they are packed into a plan.

    Attributes:
        operations: in running order.
        columns: width of the frame matrix.
        output_column: the left column of the result.
        latency_frames: of the result.
        taps: every dynamics processor's gain, in running order.
        output_columns: width of the result: the programme, then the parts that follow it.
    """

    operations: tuple[Operation, ...]
    columns: int
    output_column: int
    latency_frames: int
    taps: tuple[GainTap, ...]
    output_columns: int = field(default=2, kw_only=True)

    def packed(self, ahead: Sequence[Operation] = ()) -> Plan:
        """The plan; `ahead` are operations to run first, for example those that read the files."""
        return pack(
            [*ahead, *self.operations],
            columns=self.columns,
            output_column=self.output_column,
            latency_frames=self.latency_frames,
            gain_columns=tuple(tap.column for tap in self.taps),
            output_columns=self.output_columns,
        )


class Columns:
    """Hands out columns of the frame matrix; the rack's `Context`."""

    def __init__(self, sample_rate: int, columns: int) -> None:
        self._sample_rate = sample_rate
        self.columns = columns

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self._sample_rate

    def allocate_columns(self, count: int) -> int:
        """The first of `count` adjacent new columns."""
        first = self.columns
        self.columns += count
        return first


def scaled(pairs: Sequence[Pair], gains: Sequence[float]) -> list[Operation]:
    """One operation that scales every pair by its gain; none where all gains are 1."""
    if all(gain == 1.0 for gain in gains):
        return []
    return [scale_columns(pairs[0][0], np.repeat(np.asarray(gains, dtype=np.float64), 2))]


def rack_module(kind: str) -> RackModule:
    """The module of a processor type."""
    return cast(RackModule, importlib.import_module(f"engine.rack.{kind}"))


def processor_latency_frames(processor: Processor, sample_rate: int) -> int:
    """Whole frames by which a processor is late, on or off."""
    latency_frames = getattr(rack_module(processor.type), "latency_frames", None)
    return 0 if latency_frames is None else int(latency_frames(processor.values, sample_rate))


class Memo:
    """What was prepared for the layouts made last, so that an edit prepares only what it changes.

    Found by the settings themselves: the session keeps those that an edit does not touch.
    """

    #: Groups of equal processors, of some layouts: a chain has a dozen.
    _KEPT = 128

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[object, ...], tuple[Sequence[Use], Prepared, int]] = OrderedDict()

    def prepared(self, kind: str, uses: Sequence[Use], columns: Columns) -> Prepared:
        """What `prepare` of a processor's module gives, which is always the same for the same."""
        places = ((id(use.settings), use.columns, use.followers, use.watched, use.turns) for use in uses)
        key = (kind, columns.sample_rate, columns.columns, *places)
        found = self._known.get(key)
        if found is None:
            made = rack_module(kind).prepare(uses, columns)
            self._known[key] = uses, made, columns.columns  # with the settings, so that no other has their id
            while len(self._known) > self._KEPT:
                self._known.popitem(last=False)
            return made
        self._known.move_to_end(key)
        columns.columns = found[2]
        return found[1]


@dataclass
class Chains:
    """Several chains, laid out level by level so that equal processors run side by side."""

    columns: Columns
    operations: list[Operation]
    taps: list[GainTap]
    memo: Memo = field(default_factory=Memo)

    def run(
        self,
        chains: Sequence[tuple[Sequence[Processor], Pair]],
        *,
        first_stem: int = 0,
        followers: Sequence[Pair] = (),
        watched: bool = False,
        turns: Sequence[tuple[int, ...]],
    ) -> list[int]:
        """Adds the operations of all chains; returns each chain's latency in frames.

        Args:
            chains: processors, whether on or off, and columns of each.
            first_stem: what the taps call the first chain; the others count on from there.
            followers: parts of a single chain's signal, to which all is done that is done to it.
            watched: also keep what makes the gains act.
            turns: of each chain and its followers, see `engine.rack.operation.Use.turns`.
        """

        def shifted(chain: int, place: int) -> tuple[int, ...]:
            # neither do the processors of one chain all work at once
            return tuple(turn + TURNS_APART * place for turn in turns[chain])

        latencies = self._bypassed(chains, followers)
        placed = [[place for place, one in enumerate(chain) if one.enabled] for chain, _ in chains]
        for level in range(max((len(places) for places in placed), default=0)):
            # equal processors of one latency are prepared together
            kinds: dict[tuple[str, int], list[int]] = {}
            for index, (chain, _) in enumerate(chains):
                if level < len(placed[index]):
                    processor = chain[placed[index][level]]
                    late = processor_latency_frames(processor, self.columns.sample_rate)
                    kinds.setdefault((processor.type, late), []).append(index)
            for (kind, _), members in kinds.items():
                places = [placed[i][level] for i in members]
                uses = [
                    Use(
                        chains[i][0][place].values, chains[i][1], tuple(followers), watched, shifted(i, place)
                    )
                    for i, place in zip(members, places, strict=True)
                ]
                prepared = self.memo.prepared(kind, uses, self.columns)
                self.operations.extend(prepared.operations)
                for i, place, gains in zip(members, places, prepared.gains, strict=False):
                    for band, gain in enumerate(gains):
                        number = band if len(gains) > 1 else -1
                        late = latencies[i] + prepared.latency_frames
                        self.taps.append(GainTap(first_stem + i, place, gain, late, number))
                for i in members:
                    latencies[i] += prepared.latency_frames
        return latencies

    def _bypassed(
        self, chains: Sequence[tuple[Sequence[Processor], Pair]], followers: Sequence[Pair]
    ) -> list[int]:
        """Delays each chain by what its switched-off processors would, so that switching moves nothing."""
        late = [
            sum(
                processor_latency_frames(processor, self.columns.sample_rate)
                for processor in chain
                if not processor.enabled
            )
            for chain, _ in chains
        ]
        delays = [(pair, frames) for (_, pair), frames in zip(chains, late, strict=True) if frames]
        delays += [(pair, frames) for _, frames in delays for pair in followers]
        if delays:
            self.operations.append(delay_columns(*map(list, zip(*delays, strict=True))))
        return late
