"""When a report says that all is well: each thing that can be wrong is wrong alone."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.report.album import AlbumFinding, AlbumReport, SideReport
from engine.report.batch import BatchReport, SessionResult, sum_text
from engine.report.deliver import FileFinding, VerifiedFile, VerifyReport, delivery_holds
from engine.report.null import NullBand, difference_db
from engine.report.null_causes import CAUSES, Correction, NullCause, correction_of, is_correctable
from engine.report.replace import FileFigures, ReplaceReport, changes_between

HERE = Path("/songs/x.wav")


def said(verdict: str) -> Any:
    """A report of that verdict."""
    return SimpleNamespace(verdict=verdict)


def finding(severity: str) -> Any:
    """About a file."""
    return FileFinding(severity, "kind", HERE, "message", "fix")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("renders", "check", "null", "severities", "holds"),
    [
        (True, "pass", None, (), True),
        (True, "warn", "warn", ("warning", "note"), True),
        (False, "pass", None, (), False),
        (True, "fail", None, (), False),
        (True, "pass", "fail", (), False),
        (True, "pass", "pass", ("note", "error"), False),
    ],
)
def test_a_delivery(
    renders: bool, check: str, null: str | None, severities: tuple[str, ...], holds: bool
) -> None:
    render: Any = SimpleNamespace(holds=renders)
    told = None if null is None else said(null)
    assert delivery_holds(render, said(check), told, map(finding, severities)) is holds


@pytest.mark.parametrize(
    ("statuses", "severities", "holds"),
    [
        (("ok", "ok"), (), True),
        ((), ("warning",), True),
        (("ok", "unknown"), (), False),
        (("changed",), (), False),
        (("missing",), (), False),
        (("ok",), ("error",), False),
    ],
)
def test_a_verification(statuses: tuple[Any, ...], severities: tuple[str, ...], holds: bool) -> None:
    files = tuple(VerifiedFile(HERE, status, None, None, None) for status in statuses)
    report = VerifyReport(files, tuple(map(finding, severities)), ())
    assert report.holds is holds
    assert report.as_json()["holds"] is holds


@pytest.mark.parametrize(
    ("whole", "side", "holds"),
    [((), (), True), (("warning",), ("note",), True), (("error",), (), False), ((), ("error",), False)],
)
@pytest.mark.parametrize("discs", [0, 1, 2])
def test_an_album(whole: tuple[Any, ...], side: tuple[Any, ...], holds: bool, discs: int) -> None:
    """One DDP set stands alone in the document, several are a list."""

    def findings(severities: tuple[Any, ...]) -> tuple[AlbumFinding, ...]:
        return tuple(AlbumFinding(one, "kind", None, None, "message", "fix") for one in severities)

    sets: Any = tuple(SimpleNamespace(number=number) for number in range(discs))
    sides = (SideReport("A", HERE, 1.0, findings(side)),)
    report = AlbumReport(HERE, (), SimpleNamespace(), sets, sides, findings(whole), 1.0)  # type: ignore[arg-type]
    assert report.holds is holds
    written = report.as_json()
    assert written["ddp"] == (sets[0] if discs == 1 else list(sets))


def result(exit_code: int = 0, *, error: bool = False, resumed: bool = False) -> SessionResult:
    return SessionResult(HERE, (), {"kind": "x"} if error else None, "local", 1.0, exit_code, resumed)


def test_a_batch_is_as_bad_as_its_worst() -> None:
    verdicts = [one.verdict for one in (result(), result(1), result(resumed=True), result(3, error=True))]
    assert verdicts == ["holds", "MISSED", "done", "FAILED"]
    assert [
        BatchReport(all_, (), 1.0).exit_code for all_ in ((), (result(),), (result(1), result(3), result()))
    ] == [
        *(0, 0, 3),
    ]
    assert sum_text({"FAILED": 2, "holds": 31, "MISSED": 0, "done": 1}) == "31 holds, 1 done, 2 FAILED"


@pytest.mark.parametrize(
    ("check", "null", "falls_short"),
    [
        (None, None, False),
        ("pass", "warn", False),
        ("fail", None, True),
        (None, "fail", True),
        ("warn", "fail", True),
    ],
)
def test_a_new_file_falls_short(check: str | None, null: str | None, falls_short: bool) -> None:
    reports = [None if one is None else said(one) for one in (check, null)]
    figures: Any = SimpleNamespace()
    report = ReplaceReport(HERE, "Bass", None, figures, (), (), reports[0], None, reports[1])
    assert report.falls_short is falls_short


def figures(**changes: Any) -> FileFigures:
    """A file of 3:12 at 48 kHz."""
    values: dict[str, Any] = {
        "path": HERE,
        "sample_rate": 48_000,
        "channels": 2,
        "frames": 48_000 * 192,
        "duration_s": 192.0,
        "subtype": "PCM_24",
        "bits": 24,
        "integrated_lufs": -20.0,
        "rms_dbfs": -22.0,
        "true_peak_dbtp": -3.0,
        "sha256": "0" * 64,
    }
    return FileFigures(**values | changes)


@pytest.mark.parametrize(
    ("changes", "texts"),
    [
        ({}, []),
        ({"integrated_lufs": -19.996, "rms_dbfs": -22.004}, []),
        ({"integrated_lufs": -19.99}, ["loudness −20.00 LUFS → −19.99 LUFS (+0.01 LU)"]),
        ({"true_peak_dbtp": -4.5}, ["true peak −3.00 dBTP → −4.50 dBTP (−1.50 dB)"]),
        ({"rms_dbfs": -math.inf}, ["level −22.00 dBFS → −∞ dBFS"]),
        ({"integrated_lufs": None}, ["loudness −20.00 LUFS → —"]),
        ({"channels": 1}, ["channels 2 → 1"]),
        ({"subtype": "FLOAT", "bits": None}, ["format 24 bit → FLOAT"]),
        (
            {"frames": 48_000 * 192 + 1, "duration_s": 192.0 + 1 / 48_000},
            ["length 3:12.0 → 3:12.0 (+1 samples, +0.000 s)"],
        ),
        (
            {"sample_rate": 44_100, "frames": 44_100 * 192, "duration_s": 192.0},
            ["rate 48000 Hz → 44100 Hz"],
        ),
        (
            {"sample_rate": 44_100, "frames": 44_100 * 193, "duration_s": 193.0},
            ["length 3:12.0 → 3:13.0 (+1.000 s)", "rate 48000 Hz → 44100 Hz"],
        ),
    ],
)
def test_what_differs_between_two_files(changes: dict[str, Any], texts: list[str]) -> None:
    assert [one.text for one in changes_between(figures(), figures(**changes))] == texts


@pytest.mark.parametrize(
    ("level_db", "reference_db", "difference"),
    [
        (-10.0, -12.0, 2.0),
        (-math.inf, -12.0, -math.inf),
        (-12.0, -math.inf, math.inf),
        (-math.inf, -math.inf, math.nan),
    ],
)
def test_silence_is_a_level_like_any_other(level_db: float, reference_db: float, difference: float) -> None:
    assert difference_db(level_db, reference_db) == pytest.approx(difference, nan_ok=True)


@pytest.mark.parametrize(
    ("difference_db", "carries", "holds"),
    [
        (0.1, True, True),
        (-0.1, True, True),
        (0.101, True, False),
        (9.0, False, True),
        (math.nan, True, False),
    ],
)
def test_a_band_of_a_null_test(difference_db: float, carries: bool, holds: bool) -> None:
    assert NullBand(500.0, 1000.0, -80.0, difference_db, carries).holds is holds


def test_a_session_undoes_gain_polarity_and_offset_of_whole_stems() -> None:
    undone = {kind for kind in CAUSES if is_correctable(kind, None)}
    assert undone == {"gain", "polarity", "offset"}
    assert not any(is_correctable(kind, "left") for kind in CAUSES)
    # beside a sound that is in no stem a fitted gain or lag is guesswork
    assert not CAUSES["gain"].sure_beside_missing
    assert not CAUSES["offset"].sure_beside_missing
    sure = ("polarity", "channel_swap", "mono_fold", "clock_drift", "extra_stem", "stem_processing")
    assert all(CAUSES[kind].sure_beside_missing for kind in sure)


def cause(kind: str, amount: float | None, stem: str | None = "Bass", channel: Any = None) -> NullCause:
    return NullCause(kind, stem, amount, None, 0.9, "evidence", "fix", channel)


def test_causes_of_a_stem_add_up_to_one_correction() -> None:
    causes = [
        cause("gain", 1.5),
        cause("gain", -0.5, None),
        cause("gain", 9.0, "Drums"),
        cause("gain", 9.0, channel="left"),
        cause("polarity", None),
        cause("offset", 3.0),
        cause("offset", 0.5, None),
        cause("bus_processing", 7.0),
    ]
    assert correction_of(causes, "Bass") == Correction(1.0, inverted=True, offset_samples=3.5)
    assert correction_of(causes, "Drums") == Correction(8.5, inverted=False, offset_samples=0.5)
    assert correction_of([*causes, cause("polarity", None, None)], "Bass").inverted is False
    assert correction_of([cause("gain", None)], "Bass") == Correction()
