"""Handing graphs over to the loop: what replaces what, and how it comes in."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES
from engine.live.graph.codec_sound import CodecSound
from engine.live.graph.graph import Graph, Listen
from engine.live.graph.graph_memory import Slot
from engine.live.graph.probe import Probe
from engine.live.loop import cells
from engine.live.player.shared_memory import Board
from engine.plan.output import OutputSettings
from engine.session.model import Deliverable, Session
from engine.session.versions import MASTER

#: A graph whose memory begins empty runs so much of the song before it is heard.
WARM_MS = 100.0
#: Graphs that meters may still ask for after others have replaced them.
_REMEMBERED = 256

#: Slots that have run out and are kept for the next edit: the last main ones, and those beside them.
_SPARES = 4

Pair = tuple[Slot | None, Slot | None]


@dataclass(frozen=True)
class Programme:
    """What is played.

    Attributes:
        session: the live session.
        deliverable: whose ceiling is used; None: the session's own.
        drive_db: solved for the deliverable; None: the session's own.
        listen: what is heard.
        revision: of the live session; handed through to the meters.
        ceiling_dbtp: the limiter's is at most this; found for the deliverable together with `drive_db`.
        version: of the song (see `engine.live.graph.versions`); handed through to the meters.
        probe: where it is listened into a chain, for DELTA and BAND.
        track: what TRACK plays.
        codec: what CODEC plays; None: no codec was asked.
    """

    session: Session
    deliverable: Deliverable | None = None
    drive_db: float | None = None
    listen: Listen = Listen.PROCESSED
    revision: int = 0
    ceiling_dbtp: float | None = None
    version: str = MASTER
    probe: Probe | None = None
    track: Path | None = None
    codec: CodecSound | None = None


@dataclass(frozen=True)
class Graphs:
    """What a programme asks for.

    Attributes:
        main: what a render runs.
        beside: what is heard instead; None: the main graph itself.
        settings: what follows the bus.
    """

    main: Graph
    beside: Graph | None
    settings: OutputSettings


@dataclass(frozen=True)
class Playing:
    """A graph that was handed over, for those who read its meters.

    Attributes:
        graph: what runs in the loop thread.
        revision: of its session.
        jumped: it began elsewhere than the one before it.
        version: of the song.
        stems: their names, in the session's order.
    """

    graph: Graph
    revision: int
    jumped: bool
    version: str
    stems: tuple[str, ...] = ()


@dataclass
class _Change:
    """A change that was posted, with everything the loop may be using because of it."""

    words: NDArray[np.int64]
    serial: int
    position: int | None
    before: Pair
    after: Pair
    former_keys: tuple[Any, Any]
    kept: list[Any] = field(default_factory=list)


class Changes:
    """The control side's end of the mailbox.

    Args:
        board: the player's board.

    Attributes:
        playing: by serial, the graphs that meters may ask for.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._serial = 0
        self._posted: list[_Change] = []
        self._slots: Pair = (None, None)
        self._retired: list[Slot] = []
        self._keys: tuple[Any, Any] = (None, None)
        self.playing: dict[int, Playing] = {}

    @property
    def main(self) -> Slot | None:
        """The main slot as it will be when everything posted has been carried out."""
        return self._slots[0]

    @property
    def are_done(self) -> bool:
        """Whether everything posted has been carried out."""
        return int(self._board.cells[cells.CHANGES_DONE]) == self._serial

    def post(self, programme: Programme, graphs: Graphs, position: int | None) -> None:
        """Hands over what has changed; one that the loop has not taken yet is replaced.

        Args:
            programme: what is to be played.
            graphs: made for it.
            position: song frame to go on from; None: where it is.
        """
        withdrawn = self._withdraw()
        if withdrawn is not None and position is None:
            position = withdrawn.position
        keys = _keys(programme, graphs)
        serial = self._serial + 1

        def slot_for(graph: Graph | None, former: Slot | None, unchanged: bool) -> Slot | None:
            if graph is None:
                return None
            keep = unchanged and former is not None and position is None
            return former if keep else self._spare(graph, serial) or Slot(graph, serial)

        after = (
            slot_for(graphs.main, self._slots[0], keys[0] == self._keys[0]),
            slot_for(graphs.beside, self._slots[1], keys[1] == self._keys[1]),
        )
        if after == self._slots and withdrawn is None:
            return
        change = self._describe(serial, position, after)
        self._slots, self._keys, self._serial = after, keys, serial
        self._remember(change, programme)
        self._board.publish(cells.MAILBOX, int(change.words.ctypes.data))

    def _spare(self, graph: Graph, serial: int) -> Slot | None:
        """A slot that has run out, with an edit's numbers in its memory; None: none is of that shape.

        After the first edits of values two slots take turns: nothing is allocated or laid out for the next.
        """
        done = int(self._board.cells[cells.CHANGES_DONE])
        in_use = [*self._slots]
        for change in self._posted:
            if change.serial > done:
                in_use += [*change.before, *change.after]
        for slot in self._retired:
            if slot.graph.is_like(graph) and not any(slot is one for one in in_use):
                self._retired.remove(slot)
                slot.renew(graph, serial)
                return slot
        return None

    def _withdraw(self) -> _Change | None:
        """Takes back the latest change if the loop has not taken it yet."""
        if self._board.exchange(cells.MAILBOX, 0) == 0:
            return None
        change = self._posted.pop()
        self._slots, self._keys = change.before, change.former_keys
        return change

    def _describe(self, serial: int, position: int | None, after: Pair) -> _Change:
        """The cells of a change from the running slots to `after`."""
        words = np.zeros(cells.CHANGE_CELLS, np.int64)
        change = _Change(words, serial, position, self._slots, after, self._keys)
        words[cells.CHANGE_SERIAL] = serial
        words[cells.CHANGE_POSITION] = 0 if position is None else position
        words[cells.CHANGE_WARM_FRAMES] = round(WARM_MS * int(self._board.cells[cells.SAMPLE_RATE]) / 1000.0)
        words[cells.CHANGE_MODE] = cells.MODE_FOLLOW if position is None else cells.MODE_SEEK
        words[cells.CHANGE_ASIDE_MODE] = words[cells.CHANGE_MODE]
        (main, beside), (former_main, former_beside) = after, self._slots
        if main is not None and main is not former_main:
            words[cells.CHANGE_MAIN] = main.address
            if position is None and former_main is not None:
                _hand_on(change, main, former_main, _MAIN_CELLS)
        if beside is None:
            words[cells.CHANGE_ASIDE] = 0 if former_beside is None else -1
        elif beside is not former_beside:
            words[cells.CHANGE_ASIDE] = beside.address
            # soloed stems go on as they ran in the main graph
            former = former_beside or former_main
            if position is None and former is not None:
                _hand_on(change, beside, former, _ASIDE_CELLS)
        return change

    def _remember(self, change: _Change, programme: Programme) -> None:
        """Keeps what the loop may be using, and lets go of the rest."""
        done = int(self._board.cells[cells.CHANGES_DONE])
        self._posted = [earlier for earlier in self._posted if earlier.serial > done]
        self._posted.append(change)
        gone = [slot for slot in change.before if slot is not None and slot not in change.after]
        self._retired = [*[slot for slot in self._retired if slot not in gone], *gone][-_SPARES:]
        main = change.after[0]
        if main is not None and main is not change.before[0]:
            self.playing[change.serial] = Playing(
                main.graph,
                programme.revision,
                change.position is not None,
                programme.version,
                tuple(stem.name for stem in programme.session.stems),
            )
            for serial in sorted(self.playing)[:-_REMEMBERED]:
                del self.playing[serial]


