"""The command line on a pseudo-terminal, for tests that type."""

from __future__ import annotations

import sys
from pathlib import Path

from pty_screen import PtyScreen

STEMLATHE = [sys.executable, "-c", "from engine.cli.main import run; run()"]
ROOT = Path(__file__).resolve().parents[2]


def is_ready(pty: PtyScreen) -> bool:
    """The application has taken over: the first picture has no keys in its footer."""
    return "Drums" in pty.text() and "leave" in pty.text()
