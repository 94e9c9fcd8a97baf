"""What every picture of the console is drawn from: one frozen view of one moment."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.link.document import NO_DOCUMENT, Document
from engine.link.history import NO_HISTORY, History
from engine.link.records import CloseUp, Role, State, StemCloseUp
from engine.link.snapshot import NO_CLOSE_UP, Snapshot
from engine.link.ticks import TickReading
from engine.processes.client import Health
from engine.session.model import Session


class Panel(enum.Enum):
    """The views of the console, in the order in which tab goes round.

    A panel is declared here once: its keys, its line in the help and its place in the order; who draws
    it and what its own keys do stands in its folder, which `tui.panels.registry` knows.

    Attributes:
        value: the name in commands and help.
        keys: key sequences that show it, apart by spaces; "": it is opened from another one.
        help: what it shows, in a few words.
    """

    STEMS = "stems", "g,s", "the stems"
    MASTER = "master", "g,m", "the master"
    CHAIN = "chain", "", "the chain of a stem or of the master"
    INTAKE = "intake", "g,i", "the intake"
    NULL = "null", "g,n", "the null test"
    COMPARE = "compare", "A g,c", "compare what is heard"
    LOUDNESS = "loudness", "g,l", "loudness against the targets"
    RENDER = "render", "g,r", "the renders"
    HISTORY = "history", "g,h", "the history"
    ALBUM = "album", "g,a", "the album"
    ELSEWHERE = "elsewhere", "g,e", "the song on other playback systems"

    keys: str
    help: str

    def __new__(cls, value: str, keys: str, help: str) -> Panel:
        """A member whose value is its name; keys and help are attributes of it."""
        panel = object.__new__(cls)
        panel._value_, panel.keys, panel.help = value, keys, help
        return panel


#: Before the engine has published anything.
EMPTY = Snapshot()
#: The row of `Focus.stem` that stands for the master.
MASTER = -1
#: The shortest stretch of the song that the time lines show is one part of so many: the engine describes
#: the song in 1000 steps, of which 125 are left then, about one to a cell.
CLOSEST_ZOOM = 8


@dataclass(frozen=True, slots=True)
class Focus:
    """What the keys act on, and how much of the song is shown: of this console alone.

    Attributes:
        panel: the view that is shown.
        stem: index of the chosen stem; MASTER for the master.
        processor: place in its chain; −1: none.
        key: the focused value of the chain editor, relative to the processor (`bands[1].q`); "" where
            the trim is meant.
        row: chosen row of a panel's own list (cause, job, history entry, deliverable).
        column: chosen column there (version in the render's matrix).
        zoom: the time lines show one part of so many of the song, 1 (all of it), 2, 4 … CLOSEST_ZOOM.
    """

    panel: Panel = Panel.STEMS
    stem: int = 0
    processor: int = -1
    key: str = ""
    row: int = 0
    column: int = 0
    zoom: int = 1


def focus_on(panel: str) -> Focus:
    """The focus that a console begins with on a panel, by its name; empty: on the desk."""
    return next((Focus(one) for one in Panel if one.value == panel), Focus())


@dataclass(frozen=True, slots=True)
class View:
    """One moment of the console.

    Attributes:
        session: the live session; None while it is being loaded.
        document: what the engine publishes as words.
        snapshot: meters and state.
        reading: ticks and overs since the previous frame, without maxima; None before the first.
        history: loudness by song position.
        close_up: what the engine was asked to look at closely.
        stems_close_up: the same of every stem; empty: nobody asked, or nothing has been measured.
        health: of the engine.
        role: what this console may do.
        name: of the engine, as `ps` lists it.
        focus: what the keys act on.
        message: the newest line for the user, with its level `note`, `warning` or `error`; ("", "") none.
        now_s: CLOCK_MONOTONIC, s.
        pending_tree: the session's TOML tree with edits that still wait for the engine; None: none do.
    """

    session: Session | None = None
    document: Document = NO_DOCUMENT
    snapshot: Snapshot = EMPTY
    reading: TickReading | None = None
    history: History = NO_HISTORY
    close_up: CloseUp = NO_CLOSE_UP
    stems_close_up: tuple[StemCloseUp, ...] = ()
    health: Health = Health.RUNNING
    role: Role = Role.READER
    name: str = ""
    focus: Focus = Focus()
    message: tuple[str, str] = ("", "")
    now_s: float = 0.0
    pending_tree: Mapping[str, Any] | None = None

    @property
    def is_playing(self) -> bool:
        """Whether sound moves; else what was measured last stands still."""
        return self.snapshot.transport.state is State.PLAYING and self.health is Health.RUNNING

    @property
    def engine_is_lost(self) -> bool:
        """Whether nothing more can be expected of the engine: it is gone, or answers no more."""
        return self.health in (Health.GONE, Health.HANGING)

    @property
    def engine_can_be_restarted(self) -> bool:
        """Whether that would help: it is lost, or could not load the session."""
        return self.engine_is_lost or self.snapshot.transport.state is State.FAILED
