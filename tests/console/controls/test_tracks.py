"""Other tracks to compare with, from the console."""

from __future__ import annotations

import pytest

from engine.link.records import Source

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


def test_a_line_names_one_and_what_is_gone_is_told(desk):
    desk.controls.line("track old")
    assert sent(desk) == [{"source": "track", "of": "/songs/old.wav", "name": "Old song"}]
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
    assert "[[references]]" in desk.said
    assert desk.sent == []
