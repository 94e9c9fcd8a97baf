"""Faults of the whole mix together with faults of single stems: each is told beside the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from null_export_faults import ALL_FAULTS, inject_any
from null_faults import inject_into, song
from null_sessions import make_session

from engine.nulltest.nulltest import null_test
from engine.report.null import NullReport

#: A fault that is expected: kind, stem, amount.
Expected = tuple[str, str | None, float | None]


def report_of(folder: Path, seed: int, *faults: str, seconds: float) -> tuple[NullReport, list[Expected]]:
    """The report of a song with faults, and what it should name: kind, stem, amount."""
    case = inject_any(seed, *faults, seconds=seconds)
    return null_test(make_session(folder, case.stems, case.mix, subtype="FLOAT")), case.expected


def told(report: NullReport) -> dict[tuple[str, str | None], float | None]:
    return {
        (f"{cause.kind} {cause.channel}" if cause.channel else cause.kind, cause.stem): cause.amount
        for cause in report.causes
    }


@pytest.mark.parametrize(
    ("seed", "faults"),
    [
        (4, ("drift", "mix_trimmed")),
        (3, ("drift", "mix_late")),
    ],
)
def test_beside_a_clock_of_the_mix_every_offset_is_told_to_the_sample(
    tmp_path: Path, seed: int, faults: tuple[str, ...]
) -> None:
    """It is that at which mix and stems begin, however far the clock has run by then.

    The late mix begins when the stems are over: where it holds none of them, none is extra.
    """
    report, expected = report_of(tmp_path, seed, *faults, seconds=6.0)
    assert told(report) == {(kind, stem): pytest.approx(amount, abs=0.02) for kind, stem, amount in expected}


def test_where_the_mix_is_short_nothing_inaudible_is_missing(tmp_path: Path) -> None:
    """Moved to where they are, the stems make what there is of it exactly."""
    report, expected = report_of(tmp_path, 5, "length", "mix_trimmed", seconds=6.0)
    assert set(told(report)) == {(kind, stem) for kind, stem, _ in expected}


@pytest.mark.parametrize(
    ("seed", "faults"),
    [
        (1, ("mono_file", "fade_out")),
        (1, ("stem_comp", "compressor")),
        (1, ("stem_eq", "fade_out")),
    ],
)
def test_a_moving_gain_of_the_mix_is_told_beside_what_one_stem_is(
    tmp_path: Path, seed: int, faults: tuple[str, ...]
) -> None:
    """Each hides the other: neither alone explains the residual."""
    report, expected = report_of(tmp_path, seed, *faults, seconds=6.0)
    assert set(told(report)) == {(kind, stem) for kind, stem, _ in expected}


@pytest.mark.parametrize(
    ("seed", "faults"),
    [
        (9, ("fold", "stem_eq")),
        (3, ("chorus", "parallel")),
        (2, ("mono_file", "stem_eq")),
    ],
)
def test_what_else_is_wrong_hides_no_stem_that_is_another_sound(
    tmp_path: Path, seed: int, faults: tuple[str, ...]
) -> None:
    """Folded channels are seen with a filter undone, and a take by the level of the mix."""
    report, expected = report_of(tmp_path, seed, *faults, seconds=6.0)
    wanted = {(kind, stem) for kind, stem, _ in expected}
    assert next(iter(told(report))) in wanted
    assert set(told(report)) <= wanted


def test_another_take_does_not_hide_that_a_stem_is_there_twice(tmp_path: Path) -> None:
    case = inject_into(song(8, 5.0, 3), 8000, "take", "duplicated", known=ALL_FAULTS)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert set(told(report)) == {(kind, stem) for kind, stem, _ in case.expected}


def test_a_stem_that_repeats_itself_is_found_where_it_lies(tmp_path: Path) -> None:
    """Its own repetition holds half of it where it does not lie: it seems to be there at a lower gain."""
    stems = {name: samples.astype("f4").astype("f8") for name, samples in song(7303, 12.0, 7).items()}
    case = inject_into(stems, 26, "pre_roll", known=ALL_FAULTS)
    report = null_test(make_session(tmp_path, case.stems, case.mix, subtype="FLOAT"))
    assert told(report) == {("offset", "S1"): -356830.0}


def test_where_the_whole_mix_lies_elsewhere_no_single_stem_is_sent_there(tmp_path: Path) -> None:
    """A mix that begins earlier and has a cut: parts of stems fit here and there, and none of it is so."""
    report, _ = report_of(tmp_path, 1, "cut_out", "mix_trimmed", seconds=6.0)
    assert told(report) == {("unknown", None): None}
