"""How a live session begins: from its file, or from the edits that the journal has kept."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from engine.errors import SessionError
from engine.server.session_state import Book, Event, apply, step_event
from engine.server.undo_tree import Step, Tree
from engine.session.files import read_session_text, read_text_session

#: What has to be told: a stable code and a sentence.
Told = tuple[str, str]


def disk_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def opened_book(path: Path, found: Book | None) -> tuple[Book, Told | None]:
    """The book to begin with, and what has to be told about how it was opened; None: nothing.

    Args:
        path: the session file.
        found: what the journal has kept; None: nothing.

    Raises:
        SessionError: neither of them holds a session that can be used.
    """
    try:
        text = read_session_text(path)
        read_text_session(text, path)
    except SessionError as error:
        if found is None:
            raise
        message = f"{error.message}; going on with the edits that were kept: save writes them"
        return found, ("session_unusable", message)
    disk = disk_sha256(path)
    if found is None:
        book = Book()
        apply(book, step_event(Tree(), Step(1, None, "opened", time.time(), text)))
        apply(book, {"e": "saved", "revision": 1, "sha256": disk})
        return book, None
    if disk != found.disk_sha256 and text != found.tree.steps[found.saved_revision].text:
        for event in adopting(path, found, text, disk):
            apply(found, event)
        return found, ("changed_on_disk", f"{path.name} was changed on disk: undo leads back to your edits")
    if disk != found.disk_sha256:
        apply(found, {"e": "saved", "revision": found.saved_revision, "sha256": disk})
    return found, None


def adopting(path: Path, book: Book, text: str, disk: str) -> list[Event]:
    """The events that make the file's text the present state.

    Args:
        path: the file.
        book: that they are for.
        text: of the file.
        disk: its SHA-256.
    """
    label = f"{path.name} changed on disk"
    step = Step(book.tree.highest + 1, book.revision, label, time.time(), text)
    return [step_event(book.tree, step), {"e": "saved", "revision": step.revision, "sha256": disk}]
