"""The undo tree: every state the session's text has had, and how it came to be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

#: States that are kept; the oldest that nothing needs go first.
LARGEST = 1000


@dataclass(frozen=True)
class Step:
    """One state of the session.

    Attributes:
        revision: its number; never given twice.
        parent: the state it was made from; None: the first, or that has been forgotten.
        label: what was changed, one line.
        time_s: when, seconds since the epoch.
        text: the session file's text.
        key: what quick successive changes of the same thing share; empty: not one of these.
    """

    revision: int
    parent: int | None
    label: str
    time_s: float
    text: str
    key: str = ""


@dataclass
class Tree:
    """The states, and which of them is the present one.

    Attributes:
        steps: by revision, in the order they were made.
        revision: the present one.
        highest: largest number given so far.
        onward: per state, which of its children was visited last: where redo leads.
    """

    steps: dict[int, Step] = field(default_factory=dict)
    revision: int = 0
    highest: int = 0
    onward: dict[int, int] = field(default_factory=dict)

    @property
    def present(self) -> Step:
        """The present state."""
        return self.steps[self.revision]

    @property
    def undo(self) -> Step | None:
        """The state before this one."""
        parent = self.present.parent
        return None if parent is None else self.steps.get(parent)

    @property
    def redo(self) -> Step | None:
        """The state that was left last by undo."""
        child = self.onward.get(self.revision)
        return None if child is None else self.steps.get(child)

    def add(self, step: Step, *, instead_of: int | None = None) -> None:
        """Makes a new state the present one.

        Args:
            step: with a number of its own.
            instead_of: the present state, when the new one takes its place.
        """
        if instead_of is not None:
            del self.steps[instead_of]
        self.steps[step.revision] = step
        self.highest = max(self.highest, step.revision)
        self.go(step.revision)

    def go(self, revision: int) -> None:
        """Makes another state the present one.

        Raises:
            KeyError: there is none of that number.
        """
        step: Step | None = self.steps[revision]
        self.revision = revision
        while step is not None and step.parent is not None:
            self.onward[step.parent] = step.revision
            step = self.steps.get(step.parent)

    def has_children(self, revision: int) -> bool:
        """Whether another state was made from this one."""
        return any(step.parent == revision for step in self.steps.values())

    def forget(self, kept: Iterable[int]) -> None:
        """Drops the oldest states beyond LARGEST, but none that is named or is the present one."""
        if len(self.steps) <= LARGEST:
            return
        needed = {self.revision, *kept}
        for revision in [number for number in self.steps if number not in needed]:
            if len(self.steps) <= LARGEST:
                break
            del self.steps[revision]
            self.onward.pop(revision, None)
            for child in [step for step in self.steps.values() if step.parent == revision]:
                self.steps[child.revision] = replace(child, parent=None)
        self.onward = {parent: child for parent, child in self.onward.items() if child in self.steps}
