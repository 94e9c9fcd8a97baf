"""A runtime folder of the test's own, children that end, and no segment left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The runtime folder; after the test, no segment of this process is left."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    yield tmp_path / "stemlathe"
    left = [path.name for path in SHARED_MEMORY.glob(f"stemlathe-{os.getpid()}-*")]
    assert left == []


def wait_until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Waits for `condition`, and fails where it does not come true."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.002)


class Children:
    """Forked children of a test."""

    def __init__(self) -> None:
        self.pids: list[int] = []

    def fork(self, work: Callable[[], None]) -> int:
        """Runs `work` in a child; its exit code is 0 only if `work` returned."""
        pid = os.fork()
        if pid:
            self.pids.append(pid)
            return pid
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)

    def join(self, pid: int) -> int:
        """Exit code of a child, negative for a signal."""
        self.pids.remove(pid)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def end(self) -> None:
        """Kills and joins what is left."""
        for pid in list(self.pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.join(pid)


@pytest.fixture
def children() -> Iterator[Children]:
    """Forked children, ended with the test."""
    forked = Children()
    yield forked
    forked.end()


@dataclass
class Running:
    """An engine in a process of its own.

    Attributes:
        process: its process.
        name: in the registry.
    """

    process: subprocess.Popen[str]
    name: str


@pytest.fixture
def start_engine() -> Iterator[Callable[..., Running]]:
    """Starts `engine_process.py`; ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> Running:
        script = Path(__file__).with_name("engine_process.py")
        process = subprocess.Popen(
            [sys.executable, str(script), *arguments], stdout=subprocess.PIPE, text=True
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


@pytest.fixture
def wait() -> Callable[..., None]:
    """`wait_until`."""
    return wait_until
