"""Keys from bytes, however a link cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.plain.keyboard import Key, Keyboard

_SENT = {
    "up": b"\x1b[A",
    "down": b"\x1bOB",
    "home": b"\x1b[1~",
    "end": b"\x1b[F",
    "delete": b"\x1b[3~",
    "shift+tab": b"\x1b[Z",
    "f1": b"\x1bOP",
    "enter": b"\r",
    "backspace": b"\x7f",
    "ctrl+r": b"\x12",
    "ctrl+p": b"\x10",
    "space": b" ",
    "less_than_sign": b"<",
    "S": b"S",
    "é": "é".encode(),
    "tab": b"\t",
}


def test_every_key_has_its_name() -> None:
    for name, data in _SENT.items():
        assert [key for key, _ in Keyboard().feed(data)] == [name]


@given(st.lists(st.sampled_from(sorted(_SENT))), st.data())
def test_it_does_not_matter_where_they_are_cut(names: list[str], draw: st.DataObject) -> None:
    data, keyboard, found = b"".join(_SENT[name] for name in names), Keyboard(), list[Key]()
    while data:
        size = draw.draw(st.integers(1, len(data)))
        found += keyboard.feed(data[:size])
        data = data[size:]
    assert [key for key, _ in found] == names
    assert not keyboard.waits


@pytest.mark.parametrize("begun", [b"\x1b", b"\x1b[", b"\x1bO", b"\x1b[1"])
def test_an_escape_that_nothing_follows_is_the_key(begun: bytes) -> None:
    keyboard = Keyboard()
    assert keyboard.feed(begun) == []
    assert keyboard.waits
    assert keyboard.settle()[0] == ("escape", None)
    assert not keyboard.waits


def test_sequences_that_mean_nothing_type_nothing() -> None:
    assert Keyboard().feed(b"\x1b[200~a\x1b[?2026$y\x1b[201~") == [("a", "a")]


@given(st.binary())
def test_no_bytes_break_it(data: bytes) -> None:
    keyboard = Keyboard()
    for key, character in [*keyboard.feed(data), *keyboard.settle()]:
        assert key or character is not None
