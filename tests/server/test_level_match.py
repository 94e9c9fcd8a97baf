"""Gains that make what is compared equally loud, and a drive that moves in steps: figure by figure."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from engine.link.records import State
from engine.server.level_match import apply_match, match_waits, ramp_drive, set_match
from engine.units import db_from_gain

TRACK = "/tracks/a.wav"


class Player:
    """Keeps the gains it is given, dB."""

    def __init__(self) -> None:
        self.match_db: tuple[float, float] = (math.nan, math.nan)

    def set_match(self, main: float, beside: float) -> None:
        self.match_db = (round(db_from_gain(main), 6), round(db_from_gain(beside), 6))


def engine(listen: str = "processed", compared: str | None = None, **changes: Any) -> Any:
    """An engine's state, as far as levels go."""
    values: dict[str, Any] = {
        "matched_db": (0.0, 0.0),
        "aim": None,
        "tracks": {},
        "is_stuck": False,
        "match_db": math.nan,
        "codec": None,
        "dry_db": None,
        "reference_db": None,
        "processed_lufs": None,
        "drive_db": None,
        "drive": {},
        "state": State.PLAYING,
        "due": True,
    }
    values |= changes
    book = SimpleNamespace(
        listen=listen,
        compared=compared,
        matched_db=values["matched_db"],
        aim=values["aim"],
        drive=values["drive"],
        target="streaming",
    )

    def set_value(name: str, value: Any) -> None:
        setattr(book, {"matched": "matched_db"}.get(name, name), value)

    levels = {name: values[name] for name in ("dry_db", "reference_db", "processed_lufs")}
    findings = SimpleNamespace(
        match=SimpleNamespace(**levels), tracks=values["tracks"], is_stuck=values["is_stuck"]
    )
    audio = SimpleNamespace(player=Player(), state=values["state"])
    return SimpleNamespace(
        live=SimpleNamespace(book=book, set_value=set_value),
        findings=findings,
        audio=audio,
        codec=values["codec"],
        match_db=values["match_db"],
        match_waits=False,
        drive_db=values["drive_db"],
        is_due=lambda _action, _period_s: values["due"],
    )


@pytest.mark.parametrize(
    ("listen", "difference_db", "gains_db", "told_db"),
    [
        ("dry", 6.3, (-6.3, 0.0), 0.0),
        ("dry", -1.1, (0.0, -1.1), -1.1),
        ("reference", -2.0, (0.0, -2.0), -2.0),
        ("residual", 3.0, (-3.0, 0.0), 0.0),
        ("dry", None, (0.0, 0.0), 0.0),
    ],
)
def test_the_louder_one_is_turned_down(
    listen: str, difference_db: float | None, gains_db: tuple[float, float], told_db: float
) -> None:
    kind = "reference_db" if listen == "reference" else "dry_db"
    made = engine(listen, **{kind: difference_db})
    apply_match(made, switched=True)
    assert made.audio.player.match_db == gains_db
    assert made.match_db == told_db
    assert made.live.book.compared == ("reference" if listen == "reference" else "dry")


@pytest.mark.parametrize(
    ("switched", "known_db", "gains_db"),
    [(False, 0.0, (-4.0, -1.0)), (True, 0.0, (-2.0, 0.0)), (False, math.nan, (-2.0, 0.0))],
)
def test_while_one_listens_a_match_only_turns_down(
    switched: bool, known_db: float, gains_db: tuple[float, float]
) -> None:
    made = engine("dry", dry_db=2.0, matched_db=(-4.0, -1.0), match_db=known_db)
    apply_match(made, switched=switched)
    assert made.audio.player.match_db == gains_db


def test_the_processed_signal_keeps_what_it_was_last_compared_with() -> None:
    made = engine("processed", "reference", dry_db=9.0, reference_db=2.5)
    apply_match(made, switched=True)
    assert made.live.book.compared == "reference"
    assert (made.audio.player.match_db, made.match_db) == ((-2.5, 0.0), -2.5)
    fresh = engine("processed", dry_db=9.0)
    apply_match(fresh, switched=True)
    assert (fresh.audio.player.match_db, fresh.match_db) == ((0.0, 0.0), 0.0)


@pytest.mark.parametrize("listen", ["delta", "band"])
def test_a_part_of_the_chain_is_heard_at_its_level(listen: str) -> None:
    made = engine(listen, "dry", dry_db=5.0, matched_db=(-5.0, -3.0))
    apply_match(made, switched=True)
    assert (made.audio.player.match_db, made.match_db) == ((-5.0, 0.0), 0.0)


