"""From a session to plans: one for everything up to the limiter, one for what follows it.

The *bus plan* runs at the session's rate: corrections, stem chains, trims, the sum and the master
chain without its limiter. The *output plan* runs at the output's rate: drive, limiter, fades.
Between them stands the rate conversion, where there is one, and the loudness solve, which repeats
only the second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.plan.layout import LIMITER_PLACE, Chains, Columns, GainTap, Layout, Pair, rack_module
from engine.plan.plan import Plan
from engine.rack.delay import delay_columns
from engine.rack.fade import FADE_SHAPES, fade_columns
from engine.rack.fraction import fraction_latency_frames, fractional_delay
from engine.rack.gain import scale_columns
from engine.rack.limiter import apply_operation
from engine.rack.mix import sum_columns
from engine.rack.operation import Operation, Use
from engine.session.model import Master, Processor, Session, Stem
from engine.units import gain_from_db


@dataclass(frozen=True)
class StemInput:
    """Where a stem's audio enters the bus plan.

    Attributes:
        stem: the stem.
        column: its left column; the right is the next one.
        offset_frames: whole frames to feed it later than the song's start (negative: earlier).
    """

    stem: Stem
    column: int
    offset_frames: int


@dataclass(frozen=True)
class BusLayout(Layout):
    """The operations up to the limiter.

    Attributes:
        inputs: one entry per stem that is laid out.
        stem_latency_frames: of the stems' columns, which stand there after trim, aligned.
    """

    inputs: tuple[StemInput, ...]
    stem_latency_frames: int


@dataclass(frozen=True)
class BusPlan:
    """The plan up to the limiter, and how it is fed.

    Attributes:
        plan: the operations.
        inputs: one entry per stem that is heard.
        master_taps: the gains of the master chain; their latency is that of the whole way there.
        stem_latency_frames: of the stems' columns.
    """

    plan: Plan
    inputs: tuple[StemInput, ...]
    master_taps: tuple[GainTap, ...] = ()
    stem_latency_frames: int = 0


@dataclass(frozen=True)
class Fades:
    """The part of the song that is delivered and its fades, in frames of the output's rate.

    Attributes:
        start_frame: first frame that is delivered.
        end_frame: one past the last.
        fade_in_frames: length of the fade-in from `start_frame`.
        fade_out_frames: length of the fade-out that ends at `end_frame`.
        shape: one of `engine.rack.fade.FADE_SHAPES`.
    """

    start_frame: int
    end_frame: int
    fade_in_frames: int
    fade_out_frames: int
    shape: str

    @property
    def length_frames(self) -> int:
        """Frames that are delivered."""
        return self.end_frame - self.start_frame


def fades_of(master: Master, sample_rate: int, song_frames: int) -> Fades:
    """The session's heads, tails and fades at `sample_rate`, limited to the song.

    Args:
        master: the master section.
        sample_rate: of the output, Hz.
        song_frames: length of the song at that rate.
    """

    def frame(seconds: float) -> int:
        return min(song_frames, math.floor(seconds * sample_rate + 0.5))

    start = frame(master.start_s)
    end = frame(master.end_s) if master.end_s > 0.0 else song_frames
    length = max(0, end - start)
    return Fades(
        start_frame=start,
        end_frame=start + length,
        fade_in_frames=min(length, frame(master.fade_in_s)),
        fade_out_frames=min(length, frame(master.fade_out_s)),
        shape=master.fade_shape,
    )


def active(chain: Sequence[Processor]) -> tuple[Processor, ...]:
    """The processors of a chain that are switched on."""
    return tuple(processor for processor in chain if processor.enabled)


def limiter_of(session: Session) -> Mapping[str, Any] | None:
    """The settings of the master's limiter, None where it has none or it is off."""
    chain = active(session.master.chain)
    return chain[-1].values if chain and chain[-1].type == "limiter" else None


