"""Keys from the first byte of the start on: none is lost, none ends the console, none leaves it deaf.

`STEMLATHE_SITTINGS=1000` in the environment makes the sittings of the fuzz many.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

import pytest
from pty_screen import PtyScreen
from terminals import is_ready

from engine.errors import ExitCode

SITTINGS = int(os.environ.get("STEMLATHE_SITTINGS", "3"))
#: Everything but what leaves, stops, suspends, or starts verbs that take longer than the test.
KEYS = (
    *"jklhLHmsSpaAbdecCtvziorM'[]{}0123456789xX=?;,.fyw<>/T!:EKJFNDBG",
    *(" ", "\t", "\r", "\x7f", "\x1b", "\x0c", "\x10", "\x12", "\x01", "\x0e"),
    *("gs", "gm", "gn", "gl", "gi", "gh", "gr", "gc", "g", "gx", "??", "?xx", "/a", "/"),
    *(":mono\r", ":", ":seek 1:00\r", ":zz\r", ":set stems[0].trim_db 0.5\r", "=1\r", ":theme paper\r"),
    *("\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F", "\x1b[Z", "\x1bOP"),
)
NOISE = (
    *(b"\xaf", b"\xe9", b"\xf0\x9f", b"\x9b", b"\x1b[M \xff\xfe", b"\x1b[<0;10;10M", b"\x00", b"\x1b["),
    *(b"\x1b[999999999u", b"\x1b[48;99999;99999;0;0t", b"\x1b[?62;22c", b"\x1b]11;rgb:0/0/0\x07", b"\x1bO"),
    *(b"\x1b[200~pasted\rtext\x1b[201~", b"\x1b[200~no end", b"\x1b[201~", b"\x1b]0;never", b"\x1b[1;2;3"),
)


def _patience(pty: PtyScreen, seconds: float) -> Callable[[], bool]:
    """Whether to wait on: for so long, and on a machine that is busy with other things until the program has
    had its share of a processor. It needs about 1 s of that to start."""
    end_s, latest_s, cpu_s = time.monotonic() + seconds, time.monotonic() + 15.0 * seconds, pty.cpu_s()

    def patient() -> bool:
        now_s = time.monotonic()
        return now_s < end_s or (now_s < latest_s and pty.cpu_s() - cpu_s < 0.25 * seconds)

    return patient


def answers(pty: PtyScreen) -> None:
    """Nothing in the way: it tells how to leave. A terminal that was resized may take a while to show it."""
    patient = _patience(pty, 30.0)
    while pty.interrupts():  # ctrl+c ends a program that has not taken the terminal over yet, as it should
        assert patient(), f"it never took the terminal; on the screen:\n{pty.text()}"
        pty.pump(0.05)
    for _ in range(4):
        # what waits for its rest has been given up by then
        pty.pump(0.35)
        pty.keys("\x1b")
    patient = _patience(pty, 20.0)
    while "q leaves and" not in pty.text():
        assert patient(), f"it is deaf; on the screen:\n{pty.text()}"
        pty.keys("\x03")
        for _ in range(10):
            pty.pump(0.05)


def leaves(pty: PtyScreen) -> None:
    """It does what it says."""
    pty.keys("q")
    assert pty.wait(60.0) == ExitCode.DONE


@pytest.mark.parametrize("after_s", [0.0, 0.25, 0.5])
def test_a_command_typed_while_the_console_starts_is_carried_out(start_fake, terminal, until, after_s):
    engine = start_fake()
    pty = terminal("attach")
    pty.pump(after_s)
    pty.keys(":mono\rm\x10solo only\rjm")
    pty.until(lambda: is_ready(pty) and "[MONO]" in pty.text() and len(engine.commands()) >= 5)
    found = [(one["kind"], one["payload"].get("path")) for one in engine.commands()]
    assert [one for one in found if one[0] != "edit content"] == [
        *(("monitor", None), ("set", "stems[0].mute"), ("edit", None), ("set", "stems[1].mute"))
    ]
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


@pytest.mark.parametrize("seed", range(SITTINGS))
def test_a_sitting_of_random_keys(start_fake, terminal, seed):
    dice = random.Random(seed)
    start_fake(*(["--no-reference"] if seed % 3 == 2 else []))
    pty = terminal("attach", columns=dice.choice((80, 100, 200)), rows=dice.choice((24, 30, 60)))
    stage_s = dice.choice((0.0, 0.2, 0.5, 1.0))
    pty.pump(stage_s)
    typed = []
    for _ in range(dice.randrange(20, 60)):
        piece = dice.choice(NOISE) if dice.random() < 0.15 else dice.choice(KEYS).encode()
        typed.append(piece)
        pty.bytes(piece)
        pty.pump(dice.choice((0.0, 0.0, 0.0, 0.02, 0.15)))
        if dice.random() < 0.05:
            pty.resize(dice.randrange(20, 220), dice.randrange(5, 70))
    pty.resize(100, 30)
    print(f"seed {seed}, after {stage_s} s: {typed}")
    answers(pty)
    leaves(pty)
