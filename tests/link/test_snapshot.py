"""Newest wins: what is read was published whole, is never older than before, and costs the writer nothing."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import signal
import time
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import MachineError
from engine.link import layout, records
from engine.link.document import (
    NO_DOCUMENT,
    Document,
    DocumentWriter,
    HistoryStep,
    Listening,
    Marker,
    NullFound,
    ReferenceTrack,
    StoredSnapshot,
    documents,
)
from engine.link.failures import SegmentError
from engine.link.history import Heard, History, HistoryWriter, history, slot_frames
from engine.link.newest import NewestReader, NewestWriter
from engine.link.parameters import Parameters, ParametersWriter, parameters
from engine.link.records import Kind, State, StemCloseUp
from engine.link.segment import Access, Segment, attach, create
from engine.link.snapshot import (
    NO_CLOSE_UP,
    NO_JOB,
    NO_MASTER,
    NO_STEM,
    NO_TRANSPORT,
    CloseUpWriter,
    Snapshot,
    SnapshotWriter,
    StemsCloseUpWriter,
    close_ups,
    snapshots,
    stems_close_ups,
)

BLOCK = layout.SNAPSHOT


@pytest.fixture
def own() -> Segment:
    with create(Kind.ENGINE) as made:
        yield made


def test_before_the_first_snapshot_there_is_an_empty_one(own: Segment) -> None:
    assert NewestReader(own, BLOCK).read() is None
    assert snapshots(own).read() == Snapshot()
    assert snapshots(own).read().position_s is None


@pytest.mark.parametrize("stems", [0, 1, 8, records.STEMS])
def test_a_snapshot_comes_back_whole(own: Segment, stems: int) -> None:
    master = NO_MASTER._replace(
        integrated_lufs=-14.2,
        lra_lu=6.0,
        processors_db=tuple(float(n) for n in range(records.MASTER_PROCESSORS)),
        spectrum_bands=31,
        spectrum_dbfs=tuple(-float(n) for n in range(records.SPECTRUM_BANDS)),
    )
    strips = tuple(
        NO_STEM._replace(
            peak_left_dbfs=-float(n),
            limiting_share=0.1,
            processors_db=(0.5,) * records.STEM_PROCESSORS,
            master_shares=(0.25,) * records.MASTER_PROCESSORS,
        )
        for n in range(stems)
    )
    transport = NO_TRANSPORT._replace(state=State.PLAYING, position_frames=96000, sample_rate_hz=48000)
    job = NO_JOB._replace(label="Überspielung · Ω")
    SnapshotWriter(own).publish(Snapshot(transport, job=job, master=master, stems=strips))
    with attach(own.name, Access.READ) as other:
        found = snapshots(other).read()
    assert found.stems == strips
    assert found.transport == transport
    assert found.position_s == 2.0
    assert found.job.label == job.label
    assert found.master.spectrum_dbfs == master.spectrum_dbfs
    assert math.isnan(found.master.plr_db)
    assert abs(time.monotonic_ns() - found.time_ns) < 2e9


def test_too_many_stems_are_refused_and_the_old_snapshot_stays(own: Segment) -> None:
    writer = SnapshotWriter(own)
    writer.publish(Snapshot(stems=(NO_STEM,)))
    with pytest.raises(ValueError, match="33 stems"):
        writer.publish(Snapshot(stems=(NO_STEM,) * (records.STEMS + 1)))
    assert len(snapshots(own).read().stems) == 1


def test_nothing_is_decoded_twice(own: Segment) -> None:
    writer, reader = SnapshotWriter(own), snapshots(own)
    writer.publish(Snapshot())
    first = reader.read()
    assert reader.read() is first
    writer.publish(Snapshot())
    assert reader.read() is not first


@given(payloads=st.lists(st.binary(max_size=300), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_newest_payload_is_read(own: Segment, payloads: list[bytes]) -> None:
    writer = NewestWriter(own, BLOCK)
    for number, payload in enumerate(payloads, start=1):
        assert writer.publish(payload) == number
        assert NewestReader(own, BLOCK).read() == (number, payload)


def test_a_payload_beyond_the_room_is_refused(own: Segment) -> None:
    writer = NewestWriter(own, BLOCK)
    writer.publish(bytes(writer.capacity))
    with pytest.raises(ValueError, match="has room for"):
        writer.publish(bytes(writer.capacity + 1))


@given(at=st.integers(0, layout.COPY_PAYLOAD_OFFSET + 99), change=st.integers(1, 255))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_byte_is_noticed(own: Segment, at: int, change: int) -> None:
    """A copy that is not as it was published, in whichever byte, is not believed."""
    sequence = NewestWriter(own, BLOCK).publish(bytes(range(100)))
    place = BLOCK.at(sequence % BLOCK.count) + at
    own.view[place] ^= change
    with pytest.raises(SegmentError) as caught:
        NewestReader(own, BLOCK).read()
    assert caught.value.kind == "damaged_segment"


def _publish_for_ever(own: Segment) -> None:
    """As fast as it can: payloads of changing length that consist of their own number."""
    writer, number = NewestWriter(own, BLOCK), 0
    while True:
        number += 1
        writer.publish(number.to_bytes(8, "big") * (1 + number % 700))


@pytest.mark.parametrize("readers", [1, 3])
def test_readers_never_see_half_a_payload_nor_an_older_one(children, own: Segment, readers: int) -> None:  # type: ignore[no-untyped-def]
    """A writer at full speed, far beyond any meter, against readers in other processes."""

    def read() -> None:
        with attach(own.name, Access.READ) as other:
            reader, newest, reads = NewestReader(other, BLOCK), 0, 0
            deadline_s = time.monotonic() + 0.5
            while time.monotonic() < deadline_s:
                try:
                    found = reader.read()
                except SegmentError:
                    continue  # a writer this fast may come round all copies time and again
                if found is not None:
                    sequence, payload = found
                    assert payload == sequence.to_bytes(8, "big") * (1 + sequence % 700)
                    assert sequence >= newest
                    newest, reads = sequence, reads + 1
            assert reads > 100

    writer = children.fork(lambda: _publish_for_ever(own))
    pids = [children.fork(read) for _ in range(readers)]
    assert [children.join(pid) for pid in pids] == [0] * readers
    os.kill(writer, signal.SIGKILL)


def test_a_writer_stopped_or_killed_half_way_leaves_a_whole_payload(children, own: Segment, wait) -> None:  # type: ignore[no-untyped-def]
    reader = NewestReader(own, BLOCK)
    for _ in range(8):
        writer = children.fork(lambda: _publish_for_ever(own))
        before = reader.sequence
        wait(lambda before=before: reader.sequence != before)
        for signal_number in (signal.SIGSTOP, signal.SIGKILL):
            os.kill(writer, signal_number)
            os.waitpid(writer, os.WUNTRACED if signal_number == signal.SIGSTOP else 0)
            found = reader.read()
            assert found is not None
            sequence, payload = found
            assert payload == sequence.to_bytes(8, "big") * (1 + sequence % 700)
        children.pids.remove(writer)


def test_a_waiting_reader_does_not_hold_the_writer_up(children, own: Segment) -> None:  # type: ignore[no-untyped-def]
    """A reader stopped in the middle of reading is nothing to the writer."""

    def read_for_ever() -> None:
        reader = NewestReader(own, BLOCK)
        while True:
            reader.read()

    writer = NewestWriter(own, BLOCK)
    writer.publish(bytes(4000))
    pid = children.fork(read_for_ever)
    time.sleep(0.02)
    os.kill(pid, signal.SIGSTOP)
    begun_s = time.process_time()
    for _ in range(1000):
        writer.publish(bytes(4000))
    assert time.process_time() - begun_s < 0.5


def test_the_loudness_history_comes_back(own: Segment) -> None:
    states = bytes([Heard.UNHEARD, Heard.HEARD, Heard.OUTDATED])
    HistoryWriter(own).publish(History(7, 480, 1200, (float("-inf"), -14.5, -20.25), states))
    found = history(own).read()
    assert (found.revision, found.slot_frames, found.song_frames) == (7, 480, 1200)
    assert list(found.short_term_lufs) == [float("-inf"), -14.5, -20.25]
    assert [Heard(state) for state in found.states] == [Heard.UNHEARD, Heard.HEARD, Heard.OUTDATED]


@pytest.mark.parametrize("song_frames", [0, 1, 1023, 1024, 1025, 48000 * 3600 * 3])
def test_any_song_fits_into_the_history(own: Segment, song_frames: int) -> None:
    frames = slot_frames(song_frames)
    slots = -(-song_frames // frames)
    assert slots <= layout.HISTORY_SLOTS
    HistoryWriter(own).publish(History(1, frames, song_frames, [0.0] * slots, bytes(slots)))
    assert len(history(own).read().states) == slots


def test_values_without_states_are_refused(own: Segment) -> None:
    with pytest.raises(ValueError, match="2 values and 1 states"):
        HistoryWriter(own).publish(History(1, 1, 1, (0.0, 0.0), b"\0"))


def test_what_is_looked_at_closely_comes_back(own: Segment) -> None:
    assert close_ups(own).read() is NO_CLOSE_UP
    levels = tuple(float(-band) for band in range(31))
    sent = NO_CLOSE_UP._replace(strip=3, bands=31, before_dbfs=levels, after_rms_dbfs=-12.5)
    CloseUpWriter(own).publish(sent)
    found = close_ups(own).read()
    assert (found.strip, found.bands, found.after_rms_dbfs) == (3, 31, -12.5)
    assert found.before_dbfs[:31] == levels
    assert all(value != value for value in found.before_dbfs[31:] + found.directions_dbfs)


@pytest.mark.parametrize("count", [0, 1, records.STEMS])
def test_what_is_looked_at_of_every_stem_comes_back(own: Segment, count: int) -> None:
    assert stems_close_ups(own).read() == ()
    bands = tuple(float(-band) for band in range(records.STEM_BANDS))
    sent = tuple(StemCloseUp(-20.0 - place, bands) for place in range(count))
    writer, reader = StemsCloseUpWriter(own), stems_close_ups(own)
    writer.publish((StemCloseUp(-9.0, ()),) * 2)
    assert [one.short_term_lufs for one in reader.read()] == [-9.0, -9.0]
    writer.publish(sent)
    assert reader.read() == sent


def test_more_stems_than_there_is_room_for_are_refused(own: Segment) -> None:
    with pytest.raises(ValueError, match="33 stems"):
        StemsCloseUpWriter(own).publish((StemCloseUp(-9.0, ()),) * 33)


def test_an_engine_of_before_has_room_for_it_and_nothing_there() -> None:
    """Its segment is as long as one of today, so that it can be mapped, and holds zeros there."""
    assert layout.STEMS_CLOSER.end <= layout.SEGMENT_BYTES
    assert layout.SEGMENT_BYTES == 2752512  # of version 4 and 5, whose last parts end before both
    assert layout.DOCUMENT.end < layout.CLOSER.at(0) < layout.CLOSER.end <= layout.STEMS_CLOSER.offset


def test_targets_and_currents_come_back(own: Segment) -> None:
    assert parameters(own).read().targets == ()
    values = [0.1 * n for n in range(layout.PARAMETERS)]
    ParametersWriter(own).publish(Parameters(3, 2, values, values[::-1]))
    found = parameters(own).read()
    assert (found.revision, found.layout) == (3, 2)
    assert list(found.targets) == values
    assert list(found.currents) == values[::-1]
    with pytest.raises(ValueError, match="1 targets and 2 currents"):
        ParametersWriter(own).publish(Parameters(3, 2, (0.0,), (0.0, 0.0)))


@dataclass(frozen=True)
class NewerDocument:
    path: object
    mood: str


def test_the_document_comes_back_with_any_file_name(own: Segment) -> None:
    tracks = tuple(ReferenceTrack(f"Track {n}", "/x/\udcff.wav", -14.0, (None, -20.0)) for n in range(32))
    document = Document(
        title="Überfall",
        links=(("Drums", "Bass"), ("Vox", "Choir")),
        listening=Listening(path="/x/\udcff.wav", waits=True),
        references=tracks,
        markers=(Marker(0, "Intro"), Marker(48000, "Verse")),
        snapshots={"A": StoredSnapshot(3, "before"), "B": None},
        history=(HistoryStep(1, None, "", 1.0), HistoryStep(2, 1, "trim", 2.5)),
        null=NullFound("pass", None),
        clients=(),
    )
    assert documents(own).read() is NO_DOCUMENT
    DocumentWriter(own).publish(document)
    assert documents(own).read() == document


def test_words_of_a_newer_program_are_read_without_what_is_new(own: Segment) -> None:
    DocumentWriter(own).publish(NewerDocument("/s.toml", mood="gloomy"))
    assert documents(own).read() == Document(path="/s.toml")


def test_words_that_cannot_be_meant_are_damage_with_a_reason(own: Segment) -> None:
    DocumentWriter(own).publish(NewerDocument(path=5, mood=""))
    with pytest.raises(SegmentError, match="path is a number: it has to be text"):
        documents(own).read()


def test_a_document_that_does_not_fit_is_an_error_and_the_old_one_stays(own: Segment) -> None:
    writer = DocumentWriter(own)
    writer.publish(Document(title="old"))
    with pytest.raises(MachineError) as caught:
        writer.publish(Document(text=os.urandom(layout.DOCUMENT_BYTES).hex()))
    assert caught.value.kind == "too_long"
    assert documents(own).read() == Document(title="old")


def test_the_largest_session_fits_into_a_document(own: Segment) -> None:
    """32 stems and a master with full chains of eight-band equalisers, every value different."""

    def band(n: int) -> dict[str, object]:
        return {"shape": "peak", "frequency_hz": 20 + n * 1.37, "gain_db": n * 0.013, "q": 0.7071 + n * 1e-3}

    def chain(stem: int) -> list[dict[str, object]]:
        return [{"type": "eq", "bands": [band(stem * 100 + n * 8 + m) for m in range(8)]} for n in range(12)]

    stems = [{"name": f"Stem {n}", "trim_db": n * 0.1, "chain": chain(n)} for n in range(33)]
    document = Document(text=json.dumps(stems))
    DocumentWriter(own).publish(document)
    assert documents(own).read() == document


def test_a_snapshot_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Snapshot().stems = ()  # type: ignore[misc]
