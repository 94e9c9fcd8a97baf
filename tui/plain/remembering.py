"""Controls that remember what was done: whoever sees no picture is told what came of it."""

from __future__ import annotations

from tui.actions.plain import ACTIONS as PLAIN
from tui.actions.registry import Action
from tui.controls.controls import Controls


class PlainControls(Controls):
    """Controls that remember what was done last.

    Attributes:
        performed: the newest action; None: none since it was taken.
    """

    performed: Action | None = None

    def perform(self, name: str, argument: str = "") -> None:
        """Does an action, or says why not."""
        self.performed = self._actions[name]
        if self.performed in PLAIN:
            self.surface.app(name, argument)
        else:
            super().perform(name, argument)
