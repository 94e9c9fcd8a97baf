"""`new`: from files to a session that loads, with every guess told."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.cli.main import main
from engine.errors import InputError
from engine.session.files import load_session
from engine.session.new import NewRequest, new_session
from engine.session.range_card import card_findings
from engine.session.roles import roles
from engine.session.sorting import Form

Run = Callable[..., tuple[int, Any]]


def write_audio(path: Path, rate: int = 48000, channels: int = 2) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = int.from_bytes(hashlib.sha256(path.name.encode("utf-8", "surrogateescape")).digest()[:4], "big")
    samples = np.random.default_rng(seed).normal(0.0, 0.05, (rate // 20, channels))
    soundfile.write(os.fsencode(path), samples, rate, subtype="PCM_24", format="WAV")
    return path


@pytest.fixture
def stems(own_folders: Path) -> Path:
    folder = own_folders / "Falling Water"
    for name in ("Drums", "Bass", "LeadVox", "BGV", "Gtr & Keys", "Full Mix"):
        write_audio(folder / f"{name}.wav")
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `new --json` and gives the exit code and the document."""

    def call(*words: str | Path) -> tuple[int, Any]:
        code = main(["new", "--json", *map(str, words)])
        return code, json.loads(capsys.readouterr().out)

    return call


def test_a_session_of_a_folder(run: Run, stems: Path) -> None:
    code, told = run(stems)
    assert code == 0
    assert told["session"] == str(stems / "falling-water.toml")
    assert (told["title"], told["sample_rate"]) == ("Falling Water", 48000)
    assert told["reference"] == str(stems / "Full Mix.wav")
    assert told["reference_guessed_from"] == "full mix"
    assert {stem["name"]: (stem["role"], stem["guessed_from"]) for stem in told["stems"]} == {
        "Bass": ("bass", "bass"),
        "BGV": ("backing_vocals", "bgv"),
        "Drums": ("drums", "drums"),
        "Gtr & Keys": ("instruments", "gtr"),
        "LeadVox": ("vocals", "lead vox"),
    }
    assert all(Path(stem["path"]).is_absolute() for stem in told["stems"])
    assert any("Full Mix.wav" in note for note in told["notes"])


def test_the_file_is_complete_and_pins_what_it_names(run: Run, stems: Path) -> None:
    run(stems)
    path = stems / "falling-water.toml"
    tree = tomllib.loads(path.read_text())
    assert list(tree["stems"][0]) == [
        "name",
        "role",
        "path",
        "sha256",
        "source_gain_db",
        "polarity_inverted",
        "offset_samples",
        "chain",
        "trim_db",
        "mute",
        "solo",
        "notes",
    ]
    session = load_session(path)
    assert session.reference is not None
    pins = [(stem.path, stem.sha256) for stem in session.stems]
    for file, sha256 in [*pins, (session.reference.path, session.reference.sha256)]:
        assert sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert all("/" not in stem["path"] for stem in tree["stems"])
    (deliverable,) = tree["deliverables"]
    assert deliverable == {
        "name": "streaming",
        "preset": "spotify",
        "loudness_lufs": -14.0,
        "loudness_anchor": "programme",
        "ceiling_dbtp": -1.0,
        "sample_rate": 48000,
        "encoding": "wav24",
        "versions": ["master"],
    }


def test_the_untouched_sum_comes_first(run: Run, stems: Path) -> None:
    run(stems)
    session = load_session(stems / "falling-water.toml")
    chains = [*(stem.chain for stem in session.stems), session.master.chain]
    on = [processor for chain in chains for processor in chain if processor.enabled]
    assert [processor.type for processor in on] == ["limiter"]
    assert on[0].values["drive_db"] == 0.0
    assert all(stem.trim_db == 0.0 and not stem.mute for stem in session.stems)
    for stem in session.stems:
        card = roles()[stem.role].card
        eq, compressor = stem.chain
        assert card.ratio.holds(compressor.values["ratio"])
        assert card.attack_ms.holds(compressor.values["attack_ms"])
        assert card.release_ms.holds(compressor.values["release_ms"])
        assert [band["gain_db"] for band in eq.values["bands"]] == [0.0, 0.0, 0.0]


