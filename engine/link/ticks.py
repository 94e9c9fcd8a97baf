"""Meter maxima tick by tick, so that no reader misses a peak or an over, however slowly it looks.

Fifty times a second the engine appends the maxima of that moment to a ring of TICKS, then publishes
the totals: how many ticks there are, the maxima since they were last reset, and over counters that
never fall. A reader brings its previous reading along and gets what happened since: its own maxima,
its own overs. One that stayed away longer than the ring reaches is told how many ticks it lost; it
still has every over, and any maximum that was a new record.

A tick's copy is protected like a newest-wins payload (`engine.link.newest`), its number being the
sequence: a reader that is overtaken sees a wrong sequence or crc32 and counts that tick as lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.link import layout, records
from engine.link.failures import SegmentError
from engine.link.newest import Latest, NewestWriter, load_copy, store_copy
from engine.link.records import MasterTick, Overs, StemTick, TotalsHead
from engine.link.segment import Segment
from engine.link.wire import Merge, R, Table
from engine.units import NEGATIVE_INFINITY

#: Nothing was measured.
NO_MASTER_TICK = MasterTick(
    0, *(NEGATIVE_INFINITY,) * 5, 0.0, *(NEGATIVE_INFINITY,) * 2, correlation_min=float("inf"), load=0.0
)
NO_OVERS = Overs(0, 0)
NO_STEM_TICK = StemTick(*(NEGATIVE_INFINITY,) * 4, gain_reduction_db=0.0)

# what loses every comparison, by how a field is merged
_NOTHING = {Merge.MINIMUM: float("inf"), Merge.MAXIMUM: NEGATIVE_INFINITY}

_HEAD_OFFSET = 0
_MASTER_OVERS_OFFSET = layout.TOTALS_HEAD.room
_MASTER_MAXIMA_OFFSET = _MASTER_OVERS_OFFSET + layout.OVERS.room
_STEMS_OFFSET = layout.room_of(layout.TOTALS_PARTS)
_STEM_STRIDE = layout.OVERS.room + layout.STEM_TICK.room
_TICK_CAPACITY = layout.TICK_RING.stride - layout.COPY_PAYLOAD_OFFSET


@dataclass(frozen=True, slots=True)
class Tick:
    """Maxima of the master and of each stem: of one tick, or of many merged.

    Attributes:
        master: maxima of the master bus.
        stems: maxima of the stems, in the session's order.
    """

    master: MasterTick = NO_MASTER_TICK
    stems: tuple[StemTick, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """What no reader can miss.

    Attributes:
        ticks: ticks so far.
        resets: times the maxima were reset.
        running: maxima since the last reset.
        master_overs: over counter of the master.
        stem_overs: over counters of the stems.
    """

    ticks: int = 0
    resets: int = 0
    running: Tick = Tick()
    master_overs: Overs = NO_OVERS
    stem_overs: tuple[Overs, ...] = ()


@dataclass(frozen=True, slots=True)
class TickReading:
    """What happened since a reader's previous reading.

    Attributes:
        totals: as of this reading.
        ticks: of the master, oldest first, those still in the ring; for histories.
        maxima: since the previous reading; None: nothing happened since.
        lost: ticks that left the ring unread. Then `maxima` lacks them, except for what was a new
            record since the last reset.
        master_overs: overs of the master since the previous reading.
        stem_overs: overs of each stem since the previous reading.
    """

    totals: Totals
    ticks: tuple[MasterTick, ...]
    maxima: Tick | None
    lost: int
    master_overs: int
    stem_overs: tuple[int, ...]


class TickWriter:
    """Publishes ticks and totals; one per segment. Allocates: not for the audio path."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._totals = NewestWriter(segment, layout.TOTALS)
        self._tick_buffer = bytearray(_TICK_CAPACITY)
        self._totals_buffer = bytearray(self._totals.capacity)
        self._ticks = self._resets = self._reset_tick = 0
        self._running = Tick()
        self._overs: tuple[int, ...] = (0,)
        self._overs_at_reset: tuple[int, ...] = (0,)

    def publish(self, tick: Tick, *, master_overs: int, stem_overs: Sequence[int]) -> None:
        """Appends a tick.

        Args:
            tick: its maxima; NaN counts as not measured.
            master_overs: overs of the master since the start of the engine; never falls.
            stem_overs: the same of each stem.

        Raises:
            ValueError: more stems than `records.STEMS`, or not one counter per stem.
        """
        if len(tick.stems) > records.STEMS or len(tick.stems) != len(stem_overs):
            raise ValueError(f"{len(tick.stems)} stems with {len(stem_overs)} counters")
        tick = Tick(
            _measured(layout.MASTER_TICK, tick.master),
            tuple(_measured(layout.STEM_TICK, stem) for stem in tick.stems),
        )
        self._ticks += 1
        self._store(tick)
        self._running = merged([self._running, tick])
        self._overs = (master_overs, *stem_overs)
        missing = len(self._overs) - len(self._overs_at_reset)
        self._overs_at_reset += (0,) * missing
        self._publish_totals()

    def reset(self) -> None:
        """Restarts the running maxima, and counts overs from here; counters themselves go on."""
        self._resets += 1
        self._reset_tick = self._ticks
        self._overs_at_reset = self._overs
        self._running = Tick(stems=(NO_STEM_TICK,) * len(self._running.stems))
        self._publish_totals()

    def _store(self, tick: Tick) -> None:
        buffer, offset = self._tick_buffer, layout.MASTER_TICK.room
        layout.MASTER_TICK.pack_into(buffer, 0, tick.master)
        for stem in tick.stems:
            layout.STEM_TICK.pack_into(buffer, offset, stem)
            offset += layout.STEM_TICK.room
        place = layout.TICK_RING.at(self._ticks % layout.TICKS)
        store_copy(self._segment, place, self._ticks, memoryview(buffer)[:offset])

    def _publish_totals(self) -> None:
        buffer, running = self._totals_buffer, self._running
        stems = len(running.stems)
        overs = [Overs(*pair) for pair in zip(self._overs, self._overs_at_reset, strict=False)]
        tick_ns = 1_000_000_000 // layout.TICKS_PER_SECOND
        head = TotalsHead(self._ticks, stems, self._resets, self._reset_tick, tick_ns)
        layout.TOTALS_HEAD.pack_into(buffer, _HEAD_OFFSET, head)
        layout.OVERS.pack_into(buffer, _MASTER_OVERS_OFFSET, overs[0])
        layout.MASTER_TICK.pack_into(buffer, _MASTER_MAXIMA_OFFSET, running.master)
        offset = _STEMS_OFFSET
        for stem, stem_overs in zip(running.stems, overs[1:], strict=True):
            layout.OVERS.pack_into(buffer, offset, stem_overs)
            layout.STEM_TICK.pack_into(buffer, offset + layout.OVERS.room, stem)
            offset += _STEM_STRIDE
        self._totals.publish(memoryview(buffer)[:offset])


