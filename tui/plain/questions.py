"""Questions that are open: each takes the keys and lines instead of the console, one after the other."""

from __future__ import annotations

from collections.abc import Callable

from tui.plain.asking import Asked
from tui.plain.voice import Voice


class Questions:
    """The one that is asked, and those that wait for its answer.

    Args:
        voice: asks them.
        lines: whether whole lines are taken now, instead of keys.

    Attributes:
        asked: what takes the keys; None: nothing does.
    """

    def __init__(self, voice: Voice, lines: Callable[[], bool]) -> None:
        self.asked: Asked | None = None
        self._voice, self._lines = voice, lines
        self._waiting: list[Asked] = []

    def ask(self, asked: Asked, *, quiet: bool = False) -> None:
        """Puts one, after those that are there already; `quiet`: it was read out before."""
        if self.asked is not None:
            self._waiting.append(asked)
            return
        self.asked = asked
        if not quiet:
            asked.open(self._voice, lines=self._lines())

    def key(self, key: str, character: str | None) -> bool:
        """A key; whether a question has taken it."""
        if self.asked is None:
            return False
        self._then(self.asked.key(key, character, self._voice))
        return True

    def line(self, text: str) -> bool:
        """A whole line; whether a question has taken it."""
        if self.asked is None:
            return False
        self._then(self.asked.line(text, self._voice))
        return True

    def _then(self, then: Callable[[], None] | None) -> None:
        if then is None:
            return
        self.asked = None
        then()
        if self.asked is None and self._waiting:
            self.ask(self._waiting.pop(0))
