"""Engines without audio for the console's tests, each with folders of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass
class FakeRunning:
    """A fake engine in a process of its own.

    Attributes:
        process: its process.
        name: in the registry.
        record: the file its commands are written to.
    """

    process: subprocess.Popen[str]
    name: str
    record: Path

    def commands(self) -> list[dict[str, Any]]:
        """What it was asked to do, oldest first: `kind` and `payload`."""
        if not self.record.exists():
            return []
        return [json.loads(line) for line in self.record.read_text("utf-8").splitlines()]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runtime, state and configuration folders of this test alone."""
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))
    return tmp_path


@pytest.fixture
def start_fake(folders: Path) -> Iterator[Callable[..., FakeRunning]]:
    """Starts `fake_engine.py` with options; ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> FakeRunning:
        script = Path(__file__).with_name("fake_engine.py")
        record = folders / f"commands-{len(started)}.jsonl"
        process = subprocess.Popen(
            [sys.executable, str(script), "--record", str(record), *options],
            stdout=subprocess.PIPE,
            text=True,
            cwd=folders,
        )
        started.append(process)
        assert process.stdout is not None
        return FakeRunning(process, process.stdout.readline().strip(), record)

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def until() -> Callable[..., None]:
    """Waits until a condition holds, and fails where it does not come true in time."""

    def wait(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline_s, "waited in vain"
            time.sleep(0.01)

    return wait