def test_starting_values_raise_no_findings_when_switched_on(run: Run, stems: Path) -> None:
    run(stems)
    path = stems / "falling-water.toml"
    path.write_text(path.read_text().replace("enabled = false", "enabled = true"))
    session = load_session(path)
    assert all(processor.enabled for stem in session.stems for processor in stem.chain)
    assert card_findings(session) == ()


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 192000, 384000])
def test_any_rate_gives_a_session_that_loads(run: Run, own_folders: Path, rate: int) -> None:
    write_audio(own_folders / "x" / "Drums.wav", rate=rate)
    assert run(own_folders / "x")[0] == 0
    assert load_session(own_folders / "x" / "x.toml").sample_rate == rate


def test_a_rate_no_session_can_have(run: Run, own_folders: Path) -> None:
    write_audio(own_folders / "x" / "Drums.wav", rate=4000)
    code, told = run(own_folders / "x")
    assert (code, told["error"]["kind"]) == (3, "sample_rate")


def test_nothing_is_replaced_without_force(run: Run, stems: Path) -> None:
    path = stems / "falling-water.toml"
    path.write_text("mine")
    code, told = run(stems)
    assert (code, told["error"]["kind"], told["error"]["path"]) == (3, "exists", str(path))
    assert path.read_text() == "mine"
    assert run(stems, "--force")[0] == 0
    assert load_session(path).title == "Falling Water"


def test_stems_are_never_written_to(run: Run, stems: Path) -> None:
    before = {path.name: path.read_bytes() for path in stems.iterdir()}
    for words in (("--out", stems / "Drums.wav"), ("--out", stems / "new.wav")):
        assert run(stems, *words, "--force")[0] == 2
    link = stems / "link.toml"
    link.symlink_to(stems / "Drums.wav")
    assert run(stems, "--out", link, "--force")[0] == 2
    link.unlink()
    assert {path.name: path.read_bytes() for path in stems.iterdir()} == before


def test_the_session_may_be_elsewhere(run: Run, stems: Path, own_folders: Path) -> None:
    out = own_folders / "sessions" / "deep" / "my song.toml"
    code, told = run(stems, "--out", out)
    assert (code, told["session"]) == (0, str(out))
    assert 'path = "../../Falling Water/Bass.wav"' in out.read_text()
    assert load_session(out).stems[0].path == stems / "Bass.wav"
    (own_folders / "link").symlink_to(own_folders / "sessions" / "deep")
    assert run(stems, "--out", own_folders / "link" / "other.toml")[0] == 0
    assert load_session(out.with_name("other.toml")).stems[0].path == stems / "Bass.wav"


def test_an_out_folder_gets_the_title_as_a_name(run: Run, stems: Path, own_folders: Path) -> None:
    assert run(stems, "--out", own_folders)[1]["session"] == str(own_folders / "falling-water.toml")


def test_files_from_the_command_line_and_a_named_mix(run: Run, stems: Path) -> None:
    files = [stems / "LeadVox.wav", stems / "Drums.wav"]
    _, told = run(*files, "--reference", stems / "Full Mix.wav")
    assert [stem["name"] for stem in told["stems"]] == ["LeadVox", "Drums"]
    assert told["reference"] == str(stems / "Full Mix.wav")
    assert told["reference_guessed_from"] is None


def test_without_a_mix_it_is_said(run: Run, stems: Path) -> None:
    (stems / "Full Mix.wav").unlink()
    code, told = run(stems)
    assert (code, told["reference"]) == (0, None)
    assert any("--reference" in note for note in told["notes"])
    assert load_session(stems / "falling-water.toml").reference is None


@pytest.mark.parametrize(
    "name",
    [
        'Gi"tar\\re',
        "Señorita 日本語 Drums",
        "tab\tand\nnewline",
        " spaces ",
        "[brackets] #1",
        "a.b.c",
        "x" * 240,
        "e\u0301",
    ],
)
def test_any_file_name_works(run: Run, own_folders: Path, name: str) -> None:
    folder = own_folders / "Søng"
    path = write_audio(folder / f"{name}.wav")
    code, told = run(folder)
    assert code == 0
    (stem,) = load_session(Path(told["session"])).stems
    assert stem.path == path
    assert stem.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert Path(told["session"]).name == "søng.toml"


