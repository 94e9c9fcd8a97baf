"""Engines without audio for the console's tests, each with folders of its own."""

from __future__ import annotations

import functools
import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from desk_pictures import SIZES
from processes import Running, running_scripts, wait_until
from pty_screen import PtyScreen
from terminals import ROOT, STEMLATHE

from tui.work.verb_runner import Runner


@dataclass
class FakeRunning(Running):
    """A fake engine in a process of its own.

    Attributes:
        record: the file its commands are written to.
    """

    record: Path

    def commands(self) -> list[dict[str, Any]]:
        """What it was asked to do, oldest first: `kind` and `payload`."""
        if not self.record.exists():
            return []
        return [json.loads(line) for line in self.record.read_text("utf-8").splitlines()]


@pytest.fixture(autouse=True)
def in_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal of the tests is in UTF-8, whatever the machine's is."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """One of the desk's sizes that are promised."""
    return request.param


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runtime, state and configuration folders of this test alone."""
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))
    return tmp_path


@pytest.fixture
def runner() -> Runner:
    """What runs verbs for the work panels; it has nothing to do yet."""
    return Runner()


@pytest.fixture
def start_fake(folders: Path) -> Iterator[Callable[..., FakeRunning]]:
    """Starts `fake_engine.py` with options; ended with the test."""
    script = Path(__file__).with_name("fake_engine.py")
    number = itertools.count()
    with running_scripts() as start:

        def start_one(*options: str) -> FakeRunning:
            record = folders / f"commands-{next(number)}.jsonl"
            running = start(script, "--record", str(record), *options, cwd=folders)
            return FakeRunning(running.process, running.name, record)

        yield start_one


@pytest.fixture
def until() -> Callable[..., None]:
    """Waits until a condition holds, and fails where it does not come true in time."""
    return functools.partial(wait_until, timeout_s=10.0)


@pytest.fixture
def terminal(folders: Path) -> Iterator[Callable[..., PtyScreen]]:
    """Starts the command on a terminal; ended with the test."""
    started: list[PtyScreen] = []

    def start(*words: str, columns: int = 100, rows: int = 30, stderr: str | None = None, **values: str):
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **values}
        environment["PYTHONPATH"] = str(ROOT)
        started.append(PtyScreen([*STEMLATHE, *words], columns, rows, environment=environment, stderr=stderr))
        return started[-1]

    yield start
    for one in started:
        one.close()
