"""How often the control loop does what it may not do at every turn."""

from __future__ import annotations

import time


class Due:
    """Actions that are due at most so often, and what has changed until it is taken up."""

    def __init__(self) -> None:
        self._due_s: dict[str, float] = {}
        self._taken: set[str] = set()

    def is_due(self, action: str, period_s: float) -> bool:
        """True at most once per `period_s`: rate-limits the action `action`."""
        now_s = time.monotonic()
        if now_s < self._due_s.get(action, 0.0):
            return False
        self._due_s[action] = now_s + period_s
        return True

    def hurry(self, action: str) -> None:
        """Makes `action` due at once."""
        self._due_s[action] = 0.0

    def changed(self, name: str) -> None:
        """What has that name is another now."""
        self._taken.discard(name)

    def take(self, name: str, period_s: float) -> bool:
        """Whether it has changed since it was taken, and is due; at first everything has."""
        if name in self._taken or not self.is_due(name, period_s):
            return False
        self._taken.add(name)
        return True
