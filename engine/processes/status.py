"""What `ps` and `watch` show of each running engine and render."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from pathlib import Path

from engine.link import layout
from engine.link.failures import SegmentError
from engine.link.header import peek
from engine.link.identity import resident_bytes
from engine.link.records import Role, State
from engine.link.segment import Access, Segment, attach
from engine.link.snapshot import Snapshot, snapshots
from engine.processes.client_slot import admission_cell
from engine.processes.registry import Entry, running


@dataclass(frozen=True)
class EngineStatus:
    """One line of `ps`; what is not known is None.

    Attributes:
        name: as in the registry.
        pid: of its process.
        session: absolute path of the session file.
        kind: `engine` or `render`.
        state: `loading`, `playing`, `paused`, `rendering` or `failed`.
        position_s: song time that is heard, s; of an engine.
        progress: 0…1; of a render.
        xruns: under-runs since the start.
        load_mean: processing time of a block over its duration, 0…1.
        clients: observers and controller.
        rss_mb: memory it holds, MB.
    """

    name: str
    pid: int
    session: Path
    kind: str
    state: str
    position_s: float | None
    progress: float | None
    xruns: int
    load_mean: float | None
    clients: int
    rss_mb: float | None


def statuses() -> list[EngineStatus]:
    """Every running engine and render of this user, by name.

    Raises:
        MachineError: the runtime folder cannot be used.
    """
    found = []
    for entry in running():
        # one that ended since it was listed is no longer there to show
        with contextlib.suppress(SegmentError):
            found.append(status_of(entry))
    return found


def status_of(entry: Entry) -> EngineStatus:
    """How one of them is, read without a trace; of an engine that speaks another protocol only the state.

    Raises:
        SegmentError: it is gone or damaged.
    """
    life = peek(entry.segment)[1]
    snapshot, clients = Snapshot(), 0
    try:
        with attach(entry.segment, Access.READ) as segment:
            snapshot, clients = snapshots(segment).read(), _clients(segment)
    except SegmentError as error:
        if error.kind != "incompatible_version":
            raise
    memory = resident_bytes(entry.identity)
    return EngineStatus(
        name=entry.name,
        pid=entry.identity.pid,
        session=entry.session,
        kind=entry.kind.name.lower(),
        state=_state_name(life.state),
        position_s=snapshot.position_s,
        progress=_known(snapshot.job.progress),
        xruns=snapshot.output.xruns,
        load_mean=_known(snapshot.output.load_mean),
        clients=clients,
        rss_mb=None if memory is None else memory / 1e6,
    )


def _state_name(state: State) -> str:
    return state.name.lower() if isinstance(state, State) else State.FAILED.name.lower()


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _clients(segment: Segment) -> int:
    cells = segment.cells
    roles = (cells[admission_cell(index, "role")] for index in range(layout.CLIENTS))
    return sum(role != Role.READER for role in roles)
