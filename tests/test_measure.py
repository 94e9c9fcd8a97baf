"""`measure`: the figures, the contract's JSON, and files that cannot be used."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import engine.measure
from engine.cli.main import main
from engine.measure import Measurer, measure_file, measure_files
from engine.report.measure import FileMeasurement, Unusable

Doubles = NDArray[np.float64]
Write = Callable[..., Path]

FIELDS = [
    "path",
    "sample_rate",
    "channels",
    "frames",
    "duration_s",
    "subtype",
    "integrated_lufs",
    "lra_lu",
    "momentary_max_lufs",
    "short_term_max_lufs",
    "true_peak_dbtp",
    "true_peak_channels_dbtp",
    "sample_peak_dbfs",
    "plr_db",
    "psr_min_db",
    "rms_dbfs",
    "correlation",
    "dc_offset",
    "clipped_samples",
]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file of the given name; its ending decides the format."""

    def to_file(name: str, signal: Doubles, sample_rate: int = 48_000, subtype: str = "PCM_24") -> Path:
        path = tmp_path / name
        soundfile.write(path, signal, sample_rate, subtype=subtype)
        return path

    return to_file


def tone(seconds: float, level_db: float = -20.0, sample_rate: int = 48_000, channels: int = 2) -> Doubles:
    place = np.arange(round(seconds * sample_rate))
    sine = 10.0 ** (level_db / 20.0) * np.sin(2.0 * np.pi * 997.0 / sample_rate * place)
    return np.repeat(sine[:, None], channels, axis=1)


def run_json(capsys: pytest.CaptureFixture[str], *files: Path) -> tuple[int, Any, str]:
    code = main(["measure", "--json", *map(str, files)])
    said = capsys.readouterr()
    return code, json.loads(said.out, parse_constant=pytest.fail), said.err


