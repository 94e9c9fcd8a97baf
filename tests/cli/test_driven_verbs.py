"""Verbs as another program runs them: progress on a descriptor, the session's text on standard input."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.cli.main import main
from engine.cli.progress_lines import VARIABLE, ProgressLines, progress_lines

RATE = 48000


@pytest.fixture
def session(tmp_path: Path, random: np.random.Generator) -> Path:
    """Two stems of three seconds; the mix is their sum but for one second of B at half level."""
    stems = random.uniform(-0.1, 0.1, (2, 3 * RATE, 2))
    gain = np.ones((3 * RATE, 1))
    gain[RATE : 2 * RATE] = 0.5
    for name, samples in zip("AB", stems, strict=True):
        soundfile.write(tmp_path / f"{name}.wav", samples, RATE, "FLOAT")
    soundfile.write(tmp_path / "mix.wav", stems[0] + gain * stems[1], RATE, "FLOAT")
    path = tmp_path / "s.toml"
    path.write_text(
        f'format = 1\nsample_rate = {RATE}\n[reference]\npath = "mix.wav"\n'
        '[[stems]]\nname = "A"\npath = "A.wav"\n[[stems]]\nname = "B"\npath = "B.wav"\n',
        encoding="utf-8",
    )
    return path


def say(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))


def lines_of(reader: int) -> list[dict[str, object]]:
    with os.fdopen(reader, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def test_a_verb_tells_its_progress_as_lines(
    session: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # it differs between the places that are looked at first: compared, then fitted in a reading of its own
    one, other = (soundfile.read(session.parent / f"{name}.wav")[0] for name in "AB")
    other[54_000:62_000] *= -2.0
    soundfile.write(session.parent / "mix.wav", one + other, RATE, "FLOAT")
    reader, writer = os.pipe()
    monkeypatch.setenv(VARIABLE, str(writer))
    assert main(["null", str(session), "--json"]) == 1
    lines = lines_of(reader)  # ends because the verb has closed its end
    assert {"null test", "fitting the stems"} <= {line["label"] for line in lines}
    last = {line["label"]: line for line in lines}
    assert all(line["done"] == line["total"] for line in last.values())
    assert VARIABLE not in os.environ
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("value", ["", "x", "-1", "9999"])
def test_a_descriptor_that_is_none_is_wrong_usage(
    session: Path, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    assert main(["null", str(session)]) == 2
    assert VARIABLE in capsys.readouterr().err


def test_without_the_variable_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert progress_lines() is None


def test_lines_are_few_and_the_last_one_comes() -> None:
    reader, writer = os.pipe()
    lines = ProgressLines(writer)
    for done in range(10_001):
        lines("Schläge " + "x" * 200, done, 10_000)
    lines.close()
    told = lines_of(reader)
    assert len(told) < 100
    assert (told[0]["done"], told[-1]["done"]) == (0, 10_000)


def test_a_reader_that_is_slow_or_gone_keeps_nobody_waiting() -> None:
    reader, writer = os.pipe()
    lines = ProgressLines(writer)
    for number in range(5_000):  # more than a pipe holds
        lines(f"step {number}", 1, 1)
    os.close(reader)
    lines("after that", 1, 1)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(writer)


def test_edits_that_are_not_saved_are_tested(
    session: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = session.read_bytes()
    edited = before.decode().replace('path = "B.wav"', 'path = "B.wav"\nsource_gain_db = -60.0')
    levels = []
    for words in ([], ["--stdin"]):
        say(monkeypatch, edited.encode())
        main(["null", str(session), "--json", *words])
        levels.append(json.loads(capsys.readouterr().out)["residual_rms_dbfs"])
    assert levels[1] > levels[0] + 3.0
    assert session.read_bytes() == before


@pytest.mark.parametrize("verb", ["check", "null", "render"])
def test_a_text_that_is_no_session_is_told(
    session: Path, verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    say(monkeypatch, b'format = 1\nsample_rate = 48000\n[[stems]]\nname = "A"\npath = "gone.wav"\n')
    assert main([verb, str(session), "--stdin", "--json"]) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["kind"], error["path"]) == ("missing_file", str(session.with_name("gone.wav")))
    say(monkeypatch, b"\xff\xfe")
    assert main([verb, str(session), "--stdin"]) == 3
    assert "UTF-8" in capsys.readouterr().err


def test_a_render_tells_the_whole_and_each_verdict(
    session: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with session.open("a", encoding="utf-8") as file:
        file.write(
            '[master]\nchain = [ { type = "limiter" } ]\n'
            '[[deliverables]]\nname = "d"\nloudness_lufs = -20.0\nencoding = "wav24"\n'
            'versions = ["master", "instrumental"]\n'
        )
    reader, writer = os.pipe()
    monkeypatch.setenv(VARIABLE, str(writer))
    assert main(["render", str(session), "--json"]) == 0
    lines = lines_of(reader)
    report = json.loads(capsys.readouterr().out)
    told = [line["output"] for line in lines if "output" in line]
    assert [one["version"] for one in told] == ["master", "instrumental"]
    assert [one["sha256"] for one in told] == [one["sha256"] for one in report["outputs"]]
    loudness = [line["integrated_lufs"] for line in lines if "integrated_lufs" in line]
    assert loudness[-1] == pytest.approx(-20.0, abs=0.1)
    whole = [line["progress"] for line in lines if "progress" in line]
    assert whole == sorted(whole)
    assert 0.0 < whole[-1] <= 1.0


def test_apply_needs_the_file(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, session.read_bytes())
    assert main(["null", str(session), "--stdin", "--apply"]) == 2


def test_the_residual_along_the_song(
    session: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["null", str(session), "--json"])
    assert "residual_over_time" not in json.loads(capsys.readouterr().out)
    _, writer = os.pipe()
    monkeypatch.setenv(VARIABLE, str(writer))
    main(["null", str(session), "--json", "--note"])
    report = json.loads(capsys.readouterr().out)
    series = report["residual_over_time"]
    window_s, levels = series["window_s"], series["rms_dbfs"]
    assert window_s == 0.008
    assert len(levels) == 375
    inside = [level for number, level in enumerate(levels) if 1.0 <= number * window_s < 2.0 - window_s]
    outside = [level for number, level in enumerate(levels) if not 0.9 <= number * window_s <= 2.1]
    # half of uniform noise of ±0.1: an RMS of 0.05/√3
    assert inside == pytest.approx([-30.8] * len(inside), abs=1.0)
    assert all(level is None or level < -120.0 for level in outside)
    assert report["note"].startswith("Subject: s: stems and mix")
