"""From the engine's state to what consoles read: snapshot and document.

Needs no numpy: consoles see words and state while the rest is still being loaded.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.link.document import AttachedClient, Document, HistoryStep, Marker, StoredSnapshot
from engine.link.records import (
    STEMS,
    Job,
    Monitor,
    Source,
    State,
    Status,
    Transport,
)
from engine.link.snapshot import NO_JOB, NO_OUTPUT, Snapshot
from engine.server import listening, null_lamp
from engine.server.results import marks_part
from engine.server.session_state import LETTERS
from engine.session.chains import limiter_of

if TYPE_CHECKING:
    from engine.server.audio_unit import AudioUnit
    from engine.server.state import EngineState

_NAN = math.nan
#: States of the undo history that the document tells.
_STEPS = 200


def snapshot_of(engine: EngineState, audio: AudioUnit) -> Snapshot:
    """Everything that moves, now."""
    session, player = audio.player.programme.session, audio.player
    chains = [len(stem.chain) for stem in session.stems[:STEMS]]
    return Snapshot(
        transport=_transport(engine, audio),
        output=audio.output_record(),
        monitor=monitor_record(engine),
        status=_status(engine, audio),
        job=_job(engine),
        master=engine.meters.master_record(
            len(session.master.chain), limiter_of(player.programme.session) is not None
        ),
        stems=engine.meters.stem_records(chains),
    )


def loading_snapshot(engine: EngineState, state: State) -> Snapshot:
    """What can be said before anything can be played."""
    book, session = engine.live.book, engine.live.session
    transport = Transport(
        state,
        book.position_frames,
        0,
        session.sample_rate,
        book.loop.on,
        book.loop.start_frames,
        book.loop.end_frames,
        Source[book.listen.upper()],
        0.0,
        _letter(engine),
    )
    status = Status(
        book.revision, book.saved_revision, _NAN, 0.0, False, null_lamp.lamp(engine), _NAN, 0, 0.0
    )
    return Snapshot(transport, NO_OUTPUT, monitor_record(engine), status, _job(engine))


def _letter(engine: EngineState) -> int:
    chosen = engine.live.book.chosen_snapshot
    return -1 if chosen is None else LETTERS.index(chosen)


def _transport(engine: EngineState, audio: AudioUnit) -> Transport:
    book, player = engine.live.book, audio.player
    return Transport(
        audio.state,
        player.position_frames,
        player.song_frames,
        player.sample_rate,
        book.loop.on,
        book.loop.start_frames,
        book.loop.end_frames,
        Source[player.programme.listen.value.upper()],
        engine.match_db,
        _letter(engine),
    )


def monitor_record(engine: EngineState) -> Monitor:
    """The monitor section as it is published."""
    state = engine.monitor.state
    reference_db = _NAN if state.reference_db is None else state.reference_db
    switches = (state.dim, state.mono, state.side, state.swap)
    return Monitor(state.level_db, reference_db, *switches, engine.translation)


def _status(engine: EngineState, audio: AudioUnit) -> Status:
    book, deliverable = engine.live.book, engine.live.deliverable
    target_lufs = None if deliverable is None else deliverable.loudness_lufs
    programme = audio.player.programme
    limiter = limiter_of(programme.session)
    drive_db = programme.drive_db
    if drive_db is None:
        drive_db = 0.0 if limiter is None else float(limiter.values["drive_db"])
    return Status(
        book.revision,
        book.saved_revision,
        _NAN if target_lufs is None else target_lufs,
        drive_db,
        engine.drive_is_stale,
        null_lamp.lamp(engine),
        engine.findings.residual_dbfs,
        0,
        engine.heard_share,
    )


def _job(engine: EngineState) -> Job:
    label, share = engine.findings.work
    return NO_JOB if not label else Job(label[:80], share, share, _NAN, _NAN, _NAN, 0, 0)


def document_of(engine: EngineState, *, steps: int = _STEPS) -> Document:
    """The words that go with all figures.

    Args:
        engine: its state.
        steps: of the undo history, the newest.
    """
    book, session, tree = engine.live.book, engine.live.session, engine.live.book.tree
    found, undo, redo = engine.findings, tree.undo, tree.redo
    return Document(
        path=str(engine.live.path),
        title=session.title,
        text=book.text,
        revision=book.revision,
        saved_revision=book.saved_revision,
        target=book.target if engine.live.deliverable is not None else None,
        version=engine.live.version,
        links=tuple(tuple(group) for group in book.links),
        listening=listening.document_part(engine),
        references=listening.references_part(engine),
        device_wanted=book.device,
        markers=tuple(Marker(frames, name) for frames, name in sorted(book.markers.items())),
        snapshots={
            letter: StoredSnapshot(*book.snapshots[letter]) if letter in book.snapshots else None
            for letter in LETTERS
        },
        history=tuple(
            HistoryStep(step.revision, step.parent, step.label, step.time_s)
            for step in list(tree.steps.values())[-steps:]
        ),
        can_undo=undo is not None,
        can_redo=redo is not None,
        undo_label=None if undo is None else tree.present.label,
        redo_label=None if redo is None else redo.label,
        rendered_revision=book.rendered_revision,
        notices=tuple(engine.notices.newest),
        overview=found.overview,
        marks=marks_part(engine),
        reference_short_term_lufs=found.reference_short_term,
        null=found.null,
        null_state=null_lamp.null_state(engine),
        self_check=found.self_check,
        match=found.match,
        match_old=found.match_revision not in (-1, book.revision),
        master_spectrum_dbfs=found.master_spectrum_dbfs,
        reference_spectrum_dbfs=found.reference_spectrum_dbfs,
        sentinel=found.sentinel,
        clients=tuple(
            AttachedClient(client.index, client.claim.pid, client.role.name.lower())
            for client in engine.host.clients
        ),
        stems_state=engine.notices.stems_state(session.stems),
        parameters=tuple(engine.parameters.paths),
    )
