"""Opening, opening again, saving as: what is asked, what is done with the session that is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.link.records import Role, State
from engine.processes.album_of import album_of
from engine.processes.recent import MOST, note_session, recent_sessions
from engine.report.new import NewReport, StemGuess
from engine.session.roles import roles
from tui.controls.naming import role_words
from tui.overlay.chooser import Item, matching
from tui.overlay.overlay import nothing
from tui.view import Panel
from tui.work.verb_job import Work

SAVED = {"document_revision": 5}


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A session file in a folder of its own, with a folder and other files beside it."""
    folder = tmp_path / "songs"
    (folder / "Stems").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for name in ("song.toml", "other.toml", "notes.txt", "10 bass.wav", "9 kick.WAV", ".x.wav"):
        (folder / name).write_text("", encoding="utf-8")
    return folder / "song.toml"


def _labels(desk):
    return desk.recorder.offered[-1][1]


def _pick(desk, label):
    _, names, pick, _ = desk.recorder.offered[-1]
    pick(next(place for place, name in enumerate(names) if name.startswith(label)))


def test_a_session_is_found_folder_by_folder(desk, song):
    desk.change(document_path=str(song), **SAVED).press("B", "o")
    assert _labels(desk) == ["type a path", "../", "Stems/", "other.toml", "song.toml"]
    _pick(desk, "../")
    assert "songs/" in _labels(desk)
    assert _labels(desk)[desk.recorder.offered[-1][3]] == "songs/"  # where one came from
    _pick(desk, "songs/")
    _pick(desk, "other.toml")
    assert desk.recorder.opened == [(song.with_name("other.toml"), set())]


def test_a_path_is_typed_or_follows_the_command(desk, song):
    desk.change(document_path=str(song), **SAVED).press("B", "o")
    _pick(desk, "type a path")
    desk.recorder.asked[-1][2](str(song.with_name("other.toml")))
    desk.controls.line("open other.toml")
    desk.press("B", "o").recorder.by_path(str(song.with_name("other.toml")))  # into the list itself
    assert [path for path, _ in desk.recorder.opened] == [song.with_name("other.toml")] * 3
    desk.recorder.asked[-1][2](str(song.parent / "no.toml"))
    assert "is not there" in desk.said
    desk.controls.line("open song.toml")
    assert "what you see already" in desk.said


def test_a_folder_with_one_session_opens_it_and_with_several_shows_them(desk, song, tmp_path):
    desk.change(document_path=str(tmp_path / "x.toml"), **SAVED)
    desk.controls.line("open songs")
    assert "other.toml" in _labels(desk)
    song.with_name("other.toml").unlink()
    desk.controls.line("open songs")
    assert desk.recorder.opened == [(song, set())]


@pytest.mark.parametrize(
    ("state", "saved", "offered"),
    [
        (
            State.PLAYING,
            False,
            ["save it and go", "pause it and go", "leave it as it is and go", "stay here"],
        ),
        (State.PAUSED, False, ["save it and go", "leave it as it is and go", "stay here"]),
        (State.PLAYING, True, ["pause it and go", "leave it as it is and go", "stay here"]),
    ],
)
def test_what_plays_or_is_not_saved_is_asked_about(desk, song, state, saved, offered):
    desk.change(transport_state=state, document_revision=5 if saved else 7)
    desk.controls.line(f"open {song}")
    assert desk.recorder.opened == []
    assert _labels(desk) == offered
    title = desk.recorder.offered[-1][0]
    assert ("plays" in title) == (state is State.PLAYING)
    assert ("unsaved" in title) == (not saved)
    _pick(desk, "stay here")
    assert desk.recorder.opened == []
    _pick(desk, offered[0])
    path, how = desk.recorder.opened[-1]
    assert path == song
    assert how == ({"save", "pause"} if not saved and state is State.PLAYING else {offered[0].split()[0]})
    _pick(desk, "leave it")
    assert desk.recorder.opened[-1] == (song, set())


def test_who_only_watches_is_asked_nothing(desk, song):
    desk.change(transport_state=State.PLAYING, role=Role.OBSERVER)
    desk.controls.line(f"open {song}")
    assert desk.recorder.opened == [(song, set())]


