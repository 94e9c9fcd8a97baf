"""What all tests share: kernels compiled once, folders of their own, a seeded random generator."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

#: Names the run that a process belongs to, in the environment of all that it starts.
_MARK = "STEMLATHE_TEST_RUN"
#: What runs the tests: pytest's workers, and what Python starts beside a process that uses multiprocessing.
_TEST_RUNNERS = ("execnet", "multiprocessing.resource_tracker", "multiprocessing.forkserver")
#: What was ended may take so long to be gone, s.
_LEAVING_S = 10.0

# its assertions tell what they compared, as those of test modules do
pytest.register_assert_rewrite("session_trees")

# how fast a busy machine draws examples says nothing about the program
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# the same examples every time, so that a test fails for whoever made it fail; `--hypothesis-profile explore`
# looks further
settings.register_profile("seeded", settings.get_profile("explore"), derandomize=True)
settings.load_profile("seeded")


def pytest_configure(config: pytest.Config) -> None:
    """Keeps the user's folders out of the tests, and compiles the kernels before workers start."""
    if not hasattr(config, "workerinput"):
        folders = tempfile.mkdtemp(prefix="stemlathe-tests-")
        for name in ("CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR"):
            os.environ[f"XDG_{name}"] = folders
        # what runs the tests may have ignored interrupts (`nohup`, `&`), have no terminal, or an odd one
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.environ["TERM"] = "xterm-256color"
        for name in ("COLORTERM", "NO_COLOR", "STY", "TMUX"):
            os.environ.pop(name, None)
        os.environ[_MARK] = folders
        if config.getoption("numprocesses", None):
            from engine.compiler.warm import ensure_compiled

            ensure_compiled()  # several workers would each compile the same kernels


@pytest.hookimpl(trylast=True)  # after the workers have been told to leave
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Tests end what they start: a process that is still there fails the run, and is ended."""
    if hasattr(session.config, "workerinput") or _MARK not in os.environ:
        return
    until_s = time.monotonic() + _LEAVING_S
    while (left := _left_running(os.environ[_MARK])) and time.monotonic() < until_s:
        time.sleep(0.1)
    for pid, command in left:
        print(f"\nstill running after the tests: {pid} {command}", file=sys.stderr)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if left and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _left_running(mark: str) -> list[tuple[int, str]]:
    """Processes that have the mark of this run in their environment, but for those that run the tests."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            wanted = f"{_MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0")
            is_dead = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] in "ZX"
            is_ours = int(folder.name) == os.getpid() or any(name in command for name in _TEST_RUNNERS)
            if wanted and not is_dead and not is_ours:
                found.append((int(folder.name), command))
    return found


@pytest.fixture
def random() -> np.random.Generator:
    """A generator with a fixed seed, new for every test."""
    return np.random.default_rng(20260101)


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configuration and state folders of this test alone (the kernel cache stays shared)."""
    for name in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path
