"""The undo tree as lines: what was made from what. Pure functions on the document's list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.link.document import HistoryStep

#: Branches beside each other that are drawn; more share the last lane.
LANES = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One state.

    Attributes:
        entry: of the document's `history`.
        lanes: what is drawn before it, two cells a lane: `● `, `│ ○ `, `├─┘ `.
        on_way: the present state was made from it, or is it.
    """

    entry: HistoryStep
    lanes: str
    on_way: bool


def tree_lines(history: Sequence[HistoryStep], present: int | None) -> list[Line]:
    """The states, newest first, the way to the present one in the leftmost lane.

    Args:
        history: parents before their children.
        present: the revision that is heard.
    """
    way = set(_way(history, present))
    lanes: list[int | None] = [present]
    lines = []
    for entry in reversed(history):
        revision = entry.revision
        mine = [index for index, waited in enumerate(lanes) if waited == revision]
        if not mine:
            mine = [_free(lanes)]
        lane = mine[0]
        begun = revision == present or lane != 0
        lines.append(Line(entry, _drawn(lanes, mine, revision, present, way), revision in way))
        for index in mine[1:]:
            lanes[index] = None
        lanes[lane] = entry.parent if begun or revision in way else None
        while len(lanes) > 1 and lanes[-1] is None:
            lanes.pop()
    return lines


def _free(lanes: list[int | None]) -> int:
    """A lane for a branch that ends here; the first belongs to the present state."""
    for index in range(1, len(lanes)):
        if lanes[index] is None:
            return index
    lanes.append(None)
    return len(lanes) - 1


def _drawn(
    lanes: Sequence[int | None], mine: Sequence[int], revision: int, present: int | None, way: set[int]
) -> str:
    """The lanes beside one state; those that end in it join it from the right."""
    cells = []
    last = mine[-1]
    for index in range(min(max(len(lanes), last + 1), LANES)):
        joined = mine[0] < index < last
        if index == mine[0]:
            glyph = "●" if revision == present else "◉" if revision in way else "○"
        elif index in mine:
            glyph = "┘" if index == last else "┴"
        elif index == 0 and lanes[0] == present:
            glyph = "─" if joined else " "  # above the present state its lane has not begun
        elif lanes[index] is not None:
            glyph = "┼" if joined else "│"
        else:
            glyph = "─" if joined else " "
        cells.append(glyph + ("─" if mine[0] <= index < last else " "))
    return "".join(cells)


def _way(history: Sequence[HistoryStep], revision: int | None) -> list[int]:
    """A state and those it was made from, newest first."""
    parents = {entry.revision: entry.parent for entry in history}
    way: list[int] = []
    while revision is not None and revision in parents:
        way.append(revision)
        revision = parents[revision]
    return way


def steps_between(
    history: Sequence[HistoryStep], old: int | None, new: int | None
) -> tuple[list[str], list[str]]:
    """How to get from one state to another.

    Returns:
        labels of the steps that are taken back, newest first, and of those that are made, oldest first.
    """
    labels = {entry.revision: entry.label for entry in history}
    from_old, to_new = _way(history, old), _way(history, new)
    common = set(from_old) & set(to_new)
    undone = [labels[revision] for revision in from_old if revision not in common]
    made = [labels[revision] for revision in to_new if revision not in common]
    return undone, made[::-1]
