"""The clipboard: what is sent, through whom, how much at most; and what the console says of it."""

from __future__ import annotations

import base64
import re

import pytest
from terminals import is_ready

from tui.display.clipboard import LONGEST_BYTES, clipboard_sequence
from tui.display.terminal import detect
from tui.settings import load_settings, settings_path

_PLAIN = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def _screen(sent: str) -> str:
    """What GNU screen hands on: the content of every device control string."""
    pieces = re.findall(r"\x1bP(.*?)\x1b\\", sent, re.DOTALL)
    assert "".join(f"\x1bP{piece}\x1b\\" for piece in pieces) == sent
    assert max(map(len, pieces)) + 4 <= 256
    return "".join(pieces)


def _tmux(sent: str) -> str:
    """What tmux hands on from a wrapped sequence: escapes are doubled in it."""
    wrapped = re.search(r"\x1bPtmux;((?:[^\x1b]|\x1b\x1b)*)\x1b\\", sent)
    assert wrapped is not None
    return wrapped[1].replace("\x1b\x1b", "\x1b")


@pytest.mark.parametrize("text", ["−14.0 LUFS", "/songs/Fête d’été/drums.wav", "a\nb\n", "", "x" * 5000])
def test_a_text_arrives_whole_through_every_multiplexer(text: str) -> None:
    for seen in (
        clipboard_sequence(text),
        _screen(clipboard_sequence(text, "screen")),
        _tmux(clipboard_sequence(text, "tmux")),
    ):
        found = _PLAIN.fullmatch(seen)
        assert found is not None
        assert base64.b64decode(found[1]).decode() == text
    assert clipboard_sequence(text, "tmux").startswith(clipboard_sequence(text))  # where it takes it itself


def test_no_sequence_is_longer_than_terminals_take() -> None:
    assert len(clipboard_sequence("x" * LONGEST_BYTES)) <= 100_000
    with pytest.raises(ValueError, match="nothing is copied"):
        clipboard_sequence("x" * (LONGEST_BYTES + 1))
    with pytest.raises(ValueError, match="nothing is copied"):
        clipboard_sequence("é" * (LONGEST_BYTES // 2 + 1))


@pytest.mark.parametrize(
    ("values", "multiplexer"),
    [
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, "tmux"),
        ({"TERM": "tmux-256color"}, "tmux"),
        ({"TERM": "screen.xterm-256color", "STY": "1.pts-0.host"}, "screen"),
        ({"TERM": "xterm", "STY": "1.pts-0.host"}, "screen"),
    ],
)
def test_who_stands_between_is_known(values, multiplexer) -> None:
    assert detect(values).multiplexer == multiplexer


def test_it_can_be_switched_off(folders) -> None:
    path = settings_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[console]\nclipboard = false\n", encoding="utf-8")
    assert load_settings().clipboard is False
    path.write_text('[console]\nclipboard = "no"\n', encoding="utf-8")
    assert load_settings().clipboard is True
    assert "clipboard" in load_settings().problems[0]


def test_copied_from_the_console(start_fake, terminal, folders) -> None:
    start_fake()
    pty = terminal("attach", columns=80, rows=24)
    pty.until(lambda: is_ready(pty))
    pty.keys(":copy stem\r")
    pty.until(lambda: "copied: the path of Drums" in pty.text())
    found = _PLAIN.search(pty.raw.decode(errors="replace"))
    assert found is not None
    assert base64.b64decode(found[1]).decode().endswith("/Drums.wav")
    pty.keys("Y")
    pty.until(lambda: "copy to the clipboard" in pty.text() and "the figures of the song" in pty.text())
    pty.keys("\x1bq")
    pty.wait()


def test_switched_off_nothing_is_sent(start_fake, terminal, folders) -> None:
    settings_path().parent.mkdir(parents=True, exist_ok=True)
    settings_path().write_text("[console]\nclipboard = false\n", encoding="utf-8")
    start_fake()
    pty = terminal("attach", columns=120, rows=30)
    pty.until(lambda: is_ready(pty))
    pty.keys(":copy session\r")
    pty.until(lambda: "the clipboard is switched off" in pty.text())
    assert b"\x1b]52" not in pty.raw
