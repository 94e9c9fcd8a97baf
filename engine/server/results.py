"""Takes in what the background has found."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.link.document import Marks, Match, NullFound, SongOverview, TrackFound
from engine.server.findings import finite
from engine.server.level_match import apply_match
from engine.server.null_lamp import NULL_TEST, null_key

if TYPE_CHECKING:
    from engine.server.apply_changes import ChangeApplier
    from engine.server.audio_unit import AudioUnit
    from engine.server.state import EngineState


def take_in(engine: EngineState, changes: ChangeApplier, result: Any) -> None:
    """Applies one result; one for another state than the present one changes nothing."""
    kind = type(result).__name__
    if kind == "Drive":
        _drive(engine, changes, result)
    elif (apply := _BY_KIND.get(kind)) is not None:
        apply(engine, result)


def _is_present(engine: EngineState, result: Any) -> bool:
    live = engine.live
    target = None if live.deliverable is None else live.deliverable.name
    return bool(
        result.revision == live.book.revision and result.target == target and result.version == live.version
    )


def _drive(engine: EngineState, changes: ChangeApplier, result: Any) -> None:
    if not _is_present(engine, result) or result.target is None:
        return
    engine.findings.drive_revision = result.revision
    if result.drive_db is not None and engine.live.book.drive.get(result.target) != result.drive_db:
        engine.live.record({"e": "drive", "target": result.target, "db": result.drive_db})
    if result.final and engine.live.book.ceiling.get(result.target) != result.ceiling_dbtp:
        engine.live.record({"e": "ceiling", "target": result.target, "dbtp": result.ceiling_dbtp})
        changes.follow()
    engine.document_changed()


def _match(engine: EngineState, result: Any) -> None:
    processed, dry, reference = result.processed_lufs, result.dry_lufs, result.reference_lufs

    def gain(other: float | None) -> float | None:
        return None if processed is None or other is None else finite(processed - other)

    engine.findings.match = Match(
        gain(dry), gain(reference), finite(processed), finite(dry), finite(reference)
    )
    engine.findings.match_revision = result.revision
    engine.findings.reference_short_term = tuple(
        None if level is None else round(level, 1) for level in map(finite, result.reference_short_term_lufs)
    )
    engine.findings.is_stuck = False
    engine.findings.master_spectrum_dbfs = _levels(result.processed_spectrum_dbfs)
    engine.findings.reference_spectrum_dbfs = _levels(result.reference_spectrum_dbfs)
    apply_match(engine, switched=False)
    engine.document_changed()


def _levels(spectrum_dbfs: tuple[float, ...] | None) -> tuple[float | None, ...] | None:
    """A spectrum as the document has it: silence is None; two decimals are more than anybody sees."""
    if not spectrum_dbfs:
        return None
    return tuple(None if level is None else round(level, 2) for level in map(finite, spectrum_dbfs))


def _track(engine: EngineState, result: Any) -> None:
    engine.findings.tracks[result.path] = TrackFound(
        finite(result.integrated_lufs), _levels(result.spectrum_dbfs), result.problem or None
    )
    engine.findings.is_stuck = False
    apply_match(engine, switched=False)
    engine.document_changed()


def _overview(engine: EngineState, result: Any) -> None:
    engine.findings.overview = SongOverview(len(result.peaks), result.peaks.hex(), result.rms.hex())
    engine.document_changed()


def _marks(engine: EngineState, result: Any) -> None:
    engine.findings.marks = result
    engine.document_changed()


def marks_part(engine: EngineState) -> Marks | None:
    """Where the master is limited and over, as the document has it."""
    found = engine.findings.marks
    if found is None:
        return None
    old = engine.drive_is_stale or not _is_present(engine, found)
    return Marks(found.reductions.hex(), found.overs.hex(), old)


def _null(engine: EngineState, result: Any) -> None:
    findings, live = engine.findings, engine.live
    # a result of an older state is told again with the present number if it still holds
    key = null_key(live.session) if result.revision == live.book.revision else None
    readable = result.verdict is not None
    found = NullFound(result.verdict, finite(result.residual_rms_dbfs)) if readable else None
    findings.null, findings.null_key = found, key if readable else None
    findings.null_unreadable = None if readable else key
    engine.document_changed()


def _self_check(engine: EngineState, result: Any) -> None:
    engine.findings.self_check = "pass" if result.passed else "fail"
    engine.document_changed()


def _sentinel(engine: EngineState, result: Any) -> None:
    engine.findings.sentinel = tuple(result.findings)
    engine.document_changed()


def _filled(engine: EngineState, result: Any) -> None:
    engine.fillings.append(result)


def fill_in(engine: EngineState, audio: AudioUnit) -> None:
    """Completes the loudness map with what has come; to be called when nothing is about to change."""
    for result in engine.fillings:
        if _is_present(engine, result) and not engine.drive_is_stale:
            song = audio.metering.loudness_of(result.version)
            song.fill(result.first_slot, result.powers, audio.sound_number)
            engine.loudness_changed()
    engine.fillings.clear()


def _working(engine: EngineState, result: Any) -> None:
    before = engine.findings.work[0]
    engine.findings.work = (result.label, result.share if result.label else math.nan)
    if NULL_TEST in (before, result.label) and before != result.label:
        engine.document_changed()


def _trouble(engine: EngineState, result: Any) -> None:
    engine.findings.is_stuck = True
    apply_match(engine, switched=False)
    engine.document_changed()
    engine.notices.tell(result.code, result.message)


_BY_KIND: Mapping[str, Callable[[EngineState, Any], None]] = {
    "Match": _match,
    "TrackFigures": _track,
    "Overview": _overview,
    "Marks": _marks,
    "Null": _null,
    "SelfCheck": _self_check,
    "Sentinel": _sentinel,
    "Filled": _filled,
    "Working": _working,
    "Trouble": _trouble,
}
