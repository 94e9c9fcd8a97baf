"""Questions that are answered with whole lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from tui.overlay.chooser import Item
from tui.overlay.overlay import nothing
from tui.plain.asking import ChoiceAsked, TextAsked
from tui.plain.voice import Voice


@dataclass
class Heard:
    """A voice that writes down what it is given."""

    lines: list[str] = field(default_factory=list)

    def say(self, text: str, level: str = "note") -> None:
        self.lines.append(text)

    def once(self, how: str) -> str:
        return how


def asked(done: list[str], *labels: str, by_path=None) -> ChoiceAsked:
    items = [Item(label, partial(done.append, label)) for label in labels]
    return ChoiceAsked("new session", lambda: items, 0, by_path)


def test_what_begins_as_typed_is_meant_before_a_remark_about_it():
    done: list[str] = []
    then = asked(done, "make it", "KEYZ pno  Instruments", "i KEYZ pno could also be melodic").line(
        "keyz", Heard()
    )
    assert then is not None
    then()
    assert done == ["KEYZ pno  Instruments"]


def test_where_nothing_fits_it_goes_on_asking():
    """The lines after it were meant for the list: as commands they would edit another session."""
    voice, done = Heard(), list[str]()
    question = asked(done, "Drums", "Bass")
    assert question.line("rename", voice) is None
    assert voice.lines == ["nothing fits rename: type a number, other words, or a point alone"]
    then = question.line("2", voice)
    assert then is not None
    then()
    assert done == ["Bass"]
    assert question.line(".", voice) is nothing


def test_a_path_that_is_there_is_gone_to(tmp_path):
    gone: list[str] = []
    question = asked([], "mark all", by_path=gone.append)
    then = question.line(str(tmp_path), Heard())
    assert then is not None
    then()
    assert gone == [str(tmp_path)]
    assert question.line(f"{tmp_path}/nowhere", Heard()) is None


def test_enter_where_nothing_fits_goes_on_asking_and_giving_up_leads_back():
    """Keys typed ahead are not the desk's; the list that led here is asked again."""
    voice, done = Heard(), list[str]()
    items = [Item(label, partial(done.append, label)) for label in ("Drums", "Bass")]
    question = ChoiceAsked("role", lambda: items, back=partial(done.append, "back"))
    for letter in "xyz":
        assert question.key(letter, letter, voice) is None  # type: ignore[arg-type]
    assert question.key("enter", "\r", voice) is None  # type: ignore[arg-type]
    assert voice.lines[-1] == "nothing fits xyz"
    then = question.key("escape", None, voice)  # type: ignore[arg-type]
    assert then is not None
    then()
    assert done == ["back"]


def test_a_list_is_explained_once_and_a_letter_that_changes_nothing_says_nothing():
    told: list[str] = []
    voice = Voice(told.append)
    for _ in range(2):
        question = asked([], "Drums", "Bass", "Melodic")
        question.open(voice, lines=False)
    assert [line.count("letters narrow") for line in told] == [1, 0, 0, 0]
    told.clear()
    for letter in "mel":
        question.key(letter, letter, voice)
    assert told == ["1 of 2: Melodic\n", "1 of 1: Melodic\n"]


def test_a_note_is_kept_by_the_keys_that_keep_it_on_the_full_consoles_sheet():
    for key, kept in (("escape", ["old\nbright"]), ("tab", ["old\nbright"]), ("ctrl+c", [])):
        told, notes = list[str](), list[str]()
        voice = Voice(told.append)
        sheet = TextAsked("note about Vox", "old", notes.append)
        sheet.open(voice, lines=False)
        for letter in "bright":
            assert sheet.key(letter, letter, voice) is None
        then = sheet.key(key, None, voice)
        assert then is not None
        then()
        assert notes == kept
