"""The background as a process: it works, is restarted where it crashes, and dies with the engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from background_session import last, of, write_all_roles

from engine.live.background import Background
from engine.live.background.results import Match, Trouble


@pytest.fixture
def session(write_session, material, tmp_path):
    return write_all_roles(write_session, material, tmp_path)


@pytest.fixture
def background() -> Iterator[Background]:
    made = Background()
    yield made
    made.close()


def until(background: Background, done: Callable[[list], bool], timeout_s: float = 120.0) -> list:
    """Polls until enough has been told."""
    told: list = []
    limit = time.monotonic() + timeout_s
    while not done(told):
        assert time.monotonic() < limit, told
        time.sleep(0.01)
        told += background.poll()
    return told


def is_complete(told: list) -> bool:
    """Whether the loudness map, the last of all, is there."""
    return any(isinstance(one, Match) for one in told)


def is_gone(pid: int) -> bool:
    """Whether a process has ended, waited for or not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_the_process_works_and_a_crash_costs_a_restart(session, background):
    from engine.session.files import load_session

    text, path = session
    loaded = load_session(path)
    assert background.pid is None
    background.submit(loaded, text, 1, "plain", "master")
    until(background, lambda _: background.pid is not None)
    first = background.pid
    os.kill(first, signal.SIGKILL)
    told = until(background, is_complete)
    assert not of(Trouble, told)
    assert background.pid not in (None, first)
    assert os.getpriority(os.PRIO_PROCESS, background.pid) == 19
    killed = {first}

    def killing(told: list) -> bool:
        pid = background.pid
        if pid is not None and pid not in killed:
            killed.add(pid)
            os.kill(pid, signal.SIGKILL)
        return bool(of(Trouble, told))

    told = until(background, killing)
    assert len(killed) == 4
    assert last(Trouble, told).code == "background_failed"
    background.submit(loaded, text, 2, "plain", "master")
    assert background.pid is None
    background.close()
    background.submit(loaded, text, 3, "plain", "master")
    assert background.poll() == []


def test_the_process_dies_with_the_engine(session):
    _, path = session
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from engine.live.background import Background\nfrom engine.session.files import load_session\n"
        "path = Path(sys.argv[1])\nbackground = Background()\n"
        "background.submit(load_session(path), path.read_text(), 0, None, 'master')\n"
        "while background.pid is None: time.sleep(0.01)\n"
        "print(background.pid, flush=True)\ntime.sleep(60)\n"
    )
    engine = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE)
    assert engine.stdout is not None
    pid = int(engine.stdout.readline())
    assert not is_gone(pid)
    engine.kill()
    engine.wait()
    limit = time.monotonic() + 60.0
    while not is_gone(pid):
        assert time.monotonic() < limit
        time.sleep(0.01)