def test_a_codec_is_matched_by_what_it_has_measured_itself() -> None:
    made = engine("codec", codec=SimpleNamespace(difference_db=-0.7))
    apply_match(made, switched=True)
    assert made.audio.player.match_db == (0.0, -0.7)
    none = engine("codec")
    apply_match(none, switched=True)
    assert none.audio.player.match_db == (0.0, 0.0)


@pytest.mark.parametrize(
    ("track_lufs", "processed_lufs", "beside_db", "told_db"),
    [
        (-9.0, -14.0, -5.0, -5.0),
        (-20.0, -14.0, 0.0, 0.0),
        (-9.0, None, -14.0, math.nan),
        (-30.0, None, 0.0, math.nan),
        (None, -14.0, -18.0, math.nan),
    ],
)
def test_another_track(
    track_lufs: float | None, processed_lufs: float | None, beside_db: float, told_db: float
) -> None:
    """Until the song is measured it is heard at −23 LUFS, and where it cannot be measured, 18 dB down."""
    track = SimpleNamespace(integrated_lufs=track_lufs)
    made = engine("track", aim={"path": TRACK}, tracks={TRACK: track}, processed_lufs=processed_lufs)
    apply_match(made, switched=True)
    assert made.audio.player.match_db[1] == pytest.approx(beside_db)
    assert made.match_db == pytest.approx(told_db, nan_ok=True)
    assert not made.match_waits


def test_a_track_is_silent_until_it_is_measured_unless_that_comes_to_nothing() -> None:
    made = engine("track", aim={"path": TRACK})
    set_match(made, made.audio)
    assert made.match_waits
    assert made.audio.player.match_db[1] == -math.inf
    for changes in (
        {"is_stuck": True},
        {"aim": {"path": TRACK, "integrated_lufs": -9.0}},
        {"tracks": {TRACK: SimpleNamespace(integrated_lufs=None)}},
    ):
        assert not match_waits(engine("track", **{"aim": {"path": TRACK}, **changes}))
    assert not match_waits(engine("dry"))


class Changes:
    """What brings changes into the player."""

    def __init__(self, is_busy: bool = False) -> None:
        self.is_busy, self.followed = is_busy, 0

    def follow(self) -> None:
        self.followed += 1


@pytest.mark.parametrize(
    ("at_db", "wanted_db", "next_db"),
    [
        (0.0, 3.0, 0.25),
        (3.0, 0.0, 2.75),
        (2.75, 3.0, 3.0),
        (2.74, 3.0, 2.99),
        (2.9, 3.0, 3.0),
        (None, 3.0, 3.0),
    ],
)
def test_a_drive_moves_by_a_quarter_of_a_decibel(
    at_db: float | None, wanted_db: float, next_db: float
) -> None:
    made, changes = engine(drive_db=at_db, drive={"streaming": wanted_db}), Changes()
    ramp_drive(made, changes, made.audio)  # type: ignore[arg-type]
    assert made.drive_db == pytest.approx(next_db)
    assert changes.followed == 1


def test_a_drive_that_arrives_is_the_one_that_was_solved_to_the_last_bit() -> None:
    """0.2 + (−0.01 − 0.2) is not −0.01: it would never arrive."""
    made, changes = engine(drive_db=0.2, drive={"streaming": -0.01}), Changes()
    ramp_drive(made, changes, made.audio)  # type: ignore[arg-type]
    assert made.drive_db == -0.01
    ramp_drive(made, changes, made.audio)  # type: ignore[arg-type]
    assert changes.followed == 1


def test_what_does_not_play_takes_its_drive_at_once() -> None:
    made, changes = engine(drive_db=0.0, drive={"streaming": 3.0}, state=State.PAUSED, due=False), Changes()
    ramp_drive(made, changes, made.audio)  # type: ignore[arg-type]
    assert (made.drive_db, changes.followed) == (3.0, 1)


@pytest.mark.parametrize(
    ("changes", "busy"),
    [({"due": False}, False), ({}, True), ({"drive": {}}, False), ({"drive": {"streaming": 0.0}}, False)],
)
def test_it_waits_for_its_turn_and_for_a_reason(changes: dict[str, Any], busy: bool) -> None:
    made, applier = engine(drive_db=0.0, **{"drive": {"streaming": 3.0}, **changes}), Changes(busy)
    ramp_drive(made, applier, made.audio)  # type: ignore[arg-type]
    assert (made.drive_db, applier.followed) == (0.0, 0)
