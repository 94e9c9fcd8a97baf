"""The sheet for notes: written, moved about in, wrapped, kept or not."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from overlay_views import shown

from tui.overlay.notepad import LONGEST, Notepad
from tui.overlay.overlay import nothing


def _pad(text: str = "", kept: list[str] | None = None) -> Notepad:
    return Notepad("note", text, [].append if kept is None else kept.append)


def _type(pad: Notepad, *keys: str) -> None:
    for key in keys:
        assert pad.key(key, key if len(key) == 1 else None) is None


def test_lines_are_written_and_kept() -> None:
    kept: list[str] = []
    pad = _pad("a", kept)
    _type(pad, "b", "enter", "c", "left", "X", "up", "home", "Y", "end", "Z")
    then = pad.key("tab", None)
    assert isinstance(then, partial)
    then()
    assert kept == ["YabZ\nXc"]


def test_ctrl_c_keeps_nothing_and_escape_does() -> None:
    kept: list[str] = []
    pad = _pad("a", kept)
    assert pad.key("ctrl+c", None) is nothing
    then = pad.key("escape", None)
    assert then is not None
    then()
    assert kept == ["a"]


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (30, 8)])
def test_a_long_line_is_wrapped_between_words_and_nothing_is_lost(size) -> None:
    words = " ".join(f"word{number:03d}" for number in range(40))
    pad = _pad(words)
    rows = shown(pad, *size)
    assert words[-7:] in " ".join(rows)
    assert all("word" not in row.rstrip("│ ")[-6:] or row.rstrip("│ ")[-3:].isdigit() for row in rows[1:-1])


def test_words_and_lines_are_rubbed_out() -> None:
    pad = _pad("one two\nthree four")
    _type(pad, "ctrl+w")
    assert pad.text == "one two\nthree "
    _type(pad, "ctrl+u")
    assert pad.text == "one two\n"
    _type(pad, "backspace", "left", "delete")
    assert pad.text == "one tw"


def test_what_is_pasted_keeps_its_lines_and_loses_what_is_no_text() -> None:
    pad = _pad()
    pad.paste("a\r\nb\rc\x1b[31m\td")
    assert pad.text == "a\nb\nc[31m  d"
    pad.paste("x" * 3 * LONGEST)
    assert len(pad.text) == LONGEST


@given(
    st.text("ab \n日é", max_size=60),
    st.lists(
        st.sampled_from(["up", "down", "left", "right", "home", "end", "enter", "backspace", "x", "pageup"]),
        max_size=25,
    ),
)
def test_the_cursor_is_always_in_the_text_and_on_the_sheet(text, keys) -> None:
    pad = _pad(text)
    shown(pad, 20, 10)
    for key in keys:
        pad.key(key, key if len(key) == 1 else None)
        assert 0 <= pad.at <= len(pad.text)
        lines = pad._lines()
        joined = "".join(pad.text[begin:end] for begin, end in lines)
        assert joined == pad.text.replace("\n", "")
        shown(pad, 20, 10)
