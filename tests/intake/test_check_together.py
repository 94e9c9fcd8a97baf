"""The intake of the set: rates, lengths, starts, duplicates, changed files; and files that cannot be read."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from intake_sessions import FRAMES, Files, clean, found, kinds
from null_sessions import RATE

from engine.errors import InputError
from engine.intake.check import check_session

# --- rates, lengths, count -----------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8000, 44100, 96000, 384000])
@pytest.mark.parametrize("culprit", ["B", "mix"])
def test_another_sample_rate_is_an_error_that_names_the_file(tmp_path: Path, rate: int, culprit: str) -> None:
    files = Files(tmp_path, rates={culprit: rate})
    files.mix = np.asarray(sum(files.stems.values()))
    report = check_session(files.write())
    (finding,) = found(report, "sample_rate")
    assert report.verdict == finding.severity.replace("error", "fail") == "fail"
    assert finding.stem == (None if culprit == "mix" else "B")
    assert str(files.path(culprit)) in finding.message
    assert str(rate) in finding.message


@pytest.mark.parametrize(
    ("missing", "keep_sound", "severity"),
    [(100, False, "warning"), (4800, False, "warning"), (4801, False, "error"), (100, True, "error")],
)
def test_a_shorter_stem(tmp_path: Path, missing: int, keep_sound: bool, severity: str) -> None:
    files = Files(tmp_path)
    if keep_sound:
        files.stems["A"] = files.stems["A"].copy()
        files.stems["A"][-5] = 1e-3
    files.stems["B"] = files.stems["B"][:-missing]
    (finding,) = found(check_session(files.write()), "length")
    assert (finding.severity, finding.stem) == (severity, "B")
    assert f"{missing} samples" in finding.message


@pytest.mark.parametrize(("change", "severity"), [(-1000, "note"), (1000, "note"), (-RATE, "warning")])
def test_a_reference_of_another_length(tmp_path: Path, change: int, severity: str) -> None:
    files = Files(tmp_path)
    mix = np.asarray(sum(files.stems.values()))
    files.mix = mix[:change] if change < 0 else np.concatenate((mix, np.zeros((change, 2))))
    (finding,) = found(check_session(files.write()), "length")
    assert (finding.severity, finding.stem) == (severity, None)


def test_a_file_of_one_sample_among_others(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.stems["B"] = np.array([[0.1, 0.2]])
    report = check_session(files.write())
    assert [finding.kind for finding in report.findings if finding.severity == "error"] == ["length"]
    assert report.stems[1].frames == 1


def test_only_files_of_one_sample(tmp_path: Path) -> None:
    files = Files(tmp_path, stems={"A": np.array([[0.1, 0.2]]), "B": np.array([[0.3, -0.1]])})
    files.mix = np.array([[0.4, 0.1]])
    assert check_session(files.write()).verdict in ("pass", "warn")


def test_one_stem_is_noted(tmp_path: Path) -> None:
    report = check_session(Files(tmp_path, stems={"A": clean(1)}).write())
    assert kinds(report) == {"stem_count"}
    assert report.verdict == "pass"


def test_nine_stems_are_a_warning_from_the_card(tmp_path: Path) -> None:
    stems = {f"S{n}": clean(n, RATE) for n in range(9)}
    report = check_session(Files(tmp_path, stems=stems).write())
    assert [finding.severity for finding in found(report, "stem_count")] == ["warning"]


def test_the_card_is_part_of_the_intake(tmp_path: Path) -> None:
    report = check_session(Files(tmp_path, corrections={"C": {"trim_db": 4.0}}).write())
    assert [(finding.stem, finding.severity) for finding in found(report, "trim")] == [("C", "warning")]


# --- start ---------------------------------------------------------------------------------------


def test_a_time_reference_that_differs_is_an_error_with_its_cure(tmp_path: Path) -> None:
    """Applying the named offset mends it."""
    times = {"A": 172_800_000, "B": 172_800_480, "C": 172_800_000, "D": 172_800_000}
    files = Files(tmp_path, time_references=times)
    report = check_session(files.write())
    (finding,) = found(report, "start")
    assert (report.verdict, finding.severity, finding.stem) == ("fail", "error", "B")
    assert "480 samples" in finding.message
    assert "later" in finding.message
    assert "offset_samples = 480.0" in finding.fix
    files.corrections["B"] = {"offset_samples": 480.0}
    assert not found(check_session(files.session()), "start")


def test_an_earlier_start_needs_a_negative_offset(tmp_path: Path) -> None:
    files = Files(tmp_path, time_references={"A": 48000, "B": 47990, "C": 48000})
    (finding,) = found(check_session(files.write()), "start")
    assert "10 samples" in finding.message
    assert "offset_samples = -10.0" in finding.fix


def test_a_start_beyond_what_offsets_can_mend(tmp_path: Path) -> None:
    files = Files(tmp_path, time_references={"A": 0, "B": 11 * RATE, "C": 0})
    (finding,) = found(check_session(files.write()), "start")
    assert "offset_samples =" not in finding.fix


def test_the_reference_mix_is_the_origin_of_time_references(tmp_path: Path) -> None:
    files = Files(tmp_path, time_references={"A": 100, "B": 100, "C": 100, "D": 100, "mix": 90})
    files.mix = np.concatenate((np.zeros((10, 2)), np.asarray(sum(files.stems.values()))[:-10]))
    starts = found(check_session(files.write()), "start")
    # once each, although the audio says the same
    assert [finding.stem for finding in starts] == list("ABCD")
    assert all("offset_samples = 10.0" in finding.fix for finding in starts)


@pytest.mark.parametrize("times", [{}, {"A": 7}, dict.fromkeys("ABCD", 7)])
def test_time_references_that_agree_or_are_missing(tmp_path: Path, times: dict[str, int]) -> None:
    assert check_session(Files(tmp_path, time_references=times).write()).findings == ()


@pytest.mark.parametrize("lag", [37, -480])
def test_a_stem_that_lies_elsewhere_in_the_mix(tmp_path: Path, lag: int) -> None:
    """Applying the named offset mends it, and offsets in the session count."""
    files = Files(tmp_path)
    files.mix = (
        np.asarray(sum(files.stems.values())) + np.roll(files.stems["C"], lag, axis=0) - files.stems["C"]
    )
    (finding,) = found(check_session(files.write()), "start")
    assert (finding.severity, finding.stem) == ("error", "C")
    assert f"{abs(lag)} samples" in finding.message
    assert f"offset_samples = {lag:.1f}" in finding.fix
    files.corrections["C"] = {"offset_samples": float(lag)}
    assert not found(check_session(files.session()), "start")
    files.corrections["C"] = {"offset_samples": 5.0}
    assert f"offset_samples = {lag:.1f}" in found(check_session(files.session()), "start")[0].fix


def test_a_mix_that_does_not_null_for_other_reasons_moves_nothing(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.mix = np.clip(2.0 * np.asarray(sum(files.stems.values())), -0.3, 0.3)
    assert not found(check_session(files.write()), "start")


# --- duplicates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(lambda x: x, id="same file"),
        pytest.param(lambda x: 0.5 * x, id="quieter"),
        pytest.param(lambda x: -x, id="inverted"),
        pytest.param(lambda x: np.roll(x, 1234, axis=0), id="later"),
        pytest.param(lambda x: x + 1e-6 * clean(99), id="not quite"),
        pytest.param(lambda x: np.concatenate((x, x[48_000:48_700])), id="goes on"),
        pytest.param(lambda x: np.concatenate((x[48_000:48_700], x)), id="begins before"),
        pytest.param(lambda x: np.concatenate((x[20_000:], 0.0 * x[:20_000])), id="begins after"),
    ],
)
def test_duplicates_are_an_error(tmp_path: Path, copy: object) -> None:
    assert callable(copy)
    files = Files(tmp_path)
    files.stems["D"] = copy(files.stems["A"])
    (finding,) = found(check_session(files.write()), "duplicated_stem")
    assert (finding.severity, finding.stem) == ("error", "D")
    assert finding.message.endswith(" A")


def test_a_double_is_no_duplicate(tmp_path: Path) -> None:
    """Same part, other take: alike in level over time, but not in the samples."""
    files = Files(tmp_path)
    files.stems["D"] = 0.95 * files.stems["A"] + 0.2 * clean(50)
    assert "duplicated_stem" not in kinds(check_session(files.write()))


def test_a_mono_copy_is_a_duplicate(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.stems["A"] = files.stems["A"][:, :1] * np.ones(2)
    files.stems["D"] = files.stems["A"][:, :1]
    assert [finding.stem for finding in found(check_session(files.write()), "duplicated_stem")] == ["D"]


def test_the_mix_among_the_stems(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.mix = files.stems["B"]
    (finding,) = found(check_session(files.write()), "duplicated_stem")
    assert finding.stem == "B"
    assert "reference mix" in finding.message


def test_several_stems_at_one_round_peak(tmp_path: Path) -> None:
    files = Files(tmp_path)
    for name in "AC":
        files.stems[name] = files.stems[name] * (10 ** (-0.3 / 20) / np.abs(files.stems[name]).max())
    (finding,) = found(check_session(files.write()), "bus_processing")
    assert finding.stem is None
    assert "A, C" in finding.message
    assert "−0.3 dB" in finding.message


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("culprit", ["B", "mix"])
def test_a_changed_file_is_a_warning(tmp_path: Path, culprit: str) -> None:
    files = Files(tmp_path)
    files.mix = np.asarray(sum(files.stems.values()))
    session = files.write()

    def pin(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    assert session.reference is not None
    session = dataclasses.replace(
        session,
        stems=tuple(dataclasses.replace(stem, sha256=pin(stem.path)) for stem in session.stems),
        reference=dataclasses.replace(session.reference, sha256=pin(session.reference.path)),
    )
    assert check_session(session).findings == ()
    with files.path(culprit).open("ab") as file:
        file.write(b"note\x02\x00\x00\x00hi")
    (finding,) = check_session(session).findings
    assert (finding.kind, finding.severity) == ("changed", "warning")
    assert finding.stem == (None if culprit == "mix" else "B")


@pytest.mark.parametrize("how", ["empty", "text", "truncated", "missing", "unreadable", "folder"])
@pytest.mark.parametrize("culprit", ["C", "mix"])
def test_files_that_are_no_audio_end_the_check(tmp_path: Path, how: str, culprit: str) -> None:
    files = Files(tmp_path)
    files.mix = files.stems["A"]
    session = files.write()
    path = files.path(culprit)
    if how == "unreadable" and os.geteuid() == 0:
        pytest.skip("root may read everything")
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-5000])
    else:
        path.unlink()
    if how == "empty":
        path.touch()
    elif how == "text":
        path.write_text("not audio\n" * 100)
    elif how == "unreadable":
        path.touch(mode=0)
    elif how == "folder":
        path.mkdir()
    with pytest.raises(InputError) as raised:
        check_session(session)
    assert raised.value.path == path
    assert path.name in raised.value.message


def test_result_does_not_depend_on_the_number_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(tmp_path)
    files.mix = files.stems["A"]
    session = files.write()
    reports = []
    for count in (1, 3):
        monkeypatch.setattr("os.cpu_count", lambda count=count: count)
        reports.append(check_session(session))
    assert reports[0].findings == reports[1].findings
    assert repr(reports[0].stems) == repr(reports[1].stems)


@pytest.mark.parametrize("rate", [8000, 384000])
def test_extreme_rates_can_be_checked(tmp_path: Path, rate: int) -> None:
    files = Files(tmp_path, rates=dict.fromkeys("ABCD", rate))
    session = dataclasses.replace(files.write(), sample_rate=rate)
    report = check_session(session)
    assert all(math.isfinite(stem.rms_dbfs) for stem in report.stems)
    assert found(report, "sample_rate") == []


def test_flac_stems(tmp_path: Path) -> None:
    files = Files(tmp_path)
    session = files.write()
    stems = []
    for stem in session.stems:
        path = stem.path.with_suffix(".flac")
        soundfile.write(path, np.round(files.stems[stem.name] * 2**23) / 2**23, RATE, "PCM_24")
        stems.append(dataclasses.replace(stem, path=path))
    report = check_session(dataclasses.replace(session, stems=tuple(stems)))
    assert report.findings == ()
    assert [(stem.bits, stem.true_bits, stem.frames) for stem in report.stems] == [(24, 24, FRAMES)] * 4
