"""Stems renamed, reordered, given another role, and written about: what is sent and said."""

from __future__ import annotations

import pytest

from tui.view import MASTER, Panel


def _edit(desk):
    kind, payload = desk.sent[-1]
    assert kind == "edit"
    return payload["label"], payload["changes"]


def test_a_stem_is_renamed_by_key_and_by_command(desk):
    desk.press("E")
    prompt, initial, entered = desk.recorder.asked[-1]
    assert (prompt, initial) == ("name of stem 1", "Drums")
    entered("  Kit ")
    assert _edit(desk) == ("Drums is called Kit", [["stems[0].name", "Kit"]])
    desk.controls.line(":rename Big Kit")
    assert _edit(desk)[1] == [["stems[0].name", "Big Kit"]]


def test_versions_that_name_the_stem_follow(make_desk):
    desk = make_desk()
    text = desk.recorder.now.document.text
    desk = make_desk(text=text + "\n[versions.club]\ntrims_db = { bass = 1.0, Drums = -1.0 }\n")
    desk.change(focus_stem=1).controls.line("rename Sub")
    assert _edit(desk)[1] == [
        ["stems[1].name", "Sub"],
        ["versions.club.trims_db", {"Sub": 1.0, "Drums": -1.0}],
    ]


@pytest.mark.parametrize(("typed", "said"), [("bass", "called bass already"), (" ", "a stem has a name")])
def test_a_name_that_cannot_be_is_told_why(desk, typed, said):
    desk.press("E")
    desk.recorder.asked[-1][2](typed)
    assert desk.sent == []
    assert said in desk.said


def test_the_same_name_is_no_edit(desk):
    desk.press("E")
    desk.recorder.asked[-1][2]("Drums")
    assert desk.sent == []


def test_a_role_is_chosen_from_all(desk):
    desk.press("I")
    title, names, pick, chosen = desk.recorder.offered[-1]
    assert title == "role of Drums"
    assert names[chosen] == "Drums"
    pick(names.index("Bass"))
    assert desk.sent == [("set", {"path": "stems[0].role", "value": "bass"})]
    assert desk.controls.view.session.stems[0].role == "bass"


def test_a_role_is_typed(desk):
    desk.controls.line("role backing vocals")
    assert desk.sent[-1][1] == {"path": "stems[0].role", "value": "backing_vocals"}
    desk.controls.line("role tuba")
    assert "no single role 'tuba'" in desk.said
    assert "backing_vocals" in desk.controls.completions("role b")[0] + desk.controls.completions("role b")[1]


def test_stems_move_and_the_focus_goes_along(desk):
    desk.press("J")
    assert desk.sent == [("move_stem", {"stem": 0, "to": 1})]
    assert desk.focus.stem == 1
    desk.press("K")
    assert desk.sent[-1] == ("move_stem", {"stem": 1, "to": 0})
    desk.press("K")
    assert len(desk.sent) == 2
    assert "nothing above" in desk.said
    desk.controls.line("move-stem 3")
    assert desk.sent[-1] == ("move_stem", {"stem": 0, "to": 2})
    desk.press("J")
    assert "nothing below" in desk.said
    desk.controls.line("move-stem 9")
    assert "type 1 to 3" in desk.said


def test_a_note_is_written_at_the_stem_and_on_the_master_about_the_session(desk):
    desk.press("n")
    title, text, entered = desk.recorder.written[-1]
    assert (title, text) == ("note about Drums", "")
    entered("too much room\nask for a dry one\n")
    assert _edit(desk) == ("note about Drums", [["stems[0].notes", "too much room\nask for a dry one"]])
    desk.change(focus_stem=MASTER).press("n")
    assert desk.recorder.written[-1][0] == "note about Falling Water"
    desk.recorder.written[-1][2]("for vinyl")
    assert _edit(desk)[1] == [["notes", "for vinyl"]]


def test_a_note_by_command_and_one_that_says_the_same(make_desk):
    text = make_desk().recorder.now.document.text
    desk = make_desk(text=text.replace('name = "Bass"', 'name = "Bass"\nnotes = "soft"'), focus_stem=1)
    desk.press("n")
    assert desk.recorder.written[-1][1] == "soft"
    desk.recorder.written[-1][2]("soft\n")
    assert desk.sent == []
    desk.recorder.written[-1][2]("")
    assert _edit(desk) == ("note about Bass removed", [["stems[1].notes", ""]])
    desk.controls.line(r"note loud\nand late")
    assert _edit(desk)[1] == [["stems[1].notes", "loud\nand late"]]
    desk.controls.line("session-note by Friday")
    assert _edit(desk)[1] == [["notes", "by Friday"]]


@pytest.mark.parametrize("key", ["E", "I", "J"])
def test_the_master_has_none_of_it(desk, key):
    desk.change(focus_stem=MASTER).press(key)
    assert desk.sent == []
    assert "choose a stem" in desk.said


def test_in_the_editor_of_chains_the_keys_keep_their_meaning(chain):
    desk = chain().press("J")
    assert desk.focus.panel is Panel.CHAIN
    assert all(kind != "move_stem" for kind, _ in desk.sent)
