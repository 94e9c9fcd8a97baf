"""What was asked for and not yet answered: shown at once, so that a key feels instant.

An answer is awaited for every value. Once the engine has confirmed it and its own picture holds it,
or once it has refused it, the value here is forgotten and the engine's is shown.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import StemlatheError
from engine.link.document import Document
from engine.link.records import State
from engine.session.editing import Change, tree_with_changes
from engine.session.model import Session
from engine.session.reading import KeyPath
from engine.session.validate import session_from_tree
from tui.controls.places import replaced
from tui.controls.written import written
from tui.view import View

#: A command without an answer is no longer believed in after this time, s.
PATIENCE_S = 2.0
#: An edit of structure without an answer, or without the picture that has it, s.
EDIT_PATIENCE_S = 10.0
#: Longest wait for the engine's picture after a confirmation, s.
SETTLING_S = 1.0


_NO_VIEW = View()


@dataclass(slots=True)
class _Waiting:
    value: Any
    id: int
    since_s: float
    confirmed: bool = False
    revision: int | None = None


class Pending:
    """Values that wait for the engine.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._session: dict[KeyPath, _Waiting] = {}
        self._snapshot: dict[tuple[str, str], _Waiting] = {}
        self._made: tuple[Session | None, Session | None] = (None, None)
        #: Edits of structure, in the order they were asked for: the next one is made of what they leave.
        self._edits: list[_Waiting] = []
        self._edited: tuple[Document, Mapping[str, Any] | None, Session | None] | None = None

    def __bool__(self) -> bool:
        return bool(self._session or self._snapshot or self._edits)

    @property
    def edits(self) -> bool:
        """Whether an edit of the session waits for its answer, or for the picture that has it."""
        return bool(self._session or self._edits)

    def expect(self, id: int, values: Mapping[KeyPath, Any]) -> None:
        """Session values that command `id` sets."""
        now_s = self._clock()
        for path, value in values.items():
            self._session.pop(path, None)  # the newest goes last, over a whole chain set before
            self._session[path] = _Waiting(value, id, now_s)
        self._made = (None, None)

    def expect_edit(self, id: int, changes: Sequence[Change]) -> None:
        """Changes of structure that command `id` makes: processors, bands, deliverables come and go.

        What was made of the text before the engine has told the new one would take them back.
        """
        for key, _ in changes:
            # a whole chain holds what was set in it before
            covered = [path for path in self._session if path[: len(key)] == key]
            for path in covered:
                del self._session[path]
        self._edits.append(_Waiting(tuple(changes), id, self._clock()))
        self._made, self._edited = (None, None), None

    def expect_state(self, id: int, part: str, values: Mapping[str, Any]) -> None:
        """Fields of a part of the snapshot (`monitor`, `transport`) that command `id` sets.

        NaN is not known until the others of that command are there.
        """
        for name, value in values.items():
            self._snapshot[part, name] = _Waiting(value, id, self._clock())

    def answered(self, id: int, *, done: bool, revision: int | None = None) -> None:
        """The engine's answer to command `id`."""
        for waiting in (*self._session.values(), *self._snapshot.values(), *self._edits):
            if waiting.id == id and done:
                waiting.confirmed, waiting.revision, waiting.since_s = True, revision, self._clock()
        if not done:
            self._session = {key: kept for key, kept in self._session.items() if kept.id != id}
            self._snapshot = {key: kept for key, kept in self._snapshot.items() if kept.id != id}
            self._edits = [kept for kept in self._edits if kept.id != id]
            self._made, self._edited = (None, None), None

    def values(self) -> dict[KeyPath, Any]:
        """Session values that wait, by key, in the order they were asked for."""
        return {path: waiting.value for path, waiting in self._session.items()}

    def forget(self) -> None:
        """Another engine: nothing is awaited any more."""
        self._session.clear()
        self._snapshot.clear()
        self._edits.clear()
        self._made, self._edited = (None, None), None

    def shown(self, view: View) -> View:
        """`view` as it will be once everything is answered; the same object where nothing waits."""
        if not self:
            return view
        self._settle(view)
        if not self:
            return view
        changes: dict[str, Any] = {}
        session = view.session
        if self._edits and session is not None:
            changes["pending_tree"], session = self._with_edits(view.document, session)
            changes["session"] = session
        if self._session and session is not None:
            changes["session"] = self._with_values(session)
        parts: dict[str, dict[str, Any]] = {}
        for (part, name), waiting in self._snapshot.items():
            parts.setdefault(part, {})[name] = waiting.value
        if parts:
            new = {part: getattr(view.snapshot, part)._replace(**values) for part, values in parts.items()}
            changes["snapshot"] = dataclasses.replace(view.snapshot, **new)
        return dataclasses.replace(view, **changes)

    def _with_edits(self, document: Document, session: Session) -> tuple[Mapping[str, Any] | None, Session]:
        """The tree that all edits leave, and the session that it describes."""
        if self._edited is None or self._edited[0] is not document:
            tree, path = written(dataclasses.replace(_NO_VIEW, document=document)), session.path
            self._edited = (document, None, None)
            for edit in self._edits if tree is not None else ():
                try:
                    changed = tree_with_changes(tree or {}, edit.value, path)
                    made = session_from_tree(changed, path)
                except StemlatheError:
                    continue  # the engine will say what is wrong with it
                tree = changed
                self._edited = (document, tree, made)
        _, shown, made_session = self._edited
        return shown, made_session or session

    def _with_values(self, session: Session) -> Session:
        if self._made[0] is not session:
            made = session
            for path, waiting in self._session.items():
                try:
                    made = replaced(made, path, waiting.value)
                except LookupError:
                    continue  # it is no longer there; the engine will say so
            self._made = (session, made)
        assert self._made[1] is not None
        return self._made[1]

    def _settle(self, view: View) -> None:
        now_s, revision = self._clock(), view.document.revision
        if view.snapshot.transport.state is State.LOADING and not view.engine_is_lost:
            # the engine has it, and does it once it is loaded: that may take a minute after an update
            for waiting in (*self._session.values(), *self._snapshot.values(), *self._edits):
                waiting.since_s = now_s
        for path, waiting in list(self._session.items()):
            reached = waiting.revision is not None and revision >= waiting.revision
            if _is_over(waiting, now_s) or (waiting.confirmed and reached):
                del self._session[path]
                self._made = (None, None)
        for edit in list(self._edits):
            reached = edit.revision is not None and revision >= edit.revision
            # of an edit it is known which revision has it: until that is published, it is not taken back
            if now_s - edit.since_s > EDIT_PATIENCE_S or (edit.confirmed and reached):
                self._edits.remove(edit)
                self._made, self._edited = (None, None), None
        for key, waiting in list(self._snapshot.items()):
            now = getattr(getattr(view.snapshot, key[0]), key[1])
            if waiting.value != waiting.value:
                others = [one for other, one in self._snapshot.items() if other != key]
                reached = all(one.id != waiting.id for one in others)
            else:
                reached = waiting.confirmed and now == waiting.value
            if _is_over(waiting, now_s) or reached:
                del self._snapshot[key]


def _is_over(waiting: _Waiting, now_s: float) -> bool:
    return now_s - waiting.since_s > (SETTLING_S if waiting.confirmed else PATIENCE_S)
