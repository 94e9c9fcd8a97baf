"""The keys that may follow one that has begun a sequence: shown once somebody hesitates, takes no key."""

from __future__ import annotations

from tui.actions.keys import key_label
from tui.actions.registry import Action
from tui.controls.controls import Controls
from tui.display.cells import Canvas
from tui.overlay.overlay import Place, frame

#: Who types on sees nothing of it, s.
PAUSE_S = 0.4
_COLUMN = 36


class WhichKey:
    """The box.

    Args:
        controls: in which a sequence has begun.
    """

    def __init__(self, controls: Controls) -> None:
        view = controls.view
        self._title = key_label(controls.prefix)
        self._known: list[tuple[str, Action, bool]] = [
            (key_label(key), action, not controls.refusal(action, view))
            for key, action in controls.keymap.following(controls.prefix, view.focus.panel)
        ]

    def place(self, width: int, height: int) -> Place:
        """Above the last row, over its whole width."""
        rows = -(-len(self._known) // self._columns(width - 4)) + 2
        rows = min(rows, max(1, height - 2))
        return Place(0, height - 1 - rows, width, rows)

    def _columns(self, width: int) -> int:
        return max(1, min(width // _COLUMN, len(self._known)))

    def draw(self, canvas: Canvas) -> None:
        """Each key, and what it does."""
        inner = frame(canvas, f"{self._title} and then", "esc goes back")
        columns = self._columns(inner.width)
        rows = -(-len(self._known) // columns)
        for place, (key, action, usable) in enumerate(self._known):
            x, y = place // rows * (inner.width // columns), place % rows
            if y < inner.height:
                inner.put(x, y, key, f"bold {'accent' if usable else 'dim'} on panel", 7)
                style = "text on panel" if usable else "dim on panel"
                inner.put(
                    x + max(2, len(key) + 1), y, action.help, style, inner.width // columns - len(key) - 2
                )
