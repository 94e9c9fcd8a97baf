"""From a session to the bus plan: everything up to the limiter.

It runs at the session's rate: corrections, stem chains, trims, the sum and the master chain without
its limiter. The output plan (`engine.plan.output`) runs at the output's rate: drive, limiter, fades.
Between them stands the rate conversion, where there is one, and the loudness solve, which repeats
only the second.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from engine.plan.layout import Chains, Columns, GainTap, Layout, Memo, Pair, scaled
from engine.plan.plan import Plan
from engine.rack.delay import delay_columns
from engine.rack.fraction import fraction_latency_frames, fractional_delay
from engine.rack.mix import sum_columns
from engine.rack.operation import Operation
from engine.rack.watch import watch
from engine.session.chains import LIMITER, limiter_of
from engine.session.model import Processor, Session, Stem
from engine.units import gain_from_db


@dataclass(frozen=True)
class StemInput:
    """Where a stem's audio enters the bus plan.

    Attributes:
        stem: as the session declares it.
        column: its left column; the right is the next one.
        offset_frames: whole frames to feed it later than the song's start (negative: earlier).
    """

    stem: Stem
    column: int
    offset_frames: int


@dataclass(frozen=True)
class Watch:
    """A watch on what makes a gain act (`engine.rack.watch`).

    Attributes:
        operation: its place among the plan's operations.
        tap: the gain, its latency that of the whole way there; None: the limiter's, which comes later.
        latency_frames: of what is watched.
        parts: how many parts it has.
        stems: which of them are the stems.
    """

    operation: int
    tap: GainTap | None
    latency_frames: int
    parts: int
    stems: tuple[int, ...]


@dataclass(frozen=True)
class BusLayout(Layout):
    """The operations up to the limiter.

    Attributes:
        inputs: one entry per stem that is laid out.
        stem_operations: how many of the operations, the first, make the stems' columns, aligned after trim.
        stem_scratch: width of the frame matrix that they need.
        watches: on the master's gains, in running order, then on what its limiter gets.
        raw_operations: how many of the operations, the first, come before the stems' chains.
        summed_operations: how many of them come before the master's chain.
    """

    inputs: tuple[StemInput, ...]
    stem_operations: int
    stem_scratch: int
    watches: tuple[Watch, ...] = ()
    raw_operations: int = 0
    summed_operations: int = 0


@dataclass(frozen=True)
class BusPlan:
    """The plan up to the limiter, and how it is fed.

    Attributes:
        plan: the operations.
        inputs: one entry per stem that is heard.
        stem_operations: how many of the operations, the first, make the stems' columns.
        stem_scratch: width of the frame matrix that they need.
        watches: see `BusLayout`.
    """

    plan: Plan
    inputs: tuple[StemInput, ...]
    stem_operations: int
    stem_scratch: int
    watches: tuple[Watch, ...] = ()


def build_bus(
    session: Session, stems: Sequence[Stem], parts: Sequence[Sequence[str]] = (), *, watched: bool = False
) -> BusPlan:
    """The plan from the stems' files to the limiter's input.

    Args:
        session: supplies rate and master chain.
        stems: what is summed, in this order; muted ones contribute nothing and are left out.
        parts: names of the stems of each part, which follows the sum through the master chain.
        watched: also measure each stem's share of the samples that drive the master's gains.
    """
    heard = [stem for stem in stems if not stem.mute]
    layout = lay_out_bus(session, heard, summed=[True] * len(heard), parts=parts, watched=watched)
    return BusPlan(
        layout.packed(),
        layout.inputs,
        layout.stem_operations,
        layout.stem_scratch,
        layout.watches,
    )


def build_stems(session: Session) -> BusPlan:
    """The plan from the stems' files to the stems after chain and trim, aligned: two columns each.

    Args:
        session: muted stems are left out.
    """
    heard = [stem for stem in session.stems if not stem.mute]
    layout = Columns(session.sample_rate, 2 * len(heard))
    laid = _Stems(session, heard, layout)
    whole = Layout(
        tuple(laid.operations), layout.columns, 0, laid.latency_frames, (), output_columns=2 * len(heard)
    )
    return BusPlan(whole.packed(), laid.inputs, len(laid.operations), layout.columns)


def build_master(session: Session, parts: int = 0, *, mixes: int = 1) -> Plan:
    """The plan of the master chain without its limiter, from the sum of the stems.

    Args:
        session: supplies rate and master chain.
        parts: pairs of columns right of the sum's, which follow it through the chain; of one mix only.
        mixes: sums side by side, two columns each, that each run through a chain of their own.
    """
    pairs: list[Pair] = [(2 * n, 2 * n + 1) for n in range(mixes + parts)]
    layout = Columns(session.sample_rate, 2 * len(pairs))
    chains = Chains(layout, [], [])
    chain = _without_limiter(session)
    latencies = chains.run(
        [(chain, pair) for pair in pairs[:mixes]],
        first_stem=-1,
        followers=pairs[mixes:],
        turns=[tuple(range(1 + parts))] * mixes,
    )
    whole = Layout(
        tuple(chains.operations),
        layout.columns,
        0,
        latencies[0],
        tuple(chains.taps),
        output_columns=2 * len(pairs),
    )
    return whole.packed()


def _without_limiter(session: Session) -> Sequence[Processor]:
    """The master chain up to the limiter; one that is off is left in, for its place."""
    chain = session.master.chain
    return [one for one in chain if one.type != LIMITER] if limiter_of(session) is not None else chain


def turn_of(session: Session, content: Collection[str]) -> int:
    """The turn of a part of the mix: the place of its first stem, muted ones counted.

    Args:
        session: the mix.
        content: names of the part's stems.
    """
    places = [place for place, stem in enumerate(session.stems) if stem.name in content]
    return min(places, default=0)


class _Stems:
    """The operations from the stems' files to their aligned columns, each pair in its place from 0 on."""

    def __init__(
        self, session: Session, stems: Sequence[Stem], layout: Columns, memo: Memo | None = None
    ) -> None:
        pairs: list[Pair] = [(2 * index, 2 * index + 1) for index in range(len(stems))]
        self.pairs = pairs
        self.operations: list[Operation] = []
        inputs = []
        for stem, pair in zip(stems, pairs, strict=True):
            whole = math.floor(stem.offset_samples)
            fraction = stem.offset_samples - whole
            lead = 0
            if fraction:
                self.operations.append(fractional_delay(pair, fraction))
                lead = fraction_latency_frames()
            inputs.append(StemInput(stem, pair[0], whole - lead))
        self.inputs = tuple(inputs)
        self.operations.extend(scaled(pairs, [_correction(stem) for stem in stems]))
        self.raw_operations = len(self.operations)
        self.chains = Chains(layout, self.operations, [], memo or Memo())
        latencies = self.chains.run(
            [(stem.chain, pair) for stem, pair in zip(stems, pairs, strict=True)],
            turns=[(turn_of(session, [stem.name]),) for stem in stems],
        )
        self.operations.extend(scaled(pairs, [gain_from_db(stem.trim_db) for stem in stems]))
        self.latency_frames = longest = max(latencies, default=0)
        late = [(pair, longest - own) for pair, own in zip(pairs, latencies, strict=True) if own < longest]
        if late:
            self.operations.append(delay_columns([pair for pair, _ in late], [frames for _, frames in late]))


