"""No peak and no over escapes a reader, however slowly and irregularly it looks."""

from __future__ import annotations

import os
import signal
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.link import layout
from engine.link.records import Kind
from engine.link.segment import Access, Segment, attach, create
from engine.link.ticks import NO_MASTER_TICK, NO_STEM_TICK, Tick, TickReader, TickReading, TickWriter

INFINITY = float("inf")


@pytest.fixture
def own() -> Segment:
    with create(Kind.ENGINE) as made:
        yield made


def tick_of(level: float, stems: int = 2) -> Tick:
    """A tick whose every level is `level`, stem n lower by n."""
    master = NO_MASTER_TICK._replace(true_peak_dbtp=level, correlation_min=level)
    return Tick(master, tuple(NO_STEM_TICK._replace(peak_left_dbfs=level - n) for n in range(stems)))


def put(writer: TickWriter, level: float, overs: int, stems: int = 2) -> None:
    writer.publish(
        tick_of(level, stems), master_overs=overs, stem_overs=[overs * (n + 1) for n in range(stems)]
    )


LEVELS = st.lists(st.floats(-60.0, 6.0), max_size=40)


@given(bursts=st.lists(st.tuples(LEVELS, st.booleans(), st.booleans()), max_size=12))
@settings(max_examples=40, deadline=None)
def test_every_reader_gets_the_maxima_and_overs_since_its_own_last_look(bursts) -> None:  # type: ignore[no-untyped-def]
    with create(Kind.ENGINE) as own:
        writer = TickWriter(own)
        readers = [TickReader(own), TickReader(own)]
        readings: list[TickReading] = [reader.since(None) for reader in readers]
        unread: list[list[float]] = [[], []]
        overs_seen, overs = [0, 0], 0
        for levels, *looks in bursts:
            for level in levels:
                overs += level > 0.0
                put(writer, level, overs)
                for waiting in unread:
                    waiting.append(level)
            for index, looking in enumerate(looks):
                if looking:
                    reading = readings[index] = readers[index].since(readings[index])
                    assert reading.lost == 0
                    assert len(reading.ticks) == len(unread[index])
                    if unread[index]:
                        assert reading.maxima is not None
                        assert reading.maxima.master.true_peak_dbtp == max(unread[index])
                        assert reading.maxima.master.correlation_min == min(unread[index])
                        assert reading.maxima.stems[1].peak_left_dbfs == max(unread[index]) - 1.0
                    else:
                        assert reading.maxima is None
                    assert reading.master_overs == overs - overs_seen[index]
                    if reading.stem_overs:
                        assert reading.stem_overs[1] == 2 * reading.master_overs
                    overs_seen[index], unread[index] = overs, []


@given(before=st.integers(0, 30), missed=st.integers(layout.TICKS, 3 * layout.TICKS), at=st.floats(0.0, 1.0))
@settings(max_examples=6, deadline=None)
def test_a_reader_slower_than_the_ring_is_told_and_keeps_overs_and_records(before, missed, at) -> None:  # type: ignore[no-untyped-def]
    with create(Kind.ENGINE) as own:
        writer, reader = TickWriter(own), TickReader(own)
        for _ in range(before):
            put(writer, -20.0, 0)
        reading = reader.since(None)
        loudest = int(at * (missed - 1))
        for number in range(missed):
            put(writer, 1.5 if number == loudest else -30.0, int(number >= loudest))
        reading = reader.since(reading)
        assert reading.lost == missed - len(reading.ticks)
        assert layout.TICKS - 1 <= len(reading.ticks) <= layout.TICKS
        assert reading.master_overs == 1  # whenever it was
        assert reading.maxima is not None
        assert reading.maxima.master.true_peak_dbtp == 1.5
        assert reading.maxima.stems[0].peak_left_dbfs == 1.5
        assert reading.totals.running.master.true_peak_dbtp == 1.5


def test_a_lost_tick_does_not_bring_back_a_record_the_reader_already_knew(own: Segment) -> None:
    writer, reader = TickWriter(own), TickReader(own)
    put(writer, 3.0, 1)
    reading = reader.since(None)
    for _ in range(2 * layout.TICKS):
        put(writer, -30.0, 1)
    reading = reader.since(reading)
    assert reading.lost > 0
    assert reading.master_overs == 0
    assert reading.maxima is not None
    assert reading.maxima.master.true_peak_dbtp == -30.0


def test_a_reset_starts_the_running_maxima_and_leaves_the_counters(own: Segment) -> None:
    writer, reader = TickWriter(own), TickReader(own)
    put(writer, 2.0, 5)
    before = reader.since(None)
    writer.reset()
    totals = reader.totals()
    assert totals.running.master.true_peak_dbtp == -INFINITY
    assert totals.running.stems[0].peak_left_dbfs == -INFINITY
    assert (totals.master_overs.overs, totals.master_overs.overs_at_reset) == (5, 5)
    put(writer, -9.0, 6)
    after = reader.since(before)
    assert after.totals.running.master.true_peak_dbtp == -9.0
    assert after.totals.stem_overs[1].overs - after.totals.stem_overs[1].overs_at_reset == 2
    assert after.master_overs == 1


