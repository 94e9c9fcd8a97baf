"""A line of text that is typed: letters, a cursor, and the keys that every shell knows."""

from __future__ import annotations

from rich.cells import cell_len

from tui.display.cells import Canvas

#: No line is longer; what is pasted beyond is cut.
LONGEST = 4096


class LineEditor:
    """The line.

    Args:
        text: to begin with; the cursor stands behind it.

    Attributes:
        text: so far.
        at: the cursor: letters before it.
    """

    def __init__(self, text: str = "") -> None:
        self.text, self.at = text, len(text)

    def set(self, text: str) -> None:
        """Another text, the cursor behind it."""
        self.text, self.at = text, len(text)

    def insert(self, text: str) -> None:
        """Types or pastes; of several lines only the first counts."""
        line = text.lstrip("\r\n").splitlines()[:1]
        letters = "".join(letter for letter in "".join(line) if letter.isprintable())
        letters = letters[: LONGEST - len(self.text)]
        self.text = self.text[: self.at] + letters + self.text[self.at :]
        self.at += len(letters)

    def key(self, key: str, character: str | None) -> bool:
        """Takes a key; False: it means nothing here."""
        edit = getattr(self, f"_{_NAMES[key]}", None) if key in _NAMES else None
        if edit is not None:
            edit()
            return True
        if character is not None and character.isprintable() and len(character) == 1:
            self.insert(character)
            return True
        return False

    def _left(self) -> None:
        self.at = max(0, self.at - 1)

    def _right(self) -> None:
        self.at = min(len(self.text), self.at + 1)

    def _start(self) -> None:
        self.at = 0

    def _end(self) -> None:
        self.at = len(self.text)

    def _rub_out(self) -> None:
        if self.at:
            self.text = self.text[: self.at - 1] + self.text[self.at :]
            self.at -= 1

    def _delete(self) -> None:
        self.text = self.text[: self.at] + self.text[self.at + 1 :]

    def _rub_out_word(self) -> None:
        before = self.text[: self.at].rstrip(" /")
        kept = before[: max(before.rfind(" "), before.rfind("/")) + 1]
        self.text, self.at = kept + self.text[self.at :], len(kept)

    def _rub_out_all(self) -> None:
        self.text, self.at = self.text[self.at :], 0

    def _cut(self) -> None:
        self.text = self.text[: self.at]

    def draw(self, canvas: Canvas, x: int, y: int, ghost: str = "", style: str = "text on panel") -> None:
        """Draws the line from cell `x` on, its cursor always in sight; `ghost` stands faint behind it."""
        room = canvas.width - x - 1
        if room < 1:
            return
        begin = 0
        while cell_len(self.text[begin : self.at]) > room:
            begin += 1
        used = x + canvas.put(x, y, self.text[begin : self.at], style)
        under, behind = (self.text[self.at : self.at + 1] or ghost[:1] or " "), self.text[self.at + 1 :]
        used += canvas.put(used, y, under, f"reverse {style}")
        if behind:
            canvas.put(used, y, behind, style)
        elif ghost and self.at >= len(self.text):
            canvas.put(used, y, ghost[1:], "faint on panel")


_NAMES = {
    "left": "left",
    "right": "right",
    "home": "start",
    "ctrl+a": "start",
    "end": "end",
    "ctrl+e": "end",
    "backspace": "rub_out",
    "ctrl+h": "rub_out",
    "delete": "delete",
    "ctrl+d": "delete",
    "ctrl+w": "rub_out_word",
    "ctrl+u": "rub_out_all",
    "ctrl+k": "cut",
}
