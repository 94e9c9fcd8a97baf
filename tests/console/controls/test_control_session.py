"""Panels and the session: where keys lead, undo, snapshots, targets, versions, saving, leaving."""

from __future__ import annotations

import pytest

from tui.actions.keymap import keymap_path
from tui.view import Panel

STEM = '[[stems]]\nname = "Drums"\nrole = "drums"\npath = "drums.wav"\n'

# -- views ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["s", "m", "n", "r", "l", "i", "h", "c"])
def test_g_and_a_letter(desk, letter):
    desk.press("g")
    assert desk.controls.prefix == "g"
    desk.press(letter)
    wanted = {p.value[0]: p for p in Panel if p is not Panel.CHAIN} | {"s": Panel.STEMS}
    assert desk.focus.panel is wanted[letter]
    assert desk.controls.prefix == ""


def test_an_unknown_letter_after_g_says_which_there_are(desk):
    desk.press("g", "x")
    assert desk.sent == []
    assert "g x means nothing: after g comes one of s m" in desk.said
    desk.press("g", "escape", "m")
    assert desk.sent[0][1]["path"] == "stems[0].mute"


def test_tab_goes_round_all_panels_and_back(desk):
    forth = [desk.press("tab").focus.panel for _ in Panel]
    assert set(forth) == set(Panel)
    assert [desk.press("shift+tab").focus.panel for _ in Panel] == [*reversed(forth[:-1]), forth[-1]]


# -- session --------------------------------------------------------------------------------------


def test_undo_and_redo_say_what_and_stop_where_there_is_nothing(desk):
    desk.change(document_can_undo=True, document_undo_label="Drums trim +0.5 dB", document_can_redo=False)
    desk.press("u", "ctrl+r")
    assert desk.sent == [("undo", {})]
    assert "undo: Drums trim +0.5 dB" in desk.said
    assert "nothing to redo" in desk.said


def test_undo_right_behind_an_edit_is_not_lost(desk):
    """Keys come faster than the engine tells that there is something to undo now, and what."""
    desk.change(document_can_undo=False)
    desk.press("l", "u")
    assert [kind for kind, _ in desk.sent] == ["set", "undo"]
    assert "nothing to undo" not in desk.said
    desk.change(document_can_undo=True, document_undo_label="an edit before that")
    desk.press("l", "u")
    assert "an edit before that" not in desk.said
    assert [kind for kind, _ in desk.sent] == ["set", "undo"] * 2


def test_without_an_edit_that_waits_there_is_nothing_to_undo(desk):
    desk.change(document_can_undo=False).press("u")
    assert desk.sent == []
    assert "nothing to undo" in desk.said


def test_snapshots_go_round_those_that_hold_something(desk):
    desk.press("c")
    assert "C stores" in desk.said
    desk.press("C")
    assert desk.sent == [("snapshot", {"letter": "A", "action": "store"})]
    stored = {
        "A": {"revision": 1, "label": "first"},
        "B": None,
        "C": {"revision": 2, "label": "x"},
        "D": None,
    }
    desk.change(document_snapshots=stored).press("c", "c", "c")
    assert [payload["letter"] for _, payload in desk.sent[1:]] == ["A", "C", "A"]
    desk.controls.line("snapshot b")
    assert "snapshot B is empty" in desk.said
    desk.press("C")
    assert desk.sent[-1] == ("snapshot", {"letter": "B", "action": "store"})
    desk.controls.line("store D")
    assert desk.sent[-1] == ("snapshot", {"letter": "D", "action": "store"})


def test_targets_go_round_and_are_chosen_by_name(desk):
    desk.press("t")
    assert desk.sent == [("target", {"deliverable": "streaming"})]
    assert "target streaming: −14 LUFS, −1 dBTP" in desk.said
    desk.change(document_target="cd").press("t")
    assert desk.sent[1] == ("target", {"deliverable": None})
    desk.controls.line("target str")
    assert desk.sent[2] == ("target", {"deliverable": "streaming"})
    desk.controls.line("target vinyl")
    assert len(desk.sent) == 3


def test_a_targets_own_name_keeps_its_hyphen(make_desk):
    aim = '[[deliverables]]\nname = "cd-2"\nloudness_lufs = -9.5\nceiling_dbtp = -0.3\n'
    desk = make_desk(text=f'format = 1\ntitle = "One"\nsample_rate = 48000\n{STEM}{aim}')
    desk.press("t")
    assert "target cd-2: −9.5 LUFS, −0.3 dBTP" in desk.said


def test_versions_go_round_without_the_files_of_stems(desk):
    desk.press("v")
    assert desk.sent == [("version", {"version": "instrumental"})]
    desk.controls.line("version music effects")
    assert desk.sent[1] == ("version", {"version": "music_effects"})
    desk.controls.line("version stems")
    assert len(desk.sent) == 2


def test_save_reset_device_state(desk):
    desk.press("W", "z")
    desk.controls.line("device null")
    desk.change(document_history=[{"revision": 4, "parent": None, "label": "", "time": 0}])
    desk.controls.line("state 4")
    desk.controls.line("state 99")
    kinds = [("save", {}), ("reset", {}), ("device", {"device": "null"}), ("history", {"revision": 4})]
    assert desk.sent == kinds
    assert "no state '99'" in desk.said
    desk.change(document_saved_revision=7).press("W")
    assert "nothing to save" in desk.said


def test_what_belongs_to_the_application(desk):
    desk.press("q", "colon", "ctrl+p", "question_mark", "ctrl+c")
    desk.controls.line("theme paper")
    assert [name for name, _ in desk.recorder.done] == ["leave", "command", "palette", "help", "theme"]
    assert desk.recorder.done[-1] == ("theme", "paper")
    assert "q leaves" in desk.said
    assert desk.sent == []


def test_stopping_asks_and_says_what_becomes_of_unsaved_edits(desk):
    desk.press("Q")
    question, callback = desk.recorder.confirmed[0]
    assert "journal" in question
    assert desk.sent == []
    callback()
    assert desk.sent == [("stop", {})]
    assert desk.recorder.done == [("leave", "")]


def test_the_keymap_file_is_written_once(desk):
    desk.controls.line("write-keymap")
    assert "# mute = [" in keymap_path().read_text("utf-8")
    keymap_path().write_text("mine", "utf-8")
    desk.controls.line("write-keymap")
    assert keymap_path().read_text("utf-8") == "mine"
    assert desk.recorder.said[-1][1] == "error"
