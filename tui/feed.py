"""From the engine to a `View`, frame by frame: only what has changed is decoded again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import StemlatheError
from engine.link.document import NO_DOCUMENT
from engine.link.failures import NoEngineError
from engine.link.history import NO_HISTORY, History
from engine.link.messages import Message
from engine.link.records import CloseUp, Kind, Role, StemCloseUp
from engine.link.snapshot import NO_CLOSE_UP, Snapshot
from engine.link.ticks import TickReading
from engine.processes.client import Client, Health, attach_to
from engine.processes.registry import Entry, running
from engine.session.files import read_text_session
from engine.session.model import Session
from tui.view import EMPTY, Focus, View

#: How often a lost engine is looked for: somebody else may have started it again, s.
_SEARCH_S = 0.5


class Feed:
    """What a console knows of its engine. Of one thread, except `send`.

    Args:
        client: attached.

    Attributes:
        client: exchanged when another engine takes over the session.
        wanted: the role that was asked for, and is asked for again.
    """

    def __init__(self, client: Client, wanted: Role = Role.CONTROLLER) -> None:
        self.client = client
        self.wanted = wanted
        self._session_path = client.entry.session
        self._snapshot: Snapshot = EMPTY
        self._history: History = NO_HISTORY
        self._close_up: CloseUp = NO_CLOSE_UP
        self._stems_close_up: tuple[StemCloseUp, ...] = ()
        self._reading: TickReading | None = None
        self._document = NO_DOCUMENT
        self._text: tuple[str, str] | None = None
        self._session: Session | None = None
        self._health = Health.RUNNING
        self._view = View()
        self._searched_s = 0.0

    @property
    def session_path(self) -> Path:
        """The session file."""
        return self._session_path

    @property
    def health(self) -> Health:
        """Of the engine, as of the last frame."""
        return self._health

    def view(self, focus: Focus, message: tuple[str, str] = ("", "")) -> View:
        """This moment.

        The ticks are those since the previous call: whoever draws more rarely misses none.
        """
        now_s = time.monotonic()
        self._look()
        self._view = View(
            session=self._session,
            document=self._document,
            snapshot=self._snapshot,
            reading=self._reading,
            history=self._history,
            close_up=self._close_up,
            stems_close_up=self._stems_close_up,
            health=self._health,
            role=self.client.role,
            name=self.client.entry.name,
            focus=focus,
            message=message,
            now_s=now_s,
        )
        return self._view

    def still(self, focus: Focus, message: tuple[str, str] = ("", "")) -> View:
        """The moment before once more, with another focus: for the echo of a key, which cannot wait."""
        before = self._view
        reading = before.reading
        if reading is not None:  # what has happened was told already
            reading = replace(reading, ticks=(), lost=0, master_overs=0)
        return replace(before, focus=focus, message=message, reading=reading)

    def _look(self) -> None:
        client = self.client
        try:
            self._health = client.health()
            if self._health is Health.GONE:
                return
            self._snapshot = client.snapshot()
            self._reading = client.ticks_since(self._reading, maxima=False)
            self._history = client.history()
            self._close_up = client.close_up()
            self._stems_close_up = client.stems_close_up()
            document = client.document()
        except StemlatheError:  # its memory is damaged: as good as gone
            self._health = Health.GONE
            return
        if document is not self._document:
            self._document = document
            self._read_session()

    def _read_session(self) -> None:
        """The session in words as data; a text that cannot be read leaves the one before."""
        path, text = self._document.path, self._document.text
        if not path or (path, text) == self._text:
            return
        self._text = (path, text)
        try:
            self._session = read_text_session(text, Path(path))
        except StemlatheError:
            # a newer engine may know more than this console: figures go on, words stay
            if self._session is None:
                raise

    def answers(self) -> list[Message]:
        """What the engine has said since the last call."""
        try:
            return self.client.answers() if self._health is not Health.GONE else []
        except StemlatheError:
            return []

    def send(self, kind: str, payload: Mapping[str, Any], revision: int | None = None) -> int:
        """Sends a command; returns its id.

        Raises:
            NoEngineError: the engine is gone.
            QueueFull, MessageRefused: as of `Client.send`.
        """
        if self._health is Health.GONE:
            raise NoEngineError("the engine is gone: restart it first")
        return self.client.send(kind, payload, revision=revision)

    def find_again(self) -> bool:
        """Looks for an engine of the same session while this one is gone; True when there is one now."""
        now_s = time.monotonic()
        if self._health is not Health.GONE or now_s - self._searched_s < _SEARCH_S:
            return False
        self._searched_s = now_s
        try:
            for entry in running():
                if entry.kind is Kind.ENGINE and entry.session == self._session_path:
                    self.use(entry)
                    return True
        except StemlatheError:
            return False
        return False

    def restart(self, start: Callable[[Path], Entry]) -> Entry:
        """Starts an engine for the session; it takes up the journal, so the state is the same.

        One that is still there, but hangs or could not load the session, is ended first. Takes a second
        or so: not for the thread that draws. `use` the result there.

        Raises:
            StemlatheError: the old one does not end, or the new one does not start.
        """
        if self._health is not Health.GONE:
            from engine.processes.terminate import end

            end(self.client.entry, ask_s=0.5)
        return start(self._session_path)

    def use(self, entry: Entry) -> None:
        """Attaches to another engine.

        Raises:
            StemlatheError: as of `attach_to`; the one before stays.
        """
        client = attach_to(entry, self.wanted)
        self.client.close()
        self.client = client
        self._reading = None
        self._health = Health.RUNNING

    def close(self) -> None:
        """Detaches; the engine goes on."""
        self.client.close()
