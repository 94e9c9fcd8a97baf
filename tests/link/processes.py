"""Programs that stand in for an engine, each in a process of its own, and waiting for what they do."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Running:
    """A program in a process of its own.

    Attributes:
        process: its process.
        name: in the registry.
    """

    process: subprocess.Popen[str]
    name: str


def wait_until(condition: Callable[[], Any], timeout_s: float = 30.0) -> Any:
    """Waits until `condition` is true, and fails where it does not come true; returns it."""
    deadline_s = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.004)
    return value


@contextlib.contextmanager
def running_scripts() -> Iterator[Callable[..., Running]]:
    """Starts scripts, each with its options, that print their name first; ended with the context."""
    started: list[subprocess.Popen[str]] = []

    def start(script: Path, *options: str, cwd: Path | None = None) -> Running:
        process = subprocess.Popen(
            [sys.executable, str(script), *options], stdout=subprocess.PIPE, text=True, cwd=cwd
        )
        started.append(process)
        assert process.stdout is not None
        return Running(process, process.stdout.readline().strip())

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