def build_bus(
    session: Session, stems: Sequence[Stem], parts: Sequence[Sequence[str]] = (), *, watched: bool = False
) -> BusPlan:
    """The plan from the stems' files to the limiter's input.

    Args:
        session: supplies rate and master chain.
        stems: what is summed, in this order; muted ones contribute nothing and are left out.
        parts: names of the stems of each part, which follows the sum through the master chain.
        watched: what decides the master's gains is to be had too, see `engine.rack.operation.Gain`.
    """
    heard = [stem for stem in stems if not stem.mute]
    layout = lay_out_bus(session, heard, summed=[True] * len(heard), parts=parts, watched=watched)
    late = layout.stem_latency_frames
    taps = [replace(tap, latency_frames=late + tap.latency_frames) for tap in layout.taps if tap.stem < 0]
    return BusPlan(layout.packed(), layout.inputs, tuple(taps), late)


def build_stems(session: Session) -> BusPlan:
    """The plan from the stems' files to the stems after chain and trim, aligned: two columns each.

    Args:
        session: muted stems are left out.
    """
    heard = [stem for stem in session.stems if not stem.mute]
    layout = Columns(session.sample_rate, 2 * len(heard))
    laid = _Stems(heard, layout)
    whole = Layout(
        tuple(laid.operations), layout.columns, 0, laid.latency_frames, (), output_columns=2 * len(heard)
    )
    return BusPlan(whole.packed(), laid.inputs)


def build_master(session: Session, parts: int = 0) -> Plan:
    """The plan of the master chain without its limiter, from the sum of the stems.

    Args:
        session: supplies rate and master chain.
        parts: pairs of columns right of the sum's, which follow it through the chain.
    """
    pairs: list[Pair] = [(2 * n, 2 * n + 1) for n in range(parts + 1)]
    layout = Columns(session.sample_rate, 2 * len(pairs))
    chains = Chains(layout, [], [])
    [latency] = chains.run([(_without_limiter(session), pairs[0])], first_stem=-1, followers=pairs[1:])
    whole = Layout(
        tuple(chains.operations),
        layout.columns,
        0,
        latency,
        tuple(chains.taps),
        output_columns=2 * len(pairs),
    )
    return whole.packed()


def _without_limiter(session: Session) -> Sequence[Processor]:
    """The master chain up to the limiter; one that is off is left in, for its place."""
    chain = session.master.chain
    return [one for one in chain if one.type != "limiter"] if limiter_of(session) is not None else chain


class _Stems:
    """The operations from the stems' files to their aligned columns, each pair in its place from 0 on."""

    def __init__(self, stems: Sequence[Stem], layout: Columns) -> None:
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
        self.operations.extend(_scaled(pairs, [_correction(stem) for stem in stems]))
        self.chains = Chains(layout, self.operations, [])
        latencies = self.chains.run([(stem.chain, pair) for stem, pair in zip(stems, pairs, strict=True)])
        self.operations.extend(_scaled(pairs, [gain_from_db(stem.trim_db) for stem in stems]))
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
) -> BusLayout:
    """The operations from the stems' columns to the limiter's input.

    Args:
        session: supplies rate and master chain.
        stems: what is processed, muted or not, each in two columns from 0 on.
        summed: which of them the bus holds. Live, a stem that is muted keeps running, so that
            nothing else changes its place.
        parts: names of the stems of each part of the mix that is to be had for itself. The master
            chain decides on the sum and acts on the parts too; they come out right of it.
        room_for_parts: columns are laid out as for at least so many parts.
        watched: what decides the master's gains is to be had too, see `engine.rack.operation.Gain`.
    """
    bus = (2 * len(stems), 2 * len(stems) + 1)
    followers: list[Pair] = [(bus[0] + 2 * n, bus[1] + 2 * n) for n in range(1, len(parts) + 1)]
    layout = Columns(session.sample_rate, bus[0] + 2 + 2 * max(len(parts), room_for_parts))
    laid = _Stems(stems, layout)
    pairs, operations, chains = laid.pairs, laid.operations, laid.chains
    operations.append(sum_columns([pair for pair, wanted in zip(pairs, summed, strict=True) if wanted], bus))
    operations.extend(
        sum_columns([pair for pair, stem in zip(pairs, stems, strict=True) if stem.name in part], follower)
        for part, follower in zip(parts, followers, strict=True)
    )
    master = [(_without_limiter(session), bus)]
    late = chains.run(master, first_stem=-1, followers=followers, watched=watched)[0]
    return BusLayout(
        tuple(operations),
        layout.columns,
        bus[0],
        laid.latency_frames + late,
        tuple(chains.taps),
        laid.inputs,
        laid.latency_frames,
        output_columns=2 + 2 * len(parts),
    )


