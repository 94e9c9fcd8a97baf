"""The live session as data, and the events that change it.

Everything that has to survive the engine is in a `Book`, and a book changes only by `apply`: while
the engine runs, and again when its journal is read. An event is a JSON object; `e` says which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engine.server.undo_tree import Step, Tree

Event: TypeAlias = Mapping[str, Any]

#: Letters of the snapshots, in order.
LETTERS = ("A", "B", "C", "D")
_FORMAT = 1


@dataclass
class Loop:
    """The loop.

    Attributes:
        on: in force.
        start_frames: its first frame; −1: none.
        end_frames: the frame after its last; −1: none.
    """

    on: bool = False
    start_frames: int = -1
    end_frames: int = -1


@dataclass
class Book:
    """The live session, and all that a restart brings back.

    Attributes:
        tree: the states of its text.
        saved_revision: the state that is in the session file.
        disk_sha256: of the session file's bytes as last read or written.
        snapshots: by letter, the revision and the label of what is stored there.
        recalled: states that sound as a snapshot and differ from it otherwise: the letter, and the revision
            that was stored under it.
        markers: by song frame, their names.
        loop: stretch of song that is repeated, and whether it is.
        position_frames: where the song was.
        target: the chosen deliverable.
        version: what is played.
        listen: what is heard.
        aim: where `delta` and `band` listen, or what `track` plays (`engine.server.listening`).
        links: stems that move together, each link the names of its stems (`engine.server.linking`).
        compared: what the processed signal is compared with, `dry` or `reference`; None: with nothing.
        matched_db: gains of the processed signal and of what is heard beside it, dB ≤ 0.
        device: the output that is wanted.
        drive: drives solved earlier: deliverable → dB.
        ceiling: ceilings that had to be lowered for them: deliverable → dBTP.
        rendered_revision: the state that was rendered last; None: not known.
        ended: the engine was told to end, and did.
    """

    tree: Tree = field(default_factory=Tree)
    saved_revision: int = 0
    disk_sha256: str = ""
    snapshots: dict[str, tuple[int, str]] = field(default_factory=dict)
    recalled: dict[int, tuple[str, int]] = field(default_factory=dict)
    markers: dict[int, str] = field(default_factory=dict)
    loop: Loop = field(default_factory=Loop)
    position_frames: int = 0
    target: str | None = None
    version: str = "master"
    listen: str = "processed"
    aim: Mapping[str, Any] | None = None
    links: list[list[str]] = field(default_factory=list)
    compared: str | None = None
    matched_db: tuple[float, float] = (0.0, 0.0)
    device: str = "default"
    drive: dict[str, float] = field(default_factory=dict)
    ceiling: dict[str, float] = field(default_factory=dict)
    rendered_revision: int | None = None
    ended: bool = False

    @property
    def text(self) -> str:
        """The live session as TOML."""
        return self.tree.present.text

    @property
    def revision(self) -> int:
        """Of the live session."""
        return self.tree.revision

    @property
    def chosen_snapshot(self) -> str | None:
        """The letter whose sound is the present one."""
        for letter, (revision, _) in self.snapshots.items():
            if revision == self.tree.revision:
                return letter
        letter, of = self.recalled.get(self.tree.revision, ("", -1))
        return letter if self.snapshots.get(letter, (-2, ""))[0] == of else None

    def is_pinned(self, revision: int) -> bool:
        """Whether a state must stay as it is: it is saved, in a snapshot, or others come from it."""
        in_snapshot = any(stored == revision for stored, _ in self.snapshots.values())
        is_kept = revision in (self.saved_revision, self.rendered_revision) or revision in self.recalled
        return is_kept or in_snapshot or self.tree.has_children(revision)


def _common(first: str, second: str) -> int:
    """Length of the beginning that two texts share."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[:middle] == second[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def step_event(tree: Tree, step: Step, *, instead_of: int | None = None) -> Event:
    """The event that adds a state; its text travels as what differs from its parent's."""
    parent = tree.steps.get(step.parent) if step.parent is not None else None
    former = "" if parent is None else parent.text
    head = _common(former, step.text)
    rest_before, rest_after = former[head:], step.text[head:]
    tail = _common(rest_before[::-1], rest_after[::-1])
    event: dict[str, Any] = {
        "e": "step",
        "revision": step.revision,
        "parent": step.parent,
        "label": step.label,
        "time": step.time_s,
        "key": step.key,
        "head": head,
        "tail": tail,
        "text": rest_after[: len(rest_after) - tail],
    }
    if instead_of is not None:
        event["instead"] = instead_of
    return event


def _step_of(tree: Tree, event: Event) -> Step:
    parent = event["parent"]
    former = "" if parent is None or parent not in tree.steps else tree.steps[parent].text
    head, tail = int(event["head"]), int(event["tail"])
    if min(head, tail) < 0 or head + tail > len(former):
        raise ValueError("a state does not fit its parent")
    text = former[:head] + str(event["text"]) + former[len(former) - tail :]
    return Step(
        int(event["revision"]), parent, str(event["label"]), float(event["time"]), text, str(event["key"])
    )


