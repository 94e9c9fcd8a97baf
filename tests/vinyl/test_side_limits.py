"""What is said of a side, each limit from both sides: the figures are those of docs/albums.md."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.report.album import AlbumFinding
from engine.vinyl.advice import advise, groove_speed_m_s
from engine.vinyl.bands import BandMeter, FlatTops, HighWindow, LowWindow
from engine.vinyl.findings import SideTrack, side_findings

RATE = 48000
LOUD = 0.01
"""Mean square of −20 dBFS."""


def power(level_db: float) -> float:
    """A mean square, re full scale."""
    return float(10.0 ** (level_db / 10.0))


def told(
    low: Sequence[LowWindow] = (),
    high: Sequence[HighWindow] = (),
    *,
    plr_db: float | None = None,
    form: tuple[int, int] = (12, 33),
    duration_s: float = 600.0,
) -> list[AlbumFinding]:
    """The findings of a side with one track, besides a note about its length."""
    bands = BandMeter(RATE)
    bands.low, bands.high = list(low), list(high)
    track = SideTrack(3, "Song", 0.0, duration_s + 1.0, plr_db, FlatTops(), None)
    found = side_findings(
        bands, [track], size_inch=form[0], rpm=form[1], duration_s=duration_s, cause=lambda *_: None
    )
    return [one for one in found if one.severity != "note"]


def kinds(found: Sequence[AlbumFinding]) -> list[str]:
    return [one.kind for one in found]


@pytest.mark.parametrize(("correlation", "is_told"), [(0.905, False), (0.895, True), (-1.0, True)])
def test_bass_that_hardly_correlates(correlation: float, is_told: bool) -> None:
    found = told([LowWindow(1.0, LOUD, LOUD / 100.0, correlation)])
    assert kinds(found) == ["low_correlation"] * is_told


@pytest.mark.parametrize(("side_db", "is_told"), [(-12.1, False), (-11.9, True)])
def test_bass_in_the_side_signal(side_db: float, is_told: bool) -> None:
    found = told([LowWindow(1.0, LOUD, LOUD * power(side_db), 1.0)])
    assert kinds(found) == ["low_side"] * is_told


def test_bass_that_is_all_side_has_no_level_re_the_mid() -> None:
    (found,) = told([LowWindow(1.0, 0.0, LOUD, 1.0)])
    assert "far above the mid" in found.message


@pytest.mark.parametrize(("level_db", "is_told"), [(-50.1, False), (-49.9, True)])
def test_what_is_hardly_heard_is_not_looked_at(level_db: float, is_told: bool) -> None:
    low = LowWindow(1.0, power(level_db) / 2.0, power(level_db) / 2.0, 1.0)
    high = HighWindow(1.0, power(level_db), power(level_db), 0.0)
    assert kinds(told([low], [high])) == ["low_side", "sibilance"] * is_told


@pytest.mark.parametrize(("share_db", "is_told"), [(-6.1, False), (-5.9, True)])
def test_sibilance(share_db: float, is_told: bool) -> None:
    found = told(high=[HighWindow(1.0, LOUD, LOUD * power(share_db), 0.0)])
    assert kinds(found) == ["sibilance"] * is_told


@pytest.mark.parametrize(
    ("form", "share", "limit_dbfs"),
    [
        ((12, 33), 0.0, -20.0),
        ((12, 33), 1.0, -27.7),  # 60.3 mm instead of 146.3
        ((12, 45), 0.0, -17.4),  # 45 turns instead of 33⅓
        ((10, 45), 0.0, -19.05),
        ((7, 45), 0.0, -22.2),
        ((7, 45), 1.0, -26.05),
    ],
)
@pytest.mark.parametrize(("beyond_db", "is_told"), [(-0.1, False), (0.1, True)])
def test_treble_that_a_groove_takes(
    form: tuple[int, int], share: float, limit_dbfs: float, beyond_db: float, is_told: bool
) -> None:
    high = HighWindow(200.0 * share, 1.0, 0.0, power(limit_dbfs + beyond_db))
    assert kinds(told(high=[high], form=form, duration_s=200.0)) == ["high_frequencies"] * is_told


@pytest.mark.parametrize(("plr_db", "is_told"), [(9.1, False), (8.9, True), (None, False)])
def test_peaks_that_hardly_rise_above_the_loudness(plr_db: float | None, is_told: bool) -> None:
    assert kinds(told(plr_db=plr_db)) == ["plr"] * is_told


@pytest.mark.parametrize(
    ("form", "longest_min", "full_min"),
    [((12, 33), 24.0, 22.0), ((12, 45), 16.0, 16.0), ((7, 33), 7.0, 6.0), ((7, 45), 6.0, 5.0)],
)
def test_the_length_of_a_side(form: tuple[int, int], longest_min: float, full_min: float) -> None:
    """`full_min`: as loud as the reference cut; longer ones are quieter, and that is a warning."""
    assert advise(*form, 60.0 * longest_min).longest_min == longest_min
    assert advise(*form, 60.0 * full_min).level_db == pytest.approx(0.0)
    for minutes, severities in {
        full_min - 0.1: [],
        min(full_min + 0.1, longest_min): ["warning"] * (full_min < longest_min),
        longest_min + 0.1: ["error"],
    }.items():
        found = told(form=form, duration_s=60.0 * minutes)
        assert [(one.kind, one.severity) for one in found] == [("side_length", one) for one in severities]


#: Minutes of a side and what it can be cut at, dB, as a cutting house tells them (zenithrecords.org).
_TOLD = {
    (12, 33): {10: 4, 14: 4, 18: 2, 20: 1, 22: 0, 24: -1},
    (12, 45): {10: 4, 12: 4, 14: 2, 16: 0},
    (7, 33): {4: 2, 5: 2, 6: 0, 7: -1},
    (7, 45): {2: 3, 3: 3, 4: 1, 5: 0, 6: -1},
}


@pytest.mark.parametrize(
    ("form", "minutes", "level_db"), [(form, *row) for form, rows in _TOLD.items() for row in rows.items()]
)
def test_the_level_of_a_side_is_what_a_cutting_house_tells(
    form: tuple[int, int], minutes: float, level_db: float
) -> None:
    assert advise(*form, 60.0 * minutes).level_db == pytest.approx(level_db, abs=1e-9)


def test_between_two_lengths_the_level_goes_in_proportion() -> None:
    assert advise(12, 33, 60.0 * 19.5).level_db == pytest.approx(1.25, abs=1e-9)
    assert advise(7, 45, 60.0 * 3.25).level_db == pytest.approx(2.5, abs=1e-9)


@pytest.mark.parametrize(("rpm", "longest_min"), [(33, 13.5), (45, 10.0)])
def test_a_ten_inch_has_a_longest_side_and_no_level(rpm: int, longest_min: float) -> None:
    assert advise(10, rpm, 60.0 * longest_min).level_db is None
    for minutes, expected in ((longest_min - 0.1, []), (longest_min + 0.1, ["side_length"])):
        assert kinds(told(form=(10, rpm), duration_s=60.0 * minutes)) == expected


@pytest.mark.parametrize(
    ("form", "outer_m_s", "inner_m_s"),
    [
        ((12, 33), 0.5107, 0.2105),
        ((12, 45), 0.6894, 0.2842),
        ((10, 33), 0.4220, 0.2105),
        ((7, 45), 0.3963, 0.2545),
    ],
)
def test_the_speed_of_a_groove(form: tuple[int, int], outer_m_s: float, inner_m_s: float) -> None:
    """2 π r times the turns in a second, the radii of IEC 60098."""
    assert groove_speed_m_s(*form, 0.0) == pytest.approx(outer_m_s, abs=2e-4)
    assert groove_speed_m_s(*form, 1.0) == pytest.approx(inner_m_s, abs=2e-4)


def sibilant(at_s: float, share_db: float) -> HighWindow:
    return HighWindow(at_s, LOUD, LOUD * power(share_db), 0.0)


@pytest.mark.parametrize(("apart_s", "places"), [(1.9, 1), (2.1, 3)])
def test_windows_that_lie_together_are_one_place_told_where_it_is_worst(apart_s: float, places: int) -> None:
    levels_db = (-4.0, -2.0, -3.0)
    found = told(high=[sibilant(1.0 + apart_s * n, level_db) for n, level_db in enumerate(levels_db)])
    assert len(found) == places
    assert found[0].at_s == 1.0 + apart_s
    assert "−2.0 dB" in found[0].message


@pytest.mark.parametrize(
    ("count", "more"), [(3, ""), (4, "; 1 more place like"), (5, "; 2 more places like")]
)
def test_the_three_worst_places_of_a_track_are_told(count: int, more: str) -> None:
    found = told(high=[sibilant(10.0 * number, -5.0 + 0.5 * number) for number in range(count)])
    assert [one.at_s for one in found] == [10.0 * number for number in range(count - 1, count - 4, -1)]
    assert more in found[0].message
    assert not any("more place" in one.message for one in (found if not more else found[1:]))
