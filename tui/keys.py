"""From keys to actions: a key, or a sequence of two, by what is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tui.actions.registry import Action
from tui.view import Panel


class KeyTable(Protocol):
    """Which key does what."""

    def find(self, key: str, panel: Panel, *, lost: bool = False) -> Action | None:
        """What a key, or a sequence joined by commas, does where the focus is."""

    def following(self, prefix: str, panel: Panel) -> tuple[tuple[str, Action], ...]:
        """The keys that may follow `prefix`."""


class KeyReader:
    """Reads keys one by one.

    Args:
        table: which key does what.
        perform: does an action.

    Attributes:
        pending: the first key of a sequence that has begun, else "".
    """

    def __init__(self, table: KeyTable, perform: Callable[[Action], None]) -> None:
        self.pending = ""
        self._table = table
        self._perform = perform

    def key(self, name: str, panel: Panel, *, lost: bool = False) -> bool:
        """Takes a key as Textual names it; False where it means nothing."""
        if self.pending:
            prefix, self.pending = self.pending, ""
            action = self._table.find(f"{prefix},{name}", panel, lost=lost)
            if action is None:
                # a mistyped second key is not taken for something else
                return name != "escape"
        else:
            action = self._table.find(name, panel, lost=lost)
            if action is None and self._table.following(name, panel):
                self.pending = name
                return True
        if action is not None:
            self._perform(action)
        return action is not None
