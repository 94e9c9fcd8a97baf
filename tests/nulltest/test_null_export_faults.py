"""Causes of what a stranger's export does: each fault is named first, and nothing wrong beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from null_export_faults import ALL_FAULTS, inject_any
from null_faults import RATE, inject_into, song, total
from null_sessions import make_session

from engine.nulltest.distant import far_lags
from engine.nulltest.lanes import session_specs
from engine.nulltest.nulltest import null_test
from engine.report.null import NullReport
from engine.session.corrections import corrections

#: One of every family; the bench runs all of them on many songs.
_CHOSEN = (
    *("late_start", "several_late", "mix_late", "side_inverted", "side_gain", "mono_file", "duck", "stem_eq"),
    *("chorus", "wrong_rate", "fade_out", "hole", "cut_out", "dc_in_stem", "printed"),
)
#: What a correction leaves of these at most, dBFS.
_CORRECTED = {"late_start": -100.0, "several_late": -100.0, "mix_late": -100.0}


def named(report: NullReport) -> list[tuple[str, str | None]]:
    return [
        (f"{cause.kind} {cause.channel}" if cause.channel else cause.kind, cause.stem)
        for cause in report.causes
    ]


@pytest.mark.parametrize("fault", _CHOSEN)
def test_the_fault_is_named_first_and_nothing_else_is_told(tmp_path: Path, fault: str) -> None:
    case = inject_any(5, fault, seconds=9.0)
    session = make_session(tmp_path, case.stems, case.mix, subtype="FLOAT")
    report = null_test(session)
    wanted = {(kind, stem) for kind, stem, _ in case.expected}
    told = named(report)
    assert told
    assert set(told) <= wanted
    assert bool(corrections(session, report.causes)) == (fault in _CORRECTED)
    assert report.residual_after_fix_rms_dbfs <= _CORRECTED.get(fault, 0.0)
    for cause in report.causes:
        amounts = [amount for kind, stem, amount in case.expected if stem == cause.stem and amount]
        if amounts:
            assert cause.amount == pytest.approx(amounts[0], abs=1e-3)


def test_what_is_told_to_apply_leaves_what_is_told(tmp_path: Path) -> None:
    """Two faults, of which one can be corrected: the level after is that of a test with the fits applied."""
    case = inject_any(6, "offset", "duck", seconds=8.0)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    applied = {
        fit.name: {
            "source_gain_db": fit.fitted_gain_db,
            "polarity_inverted": fit.polarity == "inverted",
            "offset_samples": fit.fitted_offset_samples,
        }
        for fit in report.stems
    }
    again = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT", **applied))
    assert any(fit.fitted_offset_samples for fit in report.stems)
    assert again.residual_rms_dbfs == pytest.approx(report.residual_after_fix_rms_dbfs, abs=1e-6)


def test_a_side_is_told_on_top_of_what_all_stems_have_in_common(tmp_path: Path) -> None:
    case = inject_any(5, "side_inverted", "pan_law", seconds=5.0)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert sorted(named(report), key=str) == sorted(((k, s) for k, s, _ in case.expected), key=str)


def test_one_side_of_pairs_is_held_on_one_side(tmp_path: Path) -> None:
    """Left and right as mono files: none is missing and none is extra."""
    whole = song(4, 6.0, 3)
    halves = {f"{name}.{side}": x[:, n : n + 1] for name, x in whole.items() for n, side in enumerate("LR")}
    report = null_test(make_session(tmp_path, halves, total(whole), subtype="FLOAT"))
    other = {"L": "right", "R": "left"}
    assert {(c.kind, c.stem, c.channel) for c in report.causes} == {
        ("gain", name, other[name[-1]]) for name in halves
    }
    assert all(fit.present for fit in report.stems)


def test_a_time_reference_decides_between_bars_that_are_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bar fits at any of three; the time references in the files say at which."""
    bar = song(4, 4.0, 2)["S1"][RATE : 3 * RATE]
    mix = np.concatenate((np.zeros((4 * RATE, 2)), np.tile(bar, (3, 1))))
    specs = session_specs(make_session(tmp_path, {"Loop": bar}, mix, subtype="FLOAT"))
    times = {"Loop.wav": 0, "mix.wav": 100}
    monkeypatch.setattr("engine.nulltest.distant.time_reference", lambda path: times[path.name])
    for wanted_s in (4, 6, 8):
        times["Loop.wav"] = wanted_s * RATE + 100
        assert far_lags(specs, np.ones((2, 1)), [0]) == (wanted_s * RATE,)
    # one that says what is not so is not believed
    times["Loop.wav"] = 3 * RATE + 100
    assert far_lags(specs, np.ones((2, 1)), [0]) in [(n * RATE,) for n in (4, 6, 8)]


