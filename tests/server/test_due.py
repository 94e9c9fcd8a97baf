"""What the control loop does at most so often."""

from __future__ import annotations

import pytest

from engine.server import due
from engine.server.due import Due


class Clock:
    now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(due, "time", found)
    return found


def test_an_action_is_due_once_a_period_and_others_at_their_own(clock: Clock) -> None:
    wanted = Due()
    assert wanted.is_due("one", 2.0)
    assert not wanted.is_due("one", 2.0)
    assert wanted.is_due("other", 2.0)
    clock.now_s += 1.99
    assert not wanted.is_due("one", 2.0)
    clock.now_s += 0.02
    assert wanted.is_due("one", 2.0)
    assert not wanted.is_due("one", 2.0)
    wanted.hurry("one")
    assert wanted.is_due("one", 2.0)


def test_a_change_is_taken_once_when_it_is_due(clock: Clock) -> None:
    wanted = Due()
    assert wanted.take("document", 1.0), "nobody has seen it yet"
    clock.now_s += 10.0
    assert not wanted.take("document", 1.0), "nothing has changed"
    wanted.changed("document")
    assert wanted.take("document", 1.0)
    wanted.changed("document")
    assert not wanted.take("document", 1.0), "too soon"
    assert wanted.take("loudness", 1.0), "the document's pace is no other's"
    clock.now_s += 1.01
    assert wanted.take("document", 1.0), "it is not forgotten"
    assert not wanted.take("document", 1.0)