def _apply_step(book: Book, event: Event) -> None:
    tree = book.tree
    tree.add(_step_of(tree, event), instead_of=event.get("instead"))
    kept = {book.saved_revision, *(revision for revision, _ in book.snapshots.values())}
    tree.forget(kept if book.rendered_revision is None else kept | {book.rendered_revision})


def _apply_go(book: Book, event: Event) -> None:
    book.tree.go(event["revision"])


def _apply_saved(book: Book, event: Event) -> None:
    book.saved_revision, book.disk_sha256 = int(event["revision"]), str(event["sha256"])


def _apply_snapshot(book: Book, event: Event) -> None:
    if event["revision"] not in book.tree.steps or event["letter"] not in LETTERS:
        raise ValueError("a snapshot of an unknown state")
    book.snapshots[event["letter"]] = (event["revision"], str(event["label"]))


def _apply_recalled(book: Book, event: Event) -> None:
    known = {revision: one for revision, one in book.recalled.items() if revision in book.tree.steps}
    book.recalled = {**known, int(event["revision"]): (str(event["letter"]), int(event["of"]))}


def _apply_marker(book: Book, event: Event) -> None:
    if event["name"] is None:
        book.markers.pop(int(event["frames"]), None)
    else:
        book.markers[int(event["frames"])] = str(event["name"])


def _apply_loop(book: Book, event: Event) -> None:
    book.loop = Loop(bool(event["on"]), int(event["start"]), int(event["end"]))


def _apply_drive(book: Book, event: Event) -> None:
    book.drive[str(event["target"])] = float(event["db"])


def _apply_ceiling(book: Book, event: Event) -> None:
    if event["dbtp"] is None:
        book.ceiling.pop(str(event["target"]), None)
    else:
        book.ceiling[str(event["target"])] = float(event["dbtp"])


def _apply_value(book: Book, event: Event) -> None:
    name, value = event["name"], event["value"]
    setattr(book, _VALUES[name][0], _VALUES[name][1](value))


def _apply_all(book: Book, event: Event) -> None:
    """A whole book in one event: nobody ever sees half of it."""
    if event["format"] != _FORMAT:
        raise ValueError("a journal of another format")
    for part in event["events"]:
        apply(book, part)
    book.tree.onward = {int(parent): int(child) for parent, child in event["onward"]}
    book.tree.highest = int(event["highest"])
    book.tree.revision = book.tree.steps[event["revision"]].revision


_APPLY = {
    "step": _apply_step,
    "go": _apply_go,
    "saved": _apply_saved,
    "snapshot": _apply_snapshot,
    "recalled": _apply_recalled,
    "marker": _apply_marker,
    "loop": _apply_loop,
    "drive": _apply_drive,
    "ceiling": _apply_ceiling,
    "value": _apply_value,
    "all": _apply_all,
}

#: Plain values of a book by their names in events: the attribute, and what makes a value fit it.
_VALUES: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "position": ("position_frames", int),
    "target": ("target", lambda value: None if value is None else str(value)),
    "version": ("version", str),
    "listen": ("listen", str),
    "aim": ("aim", lambda value: None if value is None else dict(value)),
    "links": ("links", lambda value: [[str(name) for name in group] for group in value]),
    "compared": ("compared", lambda value: None if value is None else str(value)),
    "matched": ("matched_db", lambda value: (float(value[0]), float(value[1]))),
    "device": ("device", str),
    "rendered": ("rendered_revision", lambda value: None if value is None else int(value)),
    "ended": ("ended", bool),
}


def apply(book: Book, event: Event) -> None:
    """Changes `book` as `event` says.

    Raises:
        KeyError, TypeError, ValueError: it is none of ours, or does not fit; the book may be half changed.
    """
    _APPLY[event["e"]](book, event)


def value_event(name: str, value: Any) -> Event:
    """The event that sets one of the plain values."""
    assert name in _VALUES
    return {"e": "value", "name": name, "value": value}


def whole(book: Book) -> Event:
    """The event that makes an equal book out of an empty one."""
    parts: list[Event] = []
    grown = Tree()
    for step in book.tree.steps.values():
        parts.append(step_event(grown, step))
        grown.add(step)
    parts.append({"e": "saved", "revision": book.saved_revision, "sha256": book.disk_sha256})
    parts.extend(
        {"e": "snapshot", "letter": letter, "revision": revision, "label": label}
        for letter, (revision, label) in book.snapshots.items()
    )
    parts.extend(
        {"e": "recalled", "letter": letter, "of": of, "revision": revision}
        for revision, (letter, of) in book.recalled.items()
        if revision in book.tree.steps
    )
    parts.extend({"e": "marker", "frames": frames, "name": name} for frames, name in book.markers.items())
    loop = book.loop
    parts.append({"e": "loop", "on": loop.on, "start": loop.start_frames, "end": loop.end_frames})
    parts.extend({"e": "drive", "target": target, "db": drive_db} for target, drive_db in book.drive.items())
    parts.extend({"e": "ceiling", "target": target, "dbtp": dbtp} for target, dbtp in book.ceiling.items())
    parts.extend(value_event(name, getattr(book, _VALUES[name][0])) for name in _VALUES)
    return {
        "e": "all",
        "format": _FORMAT,
        "events": parts,
        "onward": list(book.tree.onward.items()),
        "revision": book.tree.revision,
        "highest": book.tree.highest,
    }
