"""A list to choose from; as one types, what fits remains: words before parts of words, loose letters last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tui.display.cells import Canvas
from tui.overlay.line_editor import LineEditor
from tui.overlay.overlay import Place, Then, box, frame, nothing
from tui.overlay.prompt import paths, shared_start

_WIDTH, _HEIGHT = 84, 26


@dataclass(frozen=True, slots=True)
class Item:
    """Something to choose.

    Attributes:
        label: what it is.
        about: stands dim behind it.
        right: stands at the right edge: its keys.
        also: other words for it, which are searched and not shown.
        done: what choosing it does.
    """

    label: str
    done: Then
    about: str = ""
    right: str = ""
    also: str = ""


def items_of(
    names: Sequence[tuple[str, str]], pick: Callable[[int], None], also: Sequence[str]
) -> tuple[Item, ...]:
    """A list of names to choose from.

    Args:
        names: each with what it is about.
        pick: called with the number of the chosen one.
        also: other words that find each; as many as names, or fewer.
    """
    words = dict(enumerate(also))
    return tuple(
        Item(name, partial(pick, number), about=about, also=words.get(number, ""))
        for number, (name, about) in enumerate(names)
    )


class Chooser:
    """The list.

    Args:
        title: of the box.
        items: all of them; asked again for every search.
        chosen: number of the item to begin with.
        by_path: gets a path that is typed instead of choosing; None: paths mean nothing here.
        back: done when it is given up; None: nothing.
    """

    def __init__(
        self,
        title: str,
        items: Callable[[], Sequence[Item]],
        chosen: int = 0,
        by_path: Callable[[str], None] | None = None,
        back: Then | None = None,
    ) -> None:
        self._title, self._items, self._by_path = title, items, by_path
        self._back = back
        self.line = LineEditor()
        self._all = list(items())
        self.found: list[Item] = list(self._all)
        self.at = max(0, min(chosen, len(self.found) - 1))

    def place(self, width: int, height: int) -> Place:
        """In the middle; as high as all of it, so that it does not jump while one types."""
        return box(width, height, _WIDTH, min(_HEIGHT, max(1, len(self._all)) + 3))

    def draw(self, canvas: Canvas) -> None:
        """What is typed, and what fits."""
        inner = frame(
            canvas,
            self._title,
            "enter chooses  ↑ ↓  esc closes" if self._back is None else "enter chooses  ↑ ↓  esc goes back",
        )
        inner.put(0, 0, "/", "bold accent on panel")
        self.line.draw(inner, 2, 0)
        rows = inner.height - 1
        first = max(0, min(self.at - rows // 2, len(self.found) - rows))
        for row, item in enumerate(self.found[first : first + rows], 1):
            self._draw_item(inner, row, item, first + row - 1 == self.at)
        if self._is_path:
            inner.put(2, 1, "enter goes there, tab completes", "dim on panel")
        elif not self.found:
            inner.put(2, 1, "nothing fits" if self._all else "no rows here yet", "dim on panel")

    @property
    def _is_path(self) -> bool:
        return self._by_path is not None and is_path(self.line.text)

    def _draw_item(self, canvas: Canvas, row: int, item: Item, chosen: bool) -> None:
        back = "selected" if chosen else "panel"
        canvas.put(0, row, "▸" if chosen else "", f"focus on {back}", canvas.width)
        room = canvas.width - 2 - (len(item.right) + 1 if item.right else 0)
        used = 2 + canvas.put(
            2, row, item.label, f"{'bold ' if chosen else ''}text on {back}", min(len(item.label), room)
        )
        if item.about and room - used > 6:
            canvas.put(used + 2, row, item.about, f"dim on {back}", room - used)
        if item.right:
            canvas.put(canvas.width - len(item.right), row, item.right, f"accent on {back}")

    def key(self, key: str, character: str | None) -> Then | None:
        """Chooses, moves, searches."""
        if self._is_path and self._by_path is not None and key in ("enter", "tab"):
            if key == "enter":
                return partial(self._by_path, self.line.text)
            self.line.set(shared_start(paths(self.line.text) or [self.line.text]))
            return None
        if key == "enter":
            # where nothing fits it stays: keys typed ahead would be the desk's
            if not self._all:
                return self._back or nothing
            return self.found[self.at].done if self.found else None
        if key in ("escape", "ctrl+c") or (key in ("backspace", "ctrl+h") and not self.line.text):
            return self._back or nothing
        steps = {
            "down": 1,
            "ctrl+n": 1,
            "tab": 1,
            "up": -1,
            "ctrl+p": -1,
            "shift+tab": -1,
            "pagedown": 10,
            "pageup": -10,
        }
        if key in steps:
            self.at = max(0, min(self.at + steps[key], len(self.found) - 1))
        elif self.line.key(key, character):
            self._search()
        return None

    def paste(self, text: str) -> None:
        """Searches for it."""
        self.line.insert(text)
        self._search()

    def _search(self) -> None:
        self.found, self.at = ([] if self._is_path else matching(self._items(), self.line.text)), 0


def is_path(typed: str) -> bool:
    """Whether a path is being typed, from the root or from the user's own folder."""
    return typed.startswith(("/", "~"))


def matching(items: Sequence[Item], typed: str) -> list[Item]:
    """What fits, the best first; in the given order where nothing is typed."""
    words = typed.casefold().split()
    if not words:
        return list(items)
    ranked = [
        (rank, place, item) for place, item in enumerate(items) if (rank := _rank(item, words)) is not None
    ]
    if not ranked:  # letters in their order, as a last resort
        letters = "".join(words)
        ranked = [
            (0, place, item) for place, item in enumerate(items) if _in_order(letters, item.label.casefold())
        ]
    return [item for _, _, item in sorted(ranked, key=lambda one: one[:2])]


def _rank(item: Item, words: Sequence[str]) -> int | None:
    """How well every word fits: 0 best; None: one does not fit at all."""
    worst = 0
    places = (item.label, item.also, item.about)
    for word in words:
        ranks = [
            rank + (0 if _begins_a_word(word, text) else 3)
            for rank, text in enumerate(one.casefold() for one in places)
            if word in text
        ]
        if not ranks:
            return None
        worst = max(worst, min(ranks))
    return worst


def _begins_a_word(word: str, text: str) -> bool:
    at = text.find(word)
    while at >= 0:
        if at == 0 or not text[at - 1].isalnum():
            return True
        at = text.find(word, at + 1)
    return False


def _in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


def of_names(title: str, names: Sequence[str], pick: Callable[[str], None], chosen: int = 0) -> Chooser:
    """A list of plain names."""
    return Chooser(title, lambda: [Item(name, partial(pick, name)) for name in names], chosen)
