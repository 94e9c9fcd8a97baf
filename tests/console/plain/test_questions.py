"""Questions take turns, and what has changed nothing is answered all the same."""

from __future__ import annotations

import pytest

from tui.actions.keys import typed_keys
from tui.plain.asking import LineAsked, YesAsked
from tui.plain.questions import Questions
from tui.plain.silence import Silence
from tui.plain.voice import Voice


@pytest.fixture
def asked() -> tuple[Questions, list[str]]:
    written: list[str] = []
    return Questions(Voice(written.append), lambda: True), written


def test_without_a_question_nothing_is_taken(asked):
    questions, written = asked
    assert not questions.key("y", "y")
    assert not questions.line("yes")
    assert written == []


def test_one_after_the_other(asked):
    questions, written = asked
    answers: list[str] = []
    questions.ask(LineAsked("a name", "", answers.append))
    questions.ask(YesAsked("leave?", lambda yes=True: answers.append("left")))
    assert "leave?" not in "".join(written)
    assert questions.line("drums")
    assert answers == ["drums"]
    assert "leave?" in "".join(written), "the next one is asked when the first has its answer"
    assert questions.line("y")
    assert answers == ["drums", "left"]
    assert questions.asked is None


def test_what_an_answer_asks_comes_before_what_waits(asked):
    questions, _ = asked
    answers: list[str] = []
    again = LineAsked("and its role", "", answers.append)
    questions.ask(LineAsked("a name", "", lambda text: questions.ask(again)))
    questions.ask(LineAsked("last", "", answers.append))
    questions.line("drums")
    assert questions.asked is again
    questions.line("percussion")
    questions.line("the end")
    assert answers == ["percussion", "the end"]


def test_silence_is_broken_once_after_two_looks_without_a_word():
    silence = Silence()
    assert not silence.is_to_be_broken(9, 0), "nothing was asked for"
    silence.begin(looked=3, count=7)
    assert not silence.is_to_be_broken(4, 7)
    assert silence.is_to_be_broken(5, 7)
    assert not silence.is_to_be_broken(6, 7)


def test_what_was_told_meanwhile_is_the_answer():
    silence = Silence()
    silence.begin(looked=3, count=7)
    assert not silence.is_to_be_broken(5, 8)
    silence.begin(looked=3, count=7)
    silence.end()
    assert not silence.is_to_be_broken(5, 7)


@pytest.mark.parametrize(
    ("typed", "keys"),
    [("space", ["space"]), ("3 e j", ["3", "e", "j"]), ("trim -1.5", []), ("j nowhere", []), ("", [])],
)
def test_a_line_of_keys_alone_is_keys(typed, keys):
    assert typed_keys(typed) == keys
