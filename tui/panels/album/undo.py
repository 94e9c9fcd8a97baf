"""Undo of what the album view has done to the album file: former texts, put back as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.session.album.files import restore_album
from engine.session.files import read_session_text

#: Steps that are remembered.
_STEPS = 200


@dataclass(frozen=True)
class _Step:
    """One edit: of which file, what it was about, its text before and after."""

    path: Path
    label: str
    before: str
    after: str


class AlbumUndo:
    """Remembers edits of album files, as long as the console runs."""

    def __init__(self) -> None:
        self._done: list[_Step] = []
        self._undone: list[_Step] = []

    def watch(self, path: Path, label: str, change: Callable[[], object]) -> None:
        """Makes a change and remembers it; raises what the change raises."""
        before = read_session_text(path)
        change()
        after = read_session_text(path)
        if after != before:
            self._done = [*self._done[1 - _STEPS :], _Step(path, label, before, after)]
            self._undone.clear()

    def undo(self, path: Path) -> str | None:
        """Takes the newest edit of that file back.

        Returns:
            What it was about; None: there is none.

        Raises:
            StemlatheError: another program has changed the file since, or it cannot be written.
        """
        if not self._done or self._done[-1].path != path:
            return None
        step = self._done[-1]
        restore_album(path, step.after, step.before)
        self._undone.append(self._done.pop())
        return step.label

    def redo(self, path: Path) -> str | None:
        """Makes it again; returns and raises as `undo`."""
        if not self._undone or self._undone[-1].path != path:
            return None
        step = self._undone[-1]
        restore_album(path, step.before, step.after)
        self._done.append(self._undone.pop())
        return step.label
