"""`open` with a folder: its only session, or what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.open import _last, _session_of
from engine.errors import SessionError, UsageError
from engine.processes.recent import note_session


def test_a_folder_stands_for_its_only_session(tmp_path: Path) -> None:
    (tmp_path / "song.toml").write_text("format = 1\n", encoding="utf-8")
    (tmp_path / ".song.toml").touch()
    (tmp_path / "bass.wav").touch()
    assert _session_of(tmp_path)[0] == tmp_path / "song.toml"


def test_of_several_one_has_to_be_named(tmp_path: Path) -> None:
    for name in ("b.toml", "a.toml"):
        (tmp_path / name).touch()
    with pytest.raises(SessionError, match=r"name one: a\.toml, b\.toml"):
        _session_of(tmp_path)


def test_a_folder_of_stems_is_told_how_it_becomes_a_session(tmp_path: Path) -> None:
    (tmp_path / "bass.wav").touch()
    with pytest.raises(SessionError, match=r"'stemlathe new .*' makes one"):
        _session_of(tmp_path)


def test_without_a_name_it_is_the_session_used_last(
    folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match="no session was opened yet"):
        _last()
    song = tmp_path / "song.toml"
    song.touch()
    note_session(song)
    assert _last() == song
    assert str(song) in capsys.readouterr().err
    song.unlink()
    with pytest.raises(UsageError, match="stemlathe new"):
        _last()
