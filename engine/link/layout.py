"""The one description of the shared segment: what lies where, who writes it, and which version this is.

Offsets follow from the field tables (`engine.link.records`) and from the order below; nobody else
computes one. Rules that keep old and new programs understanding each other:

- Additions go at the end: of a record while it has room, or as a new block after the last.
  Either raises VERSION. MINIMUM_VERSION is raised only when older readers would be misled.
- `Born` and `Life` stay as they are for ever, so that any version can list any engine, and remove
  what a dead one left behind.
- Every cell has one writer. Clients can write the client area only: everything else is mapped
  read-only into their memory.

`python -m engine.link.layout` prints all of it as Markdown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.link import records
from engine.link.wire import ITEM_BYTES, Table

MAGIC = "STEMLATH"
VERSION = 6
MINIMUM_VERSION = 3
#: Oldest version of a segment that this program reads.
OLDEST_READABLE_VERSION = 2

#: Names of all segments begin with this.
NAME_PREFIX = "stemlathe-"

#: Places in the client table. Observers beyond them are welcome, but not counted.
CLIENTS = 32
#: Room for messages in each direction and client, bytes.
RING_BYTES = 16384
#: Nominal ticks per second, and ticks that are kept: 12.8 s.
TICKS_PER_SECOND = 50
TICKS = 640
#: Places of the loudness history, however long the song is.
HISTORY_SLOTS = 1024
#: Parameters a session has room for: 32 stems and a master of about sixty each.
PARAMETERS = 2048
#: Room for the compressed document, bytes.
DOCUMENT_BYTES = 131072

# a mapping can begin only at a multiple of the page size; the largest in use anywhere is 64 KiB
_PAGE_BYTES = 65536
# what one writer writes often shares no cache line with what another does
_LINE_BYTES = 64

BORN = Table(records.Born, 256)
LIFE = Table(records.Life, 64)
CONTROLLER = Table(records.Controller, 64)
ADMISSION = Table(records.Admission, 64)
CLAIM = Table(records.Claim, 112)
SNAPSHOT_HEAD = Table(records.SnapshotHead, 64)
TRANSPORT = Table(records.Transport, 128)
OUTPUT = Table(records.Output, 256)
MONITOR = Table(records.Monitor, 96)
STATUS = Table(records.Status, 128)
JOB = Table(records.Job, 256)
MASTER_METERS = Table(records.MasterMeters, 1024)
STEM_METERS = Table(records.StemMeters, 320)
MASTER_TICK = Table(records.MasterTick, 128)
STEM_TICK = Table(records.StemTick, 48)
TOTALS_HEAD = Table(records.TotalsHead, 64)
OVERS = Table(records.Overs, 32)
HISTORY_HEAD = Table(records.HistoryHead, 64)
PARAMETERS_HEAD = Table(records.ParametersHead, 64)
CLOSE_UP = Table(records.CloseUp, 2304)
STEMS_CLOSE_UP_HEAD = Table(records.StemsCloseUpHead, 64)
STEM_CLOSE_UP = Table(records.StemCloseUp, 192)

#: What stands in the controller's place while nobody is in control.
NO_CONTROLLER = records.Controller(slot=-1, generation=0, changes=0)

#: Parts of a snapshot in order; STEM_METERS follows once per stem.
SNAPSHOT_PARTS: tuple[Table[Any], ...] = (
    SNAPSHOT_HEAD,
    TRANSPORT,
    OUTPUT,
    MONITOR,
    STATUS,
    JOB,
    MASTER_METERS,
)
#: Parts of the totals in order; OVERS and STEM_TICK (running maxima) follow once per stem.
TOTALS_PARTS: tuple[Table[Any], ...] = (TOTALS_HEAD, OVERS, MASTER_TICK)


def room_of(tables: tuple[Table[Any], ...]) -> int:
    """Bytes that one record of each takes, one after the other."""
    return sum(table.room for table in tables)


def _rounded(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple


@dataclass(frozen=True)
class Block:
    """A part of the segment.

    Attributes:
        name: of the part.
        offset: from the start of the segment, bytes.
        stride: size of one element, bytes.
        count: elements.
        writer: `engine` or `client`.
        help: what it holds and how it is protected.
        tables: the records it begins with, in order.
        head_bytes: what stands before element 0.
    """

    name: str
    offset: int
    stride: int
    count: int
    writer: str
    help: str
    tables: tuple[Table[Any], ...] = ()
    head_bytes: int = 0

    @property
    def size(self) -> int:
        """Size of the whole part, bytes."""
        return self.head_bytes + self.stride * self.count

    @property
    def end(self) -> int:
        """Offset of what comes after it, bytes."""
        return self.offset + self.size

    def at(self, index: int) -> int:
        """Offset of one element, bytes."""
        return self.offset + self.head_bytes + index * self.stride


# a message ring: two positions, each on a cache line of its own, then the bytes
RING_HEAD_OFFSET = 0
RING_TAIL_OFFSET = _LINE_BYTES
RING_DATA_OFFSET = 2 * _LINE_BYTES
_RING_SIZE = RING_DATA_OFFSET + RING_BYTES

# a place of the client table: cells and claim, then both rings
CLIENT_GENERATION_OFFSET = 0
CLIENT_CRC_OFFSET = 8
CLIENT_CLAIM_OFFSET = 16
CLIENT_SEEN_OFFSET = 2 * _LINE_BYTES
CLIENT_LEAVING_OFFSET = 2 * _LINE_BYTES + ITEM_BYTES
CLIENT_COMMANDS_OFFSET = 3 * _LINE_BYTES
CLIENT_ANSWERS_OFFSET = CLIENT_COMMANDS_OFFSET + _RING_SIZE

# a newest-wins buffer: the newest sequence, then copies of (sequence, length, crc32, payload)
NEWEST_SEQUENCE_OFFSET = 0
COPY_LENGTH_OFFSET = 8
COPY_CRC_OFFSET = 16
COPY_PAYLOAD_OFFSET = 24


def _newest(name: str, offset: int, capacity: int, copies: int, help: str) -> Block:
    """A newest-wins buffer: a cell with the newest sequence, then the copies."""
    stride = _rounded(COPY_PAYLOAD_OFFSET + capacity, _LINE_BYTES)
    help = f"{help}; the newest copy wins, crc32"
    return Block(name, offset, stride, copies, "engine", help, head_bytes=_LINE_BYTES)


HEADER = Block("born", 0, BORN.room, 1, "engine", "who made the segment; crc32", (BORN,))
ALIVE = Block("life", HEADER.end, LIFE.room, 1, "engine", "signs of life; single cells", (LIFE,))
CONTROL = Block(
    "controller", ALIVE.end, CONTROLLER.room, 1, "engine", "who is in control; single cells", (CONTROLLER,)
)
ADMISSIONS = Block(
    "admissions",
    CONTROL.end,
    ADMISSION.room,
    CLIENTS,
    "engine",
    "one per client place; single cells",
    (ADMISSION,),
)
CLIENT_AREA = Block(
    "clients",
    _PAGE_BYTES,
    _rounded(CLIENT_ANSWERS_OFFSET + _RING_SIZE, _LINE_BYTES),
    CLIENTS,
    "client",
    "one per client: generation, crc32, claim, last seen, leaving; ring of commands, ring of answers",
)
# the area is mapped apart from the rest, so nothing else shares its last page
_AFTER_CLIENTS = _rounded(CLIENT_AREA.end, _PAGE_BYTES)
SNAPSHOT = _newest(
    "snapshot",
    _AFTER_CLIENTS,
    room_of(SNAPSHOT_PARTS) + records.STEMS * STEM_METERS.room,
    4,
    "meters and state",
)
TOTALS = _newest(
    "totals",
    SNAPSHOT.end,
    room_of(TOTALS_PARTS) + records.STEMS * (OVERS.room + STEM_TICK.room),
    4,
    "over counters and running maxima",
)
TICK_RING = Block(
    "ticks",
    TOTALS.end,
    _rounded(COPY_PAYLOAD_OFFSET + MASTER_TICK.room + records.STEMS * STEM_TICK.room, _LINE_BYTES),
    TICKS,
    "engine",
    "tick n in place n mod count: sequence, length, crc32, master, stems",
)
HISTORY = _newest(
    "history",
    TICK_RING.end,
    HISTORY_HEAD.room + HISTORY_SLOTS * 5,
    3,
    "loudness by programme position: float32 short-term LUFS per slot, then a byte of state per slot",
)
PARAMETER_VALUES = _newest(
    "parameters",
    HISTORY.end,
    PARAMETERS_HEAD.room + PARAMETERS * 2 * ITEM_BYTES,
    3,
    "targets, then currents, as doubles; the document names their paths",
)
DOCUMENT = _newest(
    "document", PARAMETER_VALUES.end, DOCUMENT_BYTES, 2, "what changes rarely, as JSON compressed by zlib"
)
#: Zeros, and so nothing, in the segment of an engine before version 5: it lies in what its pages had left.
CLOSER = _newest("closer", DOCUMENT.end, CLOSE_UP.room, 3, "what somebody looks at closely")
#: The same before version 6.
STEMS_CLOSER = _newest(
    "stems closer",
    CLOSER.end,
    STEMS_CLOSE_UP_HEAD.room + records.STEMS * STEM_CLOSE_UP.room,
    3,
    "what is looked at closely of every stem",
)

#: Every part in order.
BLOCKS = (
    HEADER,
    ALIVE,
    CONTROL,
    ADMISSIONS,
    CLIENT_AREA,
    SNAPSHOT,
    TOTALS,
    TICK_RING,
    HISTORY,
    PARAMETER_VALUES,
    DOCUMENT,
    CLOSER,
    STEMS_CLOSER,
)
#: Size of a segment of this version, bytes.
SEGMENT_BYTES = _rounded(STEMS_CLOSER.end, _PAGE_BYTES)

#: Records by the part they stand in, for the printed description.
_CONTENTS: tuple[tuple[str, tuple[Table[Any], ...]], ...] = (
    ("born", (BORN,)),
    ("life", (LIFE,)),
    ("controller", (CONTROLLER,)),
    ("admissions", (ADMISSION,)),
    ("clients", (CLAIM,)),
    ("snapshot", (*SNAPSHOT_PARTS, STEM_METERS)),
    ("totals", (*TOTALS_PARTS, OVERS, STEM_TICK)),
    ("ticks", (MASTER_TICK, STEM_TICK)),
    ("history", (HISTORY_HEAD,)),
    ("parameters", (PARAMETERS_HEAD,)),
    ("closer", (CLOSE_UP,)),
    ("stems closer", (STEMS_CLOSE_UP_HEAD, STEM_CLOSE_UP)),
)


def _described() -> Iterator[str]:
    yield f"Protocol version {VERSION}, readable from version {MINIMUM_VERSION} on; {SEGMENT_BYTES} bytes."
    yield ""
    yield "| part | offset | element | elements | written by | holds |"
    yield "| --- | ---: | ---: | ---: | --- | --- |"
    for block in BLOCKS:
        yield (
            f"| {block.name} | {block.offset} | {block.stride} | {block.count} "
            f"| {block.writer} | {block.help} |"
        )
    seen: set[str] = set()
    for part, tables in _CONTENTS:
        for table in tables:
            name = table.record.__name__
            if name not in seen:
                seen.add(name)
                yield from _table_described(part, name, table)


def _table_described(part: str, name: str, table: Table[Any]) -> Iterator[str]:
    yield ""
    summary = (table.record.__doc__ or "").strip()
    yield f"**{name}** ({part}; {table.size} bytes, room for {table.room}). {summary}"
    yield ""
    yield "| field | at | type | unit | meaning |"
    yield "| --- | ---: | --- | --- | --- |"
    for field in table.fields:
        wire = field.wire
        kind = wire.code if wire.count == 1 else f"{wire.count} × {wire.code}"
        yield f"| `{field.name}` | {field.offset} | {kind} | {wire.unit} | {wire.help} |"


def markdown() -> str:
    """The whole layout as Markdown tables."""
    return "\n".join(_described()) + "\n"


if __name__ == "__main__":
    print(markdown(), end="")
