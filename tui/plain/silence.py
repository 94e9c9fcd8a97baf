"""Silence tells nobody anything: what was asked for and has changed nothing is answered all the same."""

from __future__ import annotations

from tui.actions.registry import Action
from tui.panels.told import Told
from tui.plain.topics import monitor_words, position, state_words
from tui.view import View

#: What was asked for may still tell by itself what it has done during this number of looks at the engine.
_LOOKS = 2
_TIMES = ("transport",)


class Silence:
    """Whether what was asked for last still waits for a word."""

    def __init__(self) -> None:
        self._since: tuple[int, int] | None = None

    def begin(self, looked: int, count: int) -> None:
        """Something was asked for, and nothing was told.

        Args:
            looked: looks at the engine so far.
            count: lines told so far.
        """
        self._since = (looked + _LOOKS, count)

    def end(self) -> None:
        """What was asked for has been answered, or nothing was asked for."""
        self._since = None

    def is_to_be_broken(self, looked: int, count: int) -> bool:
        """Whether nothing has been told for long enough; asked once it was, it is no longer."""
        if self._since is None or looked < self._since[0]:
            return False
        was, self._since = self._since[1], None
        return count == was


def words_anyway(view: View, told: Told, performed: Action | None) -> str:
    """Where one is, for what has changed nothing, or nothing that is told by itself.

    Args:
        view: as the controls see it.
        told: its panel in words.
        performed: what was done last.
    """
    if performed is not None and performed.group in _TIMES:
        return f"{state_words(view)} {position(view)}"
    if performed is not None and performed.group == "monitor":
        return monitor_words(view)
    return told.row or told.title
