"""From a folder of tracks to an album file, and an album file where a session belongs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from album_material import album_text, session_text, write_music

from engine.cli.main import main
from engine.errors import InputError, SessionError
from engine.processes.album_of import album_of
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


def test_open_takes_an_album_for_its_first_session(tmp_path: Path, own_folders: Path) -> None:
    from engine.cli.open import _session_of

    write_music(tmp_path / "stem.wav", 1.0, 1)
    (tmp_path / "song.toml").write_text(session_text("stem.wav", "Song"))
    (tmp_path / "b.wav").write_bytes(b"")
    file = tmp_path / "album.toml"
    file.write_text(album_text([{"path": "b.wav"}, {"session": "song.toml"}]))
    assert _session_of(file) == (tmp_path / "song.toml", "album")
    assert album_of(tmp_path / "song.toml") == file
    assert _session_of(tmp_path / "song.toml") == (tmp_path / "song.toml", "")


def test_open_shows_an_album_of_finished_files_on_a_session_of_its_own(
    tmp_path: Path, own_folders: Path
) -> None:
    """Nothing is written beside the files; what cannot be played is passed over; edits stay."""
    from engine.cli.open import _session_of

    (tmp_path / "a.wav").write_bytes(b"no audio")
    write_music(tmp_path / "b.wav", 1.0, 2, rate=48000)
    file = tmp_path / "album.toml"
    file.write_text(album_text([{"path": "a.wav"}, {"path": "b.wav", "title": 'The "B"'}]))
    before = sorted(tmp_path.iterdir())
    session, panel = _session_of(file)
    assert panel == "album"
    assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / "state"])
    assert album_of(session) == file
    loaded = load_session(session)
    assert (loaded.sample_rate, loaded.title) == (48000, "Slow Rivers")
    assert [(stem.name, stem.path) for stem in loaded.stems] == [('The "B"', tmp_path / "b.wav")]
    session.write_text(session.read_text() + "trim_db = -1.5\n")
    assert _session_of(file)[0] == session
    assert load_session(session).stems[0].trim_db == -1.5
    write_music(tmp_path / "c.wav", 1.0, 3)
    file.write_text(album_text([{"path": "c.wav"}]))
    assert load_session(_session_of(file)[0]).stems[0].path == tmp_path / "c.wav"
    file.write_text(album_text([{"path": "a.wav"}]))
    with pytest.raises(InputError, match=r"track 1 .*a\.wav"):
        _session_of(file)
