"""The history in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.link.document import StoredSnapshot
from tui.panels.history.undo_tree import Line
from tui.panels.told import Told


def tell_history(
    lines: Sequence[Line],
    marks: Mapping[int, Sequence[str]],
    chosen: int,
    since: Sequence[tuple[str, Sequence[str]]],
    snapshots: Mapping[str, StoredSnapshot | None],
    present: int | None,
) -> Told:
    """States as rows, newest first; what has changed since, and the snapshots.

    Args:
        lines: the states.
        marks: what is said of them besides, by revision.
        chosen: row.
        since: headings, each with what has changed since.
        snapshots: by letter.
        present: the revision that is heard.
    """
    said = [f"{heading}: {'; '.join(changes)}" for heading, changes in since if changes]
    held = [
        f"snapshot {letter}: state {stored.revision} {stored.label}".rstrip()
        for letter, stored in snapshots.items()
        if stored
    ]
    rows = [_state(line, marks.get(line.entry.revision, ()), present) for line in lines]
    count = f"{len(lines)} state{'' if len(lines) == 1 else 's'}" if lines else "nothing has been changed yet"
    return Told(f"history, {count}", [*said, *held], rows, chosen)


def _state(line: Line, marks: Sequence[str], present: int | None) -> str:
    revision = line.entry.revision
    now = ["the present state"] if revision == present else [] if line.on_way else ["not on this way"]
    named = [mark if len(mark) > 1 else f"snapshot {mark}" for mark in marks]
    return ", ".join([f"state {revision}", line.entry.label or "the beginning", *now, *named])