@pytest.mark.parametrize("seed", [3, 8])
def test_a_cut_is_found_beside_a_stem_that_is_there_twice(tmp_path: Path, seed: int) -> None:
    case = inject_any(seed, "duplicated", "cut_out", seconds=9.0)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert named(report) == [("duplicated_stem", "again"), ("mix_edit", None)]


def test_a_level_that_moves_is_no_other_speed(tmp_path: Path) -> None:
    """A stem that is compressed in the mix alone: at a speed a thousandth off most of it is found too."""
    case = inject_into(song(1005, 15.0, 4), 1005, "stem_comp", known=ALL_FAULTS)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert named(report) == [("stem_processing", "S2")]


@pytest.mark.parametrize(
    ("seed", "seconds", "faults"),
    [
        (5, 9.0, ("several_late", "mix_trimmed")),
        (6, 9.0, ("stem_drift", "mix_trimmed")),
    ],
)
def test_what_the_mix_is_late_by_is_told_once(
    tmp_path: Path, seed: int, seconds: float, faults: tuple[str, ...]
) -> None:
    """Where most stems stand together, the others are told on top; one on a clock of its own has no place."""
    case = inject_any(seed, *faults, seconds=seconds)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert sorted(named(report), key=str) == sorted(((k, s) for k, s, _ in case.expected), key=str)
    wanted = {stem: amount for kind, stem, amount in case.expected if kind == "offset"}
    assert {c.stem: c.amount for c in report.causes if c.kind == "offset"} == pytest.approx(wanted, abs=1e-3)


def test_a_stem_that_was_found_in_a_part_of_the_song_is_not_late(tmp_path: Path) -> None:
    """Behind a cut all stand earlier: beside a stem at another rate that is the cut, and no offset."""
    case = inject_any(6, "wrong_rate", "cut_out", seconds=9.0)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert named(report)[0] in {(kind, stem) for kind, stem, _ in case.expected}
    assert set(named(report)) <= {(kind, stem) for kind, stem, _ in case.expected}


@pytest.mark.parametrize(("seed", "first"), [(5, "S5"), (8, None)])
def test_beside_a_clock_of_the_mix_another_speed_is_no_other_take(
    tmp_path: Path, seed: int, first: str | None
) -> None:
    """The stem's speed is told where it stands out, and nothing of it where it does not.

    The only stem that runs longer makes it longer than the mix: nothing is cut off.
    """
    case = inject_any(seed, "varispeed", "drift", seconds=9.0)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert named(report)[0] == ("clock_drift", first)
    assert set(named(report)) <= {(kind, stem) for kind, stem, _ in case.expected}


def test_a_stem_at_another_rate_is_found_beside_others_as_they_are_found(tmp_path: Path) -> None:
    """What the others leave is what they leave at their own places."""
    case = inject_any(5, "wrong_rate", "all_late", seconds=9.0)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert named(report)[0] == ("resampled", "S3")
    assert set(named(report)) <= {(kind, stem) for kind, stem, _ in case.expected}


def test_a_constant_is_seen_where_stems_that_were_moved_go_on_behind_the_mix(tmp_path: Path) -> None:
    case = inject_any(283, "several_late", "dc_in_mix", seconds=9.0)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert set(named(report)) == {(kind, stem) for kind, stem, _ in case.expected}


def test_where_most_stems_are_not_found_none_is_missing(tmp_path: Path) -> None:
    """A mix without its beginning, on a clock of its own: it holds every stem, elsewhere."""
    case = inject_any(13, "drift", "mix_trimmed", seconds=9.0)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert "missing_stem" not in {kind for kind, _ in named(report)}


def test_a_muted_part_beside_a_reverb_is_no_other_take(tmp_path: Path) -> None:
    case = inject_any(6, "muted_part", "reverb_return", seconds=9.0)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert named(report)[0] in {(kind, stem) for kind, stem, _ in case.expected}
    assert set(named(report)) <= {(kind, stem) for kind, stem, _ in case.expected}


def test_a_mono_file_is_one_at_whatever_gains_its_channels_are_seen(tmp_path: Path) -> None:
    case = inject_into(song(1009, 15.0, 8), 1009, "mono_file", known=ALL_FAULTS)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert named(report) == [("mono_fold", "S8")]
