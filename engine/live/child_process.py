"""Processes that the engine starts beside itself: where they find the program, where they write."""

from __future__ import annotations

import os
from pathlib import Path

import engine
from engine.errors import machine_error
from engine.paths import state_dir


def child_environment() -> dict[str, str]:
    """The environment with this very package first, wherever it was imported from."""
    here = str(Path(engine.__file__).resolve().parent.parent)
    others = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (here, others)))}


def log_file(name: str) -> Path:
    """Where a child's messages go; its folder is there afterwards.

    Raises:
        MachineError: the folder cannot be made.
    """
    folder = state_dir() / "logs"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise machine_error(error, folder, "make the folder for logs") from error
    return folder / name
