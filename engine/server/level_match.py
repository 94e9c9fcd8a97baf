"""Level match and drive: gains that follow what the background has found out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.link.records import State
from engine.units import gain_from_db

if TYPE_CHECKING:
    from engine.server.apply_changes import ChangeApplier
    from engine.server.audio_unit import AudioUnit
    from engine.server.state import EngineState

#: Steps in which the drive that plays approaches the one that was solved, and their period.
_DRIVE_STEP_DB, _DRIVE_STEP_S = 0.25, 0.03

#: While the song is being measured, a track is heard at this loudness: hardly a song is softer.
_MEANWHILE_LUFS = -23.0
#: Gain of a track that cannot be measured: low enough for the loudest master.
_UNKNOWN_DB = -18.0

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
        # a track that was not matched until now is heard as it should be for the first time
        if not switched and not math.isnan(engine.match_db):
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
    return None if compared is None else getattr(engine.findings.match, f"{compared}_db", None)


def _track_difference_db(engine: EngineState) -> float | None:
    measured, processed = _track_lufs(engine), engine.findings.match.processed_lufs
    return None if measured is None or processed is None else processed - measured


def _track_lufs(engine: EngineState) -> float | None:
    aim, found = engine.live.book.aim or {}, engine.findings
    track = found.tracks.get(str(aim.get("path")))
    measured = aim.get("integrated_lufs") if track is None else track.integrated_lufs
    return None if measured is None else float(measured)


def match_waits(engine: EngineState) -> bool:
    """Whether another track is listened to that is still being measured: until then it is silent.

    A finished master may be 12 dB louder than the song, and at the gain of what was compared before it would
    win, or lose, by its level alone.
    """
    book, found = engine.live.book, engine.findings
    aim = book.aim or {}
    measured = str(aim.get("path")) in found.tracks or aim.get("integrated_lufs") is not None
    return book.listen == "track" and not measured and not found.is_stuck


def set_match(engine: EngineState, audio: AudioUnit) -> None:
    """Lets the gains in the book be heard, and others while a track cannot be matched."""
    main_db, beside_db = engine.live.book.matched_db
    listen = engine.live.book.listen
    if listen in LEVEL_TRUE:
        beside_db = 0.0
    engine.match_waits = match_waits(engine)
    engine.match_db = main_db if listen == "processed" else beside_db
    if listen == "track" and _track_difference_db(engine) is None:
        engine.match_db = math.nan
        measured = _track_lufs(engine)
        beside_db = _UNKNOWN_DB if measured is None else min(0.0, _MEANWHILE_LUFS - measured)
    beside = 0.0 if engine.match_waits else gain_from_db(beside_db)
    audio.player.set_match(gain_from_db(main_db), beside)


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