def lay_out_bus(
    session: Session,
    stems: Sequence[Stem],
    *,
    summed: Sequence[bool],
    parts: Sequence[Sequence[str]] = (),
    room_for_parts: int = 0,
    watched: bool = False,
    memo: Memo | None = None,
) -> BusLayout:
    """The operations from the stems' columns to the limiter's input.

    Args:
        session: supplies rate and master chain.
        stems: what is processed, muted or not, each in two columns from 0 on.
        summed: which of them the bus holds. Live, a stem that is muted keeps running, so that
            nothing else changes its place.
        parts: names of the stems of each part of the mix that is kept separately. The master
            chain decides on the sum and acts on the parts too; they come out right of it.
        room_for_parts: smallest number of parts that columns are laid out for.
        watched: also measure each stem's share of the samples that drive the master's gains.
        memo: of the layouts made before; None: everything is prepared anew.
    """
    bus = (2 * len(stems), 2 * len(stems) + 1)
    alone = [stem.name for stem in stems] if watched else []
    contents, followers, places = _followers(parts, alone, bus[1] + 1, room_for_parts)
    right = max(bus[1] + 2 * room_for_parts, *(right for _, right in (bus, *followers)))
    layout = Columns(session.sample_rate, right + 1)
    laid = _Stems(session, stems, layout, memo)
    pairs, operations, chains = laid.pairs, laid.operations, laid.chains
    stem_operations, stem_scratch = len(operations), layout.columns
    heard = {stem.name: pair for stem, pair, one in zip(stems, pairs, summed, strict=True) if one}
    operations.append(sum_columns(list(heard.values()), bus))
    operations.extend(
        sum_columns([pair for name, pair in heard.items() if name in content], follower)
        for content, follower in zip(contents, followers, strict=True)
    )
    summed_operations = len(operations)
    master = [(_without_limiter(session), bus)]
    turns = (0, *(turn_of(session, content) for content in contents))
    [late] = chains.run(master, first_stem=-1, followers=followers, watched=watched, turns=[turns])
    late += laid.latency_frames
    watches: tuple[Watch, ...] = ()
    if watched:
        watches = _watches(session, laid, [bus, *followers], places, late)
        if not watches:  # nothing follows for nothing
            return lay_out_bus(
                session, stems, summed=summed, parts=parts, room_for_parts=room_for_parts, memo=memo
            )
    return BusLayout(
        tuple(operations),
        layout.columns,
        bus[0],
        late,
        tuple(chains.taps),
        laid.inputs,
        stem_operations,
        stem_scratch,
        watches,
        laid.raw_operations,
        summed_operations,
        output_columns=2 + 2 * len(parts),
    )


