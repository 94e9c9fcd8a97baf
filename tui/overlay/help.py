"""`?`: the keys that work where the focus is; `/` finds one."""

from __future__ import annotations

from dataclasses import replace

from rich.cells import cell_len

from tui.actions.help import Entry, help_groups
from tui.controls.controls import Controls
from tui.display.cells import Canvas
from tui.display.wrapping import wrapped
from tui.overlay.line_editor import LineEditor
from tui.overlay.overlay import Place, Then, box, frame, nothing

#: Cells of a column; beside each other where there is room for two.
_COLUMN, _KEYS, _MOST_ROWS = 90, 15, 48
_LEGEND = (
    "In a chain, capitals play and small letters are off: EQ C is on, eq c is off. M S Ø: mute, solo, "
    "polarity; a small m is silent because another stem is soloed. Below every view the whole song: dots up "
    "to its peaks, solid up to its RMS; under it where the limiter works, and ▲ where the master is over. ~ "
    "and what is dimmed is of before: an edit, or a pause."
)
#: A line: its style, its text, and for an action its parts.
_Line = tuple[str, str, Entry | None]


class Help:
    """The list; letters do nothing but when they search.

    Args:
        controls: whose keys.
        words: what is searched for from the beginning.
    """

    def __init__(self, controls: Controls, words: str = "") -> None:
        self._controls = controls
        self._top = 0
        self._page = 1
        #: what is searched for; None: nobody searches.
        self.search: LineEditor | None = LineEditor(words) if words else None
        self._typing = False

    def lines(self, width: int) -> list[_Line]:
        """What stands there, for columns of that width."""
        view, found = self._controls.view, list[_Line]()
        words = self.search.text.casefold().split() if self.search is not None else []
        about = getattr(self._controls.panels.get(view.focus.panel), "help", "")
        if not words:
            for text in filter(None, (about, _LEGEND)):
                found += [("text", line, None) for line in wrapped(text, width)]
                found.append(("text", "", None))
        for group in help_groups(self._controls.keymap, view):
            entries = [one for one in group.entries if _fits(one, words)]
            if entries:
                found.append(("bold title", group.title, None))
                found += [line for one in entries for line in _lines_of(one, width)]
                found.append(("text", "", None))
        return found[:-1] if found else [("dim", "nothing fits", None)]

    def _columns(self, width: int) -> int:
        return 2 if width >= 2 * 74 + 8 else 1

    def place(self, width: int, height: int) -> Place:
        """In the middle, one or two columns."""
        columns = self._columns(width)
        column = min(_COLUMN, (width - 8) // columns)
        rows = -(-len(self.lines(column - 2)) // columns)
        return box(
            width, height, columns * column + 4, max(min(rows + 2, _MOST_ROWS), min(_MOST_ROWS, height - 2))
        )

    def draw(self, canvas: Canvas) -> None:
        """The lines from the top one on."""
        foot = "enter ends the search" if self._typing else "/ searches  j k ↑ ↓ PgDn scroll  ? closes"
        inner = frame(canvas, "keys that work here", foot)
        if self.search is not None:
            inner.put(0, 0, "/", "bold accent on panel")
            if self._typing:
                self.search.draw(inner, 1, 0)
            else:
                inner.put(1, 0, self.search.text, "text on panel")
            inner = inner.part(0, 1, inner.width, inner.height - 1)
        columns = 2 if inner.width >= 2 * 68 else 1
        column = inner.width // columns
        lines = self.lines(column - 2)
        self._page = max(1, inner.height * columns)
        self._top = max(0, min(self._top, len(lines) - self._page))
        for place, line in enumerate(lines[self._top : self._top + self._page]):
            part = inner.part(place // inner.height * column, place % inner.height, column - 2, 1)
            _draw_line(part, line)
        if self._top + self._page < len(lines):
            canvas.put(canvas.width - 9, canvas.height - 1, " more ↓ ", "accent on panel")

    def key(self, key: str, character: str | None) -> Then | None:
        """Scrolls, searches, closes; letters are ignored."""
        if self._typing and self.search is not None:
            if key in ("enter", "escape", "ctrl+c"):
                self._typing = False
                if key != "enter" or not self.search.text:
                    self.search = None
            elif key in ("backspace", "ctrl+h") and not self.search.text:
                self._typing, self.search = False, None
            else:
                self.search.key(key, character)
            self._top = 0
            return None
        if key in ("question_mark", "escape", "enter", "q", "ctrl+c"):
            return nothing
        if key == "slash":
            self._typing, self.search = True, LineEditor()
        step = {"down": 1, "j": 1, "up": -1, "k": -1, "space": self._page, "pagedown": self._page}
        step |= {"pageup": -self._page, "home": -(1 << 20), "end": 1 << 20}
        self._top = max(0, self._top + step.get(key, 0))
        return None

    def paste(self, text: str) -> None:
        """Searches for it, where somebody searches."""
        if self._typing and self.search is not None:
            self.search.insert(text)


def _fits(entry: Entry, words: list[str]) -> bool:
    text = f"{entry.keys} {entry.help} {entry.command}".casefold()
    return all(word in text for word in words)


def _lines_of(entry: Entry, width: int) -> list[_Line]:
    """An action on one line, or on as many as it takes: what is typed for it stands beside it or below."""
    style, command = "text" if entry.usable else "dim", f":{entry.command}"
    if _KEYS + cell_len(entry.help) + 2 + len(command) <= width:
        return [(style, "", entry)]
    first, *more = wrapped(entry.help, width - _KEYS - 1)
    found: list[_Line] = [(style, "", replace(entry, help=first, command=""))]
    found += [(style, " " * _KEYS + line, None) for line in more]
    return found + [("dim", line.rjust(width), None) for line in wrapped(command, width)]


def _draw_line(canvas: Canvas, line: _Line) -> None:
    style, text, entry = line
    if entry is None:
        canvas.put(0, 0, text, f"{style} on panel", canvas.width)
        return
    command = f":{entry.command}" if entry.command else ""
    room = len(command)
    canvas.put(0, 0, entry.keys, f"bold {'accent' if entry.usable else 'dim'} on panel", _KEYS - 1)
    canvas.put(_KEYS, 0, entry.help, f"{style} on panel", canvas.width - _KEYS - room - 1)
    canvas.put(canvas.width - room, 0, command, "dim on panel", room)
