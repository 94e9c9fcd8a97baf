"""The state of the desk as one frozen snapshot: newest wins, never seen half-written."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from engine.link import layout, records
from engine.link.newest import Latest, NewestWriter
from engine.link.records import (
    CloseUp,
    DeviceState,
    Job,
    MasterMeters,
    Monitor,
    NullLamp,
    Output,
    Source,
    State,
    Status,
    StemCloseUp,
    StemMeters,
    StemsCloseUpHead,
    Transport,
)
from engine.link.segment import Segment
from engine.link.wire import Wire
from engine.units import NEGATIVE_INFINITY

_NAN = float("nan")

#: What is known before anything is: nothing plays, no level, no device.
NO_TRANSPORT = Transport(State.LOADING, 0, 0, 0, False, -1, -1, Source.PROCESSED, 0.0, -1)
NO_OUTPUT = Output("", DeviceState.CLOSED, 0, 0, 0, 0, 0, 0, _NAN, _NAN, _NAN)
NO_MONITOR = Monitor(0.0, _NAN, False, False, False, False)
NO_STATUS = Status(0, 0, _NAN, 0.0, False, NullLamp.UNKNOWN, _NAN, 0, 0.0)
NO_JOB = Job("", _NAN, _NAN, _NAN, _NAN, _NAN, 0, 0)


def _nothing(wire: Wire) -> Any:
    """A field before anything is measured: a level is −∞, any other figure is none, arrays are empty."""
    if wire.count > 1:
        return ()
    if wire.code != "d":
        return 0
    return NEGATIVE_INFINITY if wire.unit in ("dBFS", "dBTP") else _NAN


NO_MASTER = MasterMeters(*(_nothing(field.wire) for field in layout.MASTER_METERS.fields))
NO_CLOSE_UP = CloseUp(-2, 0, *(_nothing(field.wire) for field in layout.CLOSE_UP.fields[2:]))
NO_STEM_CLOSE_UP = StemCloseUp(*(_nothing(field.wire) for field in layout.STEM_CLOSE_UP.fields))
NO_STEM = StemMeters(*(_nothing(field.wire) for field in layout.STEM_METERS.fields))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that moves, at one moment.

    Attributes:
        transport: where the song is.
        output: the device and its load.
        monitor: the monitor section.
        status: revision, drive, null lamp.
        job: a render's progress.
        master: meters of the master bus.
        stems: meters of the stems, in the session's order.
        time_ns: CLOCK_MONOTONIC when it was published, set by `SnapshotWriter.publish`.
    """

    transport: Transport = NO_TRANSPORT
    output: Output = NO_OUTPUT
    monitor: Monitor = NO_MONITOR
    status: Status = NO_STATUS
    job: Job = NO_JOB
    master: MasterMeters = NO_MASTER
    stems: tuple[StemMeters, ...] = ()
    time_ns: int = 0

    @property
    def position_s(self) -> float | None:
        """Song time that is heard now, s; None before the session is loaded."""
        rate = self.transport.sample_rate_hz
        return self.transport.position_frames / rate if rate > 0 else None


_PARTS = layout.SNAPSHOT_PARTS
_OFFSETS = tuple(layout.room_of(_PARTS[:index]) for index in range(len(_PARTS)))
_STEMS_OFFSET = layout.room_of(_PARTS)


def encode(snapshot: Snapshot, buffer: bytearray, time_ns: int) -> int:
    """Writes `snapshot` to the start of `buffer`; returns the bytes used."""
    parts = (
        records.SnapshotHead(len(snapshot.stems), time_ns),
        snapshot.transport,
        snapshot.output,
        snapshot.monitor,
        snapshot.status,
        snapshot.job,
        snapshot.master,
    )
    for table, offset, part in zip(_PARTS, _OFFSETS, parts, strict=True):
        table.pack_into(buffer, offset, part)
    offset = _STEMS_OFFSET
    for stem in snapshot.stems:
        layout.STEM_METERS.pack_into(buffer, offset, stem)
        offset += layout.STEM_METERS.room
    return offset


