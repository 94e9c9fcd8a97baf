"""What an engine publishes in words: names, chains, markers, history, and what its background has found out.

In JSON, compressed; it changes when somebody edits or something is found. A render publishes other words
(`engine.link.render_words`). Who reads a newer or older program's words leaves out what it does not know.
"""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import MachineError
from engine.link import layout
from engine.link.failures import SegmentError
from engine.link.newest import Latest, NewestWriter
from engine.link.segment import Segment
from engine.report.reading import Data, read_as


@dataclass(frozen=True, slots=True)
class Marker:
    """A place of the song.

    Attributes:
        position_frames: in the song.
        name: of the place.
    """

    position_frames: int
    name: str


@dataclass(frozen=True, slots=True)
class StoredSnapshot:
    """What a snapshot holds.

    Attributes:
        revision: of the state.
        label: given to it; may be empty.
    """

    revision: int
    label: str


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """A state in the undo tree.

    Attributes:
        revision: its number.
        parent: the state that it was made from; None: of the first.
        label: what was done.
        time: when, seconds since the epoch.
    """

    revision: int
    parent: int | None
    label: str
    time: float


@dataclass(frozen=True, slots=True)
class Notice:
    """What nobody asked for and everybody has to be told.

    Attributes:
        code: stable short code, `snake_case`.
        message: a sentence.
        time: when, seconds since the epoch.
    """

    code: str
    message: str
    time: float


@dataclass(frozen=True, slots=True)
class SongOverview:
    """The song in equal parts, a byte each: 255 steps over 60 dB, 0 is silence.

    Attributes:
        bins: number of parts.
        peaks: largest sample of each, hexadecimal.
        rms: RMS of each, likewise; empty: not known.
    """

    bins: int
    peaks: str
    rms: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """Where the master is limited and over, in equal parts of the song, a byte each, hexadecimal.

    Attributes:
        reductions: deepest gain reduction of the limiter, tenths of a dB.
        overs: samples beyond full scale, at most 255.
        old: they are of another state than this one.
    """

    reductions: str
    overs: str
    old: bool


@dataclass(frozen=True, slots=True)
class NullFound:
    """The newest null test.

    Attributes:
        verdict: `pass`, `warn` or `fail`.
        residual_rms_dbfs: of the whole song; None: nothing is left.
    """

    verdict: str
    residual_rms_dbfs: float | None


@dataclass(frozen=True, slots=True)
class Match:
    """What makes the sources as loud as the master; None: not known, or silence.

    Attributes:
        dry_db: gain of the dry sum.
        reference_db: gain of the mix.
        processed_lufs: loudness of the master.
        dry_lufs: of the dry sum.
        reference_lufs: of the mix.
    """

    dry_db: float | None = None
    reference_db: float | None = None
    processed_lufs: float | None = None
    dry_lufs: float | None = None
    reference_lufs: float | None = None


@dataclass(frozen=True, slots=True)
class TrackFound:
    """What was measured of another file to compare with.

    Attributes:
        integrated_lufs: None: not known yet, or none.
        spectrum_dbfs: levels of third octaves over the song; None in it: silence.
        problem: why it cannot be heard; None: it can.
    """

    integrated_lufs: float | None = None
    spectrum_dbfs: tuple[float | None, ...] | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ReferenceTrack:
    """Another reference of the session, with what was measured of it.

    Attributes:
        name: for people.
        path: absolute.
        integrated_lufs, spectrum_dbfs, problem: as of `TrackFound`.
    """

    name: str
    path: str
    integrated_lufs: float | None = None
    spectrum_dbfs: tuple[float | None, ...] | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Listening:
    """What is listened to besides the song itself: a place in a chain, or a track.

    Attributes:
        stem: name of the stem whose chain is listened into; None: the master's, or a track.
        processor: place in that chain; None: a track.
        type: of that processor.
        band: of it, −1: all of it.
        path: of the track, absolute; None: a place in a chain.
        name: of the track.
        integrated_lufs, spectrum_dbfs, problem: as of `TrackFound`.
        waits: it is silent until it has been measured.
    """

    stem: str | None = None
    processor: int | None = None
    type: str | None = None
    band: int = -1
    path: str | None = None
    name: str | None = None
    integrated_lufs: float | None = None
    spectrum_dbfs: tuple[float | None, ...] | None = None
    problem: str | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class AttachedClient:
    """Who is attached.

    Attributes:
        index: its place.
        pid: of its process.
        role: `controller`, `observer` or `reader`.
    """

    index: int
    pid: int
    role: str


