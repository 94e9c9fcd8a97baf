"""`stemlathe replace`: the file changes, the settings stay, and what changed is told."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.cli.main import main
from engine.link.document import Document
from engine.link.records import Kind
from engine.processes.host import open_host
from engine.session.files import load_session

RATE = 48000
LENGTH = 2 * RATE


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def session(tmp_path: Path, random: np.random.Generator) -> Path:
    """Two stems of two seconds that null; the drums have settings, a pin, and comments around them."""
    folder = tmp_path / "a söng"
    folder.mkdir()
    stems = random.uniform(-0.1, 0.1, (2, LENGTH, 2))
    for name, samples in zip(("Drüms", "Bass"), stems, strict=True):
        soundfile.write(folder / f"{name}.wav", samples, RATE, "PCM_24")
    written = [soundfile.read(folder / f"{name}.wav")[0] for name in ("Drüms", "Bass")]
    soundfile.write(folder / "mix.wav", written[0] + written[1], RATE, "FLOAT")
    path = folder / "session.toml"
    path.write_text(
        f"""format = 1
sample_rate = {RATE}
[reference]
path = "mix.wav"
[[stems]]
name = "Drüms"  # the good kit
path = "Drüms.wav"
sha256 = "{digest(folder / "Drüms.wav")}"
source_gain_db = 0.0
trim_db = 0.5   # a little more
chain = [ {{ type = "gain" }} ]
[[stems]]
name = "Bass"
path = "Bass.wav"
""",
        encoding="utf-8",
    )
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["replace", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_new_file_keeps_the_settings_and_tells_what_changed(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, _ = soundfile.read(session.with_name("Drüms.wav"))
    new = tmp_path / "Drums v2.wav"
    # 6.02 dB louder, half a second longer and 16 bits
    soundfile.write(new, np.concatenate((2.0 * old, np.zeros((RATE // 2, 2)))), RATE, "PCM_16")
    before = session.read_text(encoding="utf-8")
    code, report = run(capsys, str(session), "drüms", str(new))
    assert code == 1  # the stems no longer sum to the mix
    changes = {change["figure"]: change for change in report["changes"]}
    assert list(changes) == ["length", "format", "loudness", "level", "true_peak"]
    assert changes["length"]["difference"] == "+24000 samples, +0.500 s"
    assert (changes["format"]["before"], changes["format"]["after"]) == ("24 bit", "16 bit")
    assert changes["true_peak"]["difference"] == "+6.02 dB"
    louder = report["after"]["integrated_lufs"] - report["before"]["integrated_lufs"]
    assert louder == pytest.approx(6.02, abs=0.5)  # blocks across the end hold some of the new silence
    assert report["kept"] == ["1 processor", "trim +0.5 dB"]
    assert report["null_before"]["verdict"] == "pass"
    assert report["null"]["verdict"] == "fail"
    assert {"length", "bit_depth"} & {finding["kind"] for finding in report["check"]["findings"]}
    stem = load_session(session).stems[0]
    assert (stem.path, stem.sha256) == (new, digest(new))
    assert report["after"]["sha256"] == digest(new)
    after = session.read_text(encoding="utf-8")
    expected = before.replace('path = "Drüms.wav"', 'path = "../Drums v2.wav"').replace(
        digest(session.with_name("Drüms.wav")), digest(new)
    )
    assert after == expected


def test_the_printed_form_says_the_same(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, _ = soundfile.read(session.with_name("Drüms.wav"))
    new = tmp_path / "Drums v2.wav"
    soundfile.write(new, 0.5 * old, RATE, "PCM_24")
    assert main(["replace", str(session), "Drüms", str(new)]) == 1
    text = capsys.readouterr().out
    for part in (
        "Drüms.wav → Drums v2.wav",
        "(−6.02 dB)",
        "kept: 1 processor",
        "intake: ",
        "null test: pass",
    ):
        assert part in text


def test_the_same_audio_again_holds(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.wav"
    copy.write_bytes(session.with_name("Drüms.wav").read_bytes())
    code, report = run(capsys, str(session), "Drüms", str(copy))
    assert (code, report["changes"], report["null"]["exact"]) == (0, [], True)


def test_a_file_that_was_overwritten_is_pinned_again(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = session.with_name("Drüms.wav")
    samples, _ = soundfile.read(path)
    soundfile.write(path, samples[::-1], RATE, "PCM_24")
    code, report = run(capsys, str(session), "Drüms", str(path))
    assert (code, report["before"], report["null_before"], report["null"]["verdict"]) == (
        1,
        None,
        None,
        "fail",
    )
    assert load_session(session).stems[0].sha256 == digest(path)
    assert "changed" not in {finding["kind"] for finding in report["check"]["findings"]}


def test_an_old_file_that_is_gone_is_no_obstacle(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = tmp_path / "moved.wav"
    session.with_name("Drüms.wav").rename(moved)
    code, report = run(capsys, str(session), "Drüms", str(moved))
    assert (code, report["before"], report["null"]["exact"]) == (0, None, True)


def test_another_missing_stem_does_not_undo_it(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = tmp_path / "moved.wav"
    session.with_name("Drüms.wav").rename(moved)
    session.with_name("Bass.wav").unlink()
    code, report = run(capsys, str(session), "Drüms", str(moved))
    assert (code, report["check"]) == (3, None)
    assert "Bass.wav" in report["problem"]
    assert load_session(session, require_files=False).stems[0].path == moved


def test_without_a_reference_only_the_intake_runs(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = session.read_text(encoding="utf-8").replace('[reference]\npath = "mix.wav"\n', "")
    session.write_text(text, encoding="utf-8")
    copy = tmp_path / "copy.wav"
    copy.write_bytes(session.with_name("Drüms.wav").read_bytes())
    code, report = run(capsys, str(session), "Drüms", str(copy))
    assert (code, report["null"], report["null_before"]) == (0, None, None)


@pytest.mark.parametrize("fault", ["missing", "text", "rate", "channels", "empty", "nan"])
def test_a_file_that_cannot_be_used_changes_nothing(
    session: Path, tmp_path: Path, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new.wav"
    samples = np.zeros((LENGTH, 2))
    if fault == "text":
        new.write_text("no audio at all", encoding="utf-8")
    elif fault != "missing":
        rate = 44100 if fault == "rate" else RATE
        shape = {"channels": np.zeros((LENGTH, 3)), "empty": samples[:0]}.get(fault, samples)
        if fault == "nan":
            shape[77] = np.nan
        soundfile.write(new, shape, rate, "FLOAT")
    before = session.read_bytes()
    code, document = run(capsys, str(session), "Drüms", str(new))
    assert (code, document["error"]["path"]) == (3, str(new))
    assert session.read_bytes() == before


def test_an_unknown_stem_is_wrong_usage(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replace", str(session), "Flute", str(session.with_name("Bass.wav"))]) == 2
    assert "this session has Drüms, Bass" in capsys.readouterr().err


@pytest.mark.parametrize("saved", [True, False])
def test_edits_that_an_engine_has_not_saved_come_first(
    session: Path,
    tmp_path: Path,
    saved: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    copy = tmp_path / "copy.wav"
    copy.write_bytes(session.with_name("Drüms.wav").read_bytes())
    before = session.read_bytes()
    with open_host(Kind.ENGINE, session) as host:
        host.publish_document(Document(revision=5, saved_revision=5 if saved else 3))
        code, document = run(capsys, str(session), "Drüms", str(copy))
    assert code == (0 if saved else 4)
    assert (session.read_bytes() == before) != saved
    if not saved:
        assert document["error"]["kind"] == "unsaved_edits"
