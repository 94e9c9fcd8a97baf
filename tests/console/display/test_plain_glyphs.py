"""Terminals that are not in UTF-8, and the Linux console: every picture in glyphs that they have."""

from __future__ import annotations

import pytest
from desk_pictures import SIZES, drawn
from desk_views import Studio

from tui.display.plain_glyphs import CURE, SIGNS_QUERY, Glyphs, glyphs_for, is_guessed, speaks_utf8
from tui.display.styles import Depth
from tui.display.terminal import detect
from tui.looks.looks import Looks
from tui.settings import Settings


@pytest.mark.parametrize(
    ("environment", "utf8"),
    [
        ({}, False),
        ({"LANG": "C"}, False),
        ({"LANG": "en_US.ISO-8859-1"}, False),
        ({"LANG": "de_DE.utf8"}, True),
        ({"LC_ALL": "C", "LANG": "C.UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8"}, True),
    ],
)
def test_the_locale_tells(environment, utf8):
    assert speaks_utf8(environment) == utf8
    assert (glyphs_for(environment) is None) == utf8


@pytest.mark.parametrize("size", SIZES)
def test_the_whole_desk_is_plain_ascii(size):
    glyphs = Glyphs(console=False)
    buffer = drawn(Studio().view(), size).buffer
    for row in buffer.glyphs:
        for glyph in row:
            assert glyphs[glyph].isascii()
            assert len(glyphs[glyph]) <= 1
    text = "".join(glyphs[glyph] for row in buffer.glyphs for glyph in row)
    assert text.count("?") == buffer.text().count("?"), "each has its sign"
    assert "-13.9" in text, "the minus sign"


def test_the_linux_console_gets_no_eighths_and_no_braille():
    glyphs = glyphs_for({"TERM": "linux", "LANG": "C.UTF-8"})
    assert glyphs is not None
    for row in drawn(Studio().view(), (160, 48)).buffer.glyphs:
        for glyph in row:
            assert not 0x2800 <= ord(glyphs[glyph][:1] or " ") < 0x2900
            assert glyphs[glyph] not in "▏▎▍▌▋▊▉▁▂▃▅▆▇◆○" or glyphs[glyph] == ""


def test_it_is_said_with_the_cure(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert CURE not in Looks(Depth.TRUE, Settings()).problems
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    looks = Looks(Depth.TRUE, Settings())
    assert CURE in looks.problems
    assert looks.palette.cell("█", "text")[0] == "#"


def test_gnu_screen_gets_no_truecolor_it_inherited():
    inherited = {"COLORTERM": "truecolor"}
    assert detect({**inherited, "TERM": "screen", "STY": "1.pts"}).depth is Depth.ANSI
    assert detect({**inherited, "TERM": "screen.xterm-256color", "STY": "1.pts"}).depth is Depth.INDEXED
    assert detect({**inherited, "TERM": "screen-256color"}).depth is Depth.INDEXED
    assert detect({**inherited, "TERM": "screen-256color", "TMUX": "/tmp/x"}).depth is Depth.TRUE


@pytest.mark.parametrize(
    ("locale", "guessed"),
    [
        ({"LC_CTYPE": "C.UTF-8"}, True),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, True),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "de_DE.UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LC_ALL": "C.UTF-8"}, False),
        ({"LANG": "en_GB.UTF-8"}, False),
        ({"LC_ALL": "C"}, False),
    ],
)
def test_where_nobody_has_set_a_locale_the_terminal_is_asked(locale, guessed):
    """What Python has made of it (PEP 538) is a guess; what a user has set is not."""
    assert is_guessed(locale) == guessed


def test_the_question_leaves_nothing_on_the_screen():
    """An é in the corner, where the cursor is asked for, and everything is wiped out again."""
    assert SIGNS_QUERY.encode().startswith(b"\x1b[H\xc3\xa9\x1b[6n")
    assert SIGNS_QUERY.endswith("\x1b[2J")


def test_a_terminal_in_latin_1_gets_plain_signs(in_utf8):
    looks = Looks(Depth.ANSI, Settings())
    before = "".join(looks.palette.cell(glyph, "text")[0] for glyph in "▁█⣿─")
    assert before == "▁█⣿─"
    looks.take_plain_signs()
    after = "".join(looks.palette.cell(glyph, "text")[0] for glyph in "▁█⣿─")
    assert after.isascii()
    looks.choose("paper")
    assert looks.palette.cell("█", "text")[0].isascii()


def test_without_a_locale_a_terminal_in_latin_1_is_found_out(start_fake, terminal, monkeypatch):
    """It answers that an é took two columns; from then on it gets ASCII alone, and the cure is told."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    start_fake()
    screen = terminal("attach")
    screen.screen.answering = False
    screen.until(lambda: b"\x1b[6n" in screen.raw)
    screen.bytes(b"\x1b[1;3R")
    screen.screen.answering = True
    screen.until(lambda: "export LC_ALL=C.UTF-8" in screen.text())
    found_out = bytes(screen.raw).index(b"\x18\x1b\\\x1bW")
    screen.pump(0.3)
    assert bytes(screen.raw)[found_out:].isascii()
    # blanks are written too: a guarded area keeps what clearing would clear
    assert all(len(line) == 100 for line in screen.screen.display)