@dataclass(frozen=True, slots=True)
class StemState:
    """What has become of a stem's file.

    Attributes:
        name: of the stem.
        state: `ok`, `replaced`, `missing` or `truncated`.
        message: what is the matter; empty: nothing.
    """

    name: str
    state: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """Everything an engine says in words.

    Attributes:
        path: session file, absolute; empty: nothing has been published.
        title: of the song.
        text: the live session as TOML.
        revision: number of the live state; −1: nothing has been published.
        saved_revision: of the state that the file holds.
        target: the deliverable that is aimed at; None: the session's own drive.
        version: that is played.
        links: stems that move together, by name.
        listening: what is listened to besides the song; None: one of the plain sources.
        references: other references of the session.
        device_wanted: the output that was asked for.
        markers: ascending.
        snapshots: by letter A to D; None: empty.
        history: the newest 200 states, parents before their children.
        can_undo: there is something to take back.
        can_redo: there is something to make again.
        undo_label: what would be taken back.
        redo_label: what would be made again.
        rendered_revision: the state that was rendered last; None: not known.
        notices: the newest 20, oldest first.
        overview: the song at a glance; None: not known yet.
        marks: where the master is limited and over; None: not known yet.
        reference_short_term_lufs: loudness of the mix in equal parts of the song; None in it: silence.
        null: the newest null test; None: none.
        null_state: whether that holds: current, stale, running, waiting, unreadable, no_reference; empty: of
            a program that does not tell.
        self_check: whether the graph with everything bypassed is the plain sum: unknown, pass, fail.
        match: loudness and gains of the sources.
        match_old: they are of an earlier state.
        master_spectrum_dbfs: third octaves over the song; None in it: silence; None: not known.
        reference_spectrum_dbfs: the same of the mix.
        sentinel: what the phase sentinel has to say, sentences.
        clients: who is attached; None: not told.
        stems_state: what has become of each stem's file.
        parameters: key paths in the order of the parameters block.
    """

    path: str = ""
    title: str = ""
    text: str = ""
    revision: int = -1
    saved_revision: int = -1
    target: str | None = None
    version: str = ""
    links: tuple[tuple[str, ...], ...] = ()
    listening: Listening | None = None
    references: tuple[ReferenceTrack, ...] = ()
    device_wanted: str = ""
    markers: tuple[Marker, ...] = ()
    snapshots: Mapping[str, StoredSnapshot | None] = field(default_factory=dict)
    history: tuple[HistoryStep, ...] = ()
    can_undo: bool = True
    can_redo: bool = False
    undo_label: str | None = None
    redo_label: str | None = None
    rendered_revision: int | None = None
    notices: tuple[Notice, ...] = ()
    overview: SongOverview | None = None
    marks: Marks | None = None
    reference_short_term_lufs: tuple[float | None, ...] = ()
    null: NullFound | None = None
    null_state: str = ""
    self_check: str = "unknown"
    match: Match = Match()
    match_old: bool = False
    master_spectrum_dbfs: tuple[float | None, ...] | None = None
    reference_spectrum_dbfs: tuple[float | None, ...] | None = None
    sentinel: tuple[str, ...] = ()
    clients: tuple[AttachedClient, ...] | None = None
    stems_state: tuple[StemState, ...] = ()
    parameters: tuple[str, ...] = ()


#: Before anything is published.
NO_DOCUMENT = Document()


class DocumentWriter:
    """Publishes what changes rarely and is made of words."""

    def __init__(self, segment: Segment) -> None:
        self._newest = NewestWriter(segment, layout.DOCUMENT)

    def publish(self, document: object) -> None:
        """Makes `document` the newest.

        Args:
            document: a `Document`, or of a render its own words; levels are finite or None.

        Raises:
            MachineError: it does not fit even compressed (kind `too_long`).
        """
        text = json.dumps(
            document, default=_plain, allow_nan=False, ensure_ascii=False, separators=(",", ":")
        )
        payload = zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
        if len(payload) > self._newest.capacity:
            raise MachineError(
                f"the session's description takes {len(payload)} bytes, {self._newest.capacity} are there: "
                "remove processors or markers",
                kind="too_long",
            )
        self._newest.publish(payload)


def _plain(value: Any) -> Any:
    """What JSON does not know; `as_json` would visit every value, and costs many times that."""
    if isinstance(value, Path):
        return str(value.absolute())
    return {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}


def documents(segment: Segment) -> Latest[Document]:
    """The document in an engine's segment; `NO_DOCUMENT` before the first."""
    return Latest(segment, layout.DOCUMENT, lambda payload: decoded(Document, payload), NO_DOCUMENT)


def decoded(kind: type[Data], payload: bytes) -> Data:
    """What was published.

    Raises:
        SegmentError: it is no such document.
    """
    try:
        return read_as(kind, json.loads(zlib.decompress(payload)))
    except (ValueError, zlib.error) as error:
        raise SegmentError(
            f"what it says in words cannot be read ({error}): open it with the program that runs it"
        ) from error
