"""What comes in from the terminal: keys come through whole, and nothing else does any harm."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events

from tui.application.listener import FLOOD, PASTE_S, SEQUENCE_S, Background, Listener

LATER_S = 1.0


def heard(*pieces: bytes, gap_s: float = 0.0) -> list[str]:
    """Names of keys, and of other messages, that come of bytes read one piece after another."""
    listener, now_s = Listener(), 10.0
    found = []
    for piece in pieces:
        found += listener.feed(piece, now_s)
        now_s += gap_s
    found += listener.tick(now_s + LATER_S)
    return [one.key if isinstance(one, events.Key) else type(one).__name__ for one in found]


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"jk<G", ["j", "k", "less_than_sign", "G"]),
        (b" \r\t\x7f\x10\x0c", ["space", "enter", "tab", "backspace", "ctrl+p", "ctrl+l"]),
        (b"\x1b[A\x1bOB\x1b[1~\x1b[H\x1b[Z", ["up", "down", "home", "home", "shift+tab"]),
        (b"\x1b", ["escape"]),
        (b"\x1bj", ["escape", "j"]),
        (b"\x1b\x10", ["escape", "ctrl+p"]),  # one after another, read at once
        (b"\x1b\x1b\x1b[C", ["escape", "escape", "right"]),
        (b"\x1b[", ["escape", "left_square_bracket"]),
        (b"\x1b[[A\x1b[11~", ["f1", "f1"]),
        ("é√".encode(), ["é", "square_root"]),
        (b"\x1b[109;5u\x1b[27u", ["ctrl+m", "escape"]),
        (b"\x1b[12;40R", ["CursorPosition"]),
    ],
)
def test_keys(data, keys):
    assert heard(data) == keys
    assert heard(*(bytes([byte]) for byte in data), gap_s=0.01) == keys, "cut by a slow link"


@pytest.mark.parametrize(
    "data",
    [
        b"\xaf",
        b"\xe9",  # é of a Latin-1 terminal
        b"\xf0\x9f",
        b"\x1b[M \xff\xfe",  # X10 mouse beyond column 95
        b"\x1b[<0;10;10M",
        b"\x1b[999999999u",
        b"\x1b[57358;1;1114112u",
        b"\x1b[48;99999;99999;0;0t",
        b"\x1b[?62;22c",
        b"\x1b]11;rgb:ffff/ffff/ffff\x07",
        b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
        b"\x1bP1$r0m\x1b\\",
        b"\x1b[?2026;2$y\x1b[I\x1b[O",
        b"\x1b[" + b"1;" * 400 + b"m",
        b"\x1b]0;" + b"x" * 5000 + b"\x07",
    ],
)
def test_what_is_no_key_does_nothing_and_the_next_key_works(data):
    assert [
        key for key in heard(data + b"j") if key not in ("TerminalSupportsSynchronizedOutput", "Background")
    ] == ["j"]
    assert heard(data, b"j", gap_s=LATER_S)[-1] == "j"


def test_a_paste_comes_as_one_even_where_its_end_is_cut_or_never_comes():
    listener = Listener()
    found = listener.feed(b"\x1b[200~/songs/my", 1.0)
    found += listener.feed(b" mix.wav\x1b[20", 1.1)
    found += listener.feed(b"1~j", 1.2)
    assert [getattr(one, "text", getattr(one, "key", "")) for one in found] == ["/songs/my mix.wav", "j"]
    listener = Listener()
    listener.feed(b"\x1b[200~never ends", 1.0)
    assert listener.waits
    found = listener.feed(b"j", 1.0 + 2.0 * PASTE_S)
    assert [getattr(one, "text", getattr(one, "key", "")) for one in found] == ["never ends", "j"]


def test_a_sequence_that_never_ends_is_given_up():
    listener = Listener()
    assert listener.feed(b"\x1b[1;", 1.0) == []
    assert [one.key for one in listener.feed(b"j", 1.0 + 2.0 * SEQUENCE_S)] == ["j"]
    assert not listener.waits


@pytest.mark.parametrize("begun", [b"\x1b[200~no end", b"\x1b]0;never", b"\x1b[1;2;3", b"\x1b[M", b"\x1b"])
def test_a_terminal_that_answers_every_frame_keeps_nothing_waiting(begun):
    listener, now_s = Listener(), 1.0
    found = listener.feed(begun, now_s)
    for _ in range(30):
        now_s += 0.03
        found += listener.feed(b"\x1b[12;40R", now_s)
    found += listener.feed(b"j", now_s)
    keys = [one.key for one in found if isinstance(one, events.Key)]
    assert keys == (["escape", "j"] if begun == b"\x1b" else ["j"])
    assert sum(isinstance(one, events.CursorPosition) for one in found) == 30


def test_an_answer_in_the_midst_of_a_letter_does_not_lose_it():
    listener = Listener()
    first, second = (bytes([byte]) for byte in "é".encode())
    found = listener.feed(first, 1.0) + listener.feed(b"\x1b[12;40R", 1.01) + listener.feed(second, 1.02)
    assert [one.key for one in found if isinstance(one, events.Key)] == ["é"]


@pytest.mark.parametrize(
    ("answer", "light"),
    [(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\", True), (b"\x1b]11;rgb:00/2b/36\x07", False)],
)
def test_the_background_is_understood(answer, light):
    (told,) = Listener().feed(answer, 1.0)
    assert isinstance(told, Background)
    assert told.light == light


def test_a_flood_is_no_typing_but_a_held_key_is():
    told = []
    listener = Listener(lambda: told.append(1))
    found = [one for start in range(9) for one in listener.feed(b"x" * 1000, 1.0 + 0.001 * start)]
    assert len(found) <= FLOOD + 2
    assert told == [1]
    assert [one.key for one in listener.feed(b"j", 2.0)] == ["j"]
    listener = Listener(lambda: told.append(2))
    for number in range(3000):  # 30 a second, all of 100 s
        assert len(listener.feed(b"l", 1.0 + number / 30.0)) == 1
    assert told == [1]


PIECES = (
    b"j",
    b"?",
    b"\x1b",
    b"\x1b[",
    b"\x1b[200~",
    b"\x1b[201~",
    b"\x1b[A",
    b"\x1bO",
    b"\x1b]",
    b"1;2",
    b"\xff",
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=30), st.integers(0, 9))
def test_whatever_came_before_a_key_is_heard_after_a_moment(pieces, tenths):
    assert heard(*pieces, gap_s=tenths / 20.0) is not None
    listener, now_s = Listener(), 1.0
    for piece in pieces:
        listener.feed(piece, now_s)
        now_s += tenths / 20.0
    found = listener.feed(b"q", now_s + LATER_S)
    assert found
    assert getattr(found[-1], "key", "") == "q"


def test_random_bytes_raise_nothing():
    dice = random.Random(4)
    listener, now_s = Listener(), 0.0
    for _ in range(2000):
        now_s += dice.random() * 0.2
        listener.feed(dice.randbytes(dice.randrange(1, 40)), now_s)


def test_where_the_cursor_stands_is_told():
    """A terminal that is not in UTF-8 has moved by two columns where two bytes were one letter."""
    listener = Listener()
    found = listener.feed(b"a\x1b[1;3Rb\x1b[12;40R", 10.0)
    assert [one.x for one in found if isinstance(one, events.CursorPosition)] == [3, 40]
    assert [one.key for one in found if isinstance(one, events.Key)] == ["a", "b"]
