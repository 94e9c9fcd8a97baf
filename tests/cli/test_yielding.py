"""Long work lets what plays go first, and a second verb of the same process is no slower than the first."""

from __future__ import annotations

import os
import subprocess
import sys

_TWICE = """
import os
from engine.cli.yielding import yield_to_playback
yield_to_playback(); first = os.getpriority(os.PRIO_PROCESS, 0)
yield_to_playback(); print(first, os.getpriority(os.PRIO_PROCESS, 0))
"""


def test_priority_is_lowered_once() -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    found = subprocess.run([sys.executable, "-c", _TWICE], capture_output=True, text=True, check=True)
    first, second = map(int, found.stdout.split())
    assert first == second == max(own, 5)
