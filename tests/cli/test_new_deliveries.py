"""`new` on what clients really send: pairs, sub-folders, versions, prints, guides, records, multitracks."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.audio.source import open_source
from engine.cli.main import main
from engine.session.files import load_session

RATE = 48_000


def write(folder: Path, *names: str, channels: int = 2, seconds: float = 0.2) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        seed = sum(name.encode())
        samples = np.random.default_rng(seed).normal(0.0, 0.05, (round(seconds * RATE), channels))
        soundfile.write(path, samples, RATE, subtype="PCM_24")


def made(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    assert main(["new", "--json", *map(str, words)]) == 0
    told = json.loads(capsys.readouterr().out)
    told["files"] = [Path(stem["path"]).name for stem in told["stems"]]
    return told


@pytest.mark.parametrize(
    ("left", "right", "name"),
    [
        ("OH.L", "OH.R", "OH"),
        ("Pad_L", "Pad_R", "Pad"),
        ("Keys L", "Keys R", "Keys"),
        ("Gtr-L", "Gtr-R", "Gtr"),
        ("Choir left", "Choir right", "Choir"),
        ("Strings (L)", "Strings (R)", "Strings"),
        ("Rm Far.L_01", "Rm Far.R_01", "Rm Far"),
    ],
)
def test_pairs_of_mono_files_are_one_stem(
    own_folders: Path, capsys: pytest.CaptureFixture[str], left: str, right: str, name: str
) -> None:
    folder = own_folders / "Song"
    write(folder, f"{left}.wav", f"{right}.wav", "Mix.L.wav", "Mix.R.wav", channels=1)
    write(folder, "Bass.wav")
    told = made(capsys, folder)
    assert [stem["name"] for stem in told["stems"]] == sorted(["Bass", name], key=str.lower)
    session = load_session(Path(told["session"]))
    assert session.reference is not None
    pair = next(stem for stem in session.stems if stem.name == name)
    tree = tomllib.loads(Path(told["session"]).read_text())
    assert [f"{left}.wav", f"{right}.wav"] in [stem["path"] for stem in tree["stems"]]
    for path in (pair.path, session.reference.path):
        with open_source(path) as source:
            assert source.channels == 2
    assert any(f"{left}.wav and {right}.wav are joined" in note for note in told["notes"])


def test_stereo_files_of_two_sides_and_unequal_ones_stay_two_stems(
    own_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(own_folders, "Gtr L.wav", "Gtr R.wav", "Bass.wav")
    write(own_folders, "OH L.wav", channels=1, seconds=0.1)
    write(own_folders, "OH R.wav", channels=1)
    told = made(capsys, own_folders)
    assert len(told["stems"]) == 5
    assert any("differ in rate or length" in note for note in told["notes"])


def test_a_delivery_in_folders(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song = own_folders / "Falling Water"
    write(song, "Mix.wav", "Stems/Drums.wav", "Stems/Bass.wav", "Stems/._Bass.wav", "__MACOSX/Stems/Bass.wav")
    write(song, "Old/Drums.wav", "renders/x.wav")
    told = made(capsys, song)
    assert told["files"] == ["Bass.wav", "Drums.wav"]
    assert told["reference"] == str(song / "Mix.wav")
    assert told["session"] == str(song / "falling-water.toml")
    assert any("'Stems'" in note for note in told["notes"])
    assert any("'Old'" in note for note in told["notes"])


def test_a_mix_in_its_own_folder_and_a_record_in_another(
    own_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(own_folders, "Stems/Drums.wav", "Stems/Bass.wav", "Mix/Falling Water 24b48k.wav")
    write(own_folders, "References/Somebody - Hit.wav", seconds=30.0)
    told = made(capsys, own_folders)
    assert told["reference"] == str(own_folders / "Mix" / "Falling Water 24b48k.wav")
    assert told["files"] == ["Bass.wav", "Drums.wav"]
    assert any("record to compare with" in note for note in told["notes"])


@pytest.mark.parametrize(("name", "seconds"), [("REF Somebody Hit.wav", 0.2), ("Reference.wav", 30.0)])
def test_a_record_beside_the_mix_is_not_the_mix(
    own_folders: Path, capsys: pytest.CaptureFixture[str], name: str, seconds: float
) -> None:
    write(own_folders, "Drums.wav", "Bass.wav", "Mix.wav")
    write(own_folders, name, seconds=seconds)
    told = made(capsys, own_folders)
    assert told["reference"] == str(own_folders / "Mix.wav")
    assert told["files"] == ["Bass.wav", "Drums.wav"]


def test_a_record_alone_is_no_mix(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(own_folders, "Drums.wav", "Bass.wav")
    write(own_folders, "Reference.wav", seconds=30.0)
    assert made(capsys, own_folders)["reference"] is None


def test_the_newest_version_is_proposed(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        own_folders,
        "LeadVox_v3.wav",
        "LeadVox_v4.wav",
        "Drums.wav",
        "Drums FINAL.wav",
        "Tom 1.wav",
        "Tom 2.wav",
    )
    write(own_folders, "Mix v9.wav", "Mix v10.wav")
    told = made(capsys, own_folders)
    assert told["files"] == ["Drums FINAL.wav", "LeadVox_v4.wav", "Tom 1.wav", "Tom 2.wav"]
    assert told["reference"] == str(own_folders / "Mix v10.wav")
    assert any(
        "LeadVox_v3.wav is left out, LeadVox_v4.wav is a newer version" in note for note in told["notes"]
    )
    named = [own_folders / name for name in ("LeadVox_v3.wav", "LeadVox_v4.wav")]
    assert len(made(capsys, *named, "--out", own_folders / "two.toml")["stems"]) == 2


def test_prints_among_stems_are_left_out_and_alone_they_are_stems(
    own_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        own_folders / "a",
        "Drums.wav",
        "Bass.wav",
        "Vocals.wav",
        "Instrumental.wav",
        "Acapella.wav",
        "TV Mix.wav",
    )
    assert made(capsys, own_folders / "a")["files"] == ["Bass.wav", "Drums.wav", "Vocals.wav"]
    write(own_folders / "b", "Instrumental.wav", "Acapella.wav", "Mix.wav")
    assert made(capsys, own_folders / "b")["files"] == ["Acapella.wav", "Instrumental.wav"]
    write(own_folders / "c", "no_vocals.wav", "vocals.wav")
    assert made(capsys, own_folders / "c")["files"] == ["no_vocals.wav", "vocals.wav"]


def test_guides_are_left_out(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(own_folders, "Drums.wav", "Click.wav", "Count In.wav", "Guide Vox.wav")
    told = made(capsys, own_folders)
    assert told["files"] == ["Drums.wav"]
    assert len([note for note in told["notes"] if "guide" in note]) == 3


def test_a_multitrack_is_told_with_a_proposal(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drums = [
        f"{number:02}_{name}.wav"
        for number, name in enumerate(("Kick", "Snare", "HiHat", "Tom1", "Tom2", "OH"), 1)
    ]
    rest = [
        f"{number:02}_{name}.wav" for number, name in enumerate(("BassDI", "Piano", "LeadVox", "Organ"), 7)
    ]
    more = [f"{number}_ElecGtr{number}.wav" for number in range(11, 19)]
    write(own_folders, *drums, *rest, *more, seconds=0.05)
    told = made(capsys, own_folders)
    assert [stem["name"] for stem in told["stems"]][:2] == ["Kick", "Snare"]
    assert any("18 files are the tracks of a recording" in note for note in told["notes"])
    assert any("proposed stem 'Drums': Kick, Snare, HiHat, Tom1 and 2 more" in note for note in told["notes"])


def test_what_comes_next_is_said(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(own_folders / "My Song", "Drums.wav", "Bass.wav", "Mix.wav")
    assert main(["new", str(own_folders / "My Song")]) == 0
    shown = capsys.readouterr().out
    assert "stemlathe check '" in shown
    assert "stemlathe null '" in shown


def stem_file(folder: Path, names: bytes | None) -> Path:
    """A stem file as DJ programs have it: mix and four stems, and a box with their names."""
    write(folder / "parts", "0.wav", "1.wav", "2.wav", "3.wav", "4.wav")
    inputs = [word for number in range(5) for word in ("-i", str(folder / "parts" / f"{number}.wav"))]
    maps = [word for number in range(5) for word in ("-map", f"{number}:a")]
    path = folder / "Song.stem.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-y", *inputs, *maps, "-c:a", "alac", path], check=True)
    if names is not None:  # a box behind the others: where it stands does not matter to its reader
        box = b"stem" + names
        path.write_bytes(path.read_bytes() + (4 + len(box)).to_bytes(4, "big") + box)
    return path


@pytest.mark.parametrize("named", [True, False])
def test_a_stem_file_becomes_stems_and_mix(
    own_folders: Path, capsys: pytest.CaptureFixture[str], named: bool
) -> None:
    texts = [{"name": name} for name in ("Drums", "Bass", "Synths", "Vox/Lead")]
    path = stem_file(own_folders, json.dumps({"stems": texts}).encode() if named else None)
    before = path.read_bytes()
    told = made(capsys, path)
    wanted = ["Bass.wav", "Drums.wav", "Synths.wav", "Vox_Lead.wav"]
    assert told["files"] == (wanted if named else [f"Stem {number}.wav" for number in range(1, 5)])
    assert Path(told["reference"]).name == "Mix.wav"
    for file, number in ((Path(told["reference"]), 0), (Path(told["reference"]).with_name("Drums.wav"), 1)):
        if file.exists():
            original = soundfile.read(own_folders / "parts" / f"{number}.wav")[0]
            np.testing.assert_array_equal(soundfile.read(file)[0], original)
    assert path.read_bytes() == before
    assert main(["new", str(path)]) == 3  # nothing is replaced without --force


def test_a_mix_and_a_print_of_any_name_are_known_by_their_sound(
    own_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = own_folders / "Song"
    write(folder, "Bass.wav", "Drums.wav", "Vocals.wav", seconds=2.0)
    parts = {file.stem: soundfile.read(file)[0] for file in folder.iterdir()}
    soundfile.write(folder / "Sunday.wav", sum(parts.values()), RATE, subtype="PCM_24")
    soundfile.write(folder / "Tuesday.wav", parts["Bass"] + parts["Drums"], RATE, subtype="PCM_24")
    told = made(capsys, folder)
    assert told["files"] == ["Bass.wav", "Drums.wav", "Vocals.wav"]
    assert Path(told["reference"]).name == "Sunday.wav"
    assert told["reference_guessed_from"] == "the sum of the stems"
    (left_out,) = [note for note in told["notes"] if "left out" in note]
    assert left_out.startswith("Tuesday.wav is left out, it sounds like the sum of Bass.wav, Drums.wav")
    # named one by one, prints are stems
    told = made(capsys, "--force", *sorted(folder.glob("*.wav")))
    assert told["files"] == ["Bass.wav", "Drums.wav", "Tuesday.wav", "Vocals.wav"]
