"""What is listened to besides the song itself: one processor's delta, one band, another track."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import InputError
from engine.link.document import Listening, ReferenceTrack, TrackFound
from engine.link.failures import MessageRefused
from engine.processes.host import Command
from engine.report.reading import read_as
from engine.session.editing import parse_key
from engine.session.model import Session

if TYPE_CHECKING:
    from engine.live.graph.probe import Probe
    from engine.server.state import EngineState

#: Sources that listen into a chain, and the one that plays a file.
INTO_CHAINS = ("delta", "band")
TRACK = "track"


def listen(engine: EngineState, command: Command) -> None:
    """Takes note of what is to be heard; it is heard once the player follows.

    Raises:
        InputError, MessageRefused, UsageError: there is nothing to be heard there.
    """
    live, wishes = engine.live, command.message.payload
    source, of = wishes["source"], wishes.get("of")
    if source in ("reference", "residual") and live.session.reference is None:
        raise InputError(
            f"{live.path.name} has no [reference]: add one to hear the reference mix or the residual",
            kind="no_reference",
        )
    aim = live.book.aim  # what was compared with last: the match goes on
    if source in INTO_CHAINS:
        aim = aim_of(live.session, source, of)
    elif source == TRACK:
        if not of or not Path(of).is_absolute():
            raise MessageRefused("name the file to listen to, by its absolute path", kind="bad_payload")
        aim = {"path": of, "name": wishes.get("name") or Path(of).name}
        if wishes.get("integrated_lufs") is not None:
            aim["integrated_lufs"] = float(wishes["integrated_lufs"])
    live.set_value("aim", aim)
    live.set_value("listen", source)


def aim_of(session: Session, source: str, of: str | None) -> dict[str, Any]:
    """What a key of the session says about where to listen, with what tells later that it is still that.

    Args:
        session: live.
        source: `delta` or `band`.
        of: `stems[1].chain[2]`, and of a band `stems[1].chain[2].bands[0]`; `master.chain[0]` likewise.

    Raises:
        MessageRefused: it is no such key.
        UsageError: nothing is there.
    """
    from engine.live.graph.probe import Probe, require_probe

    try:
        key = parse_key(of or "")
    except ValueError as error:
        raise MessageRefused(str(error), kind="bad_payload") from error
    match key:
        case ("stems", int(stem), "chain", int(place), *rest) if stem < len(session.stems):
            pass
        case ("master", "chain", int(place), *rest):
            stem = -1
        case _:
            raise MessageRefused(
                f"'{of}' is no processor: write it like stems[1].chain[2]", kind="bad_payload"
            )
    band = -1
    if source == "band":
        band = int(rest[1]) if len(rest) == 2 and isinstance(rest[1], int) else 0
    processor = require_probe(session, Probe(stem, place, band))
    name = None if stem < 0 else session.stems[stem].name
    return {"stem": name, "processor": place, "type": processor.type, "band": band}


def probe_of(session: Session, aim: Mapping[str, Any] | None) -> Probe | None:
    """Where an aim listens in a session; None: what it meant is not there any more."""
    from engine.errors import UsageError
    from engine.live.graph.probe import Probe, require_probe

    if aim is None or "processor" not in aim:
        return None
    names = [stem.name for stem in session.stems]
    if aim["stem"] is not None and aim["stem"] not in names:
        return None
    stem = -1 if aim["stem"] is None else names.index(aim["stem"])
    probe = Probe(stem, int(aim["processor"]), int(aim["band"]))
    try:
        processor = require_probe(session, probe)
    except UsageError:
        return None
    return probe if processor.type == aim["type"] else None


def settle(engine: EngineState) -> tuple[Probe | None, Path | None]:
    """What the live session listens into now; what is gone gives way to the song, and is told."""
    live = engine.live
    book = live.book
    if book.listen == TRACK and book.aim is not None and "path" in book.aim:
        return None, Path(str(book.aim["path"]))
    if book.listen not in (*INTO_CHAINS, TRACK):
        return None, None
    probe = probe_of(live.session, book.aim)
    if probe is None:
        live.set_value("listen", "processed")
        engine.notices.tell("no_probe", "what was listened to is not there any more: this is the song again")
    return probe, None


def compared_track(engine: EngineState) -> Path | None:
    """The file that is listened to, or was last; None: no file was."""
    path = (engine.live.book.aim or {}).get("path")
    return None if path is None else Path(str(path))


def references_part(engine: EngineState) -> tuple[ReferenceTrack, ...]:
    """The session's other references with what is known of them, for the document."""
    tracks, unknown = engine.findings.tracks, TrackFound()
    return tuple(
        ReferenceTrack(one.name, str(one.path), *astuple(tracks.get(str(one.path), unknown)))
        for one in engine.live.session.references
    )


def document_part(engine: EngineState) -> Listening | None:
    """What is listened to, for the document, a track with what was measured of it and whether it is silent
    until then; None: one of the sources that need no aim."""
    book = engine.live.book
    if book.aim is None or book.listen not in (*INTO_CHAINS, TRACK):
        return None
    try:
        aim = read_as(Listening, book.aim)
    except ValueError:  # of a journal that is not ours
        return None
    track = engine.findings.tracks.get(str(aim.path))
    measured = {} if track is None else {one.name: getattr(track, one.name) for one in fields(track)}
    return replace(aim, waits=engine.match_waits, **measured)
