"""Prompts, questions, lists and help: what keys do there, and what stands on the smallest screen."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from overlay_views import shown

from tui.display.cells import CellBuffer
from tui.display.layers import Layers
from tui.overlay.chooser import Chooser, Item, matching
from tui.overlay.line_editor import LineEditor
from tui.overlay.overlay import Overlay, nothing
from tui.overlay.palette import ALSO
from tui.overlay.prompt import Memory, Prompt, paths
from tui.overlay.question import Question


def typed(overlay: Overlay, text: str) -> None:
    for letter in text:
        assert overlay.key(letter, letter) is None


def test_a_line_is_edited_as_in_a_shell():
    line = LineEditor("abc def")
    for key in ("ctrl+w", "home", "right", "delete", "backspace"):
        assert line.key(key, None)
    assert (line.text, line.at) == ("c ", 0)
    line.key("x", "x")
    line.insert("y\nz")
    assert (line.text, line.at) == ("xyc ", 2)
    line.key("ctrl+k", None)
    line.key("ctrl+u", None)
    assert line.text == ""
    assert not line.key("f5", None)


@pytest.mark.parametrize("size", [(80, 24), (30, 8), (200, 60)])
def test_a_questions_answer_keys_are_never_cut(size):
    name = "River of Light (Master) [streaming].wav"
    question = Question(f"replace 4 files that are there already, {name} among them?", nothing)
    text = " ".join(shown(question, *size))
    assert "y = yes, any other key = no" in " ".join(text.split())
    assert "streaming].wav" in text
    assert question.key("y", "y") is nothing


def test_a_question_takes_only_y_for_yes():
    done = []
    question = Question("stop?", lambda: done.append(1))
    for key in ("n", "j", "space", "q", "escape", "enter"):
        question.key(key, None)()
    assert done == []
    question.key("Y", "Y")()
    assert done == [1]


def test_a_prompt_completes_and_remembers():
    entered, memory = [], Memory()
    commands = ["mono", "monitor", "mute"]

    def prompt() -> Prompt:
        return Prompt(
            ":",
            "",
            entered.append,
            complete=lambda text: [one for one in commands if one.startswith(text)],
            about=lambda line: f"about {line}",
            memory=memory,
        )

    first = prompt()
    typed(first, "mo")
    rows = shown(first)
    assert "mono" in rows[0]
    assert "about mono" in rows[0]
    assert rows[-1].startswith(" :mo")
    first.key("tab", None)
    assert first.line.text == "mon"  # as far as all agree
    first.key("tab", None)
    assert first.line.text == "mono"
    then = first.key("enter", None)
    assert then is not None
    then()
    assert entered == ["mono"]
    again = prompt()
    again.key("up", None)
    assert again.line.text == "mono"
    again.key("down", None)
    assert again.line.text == ""
    assert again.key("backspace", None) is nothing


def test_clearing_a_value_with_a_held_key_leaves_its_line_open():
    entered: list[str] = []
    prompt = Prompt("title", "River", entered.append)
    for _ in range(9):
        assert prompt.key("backspace", None) is None
    for letter in "New":
        prompt.key(letter, letter)
    then = prompt.key("enter", None)
    assert then is not None
    then()
    assert entered == ["New"]


def test_the_first_letter_takes_the_place_of_what_stood_there():
    value = Prompt("trim", "0.0", print)
    assert "0.0" in shown(value)[-1]
    typed(value, "-1.5")
    assert value.line.text == "-1.5"
    edited = Prompt("title", "River", print)
    edited.key("end", None)
    typed(edited, "s")
    assert edited.line.text == "Rivers"
    edited = Prompt("title", "River", print)
    edited.key("backspace", None)
    typed(edited, "t")
    assert edited.line.text == "Rivet"
    pasted = Prompt("title", "River", print)
    pasted.paste("Lake")
    assert pasted.line.text == "Lake"


def test_behind_a_folder_a_name_is_typed_and_a_whole_path_takes_its_place():
    prompt = Prompt("file", "/songs/", print, complete=paths)
    typed(prompt, "b.toml")
    assert prompt.line.text == "/songs/b.toml"
    prompt = Prompt("file", "/songs/", print, complete=paths)
    typed(prompt, "~/b.toml")
    assert prompt.line.text == "~/b.toml"
    prompt = Prompt("file", "/songs/bass.wav", print, complete=paths)
    typed(prompt, "../retake.wav")
    assert prompt.line.text == "../retake.wav"


def test_file_names_are_completed(tmp_path: Path):
    for name in ("Lead Vocal.wav", "Lead Guitar.wav", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "Stems").mkdir()
    assert paths(f"{tmp_path}/L") == [f"{tmp_path}/Lead Guitar.wav", f"{tmp_path}/Lead Vocal.wav"]
    assert paths(f"{tmp_path}/S") == [f"{tmp_path}/Stems/"]
    assert paths(f"{tmp_path}/.h") == [f"{tmp_path}/.hidden"]
    assert paths(f"{tmp_path}/nothing/x") == []
    prompt = Prompt("file", f"{tmp_path}/Lead Vocal.wav", lambda line: None, complete=paths)
    prompt.key("backspace", None)
    assert prompt.line.text == f"{tmp_path}/Lead Vocal.wa"  # a letter, not all of it
    prompt.key("tab", None)
    assert prompt.line.text == f"{tmp_path}/Lead Vocal.wav"


ITEMS = [
    Item("render", nothing, about=":render", also=ALSO["render"]),
    Item("next band or processor", nothing, about=":next-part"),
    Item("the renders", nothing, about=":view-render"),
    Item("save the session", nothing, about=":save"),
    Item("next version (master, instrumental …)", nothing, about=":version"),
    Item("processed or dry", nothing, about=":processed-dry", also=ALSO["processed_dry"]),
]


@pytest.mark.parametrize(
    ("words", "first", "count"),
    [
        ("render", "render", 2),
        ("export", "render", 1),
        ("save", "save the session", 1),
        ("a/b", "processed or dry", 1),
        ("ses sav", "save the session", 1),
        ("nxtvrsn", "next version (master, instrumental …)", 1),  # loose letters, where nothing else fits
        ("zzz", None, 0),
    ],
)
def test_words_are_found_before_loose_letters(words, first, count):
    found = [item.label for item in matching(ITEMS, words)]
    assert len(found) == count
    assert (found or [None])[0] == first


def test_a_list_is_chosen_from_with_one_line_an_item():
    done = []
    items = [Item(f"item {number}", lambda number=number: done.append(number)) for number in range(50)]
    chooser = Chooser("things", lambda: items)
    rows = shown(chooser)
    assert "item 0" in rows[2]
    assert "item 1" in rows[3]
    typed(chooser, "item 4")
    chooser.key("down", None)
    assert any("▸ item 40" in row for row in shown(chooser))
    then = chooser.key("enter", None)
    assert then is not None
    then()
    assert done == [40]
    assert chooser.key("escape", None) is nothing


def test_where_nothing_fits_enter_leaves_the_list_open():
    """Else what was typed ahead would be keys of the desk."""
    chooser = Chooser("things", lambda: [Item("one", nothing)])
    typed(chooser, "two")
    assert chooser.key("enter", None) is None
    assert chooser.key("escape", None) is nothing


def test_a_list_without_rows_takes_what_is_typed_and_enter_closes_it():
    """Words typed ahead into a view that has found nothing yet are not keys of the desk."""
    chooser = Chooser("intake", list)
    assert any("no rows here yet" in row for row in shown(chooser))
    typed(chooser, "vox")
    assert chooser.key("enter", None) is nothing


def test_a_path_is_typed_into_a_list_of_files(tmp_path):
    (tmp_path / "Bounces of today").mkdir()
    (tmp_path / "Bounces of today" / "bs.wav").touch()
    gone = []
    chooser = Chooser("stems", lambda: [Item("mark all", nothing)], 0, gone.append)
    typed(chooser, f"{tmp_path}/Bou")
    assert any("enter goes there" in row for row in shown(chooser))
    chooser.key("tab", None)
    assert chooser.line.text == f"{tmp_path}/Bounces of today/"
    then = chooser.key("enter", None)
    assert then is not None
    then()
    assert gone == [f"{tmp_path}/Bounces of today/"]
    plain = Chooser("things", lambda: [Item("/loop", nothing)])  # elsewhere a slash is a letter
    typed(plain, "/lo")
    assert plain.found


def test_what_stands_behind_comes_back():
    base = CellBuffer(20, 4)
    base.canvas.put(0, 1, "ab漢字cd", "text")
    layers = Layers(base)
    layers.take_changes()
    front = layers.show(3, 1, 4, 2)
    front.fill(0, 0, 4, 2, "#", "dim")
    assert "".join(layers.row(1)[0]) == "ab ####d            "
    changed = {(span.row, column) for span in layers.take_changes() for column in range(span.begin, span.end)}
    assert {(1, column) for column in range(2, 8)} <= changed
    base.canvas.put(0, 1, "xyz", "text")
    spans = layers.take_changes()
    assert all(span.end <= 3 or span.begin >= 7 for span in spans), "behind is not seen"
    layers.hide()
    changed = {(span.row, column) for span in layers.take_changes() for column in range(span.begin, span.end)}
    assert {(1, column) for column in range(2, 8)} <= changed
    assert layers.row(1)[0][:3] == ["x", "y", "z"]


def test_a_list_and_a_line_that_are_given_up_lead_back_to_where_they_came_from():
    gone: list[str] = []
    back = partial(gone.append, "back")
    for asked in (Chooser("role", lambda: ITEMS, back=back), Prompt("name", "Kit", gone.append, back=back)):
        then = asked.key("escape", None)
        assert then is not None
        then()
    assert gone == ["back", "back"]
    assert Chooser("role", lambda: ITEMS).key("escape", None) is nothing
