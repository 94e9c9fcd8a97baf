"""From a folder of tracks to an album file, and an album file where a session belongs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from album_material import album_text, session_text, write_music

from engine.cli.main import main
from engine.errors import SessionError
from engine.session.album.files import load_album
from engine.session.files import load_session


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "Slow Rivers"
    folder.mkdir()
    for name in (
        "2 Zwölf.wav",
        "10. Last Song.wav",
        "1-01 - Opening.wav",
        "99 Luftballons.FLAC",
        "notes.txt",
    ):
        (folder / name).write_bytes(b"")
    (folder / "03_song.toml").write_text(session_text("stem.wav", "Song"))
    (folder / "old album.toml").write_text(album_text([{"path": "x.wav"}]))
    return folder


def test_a_folder_becomes_an_album_file_in_natural_order(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["album", str(here), "--new", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["path"] == str(here / "album.toml")
    assert [(one["number"], one["title"]) for one in said["tracks"]] == [
        (1, "Opening"),
        (2, "Zwölf"),
        (3, "song"),
        (4, "Last Song"),
        (5, "Luftballons"),
    ]
    album = load_album(here / "album.toml")
    assert album.title == "Slow Rivers"
    assert album.tracks[2].session == here / "03_song.toml"


def test_it_never_replaces_one_without_force(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "album.toml").write_text("mine")
    assert main(["album", str(here), "--new", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "exists"
    assert (here / "album.toml").read_text() == "mine"
    assert main(["album", str(here), "--new", "--force"]) == 0
    assert "--plan" in capsys.readouterr().out


@pytest.mark.parametrize("make", [False, True])
def test_a_folder_without_tracks(tmp_path: Path, make: bool, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "empty"
    if make:
        folder.mkdir()
    assert main(["album", str(folder), "--new", "--json"]) == 3
    assert str(folder) in json.loads(capsys.readouterr().out)["error"]["message"]
    assert not (folder / "album.toml").exists()


def test_a_folder_instead_of_an_album_file_says_how_to_write_one(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["album", str(here)]) == 3
    assert "--new" in capsys.readouterr().err


def test_an_album_where_a_session_belongs_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "album.toml").write_text(album_text([{"path": "x.wav"}], artist="The Band"))
    with pytest.raises(SessionError, match="is an album, not a session") as caught:
        load_session(tmp_path / "album.toml")
    assert caught.value.kind == "is_album"


def test_open_takes_an_album_for_its_first_session(tmp_path: Path) -> None:
    from engine.cli.open import _session_of

    write_music(tmp_path / "stem.wav", 1.0, 1)
    (tmp_path / "song.toml").write_text(session_text("stem.wav", "Song"))
    (tmp_path / "b.wav").write_bytes(b"")
    file = tmp_path / "album.toml"
    file.write_text(album_text([{"path": "b.wav"}, {"session": "song.toml"}]))
    assert _session_of(file) == tmp_path / "song.toml"
    assert _session_of(tmp_path / "song.toml") == tmp_path / "song.toml"
    file.write_text(album_text([{"path": "b.wav"}]))
    with pytest.raises(SessionError, match="is an album"):
        _session_of(file)
