"""The intake: every finding provoked by a file made for it, and by nothing in clean stems."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from intake_sessions import FRAMES, Files, clean, found, kinds, tone
from null_sessions import RATE, Doubles

from engine.intake.check import check_session
from engine.intake.levels import rms_along_dbfs
from engine.report.plain import as_json

Change = Callable[[Files], None]


def test_clean_stems_provoke_nothing(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.mix = np.asarray(sum(files.stems.values()))
    report = check_session(files.write())
    assert report.findings == ()
    assert report.verdict == "pass"


def limited(x: Doubles) -> Doubles:
    """Peaks of beats scaled to one ceiling at once, released over 20 ms, as a limiter does: no flat tops."""
    beat = np.exp(-(np.arange(len(x)) % 9600) / 2400.0)[:, None]
    driven = x * beat * 60.0
    block = 48
    peaks = np.abs(driven).reshape(-1, block, 2).max(axis=(1, 2))
    gains, gain = [], 1.0
    for peak in peaks:
        gain = min(1.06 * gain, 1.0, 0.3 / max(peak, 1e-9))
        gains.append(gain)
    return driven * np.repeat(gains, block)[:, None]


def replace(change: Callable[[Doubles], Doubles], subtype: str = "PCM_24") -> Change:
    """Changes the samples of stem B."""

    def apply(files: Files) -> None:
        files.stems["B"] = change(files.stems["B"])
        files.subtypes["B"] = subtype

    return apply


def put(value: float, subtype: str = "FLOAT") -> Change:
    def change(x: Doubles) -> Doubles:
        x = x.copy()
        x[70000, 1] = value
        return x

    return replace(change, subtype)


def upsampled(x: Doubles) -> Doubles:
    """Nothing above 16 kHz."""
    spectrum = np.fft.rfft(x, axis=0)
    spectrum[np.fft.rfftfreq(len(x), 1 / RATE) > 16000.0] = 0.0
    return np.fft.irfft(spectrum, len(x), axis=0)


def dithered(x: Doubles) -> Doubles:
    """16-bit dither in a file that is deeper, audible where the music pauses."""
    random = np.random.default_rng(3)
    step = 2.0**-15
    x = x * (np.arange(len(x)) > RATE)[:, None]
    noise = (random.random(x.shape) - random.random(x.shape)) * step
    return np.round(x / step + noise / step) * step + np.round(random.random(x.shape)) * 2.0**-23


@pytest.mark.parametrize(
    ("change", "kind", "severity"),
    [
        pytest.param(put(math.nan), "not_finite", "error", id="nan"),
        pytest.param(put(math.inf), "not_finite", "error", id="infinite"),
        pytest.param(put(1e-42), "denormals", "note", id="denormal"),
        pytest.param(put(1.5), "overs", "note", id="overs"),
        pytest.param(put(17500.0), "spike", "warning", id="one sample of +85 dBFS"),
        pytest.param(replace(lambda x: x[:, :1].repeat(2, axis=1)), "dual_mono", "note", id="dual mono"),
        pytest.param(put(0.9, "PCM_24"), "headroom", "note", id="headroom"),
        pytest.param(replace(lambda x: np.clip(x, -0.08, 0.1)), "clipping", "warning", id="clipping"),
        pytest.param(replace(lambda x: x + 0.002), "dc_offset", "warning", id="dc"),
        pytest.param(replace(np.zeros_like), "silence", "warning", id="silent"),
        pytest.param(replace(lambda x: x * 1e-5), "silence", "warning", id="below -90"),
        pytest.param(
            replace(lambda x: np.where(np.arange(len(x))[:, None] // 2000 == 30, x, 0.0)),
            "silence",
            "warning",
            id="mostly silent",
        ),
        pytest.param(replace(lambda x: x * [1.0, 0.0]), "one_sided", "warning", id="right silent"),
        pytest.param(replace(lambda x: x * [0.05, 1.0]), "one_sided", "warning", id="left quiet"),
        pytest.param(replace(lambda x: x[:, :1] * [1.0, -1.0]), "polarity", "warning", id="polarity"),
        pytest.param(replace(lambda x: np.roll(x, FRAMES // 2, axis=0)), "tail", "warning", id="tail"),
        pytest.param(replace(limited), "limiter", "warning", id="limiter"),
        pytest.param(replace(upsampled), "upsampled", "note", id="upsampled"),
        pytest.param(replace(lambda x: x, "PCM_16"), "bit_depth", "warning", id="16 bit"),
        pytest.param(replace(lambda x: np.round(x * 2**15) / 2**15), "true_bits", "note", id="16 bits in 24"),
        pytest.param(replace(dithered), "dither", "note", id="16-bit dither in 24"),
        pytest.param(replace(lambda x: x[:, :1]), "mono", "note", id="mono among stereo"),
        pytest.param(replace(lambda x: np.tile(x, 3)), "channels", "error", id="six channels"),
        pytest.param(replace(lambda x: x[:0]), "empty", "error", id="no audio"),
    ],
)
def test_one_bad_stem(tmp_path: Path, change: Change, kind: str, severity: str) -> None:
    """The finding names the stem; the other three provoke nothing."""
    files = Files(tmp_path)
    change(files)
    report = check_session(files.write())
    hits = found(report, kind)
    assert [(finding.severity, finding.stem) for finding in hits] == [(severity, "B")]
    assert {finding.stem for finding in report.findings} == {"B"}
    assert report.verdict in {"error": ("fail",), "warning": ("warn",), "note": ("pass", "warn")}[severity]
    assert all(finding.message and finding.fix for finding in report.findings)
    json.dumps(as_json(report), allow_nan=False)


@pytest.mark.parametrize(("bad", "kind"), [(math.nan, "not_finite"), (None, "empty")])
def test_a_useless_reference(tmp_path: Path, bad: float | None, kind: str) -> None:
    files = Files(tmp_path, subtypes={"mix": "FLOAT"})
    files.mix = np.zeros((0, 2)) if bad is None else np.full((FRAMES, 2), bad)
    hits = found(check_session(files.write()), kind)
    assert [(finding.severity, finding.stem) for finding in hits] == [("error", None)]


def test_nan_names_the_place_and_counts(tmp_path: Path) -> None:
    files = Files(tmp_path)
    put(math.nan)(files)
    report = check_session(files.write())
    assert "frame 70000" in found(report, "not_finite")[0].message
    assert report.stems[1].not_finite == 1
    assert math.isfinite(report.stems[1].rms_dbfs)


def test_clipping_lists_runs_and_places(tmp_path: Path) -> None:
    files = Files(tmp_path)
    x = clean(1) * 0.1
    x[50000:50004, 0] = 0.5
    x[60000:60003, 1] = -0.6
    x[90000:90002, 0] = 0.5  # too short for a run
    files.stems["B"] = x
    report = check_session(files.write())
    assert (report.stems[1].clipped_runs, report.stems[1].clipped_samples) == (2, 7)
    message = found(report, "clipping")[0].message
    assert "frame 50000" in message
    assert "frame 60000" in message


def test_clipping_below_a_later_peak_does_not_count(tmp_path: Path) -> None:
    files = Files(tmp_path)
    x = clean(1) * 0.1
    x[50000:50010] = 0.4
    x[80000] = 0.5
    files.stems["B"] = x
    assert "clipping" not in kinds(check_session(files.write()))


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("frequency_hz", [20.0, 50.0, 97.3, 1000.0])
def test_a_pure_tone_is_neither_clipped_nor_limited(
    tmp_path: Path, subtype: str, frequency_hz: float
) -> None:
    """A rounded low tone has flat tops, and every tone touches its maximum often."""
    files = Files(tmp_path)
    files.stems["B"] = tone(frequency_hz, 0.35)
    files.subtypes["B"] = subtype
    report = check_session(files.write())
    assert not kinds(report) & {"clipping", "limiter"}
    assert report.stems[1].clipped_runs == 0


def test_a_rounded_tone_in_a_longer_word_is_not_clipped(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.stems["B"] = np.round(tone(20.0, 0.35) * 2**15) / 2**15
    assert kinds(check_session(files.write())) == {"true_bits"}


def test_a_clipped_low_tone_is_found(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.stems["B"] = np.clip(tone(50.0, 0.35), -0.33, 0.33)
    files.subtypes["B"] = "PCM_16"
    assert "clipping" in kinds(check_session(files.write()))


def test_figures_of_a_known_stem(tmp_path: Path) -> None:
    files = Files(tmp_path)
    x = tone(1000.0, 0.5)
    x[:, 1] *= 0.5
    x[: RATE // 2] = x[-RATE // 4 :] = 0.0
    files.stems["B"] = x
    files.time_references = dict.fromkeys("ABCD", 12345)
    stem = check_session(files.write()).stems[1]
    inner = x[RATE // 2 : -RATE // 4]
    assert (stem.name, stem.role, stem.path) == ("B", "other", files.path("B"))
    assert (stem.sample_rate, stem.channels, stem.frames) == (RATE, 2, FRAMES)
    assert (stem.subtype, stem.bits, stem.true_bits) == ("PCM_24", 24, 24)
    assert stem.duration_s == pytest.approx(2.0)
    assert stem.sample_peak_dbfs == pytest.approx(20 * math.log10(np.abs(x).max()), abs=1e-4)
    assert stem.sample_peak_dbfs <= stem.true_peak_dbtp == pytest.approx(-6.02, abs=0.05)
    assert stem.rms_dbfs == pytest.approx(10 * math.log10(np.mean(x**2)), abs=1e-4)
    assert stem.crest_db == pytest.approx(stem.sample_peak_dbfs - stem.rms_dbfs)
    assert stem.dc_offset == pytest.approx(x.mean(axis=0), abs=1e-6)
    assert stem.correlation == pytest.approx(np.corrcoef(inner.T)[0, 1], abs=1e-3)
    assert stem.silent_share == pytest.approx(0.375, abs=0.02)
    assert stem.leading_zeros_s == pytest.approx(0.5, abs=1e-3)
    assert stem.trailing_zeros_s == pytest.approx(0.25, abs=1e-3)
    assert stem.time_reference == 12345


def test_levels_along_a_stem(tmp_path: Path) -> None:
    """In 144 parts, or as many as there are blocks of 50 ms: here 40, each of one block."""
    files = Files(tmp_path)
    one = 0.5 * np.sin(2.0 * np.pi * 1000.0 / RATE * np.arange(FRAMES))
    x = np.stack([0.5 * one, one], axis=1)
    x[: RATE // 2] = 0.0
    x[RATE:] *= 0.1
    files.stems["B"] = x
    levels = check_session(files.write()).stems[1].rms_along_dbfs
    assert len(levels) == 40
    assert set(levels[:10]) == {-math.inf}
    # of the louder channel: a sine at half of full scale has an RMS of −9.03 dBFS
    assert levels[10:20] == pytest.approx([-9.0] * 10, abs=0.11)
    assert levels[20:] == pytest.approx([-29.0] * 20, abs=0.11)


@pytest.mark.parametrize(("frames", "parts"), [(RATE // 100, 1), (RATE * 9 + 7, 144), (1, 1)])
def test_levels_along_a_stem_of_any_length(frames: int, parts: int) -> None:
    """The last block is as loud as the others, however short it is."""
    block_frames = RATE // 20
    count = -(-frames // block_frames)
    blocks = np.zeros((count, 4))
    blocks[:, 1] = 0.25 * block_frames
    blocks[-1, 1] = 0.25 * (frames - (count - 1) * block_frames)
    scan = SimpleNamespace(blocks=blocks, frames=frames, block_frames=block_frames)
    assert rms_along_dbfs(scan) == (-6.0,) * parts  # type: ignore[arg-type]


def test_the_json_document(tmp_path: Path) -> None:
    plain = as_json(check_session(Files(tmp_path).write()))
    assert list(plain) == ["verdict", "findings", "stems"]
    assert [stem["name"] for stem in plain["stems"]] == list("ABCD")
    assert plain["stems"][0]["path"] == str(tmp_path / "A.wav")


@pytest.mark.parametrize("subtype", ["PCM_24", "FLOAT", "DOUBLE"])
def test_noise_floor(tmp_path: Path, subtype: str) -> None:
    """The quietest 400 ms that are not digital silence."""
    files = Files(tmp_path)
    x = clean(1).copy()
    x[RATE : RATE + RATE // 2] *= 0.0
    x[RATE : RATE + RATE // 2] += np.random.default_rng(5).standard_normal((RATE // 2, 2)) * 1e-4
    files.stems["B"] = x
    files.subtypes["B"] = subtype
    floor_dbfs = check_session(files.write()).stems[1].noise_floor_dbfs
    assert floor_dbfs == pytest.approx(-80.0, abs=0.2)


def test_lossy_files_are_named(tmp_path: Path) -> None:
    files = Files(tmp_path)
    session = files.write()
    soundfile.write(tmp_path / "B.mp3", clean(1), RATE)
    stems = list(session.stems)
    stems[1] = dataclasses.replace(stems[1], path=tmp_path / "B.mp3")
    report = check_session(dataclasses.replace(session, stems=tuple(stems)))
    assert [finding.stem for finding in found(report, "lossy")] == ["B"]
    assert report.stems[1].true_bits is None


def test_findings_are_ordered_by_severity(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.stems["D"] = files.stems["D"][:, :1]
    files.stems["C"] = files.stems["C"] + 0.01
    put(math.nan)(files)
    severities = [finding.severity for finding in check_session(files.write()).findings]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)


def test_progress_reaches_its_end(tmp_path: Path) -> None:
    calls: list[tuple[str, float, float]] = []
    check_session(Files(tmp_path).write(), lambda *call: calls.append(call))
    assert max(done for _, done, _ in calls) == 4 * FRAMES == calls[0][2]


def test_a_header_that_promises_a_few_bytes_too_many_is_a_warning(tmp_path: Path) -> None:
    files = Files(tmp_path)
    session = files.write()
    content = bytearray(files.path("B").read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = (int.from_bytes(content[at : at + 4], "little") + 44).to_bytes(4, "little")
    files.path("B").write_bytes(content)
    (finding,) = [one for one in check_session(session).findings if one.kind == "header"]
    assert (finding.severity, finding.stem) == ("warning", "B")
    assert "44 bytes more" in finding.message


def test_a_spike_is_told_with_its_time_and_height(tmp_path: Path) -> None:
    files = Files(tmp_path)
    put(17500.0)(files)
    findings = check_session(files.write()).findings
    (finding,) = [one for one in findings if one.kind == "spike"]
    for words in ("a single sample", "84.9 dBFS", "frame 70000"):
        assert words in finding.message
    assert not [one for one in findings if one.kind == "dc_offset"]  # its mean is the spike's


def test_dc_beside_a_spike_is_told_as_well(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.stems["B"] = files.stems["B"] + 0.1
    put(30.0)(files)
    kinds = {one.kind for one in check_session(files.write()).findings if one.stem == "B"}
    assert {"spike", "dc_offset"} <= kinds


@pytest.mark.parametrize("hits", [1, 4])
def test_the_sharpest_of_hits_is_no_spike(tmp_path: Path, hits: int) -> None:
    """A rim shot that falls by 60 dB in 30 ms above a quiet room."""
    files = Files(tmp_path)
    x = np.random.default_rng(3).standard_normal((FRAMES, 2)) * 1e-4
    for hit in range(hits):
        at, t = 20_000 + 15_000 * hit, np.arange(1440)
        x[at : at + 1440] += (0.8 * np.sin(0.26 * t) * 10 ** (-t / 480))[:, None] * [1.0, 0.9]
    files.stems["B"] = x
    assert not [one for one in check_session(files.write()).findings if one.kind == "spike"]