def _correction(stem: Stem) -> float:
    gain = gain_from_db(stem.source_gain_db)
    return -gain if stem.polarity_inverted else gain


def _scaled(pairs: Sequence[Pair], gains: Sequence[float]) -> list[Operation]:
    """One operation that scales every pair by its gain; none where all gains are 1."""
    if all(gain == 1.0 for gain in gains):
        return []
    return [scale_columns(pairs[0][0], np.repeat(np.asarray(gains, dtype=np.float64), 2))]


@dataclass(frozen=True)
class OutputSettings:
    """What follows the bus, for one output.

    Attributes:
        sample_rate: of the output, Hz.
        limiter: the limiter's settings with the output's own ceiling and drive; None: no limiter.
        drive_db: static gain where there is no limiter.
        fades: heads, tails and fades.
    """

    sample_rate: int
    limiter: Mapping[str, Any] | None
    drive_db: float
    fades: Fades


def build_output(settings: OutputSettings, parts: int = 0, *, with_gain: bool = False) -> Plan:
    """The plan from the limiter's input to the file: drive, limiter, fades. Two columns in and out.

    Args:
        settings: of the output.
        parts: pairs of columns right of the first, to which the same gain is applied.
        with_gain: the limiter's gain comes out as one more column, the last.
    """
    layout = lay_out_output(settings, parts)
    if with_gain:
        assert [tap.column for tap in layout.taps] == [layout.output_columns], "the gain is the next column"
        layout = replace(layout, output_columns=layout.output_columns + 1)
    return layout.packed()


def lay_out_output(settings: OutputSettings, parts: int = 0, *, room_for_parts: int = 0) -> Layout:
    """The operations from the limiter's input to the file; its only tap is the limiter's."""
    pairs: list[Pair] = [(2 * n, 2 * n + 1) for n in range(parts + 1)]
    layout = Columns(settings.sample_rate, 2 + 2 * max(parts, room_for_parts))
    operations: list[Operation] = []
    latency = 0
    taps: tuple[GainTap, ...] = ()
    if settings.limiter is not None:
        prepared = rack_module("limiter").prepare([Use(settings.limiter, (0, 1))], layout)
        operations.extend(prepared.operations)
        latency = prepared.latency_frames
        if parts:
            drive_db = float(settings.limiter["drive_db"])
            operations.append(apply_operation(pairs[1:], prepared.gain_columns[0], latency, drive_db))
        taps = tuple(GainTap(-1, LIMITER_PLACE, gain, latency) for [gain] in prepared.gains)
    else:
        operations.extend(_scaled(pairs, [gain_from_db(settings.drive_db)] * len(pairs)))
    fades = settings.fades
    if fades.fade_in_frames or fades.fade_out_frames:
        operations.extend(
            fade_columns(
                pair,
                start_frame=fades.start_frame + latency,
                end_frame=fades.end_frame + latency,
                fade_in_frames=fades.fade_in_frames,
                fade_out_frames=fades.fade_out_frames,
                shape=FADE_SHAPES.index(fades.shape),
            )
            for pair in pairs
        )
    return Layout(tuple(operations), layout.columns, 0, latency, taps, output_columns=2 * len(pairs))
