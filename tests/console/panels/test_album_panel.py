"""The album panel: what stands in the album file, edited there; and the album as the verb made it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from album_views import ALBUM, FINDING, result
from documents import with_words
from work_views import SIZES, Recorder, done, shown, under_way, view_of

from engine.link.records import State
from engine.processes.album_of import note_album
from engine.session.album.files import load_album
from engine.session.album.order import with_swapped
from tui.panels.album.panel import AlbumPanel
from tui.view import Panel, View
from tui.work.verb_job import Stage, Work
from tui.work.verb_runner import Runner


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "album.toml").write_text(ALBUM)
    for name in ("song.toml", "b.wav", "c.wav"):
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.fixture
def view(here: Path) -> View:
    seen = view_of(Panel.ALBUM)
    return replace(seen, document=with_words(seen.document, {"path": str(here / "song.toml")}))


@pytest.fixture
def asked(runner: Runner) -> list[Work]:
    """What the runner is asked for, instead of doing it."""
    found: list[Work] = []
    runner.start = found.append  # type: ignore[assignment,method-assign]
    return found


@pytest.fixture
def panel(runner: Runner) -> AlbumPanel:
    return AlbumPanel(runner)


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


def test_its_title_is_that_of_every_panel_and_figures_stay_beside_long_names(
    panel: AlbumPanel, runner: Runner, view: View, here: Path
) -> None:
    done(runner, Work("album", here / "album.toml"), result(made=True))
    first = shown(panel, view, 80, 18).splitlines()[0]
    assert first.startswith(" ALBUM  Slow Rivers  The Band ")
    figures = first[first.index("LUFS") - 7 :].rstrip()
    (here / "album.toml").write_text(ALBUM.replace("Slow Rivers", "A Title as Long as a Symphony's " * 3))
    longer = shown(AlbumPanel(runner), view, 80, 18).splitlines()[0]
    assert longer.startswith(" ALBUM  A Title as Long")
    assert "…" in longer
    assert longer.rstrip().endswith(figures)


def test_what_the_sides_of_the_record_need_is_shown_and_told(
    panel: AlbumPanel, runner: Runner, view: View, here: Path
) -> None:
    spot = {**FINDING, "kind": "sibilance", "track": 1, "message": "too sharp", "at_s": 62.5}
    sides = [{"side": "B", "path": "/b.wav", "duration_s": 60.0, "findings": [{**spot, "stem": "Vox"}]}]
    done(runner, Work("album", here / "album.toml"), {**result(made=True), "vinyl": sides})
    assert "1: side B at 1:02, stem 'Vox': too sharp" in shown(panel, view, 80, 20)
    assert "warning: track 1: side B at 1:02, stem 'Vox': too sharp" in panel.told(view).lines


def test_lengths_come_from_the_plan_and_are_asked_for_once(
    panel: AlbumPanel, runner: Runner, view: View, here: Path, asked: list[Work]
) -> None:
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


def test_a_track_that_has_moved_does_not_wear_the_levels_of_another(
    panel: AlbumPanel, runner: Runner, view: View, here: Path
) -> None:
    tracks = [{**one, "integrated_lufs": -10.0 - one["number"]} for one in result(made=True)["tracks"]]
    done(runner, Work("album", here / "album.toml"), {**result(made=True), "tracks": tracks})
    assert "−11.0" in shown(panel, view, 100, 28)
    panel.perform("album_track_later", "", view, Recorder())
    text = shown(panel, view, 100, 28)
    assert "−11.0" not in text
    assert "−12.0" not in text
    assert "−13.0" in text


def test_a_wide_screen_keeps_the_figures_beside_the_titles(panel: AlbumPanel, view: View) -> None:
    """Titles take what they need; what is left goes to further columns, and the disc follows the tracks."""
    lines = shown(panel, view, 200, 50).splitlines()
    row = next(line for line in lines if "Falling Water" in line)
    assert row.index("2.00") - row.index("Falling Water") < 30
    assert "song.toml" in row
    assert "The Band" in row
    assert next(place for place, line in enumerate(lines) if "lengths are not known" in line) < 8


def test_before_it_was_made_the_key_is_told_and_after_the_folder(
    panel: AlbumPanel, runner: Runner, view: View, here: Path
) -> None:
    assert "R makes the album" in shown(panel, view, 80, 18)
    assert any("R makes the album" in line for line in panel.told(view).lines)
    done(runner, Work("album", here / "album.toml"), result(made=True))
    assert "made: /made/here" in shown(panel, view, 80, 18)
    assert any("made: /made/here" in line for line in panel.told(view).lines)


def test_an_album_that_is_being_made_is_not_made_twice(
    panel: AlbumPanel, runner: Runner, view: View, here: Path
) -> None:
    controls = Recorder()
    shown(panel, view, 100, 28)
    job = under_way(runner, Work("album", here / "album.toml"))
    panel.perform("render", "", view, controls)
    assert not controls.ran
    assert "being made already" in str(controls.said[-1])
    job.move(Stage.DONE)
    panel.perform("render", "", view, controls)
    assert len(controls.ran) == 1


def test_the_album_that_a_session_was_opened_for_is_shown_from_anywhere(
    panel: AlbumPanel, view: View, here: Path, folders: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also where its file is damaged: another album beside the session is not taken for it."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "a.wav").write_text("")
    other = elsewhere / "other.toml"
    other.write_text('title = "Elsewhere"\n[[tracks]]\npath = "a.wav"\ntitle = "Far"\n')
    note_album(here / "song.toml", other)
    assert "Elsewhere" in shown(panel, view, 100, 28)
    other.write_text('title = "Elsewhere"\n[[tracks]]\ntitle = "Far"\n')
    text = shown(panel, replace(view, now_s=view.now_s + 5.0), 100, 28)
    assert "other.toml" in text
    assert "Slow Rivers" not in text


def test_moving_there_and_back_is_the_same_text() -> None:
    path = Path("album.toml")
    assert with_swapped(with_swapped(ALBUM, 0, path), 0, path) == ALBUM


def test_what_the_file_refuses_is_said_and_not_written(panel: AlbumPanel, view: View, here: Path) -> None:
    controls = Recorder()
    shown(panel, view, 100, 28)
    before = (here / "album.toml").read_text()
    panel._set(controls, load_album(here / "album.toml").tracks[1], "ISRC", isrc="DEA312600001")
    assert (here / "album.toml").read_text() == before
    assert any("ISRC" in str(said) for said in controls.said)


def test_what_is_said_of_the_whole_album_is_typed_too(panel: AlbumPanel, view: View, here: Path) -> None:
    controls = Recorder()
    shown(panel, view, 100, 28)
    before = (here / "album.toml").read_text()
    typed = ("Rivers", "A Duo", "4006381333931", "CAT 1", "Ours", "DEA312600005", "-12,5", "1 3 / 2")
    for place, text in enumerate(typed):
        controls.picks, controls.answer = place, text
        panel.perform("album_about", "", view, controls)
    assert controls.said == []
    album = load_album(here / "album.toml")
    said = (album.title, album.credits.artist, album.upc, album.catalogue_number, album.label)
    assert said == typed[:5]
    assert [track.isrc for track in album.tracks] == ["DEA312600001", "DEA312600005", "DEA312600006"]
    assert album.loudness_lufs == -12.5
    assert album.vinyl is not None
    assert album.vinyl.sides == ((1, 3), (2,))
    assert controls.asked[-1][1] == "1-2 / 3"  # as it was
    for _ in typed:
        panel.perform("undo", "", view, controls)
    assert (here / "album.toml").read_text() == before
    for place, text in ((2, "4006381333932"), (6, "loud"), (7, "1-x"), (7, "1-2 / 9")):
        controls.picks, controls.answer = place, text
        controls.said.clear()
        panel.perform("album_about", "", view, controls)
        assert controls.said != [], text
        assert (here / "album.toml").read_text() == before
    controls.picks, controls.answer = 7, ""
    panel.perform("album_about", "", view, controls)
    assert load_album(here / "album.toml").vinyl is None
    controls.answer = "1 / 2-3"
    panel.perform("album_about", "", view, controls)
    made = load_album(here / "album.toml").vinyl
    assert made is not None
    assert made.sides == ((1,), (2, 3))


def test_undo_takes_back_every_kind_of_edit_and_redo_makes_them_again(
    panel: AlbumPanel, view: View, here: Path
) -> None:
    controls = Recorder()
    shown(panel, view, 100, 28)
    texts = [(here / "album.toml").read_text()]
    for action, typed in (
        ("album_track_later", ""),
        ("coarse_up", ""),
        ("album_title", "Another"),
        ("album_isrc", "DEA312600009"),
        ("album_fades", "0.5 2,25"),
    ):
        controls.answer = typed or None
        panel.perform(action, "", view, controls)
        texts.append((here / "album.toml").read_text())
    assert len(set(texts)) == 6
    track = load_album(here / "album.toml").tracks[0]
    assert (track.title, track.isrc, track.fade_in_s, track.fade_out_s) == (
        "Another",
        "DEA312600009",
        0.5,
        2.25,
    )
    for text in reversed(texts[:-1]):
        panel.perform("undo", "", view, controls)
        assert (here / "album.toml").read_text() == text
    panel.perform("undo", "", view, controls)
    assert "nothing to undo" in str(controls.said[-1])
    for text in texts[1:]:
        panel.perform("redo", "", view, controls)
        assert (here / "album.toml").read_text() == text
    panel.perform("undo", "", view, controls)
    panel.perform("step_up", "", view, controls)
    panel.perform("redo", "", view, controls)
    assert "nothing to redo" in str(controls.said[-1])


def test_undo_never_takes_back_what_another_program_wrote(panel: AlbumPanel, view: View, here: Path) -> None:
    controls = Recorder()
    shown(panel, view, 100, 28)
    panel.perform("step_up", "", view, controls)
    changed = (here / "album.toml").read_text().replace("The Band", "The Other Band")
    (here / "album.toml").write_text(changed)
    panel.perform("undo", "", view, controls)
    assert (here / "album.toml").read_text() == changed
    assert "changed by another program" in str(controls.said[-1])


def test_one_key_plays_the_gap_and_stops_it(
    panel: AlbumPanel, runner: Runner, view: View, here: Path, asked: list[Work]
) -> None:
    controls = Recorder()
    output = view.snapshot.output._replace(device="USB")
    transport = view.snapshot.transport._replace(state=State.PLAYING)
    view = replace(
        view,
        snapshot=replace(view.snapshot, output=output, transport=transport),
        document=with_words(view.document, {"device_wanted": "USB"}),
        focus=replace(view.focus, row=1),
    )
    shown(panel, view, 100, 28)
    panel.perform("album_audition", "", view, controls)
    words = ["album", str(here / "album.toml"), "--audition", "2", "--device", "USB", "--json"]
    assert [work.words() for work in asked] == [words]
    assert ("pause", {}) in [(kind, dict(payload or {})) for kind, payload in controls.sent]
    job = under_way(runner, asked[0])
    job.take_line({"label": "playing", "done": 5, "total": 10}, 1000.0)
    text = shown(panel, view, 80, 18)
    assert "gap before 2 Zweites Stück" in text
    assert "P stops" in text
    panel.perform("album_audition", "", view, controls)
    assert job.stage is Stage.ENDING
    assert len(asked) == 1


def test_a_gap_that_cannot_be_heard_is_told(
    panel: AlbumPanel, runner: Runner, view: View, here: Path, asked: list[Work]
) -> None:
    controls = Recorder()
    silent = replace(view.snapshot, output=view.snapshot.output._replace(device="null"))
    shown(panel, view, 100, 28)
    panel.perform("album_audition", "", replace(view, snapshot=silent), controls)
    assert "without sound" in str(controls.said[-1])
    assert asked[0].arguments[-1] == "null"
    job = under_way(runner, asked[0])
    job.move(Stage.FAILED)
    job.error = "USB: is used by another program"
    assert "✖ USB: is used by another program" in shown(panel, view, 80, 18)
    assert panel.perform("render", "", view, controls)  # what failed is not taken for an album


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
