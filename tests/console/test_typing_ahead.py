"""Keys from the first byte of the start on: none is lost, none ends the console."""

from __future__ import annotations

import pytest
from pty_screen import PtyScreen
from terminals import is_ready

from engine.errors import ExitCode

NOISE = (
    *(b"\xaf", b"\xe9", b"\xf0\x9f", b"\x9b", b"\x1b[M \xff\xfe", b"\x1b[<0;10;10M", b"\x00", b"\x1b["),
    *(b"\x1b[999999999u", b"\x1b[48;99999;99999;0;0t", b"\x1b[?62;22c", b"\x1b]11;rgb:0/0/0\x07", b"\x1bO"),
    *(b"\x1b[200~pasted\rtext\x1b[201~", b"\x1b[200~no end", b"\x1b[201~", b"\x1b]0;never", b"\x1b[1;2;3"),
)


def answers(pty: PtyScreen) -> None:
    """Nothing in the way: it tells how to leave."""
    for _ in range(3):
        # what waits for its rest has been given up by then
        pty.pump(0.35)
        pty.keys("\x1b")
    pty.keys("z\x03")
    pty.until(lambda: "q leaves" in pty.text())


def leaves(pty: PtyScreen) -> None:
    """It does what it says."""
    pty.keys("q")
    assert pty.wait() == ExitCode.DONE


@pytest.mark.parametrize("after_s", [0.0, 0.25, 0.5])
def test_a_command_typed_while_the_console_starts_is_carried_out(start_fake, terminal, until, after_s):
    engine = start_fake()
    pty = terminal("attach")
    pty.pump(after_s)
    pty.keys(":mono\r")
    pty.until(lambda: is_ready(pty) and "[MONO]" in pty.text())
    assert [command["kind"] for command in engine.commands()] == ["monitor"]
    answers(pty)
    leaves(pty)


def test_quick_keys_and_noise_end_nothing(start_fake, terminal):
    start_fake()
    pty = terminal("attach")
    pty.until(lambda: is_ready(pty))
    for keys in ("?xx", "??", "?zz", "?\x1b\x1b", "\x10\x1b\x1b", ":\x1b:\x1b", "?/xx\r\x1b"):
        pty.keys(keys)
        answers(pty)
    for noise in NOISE:
        pty.bytes(noise)
        pty.pump(0.05)
    answers(pty)
    leaves(pty)