def test_json_has_the_fields_of_the_contract(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write("Süß – mix 1.wav", tone(4.0))
    code, told, _ = run_json(capsys, path)
    assert code == 0
    assert list(told) == ["files"]
    [entry] = told["files"]
    assert list(entry) == FIELDS
    assert (entry["path"], entry["subtype"]) == (str(path), "PCM_24")
    assert (entry["sample_rate"], entry["channels"], entry["frames"], entry["duration_s"]) == (
        48_000,
        2,
        192_000,
        4.0,
    )
    for name, expected in {
        "integrated_lufs": -20.0,
        "lra_lu": 0.0,
        "momentary_max_lufs": -20.0,
        "short_term_max_lufs": -20.0,
        "true_peak_dbtp": -20.0,
        "sample_peak_dbfs": -20.0,
        "plr_db": 0.0,
        "psr_min_db": 0.0,
        "rms_dbfs": -23.01,
        "correlation": 1.0,
        "clipped_samples": 0,
    }.items():
        assert entry[name] == pytest.approx(expected, abs=0.02), name
    assert entry["true_peak_channels_dbtp"] == pytest.approx([-20.0, -20.0], abs=0.01)
    assert entry["dc_offset"] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert entry["true_peak_dbtp"] >= entry["sample_peak_dbfs"]


def test_plr_is_true_peak_minus_loudness(write: Write) -> None:
    found = measure_file(write("a.wav", tone(5.0, -3.0) * (np.arange(240_000) % 48_000 < 9_000)[:, None]))
    assert found.plr_db is not None
    assert found.true_peak_dbtp is not None
    assert found.integrated_lufs is not None
    assert found.plr_db == found.true_peak_dbtp - found.integrated_lufs > 3.0


def test_a_path_is_told_absolute(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("near.wav", tone(0.5))
    monkeypatch.chdir(tmp_path)
    _, told, _ = run_json(capsys, Path("near.wav"), Path("missing.wav"))
    assert [entry["path"] for entry in told["files"]] == [
        str(tmp_path / "near.wav"),
        str(tmp_path / "missing.wav"),
    ]


def test_one_unusable_file_among_several(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "notes.wav"
    text.write_text("this is not audio")
    nan = tone(0.5)
    nan[777, 1] = np.nan
    files = [
        write("first.wav", tone(1.0, -18.0)),
        text,
        tmp_path / "missing.wav",
        write("nan.wav", nan, subtype="FLOAT"),
        write("last.flac", tone(1.0, -12.0)),
    ]
    code, told, errors = run_json(capsys, *files)
    assert code == 3
    assert [entry["path"] for entry in told["files"]] == [str(path) for path in files]
    first, *bad, last = told["files"]
    assert first["integrated_lufs"] == pytest.approx(-18.0, abs=0.02)
    assert last["integrated_lufs"] == pytest.approx(-12.0, abs=0.02)
    assert [entry["error"]["kind"] for entry in bad] == ["not_audio", "missing_file", "not_finite"]
    assert all(list(entry) == ["path", "error"] for entry in bad)
    assert len(errors.strip().splitlines()) == 3
    assert "777" in errors


def test_the_only_file_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.wav"
    code, told, errors = run_json(capsys, missing)
    assert code == 3
    assert told["error"]["kind"] == "missing_file"
    assert told["error"]["path"] == str(missing)
    assert errors.count("\n") == 1
    assert main(["measure", str(missing)]) == 3


def test_a_truncated_file_is_refused(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write("cut.wav", tone(1.0))
    path.write_bytes(path.read_bytes()[:100_000])
    code, told, _ = run_json(capsys, path)
    assert (code, told["error"]["kind"]) == (3, "truncated")


@pytest.mark.parametrize("frames", [0, 1, 19_199])
def test_files_too_short_for_loudness(frames: int, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    code, told, _ = run_json(capsys, write("short.wav", 0.5 * np.ones((frames, 2))))
    entry = told["files"][0]
    assert (code, entry["frames"]) == (0, frames)
    for name in (
        "integrated_lufs",
        "lra_lu",
        "momentary_max_lufs",
        "short_term_max_lufs",
        "plr_db",
        "psr_min_db",
    ):
        assert entry[name] is None
    if frames:
        assert entry["sample_peak_dbfs"] == pytest.approx(-6.02, abs=0.01)
        assert entry["true_peak_dbtp"] >= entry["sample_peak_dbfs"]
        assert entry["dc_offset"] == pytest.approx([0.5, 0.5], abs=1e-6)
    else:
        assert entry["sample_peak_dbfs"] is entry["rms_dbfs"] is entry["true_peak_dbtp"] is None


def test_silence(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    code, told, _ = run_json(capsys, write("silence.wav", np.zeros((200_000, 2))))
    entry = told["files"][0]
    levels = [name for name in FIELDS if re.search(r"_(lufs|lu|dbtp|dbfs|db)$", name)]
    assert code == 0
    assert all(entry[name] in (None, [None, None]) for name in levels)
    assert (entry["correlation"], entry["dc_offset"], entry["clipped_samples"]) == (None, [0.0, 0.0], 0)


@pytest.mark.parametrize(("channels", "expected"), [(1, -23.01), (5, -15.36), (6, -15.36)])
def test_layouts(channels: int, expected: float, write: Write) -> None:
    """One channel alone, and L R C (LFE) Ls Rs with the weights of BS.1770-5."""
    found = measure_file(write("layout.wav", tone(1.0, -20.0, channels=channels)))
    assert len(found.true_peak_channels_dbtp) == len(found.dc_offset) == found.channels == channels
    assert found.integrated_lufs == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("sample_rate", [8_000, 11_025, 44_100, 192_000, 384_000])
def test_rates(sample_rate: int, write: Write) -> None:
    found = measure_file(write("rate.wav", tone(1.0, -20.0, sample_rate), sample_rate))
    assert found.integrated_lufs == pytest.approx(-20.0, abs=0.25 if sample_rate < 22_050 else 0.02)
    assert found.true_peak_dbtp == pytest.approx(-20.0, abs=0.1)


def test_a_rate_that_cannot_be_measured(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    code, told, _ = run_json(capsys, write("low.wav", tone(1.0, -20.0, 4_000), 4_000))
    assert (code, told["error"]["kind"]) == (3, "sample_rate")


@pytest.mark.parametrize(
    ("subtype", "level"), [("PCM_16", 1.0), ("PCM_24", 1.0), ("FLOAT", 1.0), ("FLOAT", 0.9999)]
)
def test_clipped_samples(subtype: str, level: float, write: Write) -> None:
    signal = np.clip(tone(0.5, 6.0), -1.0, 1.0) * level
    found = measure_file(write("clip.wav", signal, subtype=subtype)).clipped_samples
    assert (found > 10_000) == (level == 1.0)
    assert (found == 0) == (level != 1.0)


def test_many_files_at_once_read_like_one(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    paths = [write(f"{n}.wav", 0.1 * random.standard_normal((150_000 + 999 * n, 2))) for n in range(5)]
    together = measure_files(paths).files
    assert together == tuple(measure_file(path) for path in paths)
    monkeypatch.setattr(engine.measure, "usable_cores", lambda: 1)
    assert together == measure_files(paths).files
    assert together == tuple(measure_file(path) for path in paths)


@pytest.mark.parametrize("sample_rate", [44_100, 48_000])
def test_block_size_changes_nothing(sample_rate: int, random: np.random.Generator) -> None:
    envelope = np.abs(np.sin(np.arange(sample_rate * 4) / sample_rate))[:, None]
    signal = random.standard_normal((sample_rate * 4, 2)) * envelope
    results: list[FileMeasurement] = []
    for size in (64, 480, 4_096, len(signal)):
        measurer = Measurer(sample_rate, 2, "FLOAT")
        for begin in range(0, len(signal), size):
            measurer.process(signal[begin : begin + size])
        results.append(measurer.result(Path("song.wav")))
    assert all(result == results[0] for result in results)
    assert results[0].psr_min_db is not None


def test_progress_ends_with_everything(write: Write, tmp_path: Path) -> None:
    calls: list[tuple[str, float, float]] = []
    paths = [write("a.wav", tone(2.0)), tmp_path / "missing.wav", write("b.wav", tone(3.0))]
    report = measure_files(paths, lambda *call: calls.append(call))
    assert isinstance(report.files[1], Unusable)
    assert {label for label, _, _ in calls} == {"measuring"}
    shares = [done / total for _, done, total in calls]
    assert shares[0] == 0.0
    assert max(shares) == pytest.approx(1.0)
    assert all(0.0 <= share <= 1.0 + 1e-12 for share in shares)


def test_interruption_stops_the_other_files(write: Write) -> None:
    paths = [write(f"{n}.wav", tone(10.0, channels=1)) for n in range(4)]
    calls = 0

    def interrupt(label: str, done: float, total: float) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_files(paths, interrupt)
    blocks_of_all = sum(math.ceil(480_000 / engine.measure._BLOCK_SAMPLES) for _ in paths)
    assert calls < blocks_of_all / 2


def test_what_a_person_sees(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write("Mix.wav", tone(4.0))
    assert main(["measure", str(path)]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == "Mix.wav"
    for line in ("integrated       −20.00 LUFS", "correlation      +1.000", "PSR min          0.0 dB"):
        assert line in shown
    assert "under 60 s" in shown
    assert re.search(r"true peak +−20\.00 dBTP \(by channel: −20\.00, −20\.00\)", shown)


def test_what_a_person_sees_of_several(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    files = [write("a.wav", tone(4.0)), write("b.wav", np.zeros((200_000, 2)))]
    assert main(["measure", *map(str, files)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "file",
        "LUFS",
        "LRA",
        "LU",
        "max",
        "M",
        "max",
        "S",
        "dBTP",
        "PLR",
        "dB",
        "PSR",
        "dB",
        "clipped",
    ]
    assert lines[1].split() == ["a.wav", "−20.00", "0.0", "−20.0", "−20.0", "−20.00", "0.0", "0.0", "0"]
    assert lines[2].split() == ["b.wav", "—", "—", "—", "—", "—", "—", "—", "0"]


def test_the_table_fits_a_terminal(
    write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [write("a.wav", tone(4.0)), write("b [bold].wav", tone(4.0))]
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["measure", *map(str, files)]) == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert len(lines) == 3
    assert "b [bold].wav" in lines[2]
    assert max(map(len, lines)) <= 80