def _measured(table: Table[R], record: R) -> R:
    """`record` without NaN, which would win or lose a comparison by its place in it."""
    if not any(map(math.isnan, record)):
        return record
    pairs = zip(record, table.fields, strict=True)
    return table.make(
        _NOTHING.get(field.wire.merge, 0) if value != value else value for value, field in pairs
    )


def merged(ticks: Sequence[Tick]) -> Tick:
    """Several ticks, oldest first and at least one, as one. Stems that only some have are kept."""
    master = layout.MASTER_TICK.merge([tick.master for tick in ticks])
    count = max(len(tick.stems) for tick in ticks)
    stems = (
        layout.STEM_TICK.merge([tick.stems[index] for tick in ticks if index < len(tick.stems)])
        for index in range(count)
    )
    return Tick(master, tuple(stems))


class TickReader:
    """Reads ticks; keeps nothing between readings, so one serves any number of histories."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._totals = Latest(segment, layout.TOTALS, _decode_totals, Totals())
        self._counts = Latest(segment, layout.TOTALS, _decode_counts, Totals())

    def totals(self) -> Totals:
        """The totals now.

        Raises:
            SegmentError: the memory is damaged.
        """
        return self._totals.read()

    def since(
        self, previous: TickReading | None, *, whole_ring: bool = False, maxima: bool = True
    ) -> TickReading:
        """What happened since `previous`.

        Args:
            previous: the reader's last reading; None on the first, which begins now: its maxima are
                those of the newest tick, and no over is counted.
            whole_ring: lets a first reading begin with the oldest tick in the ring instead.
            maxima: False leaves out `maxima` and the running ones, for whoever draws thirty times a
                second and needs neither: what is told of the stems is most of the work.
        """
        totals = self.totals() if maxima else self._counts.read()
        if previous is None:
            seen = 0 if whole_ring else max(0, totals.ticks - 1)
            before = totals
        else:
            seen, before = previous.totals.ticks, previous.totals
        found = self._load(seen, totals.ticks, _decode_tick if maxima else _decode_master_tick)
        lost = totals.ticks - seen - len(found) if previous is not None else 0
        kept: list[Tick] = []
        if maxima:
            kept = [*found, *_records_since(before, totals)] if lost else found
        return TickReading(
            totals,
            tuple(tick.master for tick in found),
            merged(kept) if kept else None,
            lost,
            totals.master_overs.overs - before.master_overs.overs,
            _differences(totals.stem_overs, before.stem_overs),
        )

    def _load(self, seen: int, newest: int, decode: Callable[[bytes], Tick]) -> list[Tick]:
        """Ticks after `seen` up to `newest`, those still in the ring."""
        ring, found = layout.TICK_RING, []
        for number in range(max(seen, newest - layout.TICKS) + 1, newest + 1):
            payload = load_copy(self._segment, ring.at(number % ring.count), number, _TICK_CAPACITY)
            if payload is not None:
                found.append(decode(payload))
        return found


def _differences(now: Sequence[Overs], before: Sequence[Overs]) -> tuple[int, ...]:
    earlier = [overs.overs for overs in before] + [0] * len(now)
    return tuple(overs.overs - past for overs, past in zip(now, earlier, strict=False))


def _records_since(before: Totals, now: Totals) -> list[Tick]:
    """Running maxima of now, where they can only have been reached since `before`."""
    if now.resets != before.resets:
        return [now.running]
    stems = [
        _risen(layout.STEM_TICK, stem, earlier)
        for stem, earlier in zip(now.running.stems, before.running.stems, strict=False)
    ]
    stems += now.running.stems[len(stems) :]
    return [Tick(_risen(layout.MASTER_TICK, now.running.master, before.running.master), tuple(stems))]


def _risen(table: Table[R], now: R, before: R) -> R:
    """`now` where it differs from `before`, else nothing."""
    values = [
        value if value != earlier else _NOTHING.get(field.wire.merge, value)
        for value, earlier, field in zip(now, before, table.fields, strict=True)
    ]
    return table.make(values)


def _decode_tick(payload: bytes) -> Tick:
    table = layout.STEM_TICK
    offsets = range(layout.MASTER_TICK.room, len(payload), table.room)
    return Tick(
        layout.MASTER_TICK.unpack_from(payload),
        tuple(table.unpack_from(payload, offset) for offset in offsets),
    )


def _decode_master_tick(payload: bytes) -> Tick:
    return Tick(layout.MASTER_TICK.unpack_from(payload))


def _decode_totals(payload: bytes) -> Totals:
    counts = _decode_counts(payload)
    offsets = range(_STEMS_OFFSET, _STEMS_OFFSET + len(counts.stem_overs) * _STEM_STRIDE, _STEM_STRIDE)
    running = tuple(layout.STEM_TICK.unpack_from(payload, offset + layout.OVERS.room) for offset in offsets)
    return replace(counts, running=replace(counts.running, stems=running))


def _decode_counts(payload: bytes) -> Totals:
    """Totals without the stems' running maxima."""
    head = layout.TOTALS_HEAD.unpack_from(payload, _HEAD_OFFSET)
    if len(payload) < _STEMS_OFFSET + head.stems * _STEM_STRIDE:
        raise SegmentError("the totals are damaged: restart the engine")
    offsets = range(_STEMS_OFFSET, _STEMS_OFFSET + head.stems * _STEM_STRIDE, _STEM_STRIDE)
    return Totals(
        head.ticks,
        head.resets,
        Tick(layout.MASTER_TICK.unpack_from(payload, _MASTER_MAXIMA_OFFSET)),
        layout.OVERS.unpack_from(payload, _MASTER_OVERS_OFFSET),
        tuple(layout.OVERS.unpack_from(payload, offset) for offset in offsets),
    )
