"""`deliver` of several sessions: a delivery of its own for each, resumed, planned, one failure stops none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from delivery_material import TEXT, write_session

from engine.cli.main import main
from engine.delivery.generations import read_generations
from engine.delivery.verify import verify_folder


@pytest.fixture
def songs(tmp_path: Path) -> list[Path]:
    """Two songs of one folder, with a list of deliveries in common."""
    first = write_session(tmp_path / "songs")
    second = first.with_name("other.toml")
    second.write_text(TEXT.replace("Süß Song", "Other: Song"), encoding="utf-8")
    return [first, second]


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    code = main(["deliver", *map(str, words), "--version", "master", "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_each_session_gets_its_own_delivery_and_keeps_it(
    songs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    code, document = run(capsys, *songs, "--out", out, "--note", "for all", "--jobs", 2)
    assert code == 0
    folders = [Path(one["folder"]) for one in document["sessions"]]
    assert folders == [out / "Süß Song", out / "Other_ Song"]
    for song, folder, one in zip(songs, folders, document["sessions"], strict=True):
        assert verify_folder(folder).holds
        assert [Path(output["path"]).parent for output in one["outputs"]] == [folder]
        (generation,) = read_generations(song)
        assert (generation.revision, generation.note) == (1, "for all")
    assert [name.name for name in out.iterdir() if name.name.startswith(".")] == []

    # what is whole and would be the same is left alone, what is not there is made
    shutil.rmtree(folders[1])
    code, document = run(capsys, *songs, "--out", out, "--resume")
    assert (code, [one["resumed"] for one in document["sessions"]]) == (0, [True, False])
    assert [len(read_generations(song)) for song in songs] == [1, 2]
    assert verify_folder(folders[1]).holds

    # a delivery that somebody has damaged is not taken for done, and not replaced either
    (folders[0] / "recall.txt").write_text("x")
    code, document = run(capsys, *songs, "--out", out, "--resume")
    assert (code, document["sessions"][0]["error"]["kind"]) == (3, "exists")
    assert document["sessions"][1]["resumed"]
    code, document = run(capsys, songs[0], "--out", folders[0], "--resume", "--force")
    assert (code, document["revision"]) == (0, 2)


def test_one_session_that_fails_stops_no_other(
    songs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    songs[0].write_text(TEXT.replace("two.wav", "gone.wav"), encoding="utf-8")
    code, document = run(capsys, songs[0].parent, "--out", tmp_path / "out")
    assert code == 3
    by_name = {Path(one["session"]).name: one for one in document["sessions"]}
    assert by_name["song.toml"]["error"]["kind"] == "missing_file"
    assert by_name["song.toml"]["folder"] is None
    assert verify_folder(Path(by_name["other.toml"]["folder"])).holds


def test_a_plan_writes_nothing_and_its_commands_do_it(
    songs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["deliver", *map(str, songs), "--out", str(out), "--with-stems", "--note", "for Ada", "--plan"]
    assert main(words) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert not out.exists()
    assert [Path(line["outputs"][0]).parent for line in lines] == [out / "Süß Song", out / "Other_ Song"]
    for line in lines:
        assert line["command"].startswith("stemlathe deliver ")
        for word in ("--with-stems", "'--note=for Ada'", "--resume"):
            assert word in line["command"]


def test_two_songs_of_one_title_are_refused(
    songs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    songs[1].write_text(TEXT, encoding="utf-8")
    assert main(["deliver", *map(str, songs), "--out", str(tmp_path / "out")]) == 3
    assert "give the songs other titles" in capsys.readouterr().err
