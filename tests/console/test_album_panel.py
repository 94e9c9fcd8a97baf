"""The album panel: what stands in the album file, edited there; and the album as the verb made it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from work_views import SIZES, Recorder, done, shown, view_of

from engine.session.album.files import load_album
from engine.session.album.order import with_swapped
from tui.panels.album.panel import AlbumPanel
from tui.view import Panel, View
from tui.work.verb_job import Work
from tui.work.verb_runner import Runner

ALBUM = """\
title = "Slow Rivers" # working title
artist = "The Band"

# the opener
[[tracks]]
session = "song.toml"
title = "Falling Water" # mine
isrc = "DEA312600001"

[[tracks]]
path = "b.wav"
title = "Zweites Stück"
gap_s = -1.5

# last
[[tracks]]
path = "c.wav"
title = "Third"

[vinyl]
sides = [[1, 2], [3]]
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "album.toml").write_text(ALBUM)
    for name in ("song.toml", "b.wav", "c.wav"):
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.fixture
def view(here: Path) -> View:
    seen = view_of(Panel.ALBUM)
    return replace(seen, document={**seen.document, "path": str(here / "song.toml")})


@pytest.fixture
def panel(runner: Runner) -> AlbumPanel:
    return AlbumPanel(runner)


def result(*, made: bool) -> dict[str, object]:
    tracks = [
        {
            "number": number,
            "disc": 1,
            "title": f"T{number}",
            "start_s": start_s,
            "duration_s": 60.0,
            "gap_s": 2.0,
            "integrated_lufs": -13.5 if made else None,
            "true_peak_dbtp": -1.0 if made else None,
            "isrc": None,
        }
        for number, start_s in ((1, 0.0), (2, 60.0), (3, 122.0))
    ]
    finding = {"severity": "warning", "kind": "mono_file", "track": 2, "message": "b.wav has one channel"}
    whole = {"integrated_lufs": -14.2, "loudest_track_lufs": -13.5, "true_peak_dbtp": -1.0}
    return {"tracks": tracks, "album": whole, "ddp": {} if not made else {"path": "x"}, "findings": [finding]}


@pytest.mark.parametrize("size", SIZES)
def test_tracks_disc_and_findings(
    panel: AlbumPanel, runner: Runner, view: View, here: Path, size: tuple[int, int]
) -> None:
    done(runner, Work("album", here / "album.toml"), result(made=True))
    text = shown(panel, view, *size)
    for wanted in (
        "Slow Rivers",
        "Falling Water",
        "Zweites Stück",
        "−1.50",
        "−13.5",
        "1:00",
        "━",
        "one channel",
    ):
        assert wanted in text, wanted


def test_lengths_come_from_the_plan_and_are_asked_for_once(
    panel: AlbumPanel, runner: Runner, view: View, here: Path
) -> None:
    asked: list[Work] = []
    runner.start = asked.append  # type: ignore[assignment,method-assign]
    controls = Recorder()
    shown(panel, view, 100, 28)
    panel.follow(view, controls)
    panel.follow(view, controls)
    assert [work.words() for work in asked] == [["album", str(here / "album.toml"), "--plan", "--json"]]
    panel.perform("step_up", "", view, controls)
    panel.follow(view, controls)
    assert len(asked) == 2


def test_edits_stand_in_the_file_and_comments_stay(panel: AlbumPanel, view: View, here: Path) -> None:
    controls = Recorder()
    shown(panel, view, 100, 28)
    panel.perform("coarse_down", "", view, controls)
    assert load_album(here / "album.toml").tracks[0].gap_s == 1.0
    text = (here / "album.toml").read_text()
    assert text.startswith('title = "Slow Rivers" # working title')
    assert 'title = "Falling Water" # mine' in text


def test_a_track_moves_with_its_comments(panel: AlbumPanel, view: View, here: Path) -> None:
    controls = Recorder()
    shown(panel, view, 100, 28)
    panel.perform("album_track_later", "", view, controls)
    titles = [track.title for track in load_album(here / "album.toml").tracks]
    assert titles == ["Zweites Stück", "Falling Water", "Third"]
    assert "# mine" in (here / "album.toml").read_text()


def test_moving_there_and_back_is_the_same_text() -> None:
    path = Path("album.toml")
    assert with_swapped(with_swapped(ALBUM, 0, path), 0, path) == ALBUM


def test_what_the_file_refuses_is_said_and_not_written(panel: AlbumPanel, view: View, here: Path) -> None:
    controls = Recorder()
    shown(panel, view, 100, 28)
    before = (here / "album.toml").read_text()
    panel._set(controls, load_album(here / "album.toml").tracks[1], "isrc", "DEA312600001")
    assert (here / "album.toml").read_text() == before
    assert any("ISRC" in str(said) for said in controls.said)


def test_render_makes_the_album(panel: AlbumPanel, view: View, here: Path) -> None:
    controls = Recorder()
    shown(panel, view, 100, 28)
    panel.perform("render", "", view, controls)
    assert [work.words() for work in controls.ran] == [["album", str(here / "album.toml"), "--json"]]


def test_without_an_album_file_it_says_how_to_write_one(panel: AlbumPanel, view: View, here: Path) -> None:
    (here / "album.toml").unlink()
    text = shown(panel, view, 80, 18)
    assert "no album file beside this session" in text
    assert "[[tracks]]" in text