@pytest.mark.parametrize("name", [b"x/Dr\xfcms.wav", b"\xfc/Drums.wav"])
def test_a_name_that_is_no_text_is_refused(own_folders: Path, name: bytes) -> None:
    file = write_audio(Path(os.fsdecode(os.fsencode(own_folders) + b"/" + name)))
    out = own_folders / "out" / "song.toml"
    with pytest.raises(InputError, match="not valid UTF-8") as caught:
        new_session(NewRequest(inputs=(file,), out=out), read_form=lambda path: Form(48000, 2, 1))
    assert caught.value.kind == "bad_name"
    assert not out.exists()


def test_equal_names_are_numbered_and_told(run: Run, own_folders: Path) -> None:
    for name in ("a/Drums.wav", "b/drums.wav", "c/Drums 2.wav"):
        write_audio(own_folders / name)
    _, told = run(*(own_folders / letter for letter in "abc"))
    assert [stem["name"] for stem in told["stems"]] == ["Drums", "drums 2", "Drums 2 2"]
    assert len([note for note in told["notes"] if "unique" in note]) == 2


def test_a_template_assigns_roles_and_tells_what_is_missing(run: Run, stems: Path) -> None:
    _, told = run(stems, "--template", "four-stem")
    assert {stem["name"]: stem["role"] for stem in told["stems"]} == {
        "Bass": "bass",
        "BGV": "backing_vocals",
        "Drums": "drums",
        "Gtr & Keys": "instruments",
        "LeadVox": "vocals",
    }
    assert any("BGV is not part of the four-stem split" in note for note in told["notes"])
    _, told = run(stems, "--template", "hip-hop", "--force")
    assert {stem["name"]: stem["role"] for stem in told["stems"]}["Bass"] == "sub"
    assert {stem["name"]: stem["role"] for stem in told["stems"]}["Gtr & Keys"] == "melodic"
    _, told = run(*(stems / name for name in ("Drums.wav", "Bass.wav")), "--template", "hip-hop", "--force")
    assert [(stem["role"], stem["guessed_from"]) for stem in told["stems"]] == [
        ("drums", "drums"),
        ("sub", "bass"),
    ]
    code, told = run(stems, "--template", "trip-hop", "--force")
    assert code == 2
    assert "hip-hop" in told["error"]["message"]


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "Keys.wav"), (b"just text\n", "Keys.wav"), (b"just text\n", "Mix.wav")]
)
def test_what_is_no_audio_stops_it(run: Run, stems: Path, content: bytes, name: str) -> None:
    (stems / "Full Mix.wav").unlink()
    (stems / name).write_bytes(content)
    code, told = run(stems)
    assert code == 3
    assert told["error"]["path"] == str(stems / name)
    assert not list(stems.glob("*.toml"))


def test_other_rates_are_noted(run: Run, stems: Path) -> None:
    write_audio(stems / "Pads.wav", rate=44100)
    code, told = run(stems)
    assert code == 0
    assert any("Pads.wav has 44100 Hz" in note for note in told["notes"])


@pytest.mark.parametrize("words", [["none.wav"], ["--reference", "none.wav", "."], ["none/"]])
def test_missing_files(run: Run, stems: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.chdir(stems)
    code, told = run(*words)
    assert (code, told["error"]["kind"]) == (3, "missing_file")


def test_a_folder_that_takes_no_file(run: Run, stems: Path, own_folders: Path) -> None:
    (own_folders / "file").touch()
    code, told = run(stems, "--out", own_folders / "file" / "song.toml")
    assert code == 4
    assert str(own_folders / "file") in told["error"]["message"]


def test_the_same_files_give_the_same_session(run: Run, stems: Path) -> None:
    run(stems)
    first = (stems / "falling-water.toml").read_bytes()
    run(stems, "--force")
    assert (stems / "falling-water.toml").read_bytes() == first


def test_what_a_person_sees(stems: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(stems)]) == 0
    shown = capsys.readouterr()
    for text in ("Gtr & Keys.wav", "backing_vocals", "'lead vox'", "falling-water.toml"):
        assert text in shown.out.replace("\n", "")
    assert "note: Full Mix.wav is taken for the mix" in shown.err
