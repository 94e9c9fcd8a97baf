"""A client's place in an engine's client table: who it is, and its two queues.

Taking one is between the clients: under the segment's lock, so that two never take the same. The
engine does not take part, and never waits: it finds the claim, admits it, and releases the place
once the client has left or died and its last command is read. Every cell has one writer: the client
counts the claims of its place (`generation`), the engine says which of them it has admitted and
which it is done with; a place is free while the latest claim is done with.
"""

from __future__ import annotations

import os
import time
import zlib

from engine.link import layout
from engine.link.identity import own_identity
from engine.link.queue import Receiver, Sender
from engine.link.records import Claim, Role
from engine.link.segment import Segment
from engine.link.wire import ITEM_BYTES

_AREA = layout.CLIENT_AREA
_SEED_MASK = 0xFFFFFFFF
_GENERATIONS = 2**64


def place_offset(index: int) -> int:
    """Offset of a place from the start of the client area, bytes."""
    return index * _AREA.stride


def place_cell(index: int, offset: int) -> int:
    """Number of the cell at `offset` of a place, among the cells of the client area."""
    return (place_offset(index) + offset) // ITEM_BYTES


def admission_cell(index: int, field: str) -> int:
    """Number of a cell of a place's admission, among the cells of the segment."""
    return (layout.ADMISSIONS.at(index) + layout.ADMISSION.offset(field)) // ITEM_BYTES


def load_claim(segment: Segment, index: int, generation: int) -> Claim | None:
    """The claim on a place if it is that one, whole; else None."""
    start = place_offset(index) + layout.CLIENT_CLAIM_OFFSET
    stored = bytes(segment.clients[start : start + layout.CLAIM.size])
    crc = segment.client_cells[place_cell(index, layout.CLIENT_CRC_OFFSET)]
    return layout.CLAIM.unpack_from(stored) if zlib.crc32(stored, generation & _SEED_MASK) == crc else None


class Place:
    """A place that this process holds; made by `take_place`.

    Attributes:
        index: in the client table.
        generation: of the claim.
        commands: to the engine.
        answers: from the engine.
    """

    def __init__(self, segment: Segment, index: int) -> None:
        area, cells = segment.clients, segment.client_cells
        offset = place_offset(index)
        self.index = index
        self.generation = (segment.cells[admission_cell(index, "released")] + 1) % _GENERATIONS
        self.commands = Sender(area, cells, offset + layout.CLIENT_COMMANDS_OFFSET)
        self.answers = Receiver(area, cells, offset + layout.CLIENT_ANSWERS_OFFSET)
        self._segment = segment
        self._pid = os.getpid()

    def claim(self, wanted: Role) -> None:
        """Writes the claim, its generation last. Under the segment's lock, on a free place."""
        own, now_ns = own_identity(), time.monotonic_ns()
        cells, index = self._segment.client_cells, self.index
        stored = bytearray(layout.CLAIM.size)
        claim = Claim(own.pid, own.start_time, own.pid_namespace, wanted, now_ns)
        layout.CLAIM.pack_into(stored, 0, claim)
        start = place_offset(index) + layout.CLIENT_CLAIM_OFFSET
        self._segment.clients[start : start + len(stored)] = stored
        cells[place_cell(index, layout.CLIENT_CRC_OFFSET)] = zlib.crc32(stored, self.generation & _SEED_MASK)
        cells[place_cell(index, layout.CLIENT_SEEN_OFFSET)] = now_ns
        # the place is free: the engine touches neither queue until it has seen the generation
        self.commands.start_afresh()
        self.answers.start_afresh()
        cells[place_cell(index, layout.CLIENT_GENERATION_OFFSET)] = self.generation

    @property
    def role(self) -> Role:
        """What the engine has granted; READER until it has."""
        cells = self._segment.cells
        if cells[admission_cell(self.index, "admitted")] != self.generation:
            return Role.READER
        return Role(cells[admission_cell(self.index, "role")])

    def touch(self) -> None:
        """Shows that the client still looks."""
        cell = place_cell(self.index, layout.CLIENT_SEEN_OFFSET)
        self._segment.client_cells[cell] = time.monotonic_ns()

    def leave(self) -> None:
        """Gives the place back; commands sent before are still carried out.

        In a child that came of a fork this does nothing: the place is its parent's.
        """
        if os.getpid() == self._pid:
            cell = place_cell(self.index, layout.CLIENT_LEAVING_OFFSET)
            self._segment.client_cells[cell] = self.generation


def take_place(segment: Segment, wanted: Role) -> Place | None:
    """Takes a free place; None when all are taken.

    Args:
        segment: attached with CLIENT access.
        wanted: OBSERVER or CONTROLLER.

    Raises:
        MachineError: another client holds the lock for too long.
    """
    with segment.lock():
        for index in range(layout.CLIENTS):
            claimed = segment.client_cells[place_cell(index, layout.CLIENT_GENERATION_OFFSET)]
            if claimed == segment.cells[admission_cell(index, "released")]:
                place = Place(segment, index)
                place.claim(wanted)
                return place
    return None
