"""Level match and drive: gains that follow what the background has found out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.link.records import State
from engine.units import gain_from_db

if TYPE_CHECKING:
    from engine.server.apply_changes import ChangeApplier
    from engine.server.audio_unit import AudioUnit
    from engine.server.state import EngineState

#: Steps in which the drive that plays approaches the one that was solved, and their period.
_DRIVE_STEP_DB, _DRIVE_STEP_S = 0.25, 0.03

#: What is heard at the level it has.
LEVEL_TRUE = ("delta", "band")


def apply_match(engine: EngineState, *, switched: bool) -> None:
    """Makes what is listened to as loud as what it is compared with, by turning the louder one down.

    The processed signal is compared with what was last listened to instead of it; until then
    it is left as it is. While one listens, a new match only turns down: an edit that makes the
    song louder is heard as it is, until the next comparison.

    Args:
        engine: its state.
        switched: something else is listened to from now on.
    """
    book = engine.live.book
    if book.listen in LEVEL_TRUE:
        if engine.audio is not None:
            set_match(engine, engine.audio)
        return
    if book.listen != "processed":
        beside = book.listen if book.listen in ("reference", "codec", "track") else "dry"
        engine.live.set_value("compared", beside)
    difference = _difference_db(engine)
    if difference is not None:
        matched = (min(0.0, -difference), min(0.0, difference))
        if not switched:
            matched = (min(matched[0], book.matched_db[0]), min(matched[1], book.matched_db[1]))
        engine.live.set_value("matched", matched)
    if engine.audio is not None:
        set_match(engine, engine.audio)


def _difference_db(engine: EngineState) -> float | None:
    """The gain that makes the other as loud as the processed signal, dB; None: not known."""
    compared = engine.live.book.compared
    if compared == "codec":
        return None if engine.codec is None else engine.codec.difference_db
    if compared == "track":
        return _track_difference_db(engine)
    return None if compared is None else engine.findings.match.get(f"{compared}_db")


def _track_difference_db(engine: EngineState) -> float | None:
    aim, found = engine.live.book.aim or {}, engine.findings
    measured = found.tracks.get(str(aim.get("path")), {}).get("integrated_lufs", aim.get("integrated_lufs"))
    processed = found.match.get("processed_lufs")
    return None if measured is None or processed is None else processed - float(measured)


def set_match(engine: EngineState, audio: AudioUnit) -> None:
    """Lets the gains in the book be heard."""
    main_db, beside_db = engine.live.book.matched_db
    if engine.live.book.listen in LEVEL_TRUE:
        beside_db = 0.0
    engine.match_db = main_db if engine.live.book.listen == "processed" else beside_db
    audio.player.set_match(gain_from_db(main_db), gain_from_db(beside_db))


def ramp_drive(engine: EngineState, changes: ChangeApplier, audio: AudioUnit) -> None:
    """Moves the drive that plays towards the one that was solved."""
    wanted = engine.live.book.drive.get(engine.live.book.target or "")
    if wanted is None or engine.drive_db == wanted or changes.is_busy:
        return
    if engine.drive_db is None or audio.state is not State.PLAYING:
        engine.drive_db = wanted
    elif not engine.is_due("drive", _DRIVE_STEP_S):
        return
    else:
        step = min(max(wanted - engine.drive_db, -_DRIVE_STEP_DB), _DRIVE_STEP_DB)
        near = abs(wanted - engine.drive_db) <= _DRIVE_STEP_DB
        engine.drive_db = wanted if near else engine.drive_db + step
    changes.follow()
