"""What all tests share: kernels compiled once, folders of their own, a seeded random generator."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# its assertions tell what they compared, as those of test modules do
pytest.register_assert_rewrite("session_trees")

# how fast a busy machine draws examples says nothing about the program
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    """Keeps the user's folders out of the tests, and compiles the kernels before workers start."""
    if not hasattr(config, "workerinput"):
        folders = tempfile.mkdtemp(prefix="stemlathe-tests-")
        for name in ("CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR"):
            os.environ[f"XDG_{name}"] = folders
        if config.getoption("numprocesses", None):
            from engine.compiler.warm import ensure_compiled

            ensure_compiled()  # several workers would each compile the same kernels


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
