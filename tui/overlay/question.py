"""A question at the bottom: its answer keys first, so that no screen is too narrow for them."""

from __future__ import annotations

from tui.display.cells import Canvas
from tui.display.wrapping import wrapped
from tui.overlay.overlay import Place, Then, nothing

_KEYS = "y = yes, any other key = no:"


class Question:
    """Yes or no.

    Args:
        question: what is asked.
        yes: done for `y`.
    """

    def __init__(self, question: str, yes: Then) -> None:
        self.question, self._yes = question, yes

    def _lines(self, width: int) -> list[str]:
        return wrapped(f"{_KEYS} {self.question}", max(8, width - 2))

    def place(self, width: int, height: int) -> Place:
        """As many rows at the bottom as it needs."""
        rows = min(len(self._lines(width)), max(1, height - 2))
        return Place(0, height - rows, width, rows)

    def draw(self, canvas: Canvas) -> None:
        """Keys, then words."""
        canvas.fill(0, 0, canvas.width, canvas.height, " ", "text on panel")
        for row, line in enumerate(self._lines(canvas.width)[: canvas.height]):
            canvas.put(1, row, line, "bold warn on panel")
        canvas.put(1, 0, _KEYS, "bold accent on panel")

    def key(self, key: str, character: str | None) -> Then | None:
        """Every key is an answer."""
        return self._yes if key in ("y", "Y") else nothing

    def paste(self, text: str) -> None:
        """Is no answer."""
