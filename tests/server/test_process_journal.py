"""The journal: whatever is cut off, what is read is a state that was once true."""

from __future__ import annotations

import copy
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import MachineError, SessionError
from engine.server import journal as journals
from engine.server.journal import Journal, journal_path, line_of, read_events
from engine.server.live_session import LiveSession
from engine.server.session_state import Book, apply, step_event, value_event, whole
from engine.server.undo_tree import LARGEST, Step, Tree

TEXT = """format = 1
title = "Falling Water" # of the record
sample_rate = 48000

[[stems]]
name = "Drums"
path = "drums.wav"
trim_db = 0.5

[[stems]]
name = "Bass"
path = "bass.wav"

[[deliverables]]
name = "streaming"
loudness_lufs = -14.0
"""


@pytest.fixture
def song(own_folders: Path) -> Path:
    """A session file; its stems are nobody's business here."""
    path = own_folders / "song.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def opened(song: Path) -> tuple[LiveSession, Journal]:
    journal = Journal(song)
    return LiveSession(song, journal), journal


def first_book() -> Book:
    book = Book()
    apply(book, step_event(Tree(), Step(1, None, "opened", 0.0, TEXT)))
    return book


_texts = st.text(st.characters(codec="utf-8"), max_size=40)
_actions = st.lists(
    st.one_of(
        st.tuples(st.just("step"), st.integers(0, 60), st.integers(0, 60), _texts),
        st.tuples(st.just("join"), st.integers(0, 60), st.integers(0, 60), _texts),
        st.tuples(st.just("go"), st.integers(0, 20)),
        st.tuples(st.just("saved"), _texts),
        st.tuples(st.just("snapshot"), st.sampled_from("ABCD")),
        st.tuples(st.just("marker"), st.integers(0, 10**9), st.none() | _texts),
        st.tuples(st.just("loop"), st.booleans(), st.integers(0, 99), st.integers(100, 10**9)),
        st.tuples(st.just("drive"), _texts, st.floats(-60, 40)),
        st.tuples(st.just("value"), st.sampled_from(["target", "version", "listen", "device"]), _texts),
        st.tuples(st.just("value"), st.just("position"), st.integers(0, 10**9)),
    ),
    max_size=25,
)


def event_for(book: Book, action: tuple) -> dict | None:
    """The event of an action; None where it does not apply."""
    kind, *rest = action
    tree = book.tree
    if kind in ("step", "join"):
        begin, length, text = rest
        former = tree.present.text
        new = former[:begin] + text + former[begin + length :]
        joins = kind == "join" and tree.present.parent is not None and not book.is_pinned(tree.revision)
        parent = tree.present.parent if joins else tree.revision
        step = Step(tree.highest + 1, parent, text, 1.5, new, "key")
        return dict(step_event(tree, step, instead_of=tree.revision if joins else None))
    if kind == "go":
        numbers = list(tree.steps)
        return {"e": "go", "revision": numbers[rest[0] % len(numbers)]}
    if kind == "saved":
        return {"e": "saved", "revision": tree.revision, "sha256": rest[0]}
    if kind == "snapshot":
        return {"e": "snapshot", "letter": rest[0], "revision": tree.revision, "label": "here"}
    if kind == "marker":
        return {"e": "marker", "frames": rest[0], "name": rest[1]}
    if kind == "loop":
        return {"e": "loop", "on": rest[0], "start": rest[1], "end": rest[2]}
    if kind == "drive":
        return {"e": "drive", "target": rest[0], "db": rest[1]}
    return dict(value_event(rest[0], rest[1]))


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(_actions, st.data())
def test_any_beginning_of_a_journal_is_a_state_that_was_once_true(actions, data):
    book = first_book()
    content, states = line_of(whole(book)), [copy.deepcopy(book)]
    ends = [len(content)]
    for action in actions:
        event = event_for(book, action)
        content += line_of(event)
        apply(book, event)
        states.append(copy.deepcopy(book))
        ends.append(len(content))
    cut = data.draw(st.integers(0, len(content)))
    found, good = read_events(content[:cut])
    whole_lines = sum(end <= cut for end in ends)
    assert found == (states[whole_lines - 1] if whole_lines else None)
    assert good == (ends[whole_lines - 1] if whole_lines else 0)
    # and written anew it is the same book
    again, _ = read_events(line_of(whole(book)))
    assert again == book


@given(st.data())
def test_a_damaged_line_ends_what_is_believed(data):
    book = first_book()
    lines = [line_of(whole(book))]
    for number in range(3):
        event = event_for(book, ("step", number, 2, f"# {number}\n"))
        apply(book, event)
        lines.append(line_of(event))
    content = bytearray(b"".join(lines))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    found, good = read_events(bytes(content))
    assert good <= at
    assert found is None or found.tree.revision < 4 or found == book


