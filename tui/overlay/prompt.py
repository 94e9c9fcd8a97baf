"""A line at the bottom: commands, values, file names; with what it may become, and what was typed before."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial

from rich.cells import cell_len

from tui.display.cells import Canvas
from tui.display.wrapping import wrapped
from tui.overlay.line_editor import LineEditor
from tui.overlay.overlay import Place, Then, nothing

#: Cells that are left for an answer beside its question, at least.
_ANSWER_CELLS = 24
#: A question as short as this stands beside its answer on every screen.
_SHORT_CELLS = 8
#: Completions that are listed at once, and lines that are remembered.
_LISTED, _REMEMBERED = 8, 200


class Memory:
    """Lines that were entered, the newest last."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, line: str) -> None:
        """Remembers a line; one that is there already moves to the end."""
        if line.strip():
            others = [one for one in self.lines if one != line]
            self.lines = [*others[1 - _REMEMBERED :], line]


class Prompt:
    """A line that is typed.

    What it begins with is marked: the first letter takes its place, a key that moves or rubs out edits it. Of
    a folder only a path from the root takes the place; a name is typed behind it.

    Args:
        prompt: stands before it.
        initial: text to begin with.
        entered: gets the line once it is entered.
        complete: whole lines that begin with what was typed; None: nothing can be completed.
        about: what a completion does, for the list.
        preview: what the line would do as it stands, and whether it can; empty: nothing to say.
        memory: lines entered before, for `up`; None: none are kept.
        back: done when it is given up; None: nothing.
    """

    def __init__(
        self,
        prompt: str,
        initial: str,
        entered: Callable[[str], None],
        *,
        complete: Callable[[str], Sequence[str]] | None = None,
        about: Callable[[str], str] = lambda line: "",
        preview: Callable[[str], tuple[str, bool]] = lambda line: ("", True),
        memory: Memory | None = None,
        back: Then | None = None,
    ) -> None:
        self._given_up = back or nothing
        self.prompt, self.line = prompt, LineEditor(initial)
        self._entered, self._complete, self._about = entered, complete, about
        self._preview = preview
        self._memory, self._back = memory, 0
        self._draft = initial
        #: A held key that clears what stood there must not close the line: letters after it would be keys.
        self._filled = bool(initial)
        self._marked = bool(initial)
        self._known: tuple[str, list[str]] = ("\0", [])

    def _candidates(self) -> list[str]:
        """What the line may become; nothing before anything is typed."""
        text = self.line.text
        if self._complete is None or not text:
            return []
        if self._known[0] != text:
            self._known = (text, [one for one in self._complete(text) if one.startswith(text.lstrip(": "))])
        return self._known[1]

    def _ghost(self) -> str:
        typed = self.line.text.lstrip(": ")
        found = next((one for one in self._candidates() if one != typed), "")
        return found[len(typed) :] if self.line.at == len(self.line.text) else ""

    def _question(self, width: int) -> list[str]:
        """Lines of what is asked where it leaves no room to answer beside it; none where it does."""
        beside = cell_len(self.prompt) <= max(width - _ANSWER_CELLS, _SHORT_CELLS)
        return [] if beside else wrapped(self.prompt, width - 2)

    def place(self, width: int, height: int) -> Place:
        """The bottom rows: the line, above it what it would do, and as many completions as there are."""
        candidates = self._candidates()
        listed = min(len(candidates), _LISTED, max(0, height - 4)) if len(candidates) > 1 else 0
        rows = 1 + listed + (1 if self._preview(self.line.text)[0] else 0) + len(self._question(width))
        return Place(0, height - rows, width, rows)

    def draw(self, canvas: Canvas) -> None:
        """Completions, and the line."""
        canvas.fill(0, 0, canvas.width, canvas.height, " ", "text on panel")
        candidates, bottom = self._candidates(), canvas.height - 1
        question = self._question(canvas.width)
        begin = "▸" if question else self.prompt
        x = 1 + canvas.put(1, bottom, begin, "bold accent on panel")
        style = "text on selected" if self._marked and not self._is_folder else "text on panel"
        self.line.draw(canvas, x + (0 if self.prompt == ":" else 1), bottom, self._ghost(), style)
        for line in reversed(question):
            if bottom > 0:
                bottom -= 1
                canvas.put(1, bottom, line, "bold accent on panel", canvas.width - 2)
        said, possible = self._preview(self.line.text)
        if said and bottom > 0:
            bottom -= 1
            canvas.put(1, bottom, said, "text on panel" if possible else "warn on panel", canvas.width - 2)
        for row, candidate in enumerate(candidates[:bottom]):
            more = len(candidates) - bottom if row == bottom - 1 else 0
            used = 1 + canvas.put(1, row, candidate, "text on panel", min(40, canvas.width - 2))
            # how many have no room is never cut
            count = f"   and {more} more " if more > 0 else ""
            canvas.put(
                used + 1, row, self._about(candidate), "dim on panel", canvas.width - used - 1 - len(count)
            )
            canvas.put(canvas.width - len(count), row, count, "dim on panel")

    def key(self, key: str, character: str | None) -> Then | None:
        """Edits, completes, remembers; enter ends it, and so do escape, ctrl+c and, where it began empty,
        rubbing out nothing."""
        if key == "enter":
            text = self.line.text
            if self._memory is not None:
                self._memory.add(text)
            return partial(self._entered, text)
        rubbed = key in ("backspace", "ctrl+h") and not self.line.text
        if key in ("escape", "ctrl+c") or (rubbed and not self._filled):
            return self._given_up
        if key == "tab":
            self._tab()
        elif key in ("up", "ctrl+p") and self._memory is not None:
            self._remember(1)
        elif key in ("down", "ctrl+n") and self._memory is not None:
            self._remember(-1)
        elif key in ("right", "end") and self.line.at == len(self.line.text) and self._ghost():
            self.line.insert(self._ghost())
        else:
            if character is not None and character.isprintable():
                self._replace_marked(character)
            self.line.key(key, character)
        self._marked = False
        return None

    def paste(self, text: str) -> None:
        """Pasted text goes where the cursor is."""
        self._replace_marked(text.lstrip())
        self._marked = False
        self.line.insert(text)

    @property
    def _is_folder(self) -> bool:
        return self._draft.endswith("/")

    def _replace_marked(self, typed: str) -> None:
        if self._marked and (not self._is_folder or typed.startswith(("/", "~"))):
            self.line.set("")

    def _tab(self) -> None:
        """As far as all completions agree; where that is nothing more, the first of them."""
        candidates = self._candidates()
        if not candidates:
            return
        common = shared_start(candidates)
        self.line.set(common if len(common) > len(self.line.text.lstrip(": ")) else candidates[0])

    def _remember(self, step: int) -> None:
        """One line back, or forth again to what was being typed."""
        assert self._memory is not None
        if self._back == 0:
            self._draft = self.line.text
        lines = [one for one in self._memory.lines if one.startswith(self._draft)]
        self._back = min(max(self._back + step, 0), len(lines))
        self.line.set(lines[-self._back] if self._back else self._draft)


def shared_start(texts: Sequence[str]) -> str:
    """What all of some texts begin with."""
    first, last = min(texts), max(texts)  # what these two share, all do
    differing = (at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1])
    return first[: next(differing, len(first))]


def paths(text: str) -> list[str]:
    """Files and folders that begin as typed, folders with a slash; hidden ones only where a dot was typed."""
    folder, _, start = text.rpartition("/")
    at = os.path.expanduser(f"{folder}/" if "/" in text else "./")
    try:
        with os.scandir(at) as entries:
            found = [
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry in entries
                if entry.name.startswith(start) and (start.startswith(".") or not entry.name.startswith("."))
            ]
    except OSError:
        return []
    lead = f"{folder}/" if "/" in text else ""
    return [lead + name for name in sorted(found)]
