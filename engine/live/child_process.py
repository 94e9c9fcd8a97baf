"""Processes that the engine starts beside itself: where they find the program, where they write."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import engine
from engine.errors import MachineError
from engine.paths import state_dir
from engine.private import make_private


def child_environment() -> dict[str, str]:
    """The environment with this very package first, wherever it was imported from."""
    here = str(Path(engine.__file__).resolve().parent.parent)
    others = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (here, others)))}


def log_file(name: str) -> Path:
    """Where a child's messages go; its folder is there afterwards, where it can be."""
    with contextlib.suppress(MachineError):  # a child without a log works as well
        make_private(state_dir(), "logs")
    return state_dir() / "logs" / name
