"""A sheet to write on: several lines, wrapped at the edge; what was written is kept unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rich.cells import cell_len

from tui.display.cells import Canvas
from tui.overlay.overlay import Place, Then, box, frame, nothing

_WIDTH, _HEIGHT = 76, 16
#: No text is longer, characters: so much a note of the session file may hold.
LONGEST = 20_000


class Notepad:
    """The sheet.

    Args:
        title: of the box.
        text: to begin with; the cursor stands behind it.
        entered: gets the text.

    Attributes:
        text: so far.
        at: the cursor: characters before it.
    """

    def __init__(self, title: str, text: str, entered: Callable[[str], None]) -> None:
        self._title, self._entered = title, entered
        self.text, self.at = text, len(text)
        self._width, self._rows = _WIDTH - 4, _HEIGHT - 2

    def place(self, width: int, height: int) -> Place:
        """In the middle."""
        return box(width, height, _WIDTH, _HEIGHT)

    def draw(self, canvas: Canvas) -> None:
        """The lines around the cursor, and the keys."""
        inner = frame(canvas, self._title, "tab or esc keeps it · ctrl+c drops what was typed")
        self._width, self._rows = max(2, inner.width), max(1, inner.height)
        lines = self._lines()
        row = self._row_of(lines)
        first = max(0, min(row - self._rows // 2, len(lines) - self._rows))
        for y, (begin, end) in enumerate(lines[first : first + self._rows]):
            inner.put(0, y, self.text[begin:end].replace("\t", " "), "text on panel", inner.width)
            if first + y == row:
                under = self.text[self.at : self.at + 1]
                x = cell_len(self.text[begin : self.at])
                glyph = " " if under in ("", "\n", "\t") else under
                inner.put(min(x, inner.width - 1), y, glyph, "reverse text on panel")
        if len(lines) > self._rows:
            canvas.put(canvas.width - 12, 0, f" {row + 1}/{len(lines)} ", "dim on panel")

    def _lines(self) -> list[tuple[int, int]]:
        """The rows on the screen, as places of the text; the cursor has room behind each."""
        rows: list[tuple[int, int]] = []
        begin = 0
        for line in self.text.split("\n"):
            end = begin + len(line)
            while cell_len(self.text[begin:end]) >= self._width:
                stop = begin
                while cell_len(self.text[begin : stop + 1]) < self._width:
                    stop += 1
                space = self.text.rfind(" ", begin, stop)
                stop = space + 1 if space > begin else max(stop, begin + 1)
                rows.append((begin, stop))
                begin = stop
            rows.append((begin, end))
            begin = end + 1
        return rows

    def _row_of(self, lines: list[tuple[int, int]]) -> int:
        """The row the cursor is in: the last that begins before it."""
        return max(row for row, (begin, _) in enumerate(lines) if begin <= self.at)

    def key(self, key: str, character: str | None) -> Then | None:
        """Writes; tab and escape keep it, ctrl+c does not."""
        if key in ("tab", "escape"):
            return partial(self._entered, self.text)
        if key == "ctrl+c":
            return nothing
        if key == "enter":
            self._insert("\n")
        elif key in _MOVES:
            self._move(_MOVES[key])
        elif key in ("backspace", "ctrl+h"):
            self._rub_out(max(0, self.at - 1))
        elif key == "ctrl+w":
            before = self.text[: self.at].rstrip()
            self._rub_out(max(before.rfind(" "), before.rfind("\n")) + 1)
        elif key == "ctrl+u":
            self._rub_out(self.text.rfind("\n", 0, self.at) + 1)
        elif key == "delete":
            self.text = self.text[: self.at] + self.text[self.at + 1 :]
        elif character is not None and len(character) == 1 and character.isprintable():
            self._insert(character)
        return None

    def _rub_out(self, to: int) -> None:
        self.text, self.at = self.text[:to] + self.text[self.at :], to

    def _move(self, step: tuple[int, int]) -> None:
        rows, signs = step
        if not rows:
            self.at = max(0, min(self.at + signs, len(self.text)))
            return
        lines = self._lines()
        row = self._row_of(lines)
        if abs(rows) == 1 and signs:  # to an end of the row
            self.at = lines[row][0] if signs < 0 else _last(lines, row)
            return
        column = self.at - lines[row][0]
        to = max(0, min(row + rows, len(lines) - 1))
        self.at = min(lines[to][0] + column, _last(lines, to))

    def _insert(self, text: str) -> None:
        text = text[: max(0, LONGEST - len(self.text))]
        self.text = self.text[: self.at] + text + self.text[self.at :]
        self.at += len(text)

    def paste(self, text: str) -> None:
        """Pasted text goes where the cursor is, with its lines."""
        lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
        self._insert("".join(sign for sign in lines if sign == "\n" or sign.isprintable()))


def _last(lines: list[tuple[int, int]], row: int) -> int:
    """The last place of a row: where it is wrapped, what is behind it is the next row's first."""
    end = lines[row][1]
    return end - 1 if row + 1 < len(lines) and lines[row + 1][0] == end else end


#: Rows and characters a key moves the cursor by; a row and a sign together: to that end of the row.
_MOVES = {
    "left": (0, -1),
    "right": (0, 1),
    "up": (-1, 0),
    "down": (1, 0),
    "home": (-1, -1),
    "end": (1, 1),
    "pageup": (-10, 0),
    "pagedown": (10, 0),
}
