"""`new` where somebody has chosen: roles, names, title, no mix; and a look before anything is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.cli.main import main
from engine.session.files import load_session

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def stems(own_folders: Path) -> Path:
    folder = own_folders / "Night"
    folder.mkdir()
    random = np.random.default_rng(4)
    for name in ("trk_01", "vox", "vox dbl", "mix"):
        soundfile.write(folder / f"{name}.wav", random.normal(0.0, 0.05, (2400, 2)), 48000, "PCM_24")
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str | Path) -> tuple[int, Any]:
        code = main(["new", "--json", *map(str, words)])
        return code, json.loads(capsys.readouterr().out)

    return call


def test_a_dry_run_tells_everything_and_writes_nothing(run: Run, stems: Path) -> None:
    before = sorted(stems.iterdir())
    code, told = run(stems, "--dry-run")
    assert code == 0
    assert sorted(stems.iterdir()) == before
    made = run(stems)[1]
    assert told == made
    assert run(stems, "--dry-run")[0] == 0  # what is there already is no matter yet


def test_what_was_chosen_stands_in_the_session(run: Run, stems: Path) -> None:
    guessed = run(stems, "--dry-run")[1]
    first = next(stem for stem in guessed["stems"] if stem["path"].endswith("trk_01.wav"))
    code, told = run(
        stems,
        *("--title", "Day", "--role", f"{first['path']}=drums", "--name", "trk_01.wav=Kit"),
        *("--role", "vox dbl=backing_vocals"),
    )
    assert code == 0
    session = load_session(Path(told["session"]))
    assert session.path.name == "day.toml"
    assert session.title == "Day"
    roles = {stem.path.name: (stem.name, stem.role) for stem in session.stems}
    assert roles["trk_01.wav"] == ("Kit", "drums")
    assert roles["vox dbl.wav"][1] == "backing_vocals"
    assert not any("taken as other" in note for note in told["notes"])


def test_no_file_is_the_mix(run: Run, stems: Path) -> None:
    told = run(stems, "--no-reference")[1]
    assert told["reference"] is None
    assert len(told["stems"]) == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--role", "trumpet=drums"], "there is no stem 'trumpet'"),
        (["--role", "vox.wav=drum"], "there is no role 'drum'"),
        (["--role", "vox"], "has no stem or no value"),
        (["--name", "vox.wav="], "has no stem or no value"),
        (["--name", "vox.wav=A", "--name", "mix.wav=a", "--no-reference"], "the same name"),
    ],
)
def test_what_cannot_be_chosen_is_wrong_usage_and_writes_nothing(
    stems: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["new", str(stems), *words]) == 2
    assert said in capsys.readouterr().err
    assert not list(stems.glob("*.toml"))
