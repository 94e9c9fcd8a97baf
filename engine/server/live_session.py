"""The live session: edits, undo tree, snapshots, markers. The engine owns it; consoles send wishes.

A change is an event (`engine.server.session_state`) that first goes into the journal and is then applied,
so that what is remembered after a crash is what was there before it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine.errors import StemlatheError
from engine.link.failures import MessageRefused
from engine.server.bounds import LARGEST_TEXT
from engine.server.journal import Journal
from engine.server.linking import renamed, with_linked
from engine.server.opening import adopting, disk_sha256, opened_book
from engine.server.recent_edits import RecentEdits
from engine.server.session_state import Event, apply, step_event, value_event
from engine.server.sound import sound_changes
from engine.server.undo_tree import Step
from engine.session.comparing import Difference, differences, label_of
from engine.session.editing import Change, TextEditor, changed_tree, parse_session
from engine.session.files import read_session_text, read_text_session
from engine.session.model import Deliverable, Session
from engine.session.reading import key_text
from engine.session.validate import session_from_tree
from engine.session.versions import MASTER, STEMS, known_versions

#: Changes of the same value within this time are one step of the undo history, s.
ONE_STEP_S = 1.0
#: States of the history that are kept as data: the saved one and where the present gesture began.
_SESSIONS = 4


#: Plain values of the book whose attribute is called otherwise.
_ATTRIBUTES = {"position": "position_frames", "matched": "matched_db", "rendered": "rendered_revision"}


class LiveSession:
    """The session as it is now.

    Args:
        path: the session file.
        journal: its journal, just opened.

    Attributes:
        path: absolute.
        book: everything that survives.
        session: the present state, checked.
        opening_notice: what has to be told about how it was opened; None: nothing.

    Raises:
        SessionError: neither the file nor the journal holds a session that can be used.
        MachineError: the journal cannot be written.
    """

    def __init__(self, path: Path, journal: Journal) -> None:
        self.path = path.absolute()
        self._journal = journal
        self.book, self.opening_notice = opened_book(self.path, journal.found)
        self._editor = TextEditor(self.book.text, self.path)
        self.session: Session = session_from_tree(self._editor.tree, self.path)
        self._recent = RecentEdits(self.book.revision)
        self._sessions: dict[int, Session] = {}
        journal.begin(self.book)

    # ------------------------------------------------------------------------------- events

    def record(self, event: Event) -> None:
        """Journals an event and applies it."""
        self._journal.append(event)
        apply(self.book, event)

    def set_value(self, name: str, value: Any) -> None:
        """Records one of the plain values, if it is new."""
        event = value_event(name, value)
        attribute = _ATTRIBUTES.get(name, name)
        if getattr(self.book, attribute) != value:
            self.record(event)

    def maintain(self) -> None:
        """Rewrites the journal when it has grown too much."""
        if self._journal.wants_compacting:
            self._journal.compact(self.book)

    @property
    def journal_failure(self) -> str | None:
        """Why edits may not survive a crash; None while they do."""
        return self._journal.failure

    # -------------------------------------------------------------------------------- edits

    def change(
        self,
        changes: Sequence[Change],
        *,
        client: object = None,
        base: int | None = None,
        label: str | None = None,
    ) -> bool:
        """Applies changes as one step, all or none; one that quickly follows one of the same place joins it.

        Args:
            changes: as of `engine.session.editing.with_changes`.
            client: who asks.
            base: revision that the asker saw; None: does not matter.
            label: for the history; made from the declarations by default.

        Returns:
            Whether anything is different now.

        Raises:
            SessionError: a rule is broken.
            MessageRefused: kind `stale`: somebody else has changed the same since.
        """
        wanted = self._wanted(changes, client, base)
        key = key_text(changes[0][0]) if len(changes) == 1 and label is None else ""
        before = self.session
        made = self._take(lambda: self._editor.changed(wanted), client, key, label)
        self.set_value("links", renamed(self.book.links, before, self.session))
        return made

    def foreseen(
        self, changes: Sequence[Change], *, client: object = None, base: int | None = None
    ) -> Session:
        """The session that `change` would lead to; nothing is changed, and no text is made.

        Args:
            changes: as of `change`.
            client: who asks.
            base: revision that the asker saw; None: does not matter.

        Raises:
            SessionError, MessageRefused: as of `change`.
        """
        tree = changed_tree(self._editor.tree, self._wanted(changes, client, base), self.path)
        return session_from_tree(tree, self.path, (self._editor.tree, self.session))

    def _wanted(self, changes: Sequence[Change], client: object, base: int | None) -> list[Change]:
        """Changes with what links and sections add to them, if nobody else has been there."""
        self._recent.refuse_stale([key for key, _ in changes], client, base)
        return self._with_sections(with_linked(self._editor.tree, self.book.links, changes))

    def move_stem(self, place: int, to: int, *, client: object = None, base: int | None = None) -> bool:
        """Puts a stem at another place in the list; its block of the file goes with its comments.

        Args:
            place: of the stem, from 0.
            to: where it goes, from 0.
            client: who asks.
            base: revision that the asker saw; None: does not matter.

        Returns:
            Whether anything is different now.

        Raises:
            SessionError: there is no such stem.
            MessageRefused: kind `stale`: somebody else has changed stems since.
        """
        self._recent.refuse_stale([("stems",)], client, base)
        stems = self.session.stems
        name = stems[place].name if 0 <= place < len(stems) else ""
        label = f"{name} is stem {to + 1}"
        return self._take(lambda: self._editor.moved("stems", place, to), client, "", label)

    def _take(self, edit: Callable[[], str], client: object, key: str, label: str | None) -> bool:
        """Makes what `edit` leaves of the text the present state, if it is a session."""
        former_text, former_tree = self._editor.text, self._editor.tree
        try:
            text = edit()
            session = session_from_tree(self._editor.tree, self.path, (former_tree, self.session))
        except StemlatheError:
            self._editor.replace(former_text)
            raise
        if text == former_text:
            return False
        if len(text) > LARGEST_TEXT and len(text) > len(former_text):
            self._editor.replace(former_text)
            raise MessageRefused(
                f"the session would grow beyond {LARGEST_TEXT:,} characters: shorten its notes",
                kind="too_long",
            )
        found = list(differences(former_tree, self._editor.tree))
        parent = self._parent_of_gesture(key)
        if parent is not None and session == self._session_at(parent):
            # the gesture has taken itself back: that is no state of its own
            self.go(parent, client=client)
            return True
        self.record(self._step(text, found, parent, key, label))
        self.session = session
        self._note_saved()
        self._recent.add(self.book.revision, client, found)
        return True

    def _session_at(self, revision: int) -> Session:
        """A state of the history as data; the last ones are remembered."""
        known = self._sessions.get(revision)
        if known is None:
            text = self.book.tree.steps[revision].text
            known = self._sessions[revision] = session_from_tree(parse_session(text, self.path), self.path)
            for old in list(self._sessions)[:-_SESSIONS]:
                del self._sessions[old]
        return known

    def _note_saved(self) -> None:
        """Takes note that the session file holds the present values, whatever way they have come back."""
        book = self.book
        saved = book.saved_revision
        known = saved != book.revision and saved in book.tree.steps
        if known and self._session_at(saved) == self.session:
            self.saved(book.revision, book.disk_sha256)

    def _with_sections(self, changes: Sequence[Change]) -> list[Change]:
        """Sections that the file does not have yet are made on the way."""
        complete: list[Change] = []
        known = set(self._editor.tree)
        for key, value in changes:
            if (
                len(key) > 1
                and key[0] in ("master", "reference")
                and key[0] not in known
                and value is not None
            ):
                complete.append(((key[0],), {}))
                known.add(str(key[0]))
            complete.append((key, value))
        return complete

    def _parent_of_gesture(self, key: str) -> int | None:
        """Where the present step began, if a change of `key` now belongs to it; else None."""
        present, parent = self.book.tree.present, self.book.tree.present.parent
        joins = key and present.key == key and 0.0 <= time.time() - present.time_s < ONE_STEP_S
        kept = self.book.is_pinned(present.revision) or parent not in self.book.tree.steps
        return parent if joins and not kept else None

    def _step(
        self, text: str, found: Sequence[Difference], begun: int | None, key: str, label: str | None
    ) -> Event:
        """The event that adds a state, or takes the present one's place in a gesture that has begun."""
        tree = self.book.tree
        present = tree.present.revision
        if begun is not None:
            before = TextEditor(tree.steps[begun].text, self.path).tree
            found = list(differences(before, self._editor.tree))
        label = label or label_of(self._editor.tree, found)
        step = Step(tree.highest + 1, present if begun is None else begun, label, time.time(), text, key)
        return step_event(tree, step, instead_of=None if begun is None else present)

    # -------------------------------------------------------------------------- undo history

    def go(self, revision: int, *, client: object = None) -> None:
        """Makes another state of the history the present one.

        Raises:
            MessageRefused: there is no such state (kind `no_revision`).
        """
        if revision not in self.book.tree.steps:
            raise MessageRefused(f"there is no state {revision} in the history", kind="no_revision")
        if revision == self.book.revision:
            return
        before = self._editor.tree
        self._editor.replace(self.book.tree.steps[revision].text)
        self.session = session_from_tree(self._editor.tree, self.path)
        self.record({"e": "go", "revision": revision})
        self._note_saved()
        self._recent.add(self.book.revision, client, differences(before, self._editor.tree))

    def undo(self, *, client: object = None) -> None:
        """Takes the last edit back.

        Raises:
            MessageRefused: there is none (kind `nothing_to_undo`).
        """
        step = self.book.tree.undo
        if step is None:
            raise MessageRefused("there is nothing to undo", kind="nothing_to_undo")
        self.go(step.revision, client=client)

    def redo(self, *, client: object = None) -> None:
        """Makes the edit again that was taken back last.

        Raises:
            MessageRefused: there is none (kind `nothing_to_redo`).
        """
        step = self.book.tree.redo
        if step is None:
            raise MessageRefused("there is nothing to redo", kind="nothing_to_redo")
        self.go(step.revision, client=client)

    def store_snapshot(self, letter: str) -> None:
        """Keeps the present state under a letter."""
        present = self.book.tree.present
        event = {"e": "snapshot", "letter": letter, "revision": present.revision, "label": present.label}
        self.record(event)

    def recall_snapshot(self, letter: str, *, client: object = None) -> None:
        """Makes the present session sound as what is stored under a letter.

        Chains, trims and mutes come back; files, corrections, titles and deliverables stay as they are now.

        Raises:
            MessageRefused: nothing is stored (kind `no_snapshot`).
        """
        stored = self.book.snapshots.get(letter)
        if stored is None:
            raise MessageRefused(f"nothing is stored under {letter}: store it first", kind="no_snapshot")
        former = self._editor.text
        wanted = TextEditor(self.book.tree.steps[stored[0]].text, self.path)
        changes = self._with_sections(sound_changes(self._editor.tree, wanted.tree))
        text = self._editor.changed(changes) if changes else former
        self._editor.replace(former)
        # states that were there already are gone to: switching to and fro leaves one step each
        known = [stored[0], self.book.revision, *self.book.recalled]
        steps = self.book.tree.steps
        alike = [one for one in known if one in steps and steps[one].text == text]
        if alike:
            self.go(alike[0], client=client)
        else:
            self.change(changes, client=client, label=f"snapshot {letter}")
        if self.book.revision != stored[0]:
            self.record({"e": "recalled", "letter": letter, "of": stored[0], "revision": self.book.revision})

    # ------------------------------------------------------------------------------- saving

    @property
    def is_saved(self) -> bool:
        """Whether the session file holds the present state."""
        return self.book.revision == self.book.saved_revision

    def has_changed_on_disk(self) -> bool:
        """Whether another program has written the session file."""
        disk = disk_sha256(self.path)
        return disk not in ("", self.book.disk_sha256)

    def saved(self, revision: int, sha256: str) -> None:
        """Takes note that the file holds the state `revision`."""
        self.record({"e": "saved", "revision": revision, "sha256": sha256})

    def adopt_from_disk(self) -> None:
        """Takes over what another program has written, as a step of its own.

        Raises:
            SessionError: it cannot be used.
        """
        text = read_session_text(self.path)
        session = read_text_session(text, self.path)
        before = self._editor.tree
        for event in adopting(self.path, self.book, text, disk_sha256(self.path)):
            self.record(event)
        self._editor.replace(text)
        self.session = session
        self._recent.add(self.book.revision, None, differences(before, self._editor.tree))

    # --------------------------------------------------------------------- target and version

    @property
    def deliverable(self) -> Deliverable | None:
        """The chosen deliverable, if the session has it."""
        return next((one for one in self.session.deliverables if one.name == self.book.target), None)

    def choose_target(self, name: str | None) -> None:
        """Chooses a deliverable.

        Raises:
            MessageRefused: there is none of that name (kind `no_deliverable`).
        """
        names = [one.name for one in self.session.deliverables]
        if name is not None and name not in names:
            known = ", ".join(names) or "none"
            raise MessageRefused(
                f"there is no deliverable '{name}': this session has {known}", kind="no_deliverable"
            )
        self.set_value("target", name)

    @property
    def version(self) -> str:
        """The chosen version, if the session has it, else the master."""
        return self.book.version if self.book.version in known_versions(self.session) else MASTER

    def choose_version(self, name: str) -> None:
        """Chooses a version.

        Raises:
            MessageRefused: it cannot be played (kind `no_version`).
        """
        known = [one for one in known_versions(self.session) if one != STEMS]
        if name not in known:
            raise MessageRefused(
                f"there is no version '{name}' to play: there are {', '.join(known)}", kind="no_version"
            )
        self.set_value("version", name)
