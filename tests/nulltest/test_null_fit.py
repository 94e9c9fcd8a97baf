"""What the null test says to apply to each stem: gain, polarity, lag, presence."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from null_sessions import RATE, Doubles, make_session, noise, three_stems, total

from engine.nulltest.nulltest import null_test
from engine.report.null import NullReport
from engine.report.plain import as_json


@pytest.fixture(scope="module")
def three() -> dict[str, Doubles]:
    return three_stems()


def fit_of(report: NullReport, name: str) -> tuple[float, float, str, bool]:
    fit = next(fit for fit in report.stems if fit.name == name)
    return fit.fitted_gain_db, fit.fitted_offset_samples, fit.polarity, fit.present


@pytest.mark.parametrize("gain_db", [-3.0, 0.1, 1.3])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_fit_of_gain_and_polarity(
    tmp_path: Path, three: dict[str, Doubles], gain_db: float, sign: float
) -> None:
    mix = total(three) + (sign * 10 ** (gain_db / 20) - 1.0) * three["B"]
    report = null_test(make_session(tmp_path, three, mix))
    fitted_db, offset, polarity, present = fit_of(report, "B")
    assert fitted_db == pytest.approx(gain_db, abs=1e-6)
    assert (offset, polarity, present) == (0.0, "normal" if sign > 0 else "inverted", True)
    assert fit_of(report, "A")[0] == pytest.approx(0.0, abs=1e-6)
    assert report.residual_after_fix_rms_dbfs < -140.0


def test_fit_counts_from_the_corrections_made(tmp_path: Path, three: dict[str, Doubles]) -> None:
    session = make_session(
        tmp_path, three, total(three), B={"source_gain_db": 1.0, "polarity_inverted": True}
    )
    fitted_db, _, polarity, _ = fit_of(null_test(session), "B")
    assert fitted_db == pytest.approx(-1.0, abs=1e-6)
    assert polarity == "inverted"


@pytest.mark.parametrize("lag", [1, 37, -480, 20000])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_fit_of_a_whole_sample_lag(tmp_path: Path, three: dict[str, Doubles], lag: int, sign: float) -> None:
    late = np.roll(three["B"], lag, axis=0)
    report = null_test(make_session(tmp_path, three, total(three) - three["B"] + 0.8 * sign * late))
    fitted_db, offset, polarity, present = fit_of(report, "B")
    assert (offset, polarity, present) == (lag, "normal" if sign > 0 else "inverted", True)
    assert fitted_db == pytest.approx(20 * math.log10(0.8), abs=1e-6)
    assert [fit_of(report, name)[1] for name in "AC"] == [0.0, 0.0]


def test_fit_of_several_lags(tmp_path: Path, three: dict[str, Doubles]) -> None:
    lags = {"A": 100, "B": -250, "C": 7}
    mix = np.sum([np.roll(three[name], lag, axis=0) for name, lag in lags.items()], axis=0)
    report = null_test(make_session(tmp_path, three, mix))
    assert {name: fit_of(report, name)[1] for name in lags} == lags


def test_a_periodic_stem_is_moved_by_the_nearest_fitting_lag(tmp_path: Path) -> None:
    t = np.arange(4 * RATE) / RATE
    wave = 0.2 * np.sin(2 * np.pi * 100.0 * t)[:, None] * np.ones(2) * np.sin(np.pi * t / 4)[:, None] ** 2
    report = null_test(
        make_session(
            tmp_path, {"A": wave, "B": noise(1, 4 * RATE)}, np.roll(wave, 60, axis=0) + noise(1, 4 * RATE)
        )
    )
    assert fit_of(report, "A")[1] == 60


def test_a_stem_the_mix_lacks_is_absent(tmp_path: Path, three: dict[str, Doubles]) -> None:
    report = null_test(make_session(tmp_path, three, three["A"] + three["C"]))
    assert fit_of(report, "B")[3] is False
    assert [fit_of(report, name)[3] for name in "AC"] == [True, True]
    assert as_json(report)["stems"][1]["fitted_gain_db"] is None


def test_a_mix_with_something_else_in_it_moves_no_stem(tmp_path: Path, three: dict[str, Doubles]) -> None:
    report = null_test(make_session(tmp_path, three, total(three) + noise(77, 4 * RATE)))
    for name in three:
        fitted_db, offset, polarity, present = fit_of(report, name)
        assert abs(fitted_db) < 0.1
        assert (offset, polarity, present) == (0.0, "normal", True)
    # nothing explains the foreign part: the residual stays
    assert report.residual_after_fix_rms_dbfs == pytest.approx(report.residual_rms_dbfs, abs=0.1)


def test_stems_that_cannot_be_told_apart_stay_as_they_are(tmp_path: Path, three: dict[str, Doubles]) -> None:
    stems = {**three, "D": three["C"]}
    report = null_test(make_session(tmp_path, stems, total(stems) + 0.5 * three["A"]))
    assert fit_of(report, "C")[0] == pytest.approx(0.0, abs=1e-6)
    assert fit_of(report, "D")[0] == pytest.approx(0.0, abs=1e-6)
    assert fit_of(report, "A")[0] == pytest.approx(20 * math.log10(1.5), abs=1e-6)


def test_result_does_not_depend_on_the_number_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stem = noise(1, 13 * RATE)
    session = make_session(tmp_path, {"A": stem, "B": stem[::-1]}, stem)
    reports = []
    for count in (1, 3):
        monkeypatch.setattr("os.cpu_count", lambda count=count: count)
        reports.append(as_json(null_test(session)))
    assert reports[0] == reports[1]
