"""Playback systems: the shipped curves, their sources, and the user's own beside them."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest

from engine.errors import SessionError
from engine.session.playback import SYSTEMS, playback_systems

NAMES = {"phone", "laptop", "earbuds", "car", "club", "radio"}
POINTS = "points = [[20, -10], [100, -3], [1000, 0], [10000, -2], [20000, -9]]\n"


@pytest.fixture
def user_file(own_folders: Path) -> Path:
    path = SYSTEMS.user_path
    path.parent.mkdir(parents=True)
    return path


def test_each_shipped_curve_is_dated_and_sourced(own_folders: Path) -> None:
    systems = playback_systems()
    assert set(systems) == NAMES
    for system in systems.values():
        assert len(system.source) > 20
        assert system.date is not None
        assert system.origin == "shipped"
        assert system.lowest_hz == 20.0
        assert system.highest_hz == 20_000.0
        # only what somebody has measured on a device may say so
        assert (system.basis == "measured") == (system.name == "earbuds")
        assert ("typical values" in system.source) == (system.basis != "measured")


def test_what_is_mono_is_mono(own_folders: Path) -> None:
    systems = playback_systems()
    assert {name for name, system in systems.items() if system.mono} == {"phone", "radio"}
    assert {name: system.mono_below_hz for name, system in systems.items() if system.mono_below_hz} == {
        "club": 120.0
    }


def test_the_phone_lies_within_the_mask_of_its_standard() -> None:
    """3GPP TS 26.131, table 14: straight lines over the logarithm of the frequency, on any scale."""
    lower = [(630, -12.0), (800, -6.0), (4000, -6.0), (6300, -12.0)]
    for frequency_hz, level_db in SYSTEMS.shipped()["phone"].points:
        if 315 <= frequency_hz <= 8000:
            assert level_db <= 6.0
        for (low_hz, low_db), (high_hz, high_db) in itertools.pairwise(lower):
            if low_hz <= frequency_hz <= high_hz:
                share = math.log(frequency_hz / low_hz) / math.log(high_hz / low_hz)
                assert level_db >= low_db + share * (high_db - low_db)


def test_a_users_own_stand_beside_and_win(user_file: Path) -> None:
    user_file.write_text(
        f'[systems.kitchen]\ntitle = "the kitchen"\nmono = true\ndate = 2026-01-31\n{POINTS}'
        f"[systems.car]\n{POINTS}"
    )
    systems = playback_systems()
    assert set(systems) == NAMES | {"kitchen"}
    kitchen, car = systems["kitchen"], systems["car"]
    assert (kitchen.title, kitchen.mono, kitchen.date, kitchen.origin) == (
        "the kitchen",
        True,
        "2026-01-31",
        "user",
    )
    assert kitchen.source == "your own, playback.toml"
    assert (car.title, car.points[1], car.date) == ("car", (100.0, -3.0), None)


def test_a_byte_order_mark_and_no_file_are_fine(user_file: Path) -> None:
    assert set(playback_systems()) == NAMES
    user_file.write_text(f"\ufeff[systems.kitchen]\n{POINTS}", encoding="utf-8")
    assert "kitchen" in playback_systems()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[kitchen]\n", r"kitchen: unknown key: write each playback system as \[systems.NAME\]"),
        ("systems = 1\n", "systems: is not a table"),
        ("systems.kitchen = 1\n", "systems.kitchen: 1 is not a table"),
        ("[systems\n", "is not valid TOML"),
        (f"[systems.off]\n{POINTS}", "systems.off: is no name"),
        (f"[systems.Kitchen]\n{POINTS}", "systems.Kitchen: is no name"),
        (f"[systems.{'k' * 25}]\n{POINTS}", "is no name"),
        ("[systems.kitchen]\nmono = true\n", "systems.kitchen.points: is missing"),
        (f"[systems.kitchen]\nmonno = true\n{POINTS}", "kitchen.monno: unknown key: did you mean 'mono'"),
        (f"[systems.kitchen]\nmono_below_hz = 900\n{POINTS}", "mono_below_hz: 900 is out of range"),
        (f'[systems.kitchen]\nbasis = "guess"\n{POINTS}', "systems.kitchen.basis"),
        (f'[systems.kitchen]\ndate = "soon"\n{POINTS}', "systems.kitchen.date: is no date"),
    ],
)
def test_a_broken_file_is_told_by_name_and_key(user_file: Path, text: str, says: str) -> None:
    user_file.write_text(text)
    with pytest.raises(SessionError, match=says) as caught:
        playback_systems()
    assert str(user_file) in str(caught.value)


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ("3", "systems.k.points: 3 is no list"),
        ("[[20, 0], [20000, 0]]", "systems.k.points: holds 2 points"),
        ("[[20, 0], [100], [1000, 0], [9000, 0]]", r"systems.k.points\[1\]: is no point"),
        ("[[20, 0], [100, true], [1e3, 0], [9e3, 0]]", r"points\[1\]: is no point"),
        ("[[1, 0], [100, 0], [1000, 0], [9000, 0]]", r"points\[0\]\[0\]: is out of range"),
        ("[[20, nan], [99, 0], [1e3, 0], [9e3, 0]]", r"points\[0\]\[1\]: is out of range"),
        ("[[20, 0], [99, 0], [99, 0], [9e3, 0]]", r"points\[2\]: 99 Hz does not lie above"),
        ("[[20, 0], [99, 0], [100, 9], [9e3, 0]]", r"points\[2\]: the curve moves by 6"),
        ("[[300, 0], [400, 0], [1e3, 0], [9e3, 0]]", r"points\[0\]: begins at 300 Hz"),
        ("[[20, 0], [400, 0], [1e3, 0], [5e3, 0]]", r"points\[3\]: ends at 5000 Hz"),
    ],
)
def test_a_bad_point_is_told_by_its_place(user_file: Path, points: str, says: str) -> None:
    user_file.write_text(f"[systems.k]\npoints = {points}\n")
    with pytest.raises(SessionError, match=says) as caught:
        playback_systems()
    assert str(user_file) in str(caught.value)


@pytest.mark.parametrize("slope", [59.9, 60.1])
def test_the_steepest_slope(user_file: Path, slope: float) -> None:
    user_file.write_text(f"[systems.k]\npoints = [[20, 0], [1000, 0], [2000, {slope}], [9000, 0]]\n")
    if slope < 60.0:
        assert playback_systems()["k"].points[2] == (2000.0, slope)
    else:
        with pytest.raises(SessionError, match=r"points\[2\]"):
            playback_systems()


def test_an_unreadable_file_is_told(user_file: Path) -> None:
    user_file.mkdir()
    with pytest.raises(SessionError, match=r"playback.toml: cannot be read \(Is a directory\)"):
        playback_systems()