@dataclass(frozen=True)
class _Places:
    """Cells of a change for one of the two slots."""

    mode: int
    copies: int
    count: int
    former: int


_MAIN_CELLS = _Places(
    cells.CHANGE_MODE, cells.CHANGE_MAIN_COPIES, cells.CHANGE_MAIN_COUNT, cells.CHANGE_MAIN_FORMER
)
_ASIDE_CELLS = _Places(
    cells.CHANGE_ASIDE_MODE, cells.CHANGE_ASIDE_COPIES, cells.CHANGE_ASIDE_COUNT, cells.CHANGE_ASIDE_FORMER
)


def _hand_on(change: _Change, slot: Slot, former: Slot, places: _Places) -> None:
    """Lets `slot` take over what it can from `former`."""
    copies, complete = slot.take_over(former)
    change.kept.append(copies)
    change.words[places.copies], change.words[places.count] = copies.ctypes.data, len(copies)
    change.words[places.former] = former.address
    if complete:
        change.words[places.mode] = cells.MODE_CONTINUE
        latency = slot.graph.latency_frames
        change.words[cells.CHANGE_WAIT_FRAMES] = QUANTUM_FRAMES * math.ceil(latency / QUANTUM_FRAMES)


def _keys(programme: Programme, graphs: Graphs) -> tuple[Any, Any]:
    """What the main graph and the one beside it depend on; while it is equal they need not change."""
    session = programme.session
    unsoloed = tuple(replace(stem, solo=False) for stem in session.stems)
    main = (
        unsoloed,
        session.master,
        session.sample_rate,
        programme.version,
        session.versions.get(programme.version),
        programme.version in session.unlinked,
        session.sections.get(programme.version),
        graphs.settings,
        _files(graphs.main),
    )
    if graphs.beside is None:
        return main, None
    heard = (programme.listen, programme.probe, programme.track, programme.codec)
    beside = (heard, session.stems, session.reference, *main[1:-1], _files(graphs.beside))
    return main, beside


def _files(graph: Graph) -> tuple[int, ...]:
    """Which opened files a graph plays."""
    return tuple(id(use.file) for use in graph.sources)
