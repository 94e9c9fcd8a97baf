"""From one session to another in a running console: what is left is saved and paused as was wished."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_session import session_text
from terminals import is_ready

PATIENCE_S = 180.0


@pytest.fixture
def songs(folders: Path) -> tuple[Path, Path]:
    """Two session files."""
    paths = folders / "one.toml", folders / "two.toml"
    for path, title in zip(paths, ("Morning", "Evening"), strict=True):
        path.write_text(session_text(4, title), encoding="utf-8")
    return paths


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_saved_and_paused_before_it_is_left(start_fake, terminal, songs, size) -> None:
    one, two = (start_fake("--session", str(path)) for path in songs)
    pty = terminal("attach", one.name, columns=size[0], rows=size[1])
    pty.until(lambda: "Morning" in pty.text() and is_ready(pty), PATIENCE_S)
    pty.keys("1l")
    pty.until(lambda: "unsaved" in pty.text(), PATIENCE_S)
    pty.keys(f":open {songs[1]}\r")
    pty.until(lambda: "Morning plays and has unsaved edits" in pty.text(), PATIENCE_S)
    pty.keys("\r")  # save it and go
    pty.until(lambda: "Evening" in pty.text() and "opened" in pty.text(), PATIENCE_S)
    kinds = [command["kind"] for command in one.commands()]
    assert kinds.index("save") < kinds.index("pause")
    assert {command["kind"] for command in two.commands()} <= {"look"}  # what a wide desk shows is no edit
    pty.keys("2m")
    pty.until(lambda: any(command["kind"] == "set" for command in two.commands()), PATIENCE_S)
    pty.keys("Br")
    pty.until(lambda: "open again" in pty.text() and "one" in pty.text(), PATIENCE_S)


def test_what_cannot_be_opened_is_told_and_one_stays(start_fake, terminal, songs) -> None:
    one = start_fake("--session", str(songs[0]))
    songs[1].write_text("format = 1\nsample_rate = 48000\nstems = 3\n", encoding="utf-8")
    pty = terminal("attach", one.name, columns=160, rows=30)
    pty.until(lambda: "Morning" in pty.text() and is_ready(pty), PATIENCE_S)
    pty.keys(f":open {songs[1].name}\r")
    pty.until(lambda: "Morning plays: go to two.toml?" in pty.text(), PATIENCE_S)
    pty.keys("\r")
    pty.until(lambda: "two.toml: stems:" in pty.text(), PATIENCE_S)
    assert "Morning" in pty.text()
    assert all(command["kind"] != "pause" for command in one.commands())
    pty.keys("1m")
    pty.until(lambda: any(command["kind"] == "set" for command in one.commands()), PATIENCE_S)


def test_an_album_opens_its_album_view(start_fake, terminal, songs, folders: Path) -> None:
    """On a session that it names; what is wrong with it is told where one is."""
    one = start_fake("--session", str(songs[0]))
    start_fake("--session", str(songs[1]))
    album = folders / "album.toml"
    album.write_text('title = "Slow Rivers"\n[[tracks]]\npath = "gone.wav"\n', encoding="utf-8")
    pty = terminal("attach", one.name, columns=160, rows=30)
    pty.until(lambda: "Morning" in pty.text() and is_ready(pty), PATIENCE_S)
    pty.keys(":open album.toml\r")
    pty.until(lambda: "go to album.toml?" in pty.text(), PATIENCE_S)
    pty.keys("\r")  # pause it and go
    pty.until(lambda: "track 1 'gone'" in pty.text(), PATIENCE_S)
    assert "Morning" in pty.text()
    with album.open("a", encoding="utf-8") as file:
        file.write('[[tracks]]\nsession = "two.toml"\ntitle = "Night"\n')
    (folders / "gone.wav").touch()
    pty.keys(":open album.toml\r")
    pty.until(lambda: "go to album.toml?" in pty.text(), PATIENCE_S)
    pty.keys("\r")
    pty.until(lambda: "Slow Rivers" in pty.text() and "2 Night" in pty.text(), PATIENCE_S)