def test_a_first_reading_begins_now_or_with_the_whole_ring(own: Segment) -> None:
    writer, reader = TickWriter(own), TickReader(own)
    assert reader.since(None).maxima is None
    for number in range(layout.TICKS + 20):
        put(writer, -float(number), 3)
    now = reader.since(None)
    assert (len(now.ticks), now.lost, now.master_overs) == (1, 0, 0)
    whole = reader.since(None, whole_ring=True)
    assert len(whole.ticks) == layout.TICKS
    assert whole.lost == 0


def test_what_was_not_measured_does_not_win(own: Segment) -> None:
    writer, reader = TickWriter(own), TickReader(own)
    nan = float("nan")
    quiet = tick_of(-40.0, 1)
    silent = Tick(
        quiet.master._replace(true_peak_dbtp=nan, correlation_min=nan),
        (NO_STEM_TICK._replace(rms_left_dbfs=nan),),
    )
    reading = reader.since(None)
    for tick in (silent, quiet, silent):
        writer.publish(tick, master_overs=0, stem_overs=(0,))
    reading = reader.since(reading)
    assert reading.maxima is not None
    assert reading.maxima.master.true_peak_dbtp == -40.0
    assert reading.maxima.master.correlation_min == -40.0
    assert reading.maxima.stems[0].rms_left_dbfs == -INFINITY


def test_a_stem_that_comes_later_is_shown_from_then_on(own: Segment) -> None:
    writer, reader = TickWriter(own), TickReader(own)
    put(writer, -3.0, 1, stems=1)
    reading = reader.since(None)
    put(writer, -6.0, 2, stems=3)
    reading = reader.since(reading)
    assert reading.maxima is not None
    assert [stem.peak_left_dbfs for stem in reading.maxima.stems] == [-6.0, -7.0, -8.0]
    assert reading.stem_overs == (1, 4, 6)


def test_counters_and_stems_must_fit(own: Segment) -> None:
    with pytest.raises(ValueError, match="2 stems with 1 counters"):
        TickWriter(own).publish(tick_of(0.0), master_overs=0, stem_overs=(0,))


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pauses_ms=st.lists(st.integers(0, 30), min_size=1, max_size=6))
def test_readers_in_other_processes_miss_no_over(children, pauses_ms: list[int]) -> None:  # type: ignore[no-untyped-def]
    """A writer at full speed; two readers with pauses of their own. What they read adds up exactly."""
    with create(Kind.ENGINE) as own:
        TickWriter(own).publish(tick_of(-1.0), master_overs=0, stem_overs=(0, 0))
        first = TickReader(own).totals().ticks

        def write() -> None:
            writer, overs = TickWriter(own), 0
            deadline_s = time.monotonic() + 0.3
            while time.monotonic() < deadline_s:
                overs += 3
                put(writer, float(overs), overs)

        def read() -> None:
            with attach(own.name, Access.READ) as other:
                reader = TickReader(other)
                start = reading = reader.since(None)
                overs = ticks = lost = turn = 0
                deadline_s = time.monotonic() + 0.4
                # a busy machine may start the writer late
                while time.monotonic() < deadline_s + (0.0 if overs else 10.0):
                    time.sleep(pauses_ms[turn % len(pauses_ms)] / 1000)
                    turn += 1
                    before, reading = reading, reader.since(reading)
                    overs, lost, ticks = (
                        overs + reading.master_overs,
                        lost + reading.lost,
                        ticks + len(reading.ticks),
                    )
                    if reading.totals.ticks != before.totals.ticks:
                        # levels rise, so the newest is the maximum, lost ticks or not
                        assert reading.maxima is not None
                        assert reading.maxima.master.true_peak_dbtp == reading.totals.master_overs.overs
                assert overs == reading.totals.master_overs.overs - start.totals.master_overs.overs
                assert lost + ticks == reading.totals.ticks - start.totals.ticks
                assert overs > 0

        assert first == 1
        pids = [children.fork(work) for work in (read, read, write)]
        assert [children.join(pid) for pid in pids] == [0, 0, 0]


def test_a_dead_writers_last_totals_stay_readable(children, own: Segment, wait) -> None:  # type: ignore[no-untyped-def]
    def write() -> None:
        writer, number = TickWriter(own), 0
        while True:
            number += 1
            put(writer, 0.0, number)

    pid = children.fork(write)
    reader = TickReader(own)
    wait(lambda: reader.totals().ticks > 50)
    os.kill(pid, signal.SIGKILL)
    children.join(pid)
    totals = reader.totals()
    assert totals.master_overs.overs == totals.ticks


def test_a_reading_without_maxima_tells_the_same_ticks_and_overs(own):
    """The desk draws of it thirty times a second, and decodes what it shows alone."""
    writer, whole, bare = TickWriter(own), TickReader(own), TickReader(own)
    put(writer, -20.0, 0)
    readings = whole.since(None), bare.since(None, maxima=False)
    for overs, level in enumerate((-12.0, 1.5, -3.0)):
        put(writer, level, overs)
    readings = whole.since(readings[0]), bare.since(readings[1], maxima=False)
    assert readings[1].maxima is None
    assert len(readings[1].ticks) == 3
    assert all(len(tick) == len(NO_MASTER_TICK) for tick in readings[1].ticks)
    for name in ("ticks", "lost", "master_overs", "stem_overs"):
        assert getattr(readings[0], name) == getattr(readings[1], name), name
    counts = [(one.totals.ticks, one.totals.master_overs, one.totals.stem_overs) for one in readings]
    assert counts[0] == counts[1]
    assert whole.since(readings[1]).totals.running.stems, "another reading may have them again"
