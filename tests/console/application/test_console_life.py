"""The console on a real terminal: how it starts, leaves, loses its terminal or its engine, and comes back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from pty_screen import PtyScreen
from terminals import ROOT, STEMLATHE, is_ready

from engine.errors import ExitCode
from engine.link.records import Role
from engine.processes.client import attach
from engine.processes.registry import running
from tui.feed import Feed


def _lives() -> bool:
    return [entry.name for entry in running()] == ["falling-water"]


def _restored(pty: PtyScreen) -> bool:
    raw = bytes(pty.raw)
    ends = [raw.rfind(on) < raw.rfind(off) for on, off in ((b"[?1049h", b"[?1049l"), (b"[?25l", b"[?25h"))]
    return all(ends) and raw.rfind(b"[?7l") < raw.rfind(b"[?7h")


def test_one_sitting(start_fake, terminal, until, folders):
    engine = start_fake()
    # standard error elsewhere must not change the screen
    pty = terminal("attach", stderr=str(folders / "log"))
    pty.until(lambda: "Drums" in pty.text())
    pty.keys(" ")  # before the console is up: not lost
    pty.until(lambda: is_ready(pty))
    until(lambda: [command["kind"] for command in engine.commands()] == ["pause"])
    mapped = Path(f"/proc/{pty.pid}/maps").read_text()
    assert not [name for name in ("numpy", "numba", "llvmlite", "scipy", "sndfile") if name in mapped]
    pty.keys("\x03")
    pty.until(lambda: "q leaves" in pty.text())
    pty.keys("\x1a")
    pty.until(lambda: os.waitpid(pty.pid, os.WUNTRACED | os.WNOHANG)[0] == pty.pid)
    pty.pump(0.1)
    assert _restored(pty)
    pty.screen.reset()
    os.kill(pty.pid, signal.SIGCONT)
    pty.until(lambda: "Drums" in pty.text() and "MASTER" in pty.text())
    pty.keys("q")
    assert pty.wait() == ExitCode.DONE
    assert _restored(pty)
    assert termios.tcgetattr(pty._master)[3] & termios.ECHO
    assert (folders / "log").read_text() == ""
    assert engine.process.poll() is None
    assert _lives()


def test_a_terminal_that_was_enlarged_meanwhile_is_left_without_a_picture(start_fake, terminal):
    """Where the other screen is no larger than before, what stands on this one would come along."""
    start_fake()
    pty = terminal("attach")
    pty.until(lambda: is_ready(pty), 60.0)
    pty.resize(160, 48)
    pty.until(lambda: any(len(row) > 120 for row in pty.text().splitlines()), 60.0)
    pty.keys("q")
    assert pty.wait() == ExitCode.DONE
    raw = bytes(pty.raw)
    wiped, left = raw.rfind(b"\x1b[2J"), raw.rfind(b"\x1b[?1049l")
    assert 0 <= wiped < left
    assert re.sub(rb"\x1b\[[0-?]*[ -/]*[@-~]", b"", raw[wiped:left]) == b""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_end_the_console_and_give_the_terminal_back(start_fake, terminal, number):
    start_fake()
    pty = terminal("attach")
    pty.until(lambda: is_ready(pty))
    os.kill(pty.pid, number)
    assert pty.wait() == ExitCode.DONE
    assert _restored(pty)
    assert _lives()


def test_a_lost_terminal_ends_the_console_alone(start_fake, terminal):
    start_fake()
    pty = terminal("attach")
    pty.until(lambda: is_ready(pty))
    pty.hang_up()
    _, status = os.waitpid(pty.pid, 0)
    pty._code = os.waitstatus_to_exitcode(status)
    assert _lives()


def test_a_killed_console_and_a_killed_engine(start_fake, terminal):
    engine = start_fake()
    pty = terminal("attach")
    pty.until(lambda: is_ready(pty))
    pty.close()
    again = terminal("attach")
    again.until(lambda: is_ready(again))
    engine.process.kill()
    engine.process.wait()
    again.until(lambda: "ENGINE LOST" in again.text())
    start_fake()
    again.until(lambda: "the engine is back" in again.text())
    assert "ENGINE LOST" not in again.text()


def test_restarting_ends_what_hangs_first(start_fake, folders):
    hanging, fresh = start_fake("--title", "one"), start_fake("--title", "two")
    entries = {entry.name: entry for entry in running()}
    feed = Feed(attach(hanging.name, Role.CONTROLLER, wait_s=1.0), Role.CONTROLLER)
    os.kill(hanging.process.pid, signal.SIGSTOP)  # it takes note of nothing
    try:
        feed.use(feed.restart(lambda path: entries[fresh.name]))
        assert hanging.process.wait(timeout=10.0) != 0
        assert feed.client.entry.name == fresh.name
    finally:
        feed.close()


def test_a_reader_sees_everything_and_changes_nothing(start_fake, terminal):
    engine = start_fake()
    pty = terminal("attach", "--read-only")
    pty.until(lambda: is_ready(pty))
    pty.keys("m")
    pty.until(lambda: "only watches" in pty.text())
    assert engine.commands() == []


def test_a_terminal_that_shows_no_full_screen_is_refused(start_fake, terminal):
    start_fake()
    pty = terminal("attach", TERM="dumb")
    assert pty.wait() == ExitCode.USAGE
    assert b"TERM=dumb" in pty.raw
    assert b"\x1b[?1049h" not in pty.raw


@pytest.mark.parametrize("verb", [["attach"], ["open", "song.toml"]])
def test_without_a_terminal_the_console_says_so(start_fake, verb):
    start_fake()
    done = subprocess.run([*STEMLATHE, *verb], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == ExitCode.MACHINE
    assert done.stderr.count("\n") == 1
    assert "needs a terminal" in done.stderr


def test_nothing_to_attach_to_is_told_in_json_too(folders):
    done = subprocess.run([*STEMLATHE, "attach", "nothing", "--json"], capture_output=True, text=True)
    assert done.returncode == ExitCode.USAGE
    assert '"no_engine"' in done.stdout


def test_a_folder_named_like_our_packages_shadows_nothing(start_fake, terminal, folders, monkeypatch):
    start_fake()
    for name in ("engine", "tui", "textual", "rich"):
        (folders / name).mkdir()
        (folders / name / "__init__.py").write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(folders)
    script = folders / "stemlathe"
    script.write_text(f"#!{sys.executable}\nfrom engine.cli.main import run\nrun()\n")
    script.chmod(0o755)
    # as installed: the program's own folder comes first, and the working folder is on the path besides
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}", "TERM": "xterm-256color"}
    binaries = folders / "bin"
    binaries.mkdir()
    script = script.rename(binaries / "stemlathe")
    pty = PtyScreen([str(script), "attach"], 100, 30, environment=environment)
    try:
        pty.until(lambda: is_ready(pty))
        pty.keys("q")
        assert pty.wait() == ExitCode.DONE
    finally:
        pty.close()


def test_the_last_session_is_opened_again(start_fake, terminal, folders):
    start_fake("--session", str(_session_file(folders)))
    first = terminal("attach")
    first.until(lambda: is_ready(first))
    first.keys("q")
    assert first.wait() == ExitCode.DONE
    again = terminal()
    again.until(lambda: is_ready(again))
    with attach() as client:
        assert client.document().path == str(folders / "song.toml")


def _session_file(folder: Path) -> Path:
    from fake_session import session_text

    path = folder / "song.toml"
    path.write_text(session_text(4), "utf-8")
    return path


def test_q_leaves_a_terminal_that_takes_nothing_any_more(start_fake, terminal):
    start_fake()
    pty = terminal("attach")
    pty.until(lambda: is_ready(pty))
    pty.screen.answering = False
    deadline_s = time.monotonic() + 1.5
    while time.monotonic() < deadline_s:
        pty.keys("jkjk")  # echoes fill what the terminal's buffer takes
        time.sleep(0.02)
    pty.keys("q")
    while os.waitpid(pty.pid, os.WNOHANG)[0] == 0:
        assert time.monotonic() < deadline_s + 10.0, "it waits for the terminal"
        time.sleep(0.02)
    pty._code = 0
    assert _lives()


def test_a_terminal_that_does_not_tell_its_background_gets_colours_that_are_seen_on_any(
    start_fake, terminal, monkeypatch
):
    """Yellow on white, over mosh: the question goes to its server, which does not answer it."""
    monkeypatch.delenv("COLORFGBG", raising=False)
    start_fake()
    pty = terminal("attach", TERM="xterm", COLORTERM="")
    pty.until(lambda: is_ready(pty))
    pty.until(lambda: pty.cell(0, 1)[1] == "brightblue")
    assert "FALLING" in pty.text().upper()
    pty.keys("q")
    assert pty.wait() == ExitCode.DONE
