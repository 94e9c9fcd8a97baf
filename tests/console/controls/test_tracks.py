"""Other tracks to compare with, from the console."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.link.records import Source
from tui.heard import unmatched_words
from tui.view import Panel

REFERENCES = [
    {"name": "Single", "path": "/songs/single.flac", "integrated_lufs": -9.0, "spectrum_dbfs": [-30.0] * 31},
    {"name": "Gone", "path": "/songs/gone.wav", "problem": "/songs/gone.wav: there is no such file"},
    {"name": "Old song", "path": "/songs/old.wav", "integrated_lufs": -14.0},
]


@pytest.fixture
def desk(make_desk):
    return make_desk(document_references=REFERENCES)


def sent(desk):
    return [payload for kind, payload in desk.sent if kind == "listen"]


def test_a_key_goes_through_those_that_can_be_heard_and_back(desk):
    desk.press("asterisk")
    desk.change(transport_source=Source.TRACK, document_listening={"path": "/songs/single.flac"}).press(
        "asterisk"
    )
    desk.change(document_listening={"path": "/songs/old.wav"}).press("asterisk")
    assert sent(desk) == [
        {"source": "track", "of": "/songs/single.flac", "name": "Single"},
        {"source": "track", "of": "/songs/old.wav", "name": "Old song"},
        {"source": "processed"},
    ]


def test_one_key_goes_back_to_the_song_and_one_to_the_same_track(desk):
    """As on a comparator with two lamps: `a` is the song whatever was heard, `*` the track that was left."""
    old = {"path": "/songs/old.wav", "name": "Old song"}
    desk.change(transport_source=Source.TRACK, document_listening=old).press("a")
    desk.change(transport_source=Source.PROCESSED, document_listening=None).press("asterisk")
    assert sent(desk) == [
        {"source": "processed"},
        {"source": "track", "of": "/songs/old.wav", "name": "Old song"},
    ]
    # past the last one it begins with the first again
    desk.change(transport_source=Source.TRACK, document_listening=old).press("asterisk")
    desk.change(transport_source=Source.PROCESSED, document_listening=None).press("asterisk")
    assert [one.get("name") for one in sent(desk)[2:]] == [None, "Single"]


def test_a_track_that_is_not_matched_says_so(desk):
    single = {"path": "/songs/new.wav", "name": "New", "waits": True}
    desk.change(transport_source=Source.TRACK, transport_match_db=float("nan"), document_listening=single)
    assert unmatched_words(desk.controls.view) == "silent until measured"
    desk.change(document_listening={**single, "waits": False})
    assert unmatched_words(desk.controls.view) == "not matched"
    desk.change(document_listening={**single, "waits": False, "integrated_lufs": -8.0})
    assert unmatched_words(desk.controls.view) == "not matched yet"  # the song is being measured
    desk.change(transport_match_db=-3.0)
    assert unmatched_words(desk.controls.view) == ""
    desk.controls.line("track single")
    assert "as loud as the song" in desk.said


def test_a_line_names_one_and_what_is_gone_is_told(desk):
    desk.controls.line("track old")
    assert sent(desk) == [{"source": "track", "of": "/songs/old.wav", "name": "Old song"}]
    desk.controls.line("track song")  # of a render's long name any part will do
    assert sent(desk)[1]["name"] == "Old song"
    desk.controls.line("track gone")
    assert "there is no such file" in desk.said
    desk.controls.line("track nothing")
    assert "no single track 'nothing'" in desk.said


def test_any_file_can_be_heard(desk, tmp_path):
    (tmp_path / "render.wav").write_bytes(b"")
    desk.controls.line(f"track {tmp_path / 'render.wav'}")
    assert sent(desk)[0]["of"] == str(tmp_path / "render.wav")


def test_without_any_it_says_how(make_desk):
    desk = make_desk().press("asterisk")
    assert ":add-reference" in desk.said
    assert desk.sent == []


def edits(desk):
    return [content for kind, content in desk.sent if kind == "edit"]


def test_a_file_is_kept_among_the_references_as_one_step(make_desk, tmp_path):
    for name in ("Single.wav", "other/single.flac"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    desk = make_desk()
    desk.controls.line(f"add-reference {tmp_path / 'Single.wav'}")
    (first,) = edits(desk)
    (((path, tables),),) = [first["changes"]]
    assert (path, [table["name"] for table in tables]) == ("references", ["Single"])
    assert (desk.controls.view.session.path.parent / tables[0]["path"]).resolve() == tmp_path / "Single.wav"
    # typed ahead: it stands behind the first, and its name is another one
    desk.controls.line(f"add-reference {tmp_path / 'other/single.flac'}")
    ((key, table),) = edits(desk)[1]["changes"]
    assert (key, table["name"]) == ("references[1]", "single 2")
    desk.controls.line(f"add-reference {tmp_path / 'Single.wav'}")
    assert "already" in desk.said
    desk.controls.line(f"add-reference {tmp_path / 'no.wav'}")
    assert "is not there" in desk.said
    assert len(edits(desk)) == 2
    desk.controls.line("remove-reference sin")
    assert "no single track 'sin'" in desk.said
    assert len(edits(desk)) == 2
    desk.controls.line("remove-reference single 2")
    assert edits(desk)[-1]["changes"] == [["references[1]", None]]


def test_in_the_comparison_a_key_has_files_chosen(make_desk, tmp_path):
    (tmp_path / "Single.wav").touch()
    desk = make_desk(focus_panel=Panel.COMPARE)
    here = replace(desk.recorder.now.session, path=tmp_path / "song.toml")
    desk.change(session=here).press("I")
    assert desk.recorder.offered[-1][0].startswith("tracks to compare with")
    desk.recorder.by_path(str(tmp_path / "Single.wav"))
    _, names, pick, _ = desk.recorder.offered[-1]
    pick(names.index("go on with 1 file"))
    assert edits(desk)[-1]["label"] == "reference Single added"
    desk = make_desk(focus_panel=Panel.STEMS).press("I")
    assert not desk.recorder.offered or "compare" not in desk.recorder.offered[-1][0]