def test_an_album_is_shown_where_its_session_is_and_another_one_is_gone_to(
    make_desk, song, tmp_path, monkeypatch
):
    """Nothing is left and nothing is asked, although it plays: its album view shows the album."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    desk = make_desk(document_path=str(song), transport_state=State.PLAYING)
    ours, others = tmp_path / "ours.toml", tmp_path / "others.toml"
    ours.write_text('title = "A"\n[[tracks]]\npath = "a.wav"\n[[tracks]]\nsession = "songs/song.toml"\n')
    others.write_text('title = "B"\n[[tracks]]\nsession = "songs/other.toml"\n')
    desk.controls.line("open ../ours.toml")
    assert desk.controls.view.focus.panel is Panel.ALBUM
    assert album_of(song) == ours
    desk.controls.line("open ../others.toml")
    assert "go to others.toml?" in desk.recorder.offered[-1][0]
    assert desk.recorder.opened == []
    _pick(desk, "leave it")
    assert desk.recorder.opened == [(others, set())]
    assert album_of(song) == ours


def test_sessions_of_before(make_desk, song, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    desk = make_desk(**SAVED)
    desk.press("B", "r")
    assert "no other session" in desk.said
    for path in (song, tmp_path / "gone.toml", song.with_name("other.toml"), song):
        note_session(path)
    assert recent_sessions() == [song, song.with_name("other.toml")]
    desk.press("B", "r")
    assert _labels(desk) == ["song", "other"]
    _pick(desk, "other")
    desk.controls.line("recent 1")
    desk.controls.line("recent OTH")
    opened = [path.name for path, _ in desk.recorder.opened]
    assert opened == ["other.toml", "song.toml", "other.toml"]
    desk.controls.line("recent x")
    assert "no single recent session 'x'" in desk.said


def test_no_more_than_so_many_are_remembered(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for number in range(MOST + 3):
        path = tmp_path / f"{number}.toml"
        path.touch()
        note_session(path)
    assert [path.stem for path in recent_sessions()] == [str(MOST + 2 - place) for place in range(MOST)]


def test_save_as_writes_what_is_live_and_goes_on_there(desk, song):
    desk.change(document_path=str(song))
    desk.press("B", "w")
    _, proposed, entered = desk.recorder.asked[-1]
    assert proposed == str(song.with_name("song 2.toml"))
    entered(str(song.parent / "takes" / "loud"))
    written = song.parent / "takes" / "loud.toml"
    assert 'path = "../drums.wav"' in written.read_text("utf-8")
    path, how = desk.recorder.opened[-1]
    assert (path, how) == (written, {"fresh", "said"})
    assert song.read_text("utf-8") == ""  # stays as it was


def test_save_as_asks_before_it_replaces_and_knows_its_own_file(desk, song):
    desk.change(document_path=str(song)).controls.line("save-as other.toml")
    question, yes = desk.recorder.confirmed[-1]
    assert "other.toml is there already" in question
    assert desk.recorder.opened == []
    yes()
    assert "Falling Water" in song.with_name("other.toml").read_text("utf-8")
    desk.controls.line("save-as song.toml")
    assert "W saves it" in desk.said


# -- new ------------------------------------------------------------------------------------------

REPORT = NewReport(
    Path("/songs/night.toml"),
    "Night",
    48000,
    Path("/songs/mix.wav"),
    "mix",
    (
        StemGuess("Trk1", "other", None, Path("/songs/trk1.wav")),
        StemGuess("Voc", "vocals", "voc", Path("/songs/voc.wav")),
    ),
    ("nothing in the name of Trk1 tells its role: it is taken as other",),
)


def test_stems_are_marked_and_looked_at(desk, song):
    desk.change(document_path=str(song)).press("B", "n")
    assert _labels(desk)[:3] == ["mark all 2 here", "go on", "type a path"]
    _pick(desk, "go on")
    assert desk.said == "nothing is marked: enter on a file marks it"
    assert not desk.recorder.works
    assert _labels(desk)[-2:] == ["○ 9 kick.WAV", "○ 10 bass.wav"]  # as people count
    _pick(desk, "○ 10")
    assert _labels(desk)[0] == "go on with 1 file"
    _pick(desk, "● 10")
    _pick(desk, "mark all")
    _pick(desk, "go on with 2 files")
    files = [str(song.with_name(name)) for name in ("9 kick.WAV", "10 bass.wav")]
    assert desk.recorder.works == [Work("new", Path(files[0]), (files[1], "--dry-run"))]


def test_the_folder_above_lies_above_also_where_a_session_was_opened_through_it(desk, song):
    """`open ../night/song.toml` leaves `..` in the middle of the path: its parent is no folder above."""
    through = song.parent / "Stems" / ".." / song.name
    desk.change(document_path=str(through)).press("B", "n")
    assert desk.recorder.offered[-1][0] == f"stems of a new session: {song.parent}"
    _pick(desk, "../")
    assert desk.recorder.offered[-1][0] == f"stems of a new session: {song.parent.parent}"
    _pick(desk, "type a path")
    desk.recorder.asked[-1][2](song.parent.name)  # from the folder that is shown
    assert desk.recorder.offered[-1][0] == f"stems of a new session: {song.parent}"


def test_new_by_command_takes_folders_and_quoted_names(desk, song):
    desk.change(document_path=str(song)).controls.line('new Stems "10 bass.wav"')
    work = desk.recorder.works[-1]
    assert (work.session, work.arguments) == (
        song.parent / "Stems",
        (str(song.parent / "10 bass.wav"), "--dry-run"),
    )
    desk.controls.line("new 'half")
    assert "put names with spaces between quotes" in desk.said


@pytest.fixture
def drafted(desk):
    """A desk that shows the draft of a new session."""
    from tui.controls.new_session import draft_of, offer

    offer(desk.controls, draft_of(REPORT))
    return desk


def test_every_guess_is_shown(drafted):
    labels = _labels(drafted)
    assert labels[0] == "make the session: 2 stems"
    assert labels[1:4] == ["title: Night", "file: night.toml", "mix: mix.wav"]
    assert labels[4].split() == ["Trk1", "Other"]
    assert labels[5].split() == ["Voc", "Lead", "vocals"] or labels[5].startswith("Voc")
    assert labels[6].startswith("i nothing in the name of Trk1")


def test_roles_names_mix_title_and_file_are_changed_before_it_is_made(drafted):
    desk = drafted
    _pick(desk, "Trk1")
    assert desk.recorder.offered[-1][0] == "Trk1: role"
    _pick(desk, "Drums")
    _pick(desk, "Trk1")
    _pick(desk, "rename it")
    desk.recorder.asked[-1][2]("Kit")
    _pick(desk, "title")
    desk.recorder.asked[-1][2]("Day")
    _pick(desk, "file")
    desk.recorder.asked[-1][2]("day")
    _pick(desk, "make the session")
    work = desk.recorder.works[-1]
    assert (work.verb, str(work.session)) == ("new", "/songs/trk1.wav")
    assert work.arguments == (
        *("/songs/voc.wav", "--title", "Day", "--out", "/songs/day.toml", "--reference", "/songs/mix.wav"),
        *("--role", "/songs/trk1.wav=drums", "--name", "/songs/trk1.wav=Kit"),
        *("--role", "/songs/voc.wav=vocals", "--name", "/songs/voc.wav=Voc"),
    )


def test_a_note_leads_to_what_it_is_about_and_goes_once_that_is_decided(drafted):
    desk = drafted
    _pick(desk, "i nothing in the name of Trk1")
    assert desk.recorder.offered[-1][0] == "Trk1: role"
    _pick(desk, "Melodic")
    assert not any(label.startswith("i ") for label in _labels(desk))


def test_giving_up_a_question_about_a_stem_leads_back_to_the_new_session(drafted):
    """What was named and chosen so far is not lost with it."""
    desk = drafted
    _pick(desk, "Trk1")
    _pick(desk, "Drums")
    for question in ("Trk1", "title", "file", "mix: "):
        _pick(desk, question)
        desk.recorder.back()
        assert _labels(desk)[4].split() == ["Trk1", "Drums"]
    _pick(desk, "Trk1")
    _pick(desk, "rename it")
    desk.recorder.back()
    assert _labels(desk)[0] == "make the session: 2 stems"


@pytest.mark.parametrize(("typed", "role"), [("keys", "Instruments"), ("kick", "Drums")])
def test_a_role_is_found_by_what_plays_it(typed, role):
    titles = [one.title for one in roles().values()]
    items = [Item(title, nothing, also=words) for title, words in zip(titles, role_words(), strict=True)]
    items += [Item("rename it", nothing)]
    assert matching(items, typed)[0].label == role


def test_a_stem_can_be_the_mix_and_the_mix_a_stem_and_one_left_out(drafted):
    desk = drafted
    _pick(desk, "Voc")
    _pick(desk, "it is the mix")
    assert _labels(desk)[3] == "mix: voc.wav"
    assert _labels(desk)[5].split()[0] == "mix"
    _pick(desk, "mix: ")
    _pick(desk, "none")
    assert _labels(desk)[3] == "mix: none"
    _pick(desk, "mix  ")
    _pick(desk, "leave it out")
    _pick(desk, "make")
    arguments = desk.recorder.works[-1].arguments
    assert "--no-reference" in arguments
    assert "/songs/mix.wav" not in arguments


def test_two_stems_do_not_get_one_name(drafted):
    desk = drafted
    _pick(desk, "Trk1")
    _pick(desk, "rename it")
    desk.recorder.asked[-1][2]("voc")
    assert "another stem is called voc already" in desk.said
    assert _labels(desk)[4].startswith("Trk1")
