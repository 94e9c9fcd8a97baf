"""On a real terminal and through pipes: what is written, how it is left, and that Textual is not needed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from terminals import ROOT, STEMLATHE


def _has_begun(pty) -> bool:
    return "Drums, trim" in pty.text()


def test_keys_on_a_terminal_write_lines_and_no_escape_sequence(start_fake, terminal) -> None:
    start_fake()
    pty = terminal("attach", "--plain", columns=80, rows=24)
    pty.until(lambda: _has_begun(pty), 60.0)
    pty.keys("j")
    pty.until(lambda: "2 Bass, trim 0.0 dB" in pty.text(), 60.0)
    pty.keys("l")
    pty.until(lambda: "Bass trim 0.0 to plus 0.1 dB" in pty.text(), 60.0)
    pty.keys(":trim -1.5\x7f\r")
    pty.until(lambda: "Bass trim plus 0.1 to minus 1.0 dB" in pty.text(), 60.0)
    pty.keys("\x1b[B")
    pty.until(lambda: "3 Guitars" in pty.text(), 60.0)
    pty.keys("\x03")
    pty.until(lambda: "q leaves and the engine plays on" in pty.text(), 60.0)
    pty.keys("q")
    assert pty.wait(60.0) == 0
    assert b"\x1b" not in pty.raw
    assert bytes(pty.raw).isascii()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it_in_order(start_fake, terminal, number) -> None:
    start_fake()
    pty = terminal("attach", "--plain", TERM="dumb")
    pty.until(lambda: _has_begun(pty), 60.0)
    os.kill(pty.pid, number)
    assert pty.wait(60.0) == 0
    assert "left; the engine goes on" in pty.text()


def _piped(lines: str, **values: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **values}
    command = [*STEMLATHE, "attach", "--plain"]
    return subprocess.run(command, input=lines.encode(), capture_output=True, env=environment, timeout=120.0)


def test_a_script_ends_with_its_last_line(start_fake) -> None:
    engine = start_fake()
    done = _piped("3\ntrim 0.7\nW\nsay here", TERM="dumb", LANG="C", LC_ALL="C")
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    lines = done.stdout.decode().splitlines()
    assert "Guitars trim plus 0.5 to plus 0.7 dB" in lines
    assert lines[-2].startswith("3 Guitars, trim plus 0.7 dB")
    kinds = [command["kind"] for command in engine.commands()]
    assert kinds.index("set") < kinds.index("save")


def test_a_reader_that_has_left_ends_it(start_fake) -> None:
    start_fake()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*STEMLATHE, "attach", "--plain"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(b"say stems\n" * 50)
        process.stdin.flush()
        assert process.wait(60.0) == 0


def test_textual_and_dsp_are_not_imported() -> None:
    code = (
        "import sys, tui.plain.run; "
        "found = {name.split('.')[0] for name in sys.modules}; "
        "print(found & {'textual', 'numpy', 'scipy', 'numba', 'soundfile'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "set()", done.stderr