def decode(payload: bytes) -> Snapshot:
    """The inverse of `encode`."""
    parts = [table.unpack_from(payload, offset) for table, offset in zip(_PARTS, _OFFSETS, strict=True)]
    head, transport, output, monitor, status, job, master = parts
    stems = layout.STEM_METERS.unpack_all(payload, _STEMS_OFFSET, head.stems)
    return Snapshot(transport, output, monitor, status, job, master, stems, head.time_ns)


class SnapshotWriter:
    """Publishes snapshots; one per segment. Allocates: not for the audio path."""

    def __init__(self, segment: Segment) -> None:
        self._newest = NewestWriter(segment, layout.SNAPSHOT)
        self._buffer = bytearray(self._newest.capacity)

    def publish(self, snapshot: Snapshot) -> None:
        """Makes `snapshot` the newest; `time_ns` becomes now.

        Raises:
            ValueError: more stems than `records.STEMS`, or an array longer than its field.
        """
        if len(snapshot.stems) > records.STEMS:
            raise ValueError(f"{len(snapshot.stems)} stems: a segment has room for {records.STEMS}")
        size = encode(snapshot, self._buffer, time.monotonic_ns())
        self._newest.publish(memoryview(self._buffer)[:size])


def snapshots(segment: Segment) -> Latest[Snapshot]:
    """The snapshots in a segment; an empty one before the first."""
    return Latest(segment, layout.SNAPSHOT, decode, Snapshot())


class CloseUpWriter:
    """Publishes what somebody looks at closely."""

    def __init__(self, segment: Segment) -> None:
        self._newest = NewestWriter(segment, layout.CLOSER)
        self._buffer = bytearray(layout.CLOSE_UP.room)

    def publish(self, close_up: CloseUp) -> None:
        """Makes `close_up` the newest."""
        layout.CLOSE_UP.pack_into(self._buffer, 0, close_up)
        self._newest.publish(self._buffer)


def close_ups(segment: Segment) -> Latest[CloseUp]:
    """What is looked at closely in a segment; nothing before the first, and of engines before version 5."""
    return Latest(segment, layout.CLOSER, layout.CLOSE_UP.unpack_from, NO_CLOSE_UP)


class StemsCloseUpWriter:
    """Publishes what is looked at closely of every stem."""

    def __init__(self, segment: Segment) -> None:
        self._newest = NewestWriter(segment, layout.STEMS_CLOSER)
        self._buffer = bytearray(self._newest.capacity)

    def publish(self, stems: tuple[StemCloseUp, ...]) -> None:
        """Makes `stems` the newest, in the session's order; none: nobody looks.

        Raises:
            ValueError: more stems than `records.STEMS`, or an array longer than its field.
        """
        if len(stems) > records.STEMS:
            raise ValueError(f"{len(stems)} stems: a segment has room for {records.STEMS}")
        layout.STEMS_CLOSE_UP_HEAD.pack_into(self._buffer, 0, StemsCloseUpHead(len(stems)))
        offset = layout.STEMS_CLOSE_UP_HEAD.room
        for stem in stems:
            layout.STEM_CLOSE_UP.pack_into(self._buffer, offset, stem)
            offset += layout.STEM_CLOSE_UP.room
        self._newest.publish(memoryview(self._buffer)[:offset])


def _stems_closely(payload: bytes) -> tuple[StemCloseUp, ...]:
    head = layout.STEMS_CLOSE_UP_HEAD
    return layout.STEM_CLOSE_UP.unpack_all(payload, head.room, head.unpack_from(payload).stems)


def stems_close_ups(segment: Segment) -> Latest[tuple[StemCloseUp, ...]]:
    """What is looked at closely of the stems in a segment; none of engines before version 6."""
    return Latest(segment, layout.STEMS_CLOSER, _stems_closely, ())
