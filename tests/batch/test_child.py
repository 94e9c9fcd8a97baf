"""Commands of ours in processes of their own: what they tell, and when their end is noticed."""

from __future__ import annotations

import pytest

from engine.batch import child as children
from engine.batch.child import start, wait_for_any

#: Tells its progress, waits for a line, and ends.
_TELLS = """
import os, sys
def tell(text):
    os.write(int(os.environ["STEMLATHE_PROGRESS_FD"]), text.encode())
tell('{"label": "a", "progress": 0.25}\\n{"progress": 0.5}\\n{"integrated_lufs": -14.0}\\nnot json\\n{"progr')
os.read(0, 1)
tell('ess": 0.75}\\n')
print("{}")
"""


@pytest.fixture
def telling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_PROGRAM", _TELLS)


def test_the_newest_progress_counts_and_a_torn_line_is_put_together(telling: None) -> None:
    child = start([])
    while child.progress == 0.0:
        wait_for_any([child], 0.05)
        assert child.poll() is None
    assert child.progress == 0.5
    assert child.process.stdin is not None
    child.process.stdin.write(b"\n")
    child.process.stdin.flush()
    wait_for_any([child], None)
    child.poll()
    assert child.progress == 0.75
    assert child.result() == (0, {})


def test_waiting_ends_with_the_first_that_ends(telling: None) -> None:
    """Nothing but that end can end it; one that had ended before does so at once."""
    first, second = start([]), start([])
    try:
        second.ask_to_end()
        wait_for_any([first, second], None)
        assert first.process.poll() is None
        assert second.process.wait(60.0) == 0
        wait_for_any([first, second], None)
        assert first.process.poll() is None
    finally:
        first.end()
        second.end()