def test_edits_survive_without_any_farewell(song):
    live, journal = opened(song)
    live.change([(("stems", 0, "trim_db"), 1.5)])
    live.change([(("stems", 1, "mute"), True)])
    live.undo()
    live.store_snapshot("B")
    live.record({"e": "marker", "frames": 480, "name": "Chorus"})
    live.choose_target("streaming")
    content = journal.path.read_bytes()
    assert read_events(content) == (live.book, len(content))
    assert os.stat(journal.path).st_mode & 0o777 == 0o600
    journal.close()
    again, journal = opened(song)
    assert again.book == live.book
    assert again.session == live.session
    assert again.session.stems[0].trim_db == 1.5
    again.redo()
    assert again.session.stems[1].mute
    journal.close()


def test_what_was_torn_is_left_out_and_the_rest_goes_on(song):
    live, journal = opened(song)
    live.change([(("stems", 0, "trim_db"), 1.5)])
    journal.close()
    live, journal = opened(song)
    live.change([(("stems", 0, "trim_db"), 2.5)])
    journal.close()
    with open(journal.path, "r+b") as file:
        file.truncate(journal.path.stat().st_size - 7)
    again, journal = opened(song)
    assert again.session.stems[0].trim_db == 1.5
    again.change([(("title",), "On")])
    journal.close()
    last, journal = opened(song)
    assert (last.session.title, last.session.stems[0].trim_db) == ("On", 1.5)
    journal.close()
    assert not journal.path.with_suffix(".damaged").exists()


def test_a_journal_of_rubbish_is_kept_aside(song):
    path = journal_path(song)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x00rubbish\n" * 9)
    live, journal = opened(song)
    assert live.session.stems[0].trim_db == 0.5
    journal.close()
    assert path.with_suffix(".damaged").read_bytes() == b"\x00rubbish\n" * 9


def test_a_file_that_was_changed_on_disk_wins_and_nothing_is_lost(song):
    live, journal = opened(song)
    live.change([(("stems", 0, "trim_db"), 3.0)])
    journal.close()
    song.write_text(TEXT.replace("0.5", "-2.0"), encoding="utf-8")
    again, journal = opened(song)
    assert again.session.stems[0].trim_db == -2.0
    assert again.is_saved
    assert again.book.tree.present.label == "song.toml changed on disk"
    assert again.opening_notice[0] == "changed_on_disk"
    again.undo()
    assert again.session.stems[0].trim_db == 3.0
    journal.close()


def test_an_unusable_file_does_not_take_the_edits_with_it(song):
    live, journal = opened(song)
    live.change([(("stems", 0, "trim_db"), 3.0)])
    journal.close()
    song.write_text("nonsense", encoding="utf-8")
    again, journal = opened(song)
    assert again.session.stems[0].trim_db == 3.0
    assert again.opening_notice[0] == "session_unusable"
    journal.close()
    journal_path(song).unlink()
    journal = Journal(song)
    with pytest.raises(SessionError):
        LiveSession(song, journal)
    journal.close()


def test_one_engine_at_a_time(song):
    _, journal = opened(song)
    with pytest.raises(MachineError) as caught:
        Journal(song)
    assert caught.value.kind == "already_open"
    journal.close()
    Journal(song).close()


def test_a_grown_journal_is_written_anew_without_a_gap(song, monkeypatch):
    monkeypatch.setattr(journals, "COMPACT_BYTES", 20_000)
    live, journal = opened(song)
    for number in range(200):
        for letter in "xyz":
            live.change([(("title",), f"{number} {letter * 40}")])
        live.maintain()
    deadline_s = time.monotonic() + 5.0
    while journal.wants_compacting or journal._rewrite is not None:
        live.maintain()
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    content = journal.path.read_bytes()
    assert read_events(content) == (live.book, len(content))
    assert len(content) < 3 * len(line_of(whole(live.book))) + 20_000
    journal.close()
    again, journal = opened(song)
    assert again.book == live.book
    journal.close()


def test_a_full_disk_is_told_and_mended(song, monkeypatch):
    live, journal = opened(song)
    real = os.write

    def full(descriptor, content):
        if descriptor == journal._descriptor:
            raise OSError(28, "No space left on device")
        return real(descriptor, content)

    monkeypatch.setattr(journals.os, "write", full)
    live.change([(("stems", 0, "trim_db"), 3.0)])
    assert "disk is full" in live.journal_failure
    assert live.session.stems[0].trim_db == 3.0
    monkeypatch.setattr(journals.os, "write", real)
    live.maintain()
    journal.close()
    again, journal = opened(song)
    assert again.session.stems[0].trim_db == 3.0
    journal.close()


def test_only_so_many_states_are_kept_but_never_those_that_are_needed():
    book = first_book()
    apply(book, {"e": "snapshot", "letter": "A", "revision": 1, "label": "opened"})
    for number in range(LARGEST + 50):
        apply(book, event_for(book, ("step", 0, 0, f"# {number}\n")))
    assert len(book.tree.steps) == LARGEST
    assert 1 in book.tree.steps
    assert book.tree.undo is not None
    assert read_events(line_of(whole(book)))[0] == book
