"""The live session: undo tree, one step per gesture, stale edits, labels, snapshots."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import SessionError
from engine.link.failures import MessageRefused
from engine.server import live_session
from engine.server.journal import Journal
from engine.server.live_session import LiveSession
from engine.server.markers import beside, fresh_name, named
from engine.server.parameters import parameters_of
from engine.server.session_state import Book, apply, whole
from engine.session.comparing import differences, label_of
from engine.session.editing import parse_key

TEXT = """format = 1 # of the file
title = "Falling Water"
sample_rate = 48000

[[stems]]
name = "Drums"
role = "drums"
path = "drums.wav"
chain = [ { type = "eq", bands = [ { shape = "peak", frequency_hz = 100.0 }, { frequency_hz = 900.0 } ] },
  { type = "compressor", threshold_db = -20.0 } ]

[[stems]]
path = "takes/bass.wav" # the low one

[master]
chain = [ { type = "limiter", drive_db = 4.0 } ]

[[deliverables]]
name = "streaming"
loudness_lufs = -14.0
"""


@pytest.fixture
def live(own_folders: Path):
    path = own_folders / "song.toml"
    path.write_text(TEXT, encoding="utf-8")
    journal = Journal(path)
    yield LiveSession(path, journal)
    journal.close()


def put(live: LiveSession, key: str, value: object, **more: object) -> None:
    live.change([(parse_key(key), value)], **more)


def labels(live: LiveSession) -> list[str]:
    return [step.label for step in live.book.tree.steps.values()]


def test_undo_is_a_tree(live):
    put(live, "stems[0].mute", True)
    put(live, "stems[1].mute", True)
    live.undo()
    put(live, "title", "Other")
    steps = live.book.tree.steps
    assert [(step.revision, step.parent) for step in steps.values()] == [(1, None), (2, 1), (3, 2), (4, 2)]
    live.undo()
    assert live.book.tree.redo.label == "title Other"
    live.go(3)
    assert live.session.stems[1].mute
    live.undo()
    assert live.book.tree.redo.revision == 3  # where one was last
    with pytest.raises(MessageRefused, match="no state 99"):
        live.go(99)
    live.go(1)
    with pytest.raises(MessageRefused) as caught:
        live.undo()
    assert caught.value.kind == "nothing_to_undo"
    assert live.book.text == TEXT


def test_a_gesture_is_one_step(live, monkeypatch):
    for tenths in range(1, 6):
        put(live, "stems[0].trim_db", tenths / 10)
    assert labels(live) == ["opened", "Drums trim +0.5 dB"]
    assert live.book.revision == 6
    put(live, "stems[1].trim_db", 1.0)
    put(live, "stems[0].trim_db", 1.0)
    assert labels(live)[2:] == ["bass trim +1.0 dB", "Drums trim +1.0 dB"]
    monkeypatch.setattr(live_session, "ONE_STEP_S", 0.0)
    put(live, "stems[0].trim_db", 2.0)
    assert len(labels(live)) == 5
    live.undo()
    assert live.session.stems[0].trim_db == 1.0


def test_a_gesture_that_takes_itself_back_leaves_no_row_and_nothing_unsaved(live):
    for key in ("stems[0].mute", "stems[1].solo", "stems[0].polarity_inverted"):
        put(live, key, True)
        assert not live.is_saved
        put(live, key, False)
        assert live.is_saved
        assert live.book.text == TEXT
    assert "no change" not in labels(live)
    assert live.book.tree.redo.label  # what was heard meanwhile can be had again
    put(live, "stems[0].trim_db", 0.5)
    put(live, "stems[0].trim_db", 0.0)
    assert live.is_saved


def test_what_comes_back_later_is_what_the_file_holds(live, monkeypatch):
    monkeypatch.setattr(live_session, "ONE_STEP_S", 0.0)
    put(live, "stems[0].mute", True)
    put(live, "stems[0].mute", False)
    assert labels(live)[-2:] == ["Drums mute on", "Drums mute off"]
    assert live.is_saved
    live.undo()
    assert not live.is_saved
    live.undo()
    assert live.is_saved


def test_what_is_saved_or_in_a_snapshot_is_not_joined(live):
    put(live, "stems[0].trim_db", 1.0)
    live.saved(live.book.revision, "x")
    put(live, "stems[0].trim_db", 2.0)
    live.store_snapshot("A")
    put(live, "stems[0].trim_db", 3.0)
    assert labels(live)[1:] == ["Drums trim +1.0 dB", "Drums trim +2.0 dB", "Drums trim +3.0 dB"]
    live.recall_snapshot("A")
    assert live.session.stems[0].trim_db == 2.0
    assert live.book.chosen_snapshot == "A"
    with pytest.raises(MessageRefused, match="nothing is stored under B"):
        live.recall_snapshot("B")


def test_what_breaks_a_rule_changes_nothing(live):
    for key, value in [
        ("stems[0].trim_db", 99.0),
        ("stems[0].trimm_db", 0.0),
        ("stems[7].trim_db", 0.0),
        ("stems[0].chain[0].bands[0].frequency_hz", None),
        ("master.chain", [{"type": "limiter"}, {"type": "gain"}]),
    ]:
        with pytest.raises(SessionError):
            put(live, key, value)
        assert live.book.text == TEXT
        assert live.book.revision == 1
    put(live, "stems[0].mute", True)
    assert live.session.stems[0].mute
    assert "# the low one" in live.book.text


def test_nothing_removes_and_sections_are_made(live):
    put(live, "stems[0].chain[1].threshold_db", None)
    assert live.session.stems[0].chain[1].values["threshold_db"] == -18.0
    put(live, "stems[0].chain[0].bands[0]", None)
    assert len(live.session.stems[0].chain[0].values["bands"]) == 1
    put(live, "stems[1]", None)
    assert len(live.session.stems) == 1
    put(live, "master", None)
    put(live, "master.fade_out_s", 3.0)
    assert live.session.master.fade_out_s == 3.0
    put(live, "reference.path", "mix.wav")
    assert live.session.reference.path.name == "mix.wav"


def test_an_edit_of_what_somebody_else_changed_is_stale(live):
    here, there = object(), object()
    put(live, "stems[0].trim_db", 1.0, client=there, base=1)
    put(live, "stems[1].trim_db", 1.0, client=here, base=1)
    with pytest.raises(MessageRefused) as caught:
        put(live, "stems[0].trim_db", 2.0, client=here, base=1)
    assert caught.value.kind == "stale"
    put(live, "stems[0].trim_db", 2.0, client=there, base=1)
    put(live, "stems[0].trim_db", 3.0, client=here, base=live.book.revision)
    live.undo(client=there)
    with pytest.raises(MessageRefused):
        put(live, "stems[0].trim_db", 4.0, client=here, base=5)
    put(live, "stems[0].trim_db", 4.0, client=here)
    put(live, "stems[0].chain[1].ratio", 3.0, client=there)
    with pytest.raises(MessageRefused):  # the whole chain, a part of which has changed
        put(live, "stems[0].chain", [], client=here, base=1)


@pytest.mark.parametrize(
    ("key", "value", "label"),
    [
        ("stems[0].trim_db", 0.5, "Drums trim +0.5 dB"),
        ("stems[0].trim_db", -12.0, "Drums trim −12.0 dB"),
        ("stems[1].mute", True, "bass mute on"),
        ("stems[0].chain[0].enabled", False, "Drums eq off"),
        ("stems[0].chain[0].bands[1].frequency_hz", 1200.0, "Drums eq band 2 frequency 1.2 kHz"),
        ("stems[0].chain[1].ratio", 2.5, "Drums compressor ratio 2.5:1"),
        ("stems[0].chain[1].attack_ms", 30.0, "Drums compressor attack 30 ms"),
        ("stems[0].chain", [{"type": "compressor", "threshold_db": -20.0}], "Drums chain: eq removed"),
        ("master.chain[0].ceiling_dbtp", -2.0, "master limiter ceiling −2.0 dBTP"),
        (
            "master.chain",
            [{"type": "gain"}, {"type": "limiter", "drive_db": 4.0}],
            "master chain: gain added",
        ),
        ("stems[1]", None, "stems: removed"),
        ("title", "Other", "title Other"),
        ("deliverables[0].loudness_lufs", -16.0, "streaming loudness −16.0 LUFS"),
    ],
)
def test_labels_say_what_an_engineer_would(live, key, value, label):
    put(live, key, value)
    assert live.book.tree.present.label == label


def test_several_values_have_one_label(live):
    live.change([(("stems", 0, "mute"), True), (("stems", 1, "mute"), True)])
    live.change([(("stems", 0, "trim_db"), 1.0), (("stems", 0, "solo"), True)])
    live.change([(("title",), "x")], label="a better name")
    assert labels(live)[1:] == ["Drums mute on and 1 more", "Drums: 2 values", "a better name"]
    assert label_of({}, list(differences({}, {}))) == "no change"


def test_a_file_written_by_another_program_is_taken_over(live):
    assert not live.has_changed_on_disk()
    live.path.write_text(TEXT.replace("Falling", "Rising"), encoding="utf-8")
    assert live.has_changed_on_disk()
    live.adopt_from_disk()
    assert live.session.title == "Rising Water"
    assert live.is_saved
    live.undo()
    assert live.session.title == "Falling Water"
    live.path.write_text("nonsense", encoding="utf-8")
    with pytest.raises(SessionError):
        live.adopt_from_disk()


def test_targets_and_versions(live):
    live.choose_target("streaming")
    assert live.deliverable.loudness_lufs == -14.0
    for wrong in (live.choose_target, live.choose_version):
        with pytest.raises(MessageRefused):
            wrong("nonsense")
    with pytest.raises(MessageRefused):
        live.choose_version("stems")
    put(live, "deliverables", None)
    assert live.deliverable is None
    live.choose_version("vocal_up")
    assert live.version == "vocal_up"


def test_markers():
    markers = {100: "1", 48_000: "Chorus", 96_000: "3"}
    assert fresh_name(markers) == "2"
    assert beside(markers, 100, "next", 48_000) == 48_000
    assert beside(markers, 50_000, "previous", 48_000) == 100  # just behind a marker: the one before
    assert beside(markers, 90_000, "previous", 48_000) == 48_000
    assert named(markers, {"name": "Chorus"}, 0) == 48_000
    assert named(markers, {}, 90_000) == 96_000
    for call in (lambda: beside(markers, 96_000, "next", 1), lambda: named(markers, {"name": "x"}, 0)):
        with pytest.raises(MessageRefused):
            call()


def test_every_number_is_a_parameter(live):
    found = parameters_of(live.session, 2048)
    values = dict(zip(found.paths, found.values, strict=True))
    assert values["stems[0].chain[0].bands[1].frequency_hz"] == 900.0
    assert values["master.chain[0].drive_db"] == 4.0
    for path in found.paths:
        parse_key(path)
    assert len(parameters_of(live.session, 3).paths) == 3


def test_a_snapshot_brings_back_sound_and_nothing_else(live):
    live.change([(("stems", 0, "trim_db"), 1.0)])
    live.store_snapshot("A")
    live.change([(("stems", 0, "trim_db"), -2.0)])
    live.change([(("master", "chain"), [])])
    live.change([(("title",), "Another")])
    live.change([(("stems", 0, "offset_samples"), -13.0)])
    live.change([(("stems", 0, "path"), "take4.wav")])
    live.change([(("deliverables",), [{"name": "cd", "preset": "cd"}])])
    live.store_snapshot("B")
    count = len(live.book.tree.steps)
    live.recall_snapshot("A")
    session = live.session
    assert session.stems[0].trim_db == 1.0
    assert session.master.chain
    assert (session.title, session.stems[0].offset_samples) == ("Another", -13.0)
    assert session.stems[0].path.name == "take4.wav"
    assert [one.name for one in session.deliverables] == ["cd"]
    assert live.book.chosen_snapshot == "A"
    for letter in "BABA":  # to and fro: no step for each
        live.recall_snapshot(letter)
        assert live.book.chosen_snapshot == letter
    assert len(live.book.tree.steps) == count + 1
    assert live.session == session
    again = Book()
    apply(again, whole(live.book))
    assert again.chosen_snapshot == "A"
    live.undo()
    assert live.session.stems[0].trim_db == -2.0
    live.change([(("stems", 0, "trim_db"), 0.0)])
    assert live.book.chosen_snapshot is None


def test_a_stem_that_a_snapshot_does_not_know_is_left_alone(live):
    live.store_snapshot("A")
    live.change([(("stems", 0, "name"), "New"), (("stems", 0, "path"), "new.wav")])
    live.change([(("stems", 0, "trim_db"), 3.0)])
    live.recall_snapshot("A")
    assert live.session.stems[0].trim_db == 3.0


def test_a_stem_that_was_renamed_since_is_known_by_its_file(live):
    live.store_snapshot("A")
    before = live.session.stems[0].trim_db
    live.change([(("stems", 0, "name"), "New")])
    live.change([(("stems", 0, "trim_db"), before + 3.0)])
    live.recall_snapshot("A")
    assert (live.session.stems[0].name, live.session.stems[0].trim_db) == ("New", before)
