"""The disk fills up under an engine that plays and is edited: the music goes on and nothing is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from full_disk import Disk
from processes import wait_until
from studio import Studio, ask, open_studio, position

from engine.server import journal as journals
from engine.server.journal import Journal, journal_path, read_events
from engine.server.live_session import LiveSession


@pytest.fixture
def studio(tmp_path, monkeypatch) -> Iterator[tuple[Studio, Disk]]:
    """A studio whose journals, logs and settings lie on a disk that can be filled."""
    with open_studio() as studio:
        state = tmp_path / "state"
        state.mkdir()
        monkeypatch.setenv("XDG_STATE_HOME", str(state))
        disk = Disk(tmp_path / "cell", [state])
        for name, value in disk.environment().items():
            monkeypatch.setenv(name, value)
        yield studio, disk


def codes(console) -> list[str]:
    return [notice.code for notice in console.document().notices]


@pytest.mark.parametrize("left_bytes", [0, 70])
def test_a_full_state_disk_neither_ends_the_music_nor_costs_an_edit(studio, left_bytes):
    studio, disk = studio
    console = studio.start()
    ask(console, "play")
    ask(console, "marker", action="set", position_frames=1, name="before")
    disk.fill(left_bytes)  # 70: a short line still fits, a longer one does not
    for number in range(2, 22):
        ask(console, "marker", action="set", position_frames=number, name=f"full {number}")
    wait_until(lambda: "journal_failed" in codes(console))
    before = position(console)
    wait_until(lambda: position(console) != before)
    disk.free()
    wait_until(lambda: "journal_mended" in codes(console))
    ask(console, "marker", action="set", position_frames=30, name="after")
    studio.kill()
    again = studio.start()
    kept = [marker.position_frames for marker in again.document().markers]
    assert kept == [1, *range(2, 22), 30]


def test_a_disk_that_stays_full_loses_nothing_when_the_engine_is_stopped_after_it_was_freed(studio):
    studio, disk = studio
    console = studio.start()
    disk.fill()
    ask(console, "set", path="stems[0].trim_db", value=2.5)
    wait_until(lambda: "journal_failed" in codes(console))
    disk.free()
    ask(console, "stop")
    wait_until(lambda: read_events(journal_path(studio.song).read_bytes())[0].ended)
    assert "trim_db = 2.5" in read_events(journal_path(studio.song).read_bytes())[0].text


TEXT = 'format = 1\ntitle = "S"\nsample_rate = 48000\n[[stems]]\nname = "A"\npath = "a.wav"\n'


@pytest.mark.parametrize("fits", [0, 1, 9, 60])
def test_a_failure_of_the_journal_stays_until_it_has_been_written_anew(own_folders, monkeypatch, fits):
    song = own_folders / "s.toml"
    song.write_text(TEXT, encoding="utf-8")
    journal = Journal(song)
    live = LiveSession(song, journal)
    real, is_full = os.write, [True]

    def write(descriptor, data):
        if is_full[0] and descriptor == journal._descriptor and fits < len(data):
            if not fits:
                raise OSError(28, "No space left on device")
            return real(descriptor, data[:fits])
        return real(descriptor, data)

    monkeypatch.setattr(journals.os, "write", write)
    live.change([(("stems", 0, "trim_db"), 1.5)])
    assert live.journal_failure is not None
    is_full[0] = False
    live.set_value("position", 7)  # short, and there is room again: but it would stand behind a gap
    assert live.journal_failure is not None
    live.change([(("stems", 0, "mute"), True)])
    live.maintain()
    wait_until(lambda: live.journal_failure is None)
    live.change([(("title",), "After")])
    # killed here: what is in the file is what there was
    content = journal.path.read_bytes()
    assert read_events(content) == (live.book, len(content))
    journal.close()


def test_what_is_appended_is_synced_soon(own_folders, monkeypatch):
    song = own_folders / "s.toml"
    song.write_text(TEXT, encoding="utf-8")
    journal = Journal(song)
    live = LiveSession(song, journal)
    synced: list[tuple[int, int]] = []
    real = os.fsync

    def fsync(descriptor):
        real(descriptor)
        synced.append((descriptor, os.fstat(descriptor).st_size))

    monkeypatch.setattr(journals.os, "fsync", fsync)
    live.change([(("stems", 0, "trim_db"), 1.5)])
    size = journal.path.stat().st_size
    wait_until(lambda: (journal._descriptor, size) in synced, 10.0)
    descriptor = journal._descriptor
    journal.append({"e": "value", "name": "position", "value": 3})
    journal.close()
    assert (descriptor, journal.path.stat().st_size) in synced[1:]
