"""`open` with a folder: its only session, or what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.open import _session_of
from engine.errors import SessionError


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