def _followers(
    parts: Sequence[Sequence[str]], stems: Sequence[str], first_column: int, room_for_parts: int
) -> tuple[list[frozenset[str]], list[Pair], tuple[int, ...]]:
    """What follows the bus through the master chain: the parts, then stems of their own.

    Args:
        parts: names of the stems of each.
        stems: names of those that follow for themselves.
        first_column: where followers begin.
        room_for_parts: number of parts that have columns, whether they are there or not.

    Returns:
        The names of the stems in each follower, its columns, and which of them are `stems`.
    """
    contents = [frozenset(part) for part in parts]
    alone = [frozenset({name}) for name in stems]
    # a part that is a stem serves for both, unless other parts are to find their columns free
    added = [one for one in alone if room_for_parts or one not in contents]
    behind = max(len(contents), room_for_parts)
    places = [*range(len(contents)), *range(behind, behind + len(added))]
    contents += added
    known = len(parts) if room_for_parts else 0
    pairs = [(first_column + 2 * n, first_column + 2 * n + 1) for n in places]
    return contents, pairs, tuple(contents.index(one, known) for one in alone)


def _watches(
    session: Session, laid: _Stems, pairs: Sequence[Pair], stems: tuple[int, ...], latency_frames: int
) -> tuple[Watch, ...]:
    """Where the gains of the master chain are watched; adds a watch for what its limiter gets.

    Args:
        session: supplies the master chain.
        laid: stems and master as they are laid out.
        pairs: of the bus and of its parts.
        stems: which of the parts are the stems.
        latency_frames: of the bus.
    """
    watches = []
    places = {id(operation): place for place, operation in enumerate(laid.operations)}
    for tap in laid.chains.taps:
        if tap.stem < 0:
            assert tap.gain.watch is not None, "the master is watched"
            late = laid.latency_frames + tap.latency_frames
            own = replace(tap, latency_frames=late)
            watches.append(Watch(places[id(tap.gain.watch)], own, late, len(pairs) - 1, stems))
    if limiter_of(session) is not None:
        watches.append(Watch(len(laid.operations), None, latency_frames, len(pairs) - 1, stems))
        laid.operations.append(watch([left for left, _ in pairs]))
    return tuple(watches)


def _correction(stem: Stem) -> float:
    gain = gain_from_db(stem.source_gain_db)
    return -gain if stem.polarity_inverted else gain
