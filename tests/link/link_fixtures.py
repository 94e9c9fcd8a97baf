"""A runtime folder of the test's own, children that end, and no segment left behind."""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import gc
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import Running, running_scripts, wait_until

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The runtime folder; after the test, no segment of this process is left."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    yield tmp_path / "stemlathe"
    left = [path.name for path in SHARED_MEMORY.glob(f"stemlathe-{os.getpid()}-*")]
    assert left == []


#: A child that takes longer hangs, s: it tells where, and ends.
CHILD_S = 120.0


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
            # a child has only the thread that forked: what another one held at that moment nobody lets go,
            # and what the collector finds may want to wait for its thread to end
            gc.disable()
            faulthandler.dump_traceback_later(CHILD_S, exit=True)
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
        until_s = time.monotonic() + CHILD_S + 10.0
        while not (found := os.waitpid(pid, os.WNOHANG))[0]:
            if time.monotonic() > until_s:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.002)
        return os.waitstatus_to_exitcode(found[1])

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


@pytest.fixture
def start_engine() -> Iterator[Callable[..., Running]]:
    """Starts `engine_process.py`; ended with the test."""
    with running_scripts() as start:
        yield functools.partial(start, Path(__file__).with_name("engine_process.py"))


@pytest.fixture
def wait() -> Callable[..., None]:
    """`wait_until`, for things that take no time."""
    return functools.partial(wait_until, timeout_s=5.0)
