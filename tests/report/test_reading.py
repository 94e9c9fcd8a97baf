"""Reports are read back as they were written; what is newer is left out, what is wrong is told."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import pytest

from engine.errors import InputError
from engine.report.check import CheckReport, StemFigures
from engine.report.findings import Finding
from engine.report.measure import MeasureReport, Unusable
from engine.report.null import NullBand
from engine.report.plain import as_json
from engine.report.reading import read_as
from engine.report.render import GainCause, OutputReport, StemShare

STEM = StemFigures(
    name="Bäss 低音",
    role="bass",
    path=Path("/songs/bass.wav"),
    sample_rate=48000,
    channels=2,
    frames=96000,
    duration_s=2.0,
    subtype="PCM_24",
    bits=24,
    true_bits=None,
    sample_peak_dbfs=-6.0,
    true_peak_dbtp=-5.5,
    rms_dbfs=-math.inf,
    rms_along_dbfs=(-20.0, -math.inf),
    crest_db=14.0,
    dc_offset=(0.0, 1e-6),
    correlation=0.5,
    clipped_runs=0,
    clipped_samples=0,
    silent_share=0.25,
    noise_floor_dbfs=-math.inf,
    leading_zeros_s=0.0,
    trailing_zeros_s=0.0,
    not_finite=0,
    denormals=0,
    time_reference=None,
    sha256="0" * 64,
)
REPORT = CheckReport("warn", (Finding("warning", "clipping", "Bäss 低音", "7 flat tops", "ask"),), (STEM,))
OUTPUT = OutputReport(
    version="master",
    stem=None,
    deliverable="cd",
    path=Path("/out/Song.wav"),
    sample_rate=44100,
    subtype="PCM_16",
    frames=44100,
    integrated_lufs=-9.0,
    true_peak_dbtp=-0.5,
    lra_lu=None,
    plr_db=8.5,
    target_lufs=None,
    ceiling_dbtp=-0.5,
    holds=True,
    over_ceiling_db=0.0,
    linked=True,
    reasons=(),
    limiter_max_gain_reduction_db=3.0,
    drive_db=6.0,
    substituted_encoding=None,
    sha256="1" * 64,
    attribution=(StemShare("Drums", 1.0, 0.5),),
    gain_reduction=(GainCause(2, "limiter", None, 3.0, 9, (StemShare("Drums", 1.0, 0.5),)),),
)


def as_text(report: object) -> Any:
    return json.loads(json.dumps(as_json(report), allow_nan=False))


@pytest.mark.parametrize("report", [REPORT, OUTPUT])
def test_what_was_written_is_read_back(report: object) -> None:
    assert read_as(type(report), as_text(report)) == report


def test_null_is_silence_where_a_level_may_be_silence_and_no_number_elsewhere() -> None:
    tree = as_text(NullBand(22.0, 44.0, -math.inf, math.nan, False))
    band = read_as(NullBand, tree)
    assert band.residual_rms_dbfs == -math.inf
    assert math.isnan(band.level_difference_db)
    assert read_as(OutputReport, as_text(OUTPUT)).lra_lu is None


def test_what_a_newer_program_has_added_is_left_out_at_every_depth() -> None:
    tree = as_text(REPORT)
    tree["mood"] = "gloomy"
    tree["stems"][0]["phase_of_moon"] = {"full": True}
    assert read_as(CheckReport, tree) == REPORT


def test_what_an_older_program_did_not_know_has_its_default() -> None:
    tree = as_text(OUTPUT)
    del tree["attribution"], tree["gain_reduction"]
    assert read_as(OutputReport, tree) == dataclasses.replace(OUTPUT, attribution=(), gain_reduction=())


def changed(key: str, value: object) -> Any:
    tree = as_text(REPORT)
    tree["stems"][0][key] = value
    return tree


@pytest.mark.parametrize(
    ("tree", "told"),
    [
        ([], "the document is a list: it has to be an object"),
        ({"verdict": "pass", "findings": []}, "stems is missing"),
        ({**as_text(REPORT), "stems": {}}, "stems is an object: it has to be a list"),
        ({**as_text(REPORT), "verdict": "splendid"}, "verdict is 'splendid': it has to be one of pass, warn"),
        ({**as_text(REPORT), "verdict": []}, "verdict is a list: it has to be one of pass, warn"),
        (changed("name", None), "stems[0].name is null: it has to be text"),
        (changed("path", 5), "stems[0].path is a number: it has to be text"),
        (changed("channels", 2.5), "stems[0].channels is a number: it has to be a whole number"),
        (changed("channels", True), "stems[0].channels is true or false: it has to be a whole number"),
        (changed("bits", "24"), "stems[0].bits is text: it has to be a whole number"),
        (changed("rms_dbfs", False), "stems[0].rms_dbfs is true or false: it has to be a number"),
        (changed("rms_dbfs", 10**400), "stems[0].rms_dbfs is larger than any number here"),
        (changed("rms_along_dbfs", [0.0, "x"]), "stems[0].rms_along_dbfs[1] is text: it has to be a number"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(tree: object, told: str) -> None:
    with pytest.raises(ValueError) as found:  # noqa: PT011 - the whole sentence is compared
        read_as(CheckReport, tree)
    assert told in str(found.value)


def test_a_whole_number_stands_for_a_figure() -> None:
    assert read_as(CheckReport, changed("duration_s", 2)).stems[0].duration_s == 2.0


def test_one_of_two_kinds_is_the_one_that_fits() -> None:
    error = InputError("/songs/x.wav: is no audio file", kind="not_audio", path=Path("/songs/x.wav"))
    report = MeasureReport((Unusable(Path("/songs/x.wav"), error),))
    [entry] = read_as(MeasureReport, as_text(report)).files
    assert isinstance(entry, Unusable)
    assert (entry.error.message, entry.error.kind) == (error.message, "not_audio")
    with pytest.raises(ValueError, match=r"files\[0\]\.sample_rate is missing"):
        read_as(MeasureReport, {"files": [{"path": "/songs/x.wav"}]})
