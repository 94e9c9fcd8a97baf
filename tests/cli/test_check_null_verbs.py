"""`stemlathe check` and `stemlathe null` as commands: output, exit codes, errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from intake_sessions import clean
from null_sessions import RATE

from engine.cli.main import main

STEMS = ("Drüms", "Bass Gtr")


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """Two stems and their sum, in a folder and with names that need care."""
    folder = tmp_path / "a söng"
    folder.mkdir()
    lines = ["format = 1", 'title = "t"', f"sample_rate = {RATE}", "[reference]", 'path = "mix.wav"']
    for seed, name in enumerate(STEMS):
        soundfile.write(folder / f"{name}.wav", clean(seed), RATE, "PCM_24")
        lines += ["[[stems]]", f'name = "{name}"', f'path = "{name}.wav"']
    total = sum(soundfile.read(folder / f"{name}.wav")[0] for name in STEMS)
    soundfile.write(folder / "mix.wav", total, RATE, "FLOAT")
    path = folder / "session.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def spoil(session: Path, gain: float) -> None:
    """A mix that does not null, and by how much."""
    mix, rate = soundfile.read(session.with_name("mix.wav"))
    stem, _ = soundfile.read(session.with_name(f"{STEMS[1]}.wav"))
    soundfile.write(session.with_name("mix.wav"), mix + (gain - 1.0) * stem, rate, "FLOAT")


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    code = main([*words, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert isinstance(document, dict)
    return code, document


def test_null_passes(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = run_json(capsys, "null", str(session))
    assert (code, document["verdict"], document["exact"]) == (0, "pass", True)
    assert main(["null", str(session)]) == 0
    assert "null test: pass, exact" in capsys.readouterr().out


def test_null_warns_with_exit_0(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(session, 1.03)
    code, document = run_json(capsys, "null", str(session))
    assert (code, document["verdict"]) == (0, "warn")


def test_null_fails_with_exit_1_and_says_what_to_apply(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(session, -2.0)
    code, document = run_json(capsys, "null", str(session))
    assert (code, document["verdict"]) == (1, "fail")
    assert main(["null", str(session)]) == 1
    text = capsys.readouterr().out
    assert STEMS[1] in text
    assert "6.02 dB" in text
    assert "invert" in text


def test_null_apply_corrects_the_session(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(session, -2.0)
    assert main(["null", str(session), "--apply"]) == 0
    text = capsys.readouterr().out
    assert f"{STEMS[1]}: polarity_inverted = true" in text
    assert "source_gain_db = 6.0206" in text
    code, document = run_json(capsys, "null", str(session))
    residual = document["residual_rms_dbfs"]
    assert isinstance(residual, float)
    assert (code, document["verdict"], residual < -100.0) == (0, "pass", True)


def test_null_apply_leaves_the_files_alone(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(session, 0.5)
    files = {path: path.read_bytes() for path in session.parent.glob("*.wav")}
    run_json(capsys, "null", str(session), "--apply")
    assert files == {path: path.read_bytes() for path in session.parent.glob("*.wav")}


def test_null_note_is_a_whole_message(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(session, 0.5)
    before = session.read_bytes()
    assert main(["null", str(session), "--note"]) == 1
    text = capsys.readouterr().out
    assert text.startswith("Subject: ")
    assert f"gain, {STEMS[1]}" in text
    for program in ("Ableton Live", "FL Studio", "Logic Pro", "Pro Tools", "Reaper"):
        assert f"{program} (after: " in text  # each recipe names its source
    assert max(len(line) for line in text.splitlines()) <= 78
    assert session.read_bytes() == before


def test_null_without_reference(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = session.read_text(encoding="utf-8").replace('[reference]\npath = "mix.wav"', "")
    session.write_text(text, encoding="utf-8")
    code, document = run_json(capsys, "null", str(session))
    error = document["error"]
    assert isinstance(error, dict)
    assert (code, error["kind"], error["path"]) == (3, "no_reference", str(session))


def test_check_passes(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = run_json(capsys, "check", str(session))
    assert (code, document["verdict"], document["findings"]) == (0, "pass", [])
    assert main(["check", str(session)]) == 0
    text = capsys.readouterr().out
    assert "intake: pass" in text
    assert all(name in text for name in STEMS)


def test_check_fails_with_exit_1_and_tells_the_cure(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write(session.with_name(f"{STEMS[0]}.wav"), clean(0), 44100, "PCM_24")
    code, document = run_json(capsys, "check", str(session))
    assert (code, document["verdict"]) == (1, "fail")
    assert main(["check", str(session)]) == 1
    text = capsys.readouterr().out
    assert "44100 Hz" in text
    assert f"error    {STEMS[0]}:" in text
    assert "→ export it at 48000 Hz" in text
    assert "intake: fail" in text


@pytest.mark.parametrize("verb", ["check", "null"])
@pytest.mark.parametrize("content", [b"", b"this is text\n" * 50, b"RIFF\x00\x00\x00\x00WAVEfmt "])
def test_a_stem_that_is_no_audio(
    session: Path, capsys: pytest.CaptureFixture[str], verb: str, content: bytes
) -> None:
    stem = session.with_name(f"{STEMS[0]}.wav")
    stem.write_bytes(content)
    code, document = run_json(capsys, verb, str(session))
    error = document["error"]
    assert isinstance(error, dict)
    assert (code, error["path"]) == (3, str(stem))
    assert main([verb, str(session)]) == 3
    shown = capsys.readouterr().err
    assert len(shown.strip().splitlines()) == 1
    assert stem.name in shown


@pytest.mark.parametrize("verb", ["check", "null"])
def test_not_finite_samples(session: Path, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    bad = clean(0).copy()
    bad[1234] = np.nan
    soundfile.write(session.with_name(f"{STEMS[0]}.wav"), bad, RATE, "FLOAT")
    code, document = run_json(capsys, verb, str(session))
    assert code == (1 if verb == "check" else 3)
    assert "not_finite" in json.dumps(document)
