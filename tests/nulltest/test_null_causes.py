"""Causes: what the fault injector puts in is what the null test names, and what it corrects is right."""

from __future__ import annotations

from pathlib import Path

import pytest
from null_faults import inject
from null_sessions import make_session

from engine.nulltest.nulltest import null_test
from engine.session.corrections import CORRECTABLE, corrections


@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("fault", ["gain", "polarity", "offset", "extra", "duplicated", "pan_law", "length"])
def test_the_fault_is_named_first(tmp_path: Path, fault: str, seed: int) -> None:
    case = inject(seed, fault, seconds=6.0)
    report = null_test(make_session(tmp_path, case.stems, case.mix))
    kind, stem, amount = case.expected[0]
    first = report.causes[0]
    assert (first.kind, first.stem) == (kind, stem)
    assert len(report.causes) == 1
    if amount is not None:
        assert first.amount == pytest.approx(amount, abs=1e-4)
    if kind in CORRECTABLE:
        assert report.residual_after_fix_rms_dbfs <= -100.0


def test_a_missing_stem_is_not_corrected(tmp_path: Path) -> None:
    case = inject(1, "missing", seconds=6.0)
    session = make_session(tmp_path, case.stems, case.mix)
    report = null_test(session)
    assert report.causes[0].kind == "missing_stem"
    assert corrections(session, report.causes) == []


@pytest.mark.parametrize("other", ["gain", "extra"])
def test_two_faults_are_both_named(tmp_path: Path, other: str) -> None:
    case = inject(2, other, "offset", seconds=6.0)
    report = null_test(make_session(tmp_path, case.stems, case.mix))
    found = {(cause.kind, cause.stem) for cause in report.causes}
    assert found == {(kind, stem) for kind, stem, _ in case.expected}
    offsets = [cause.amount for cause in report.causes if cause.kind == "offset"]
    assert offsets == [amount for kind, _, amount in case.expected if kind == "offset"]
    assert (report.residual_after_fix_rms_dbfs <= -100.0) == (other == "gain")
