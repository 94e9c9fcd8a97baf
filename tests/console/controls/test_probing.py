"""Listening into a chain from the console: what is meant, and what is sent."""

from __future__ import annotations

import pytest

from engine.link.records import Source
from tui.heard import listening_to
from tui.view import MASTER


def sent(desk):
    return [payload for kind, payload in desk.sent if kind == "listen"]


def test_the_chosen_processor_and_band_of_the_editor(chain):
    desk = chain(0, 0, "bands[1].q")
    desk.press("Z", "O")
    assert sent(desk) == [
        {"source": "delta", "of": "stems[0].chain[0]"},
        {"source": "band", "of": "stems[0].chain[0].bands[1]"},
    ]


def test_once_more_is_the_song_again_and_another_one_is_another(chain):
    desk = chain(0, 1)
    told = {"stem": "Drums", "processor": 1, "type": "compressor", "band": -1}
    desk.change(transport_source=Source.DELTA, document_listening=told)
    assert listening_to(desk.recorder.now.document) == "Drums compressor"
    desk.press("Z")
    desk.change(focus_processor=0).press("Z")
    assert sent(desk) == [{"source": "processed"}, {"source": "delta", "of": "stems[0].chain[0]"}]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("delta comp", {"source": "delta", "of": "stems[0].chain[1]"}),
        ("vocal delta", {"source": "delta", "of": "stems[2].chain[0]"}),
        ("vocal band-alone de-esser", {"source": "band", "of": "stems[2].chain[0].bands[0]"}),
        ("band-alone eq 2", {"source": "band", "of": "stems[0].chain[0].bands[1]"}),
        ("master band-alone multiband 3", {"source": "band", "of": "master.chain[0].bands[2]"}),
        ("master delta limiter", {"source": "delta", "of": "master.chain[1]"}),
    ],
)
def test_a_line_names_them(make_desk, line, expected):
    desk = make_desk()
    desk.controls.line(line)
    assert sent(desk) == [expected]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("delta", "2 processors: name one"),
        ("bass delta", "Bass has no processor"),
        ("delta multiband", "Drums has no 'multiband'"),
        ("band-alone comp", "a compressor has no bands"),
        ("band-alone eq 7", "has 2 bands"),
        ("band-alone eq", "has 2 bands"),
    ],
)
def test_what_cannot_be_heard_is_said(make_desk, line, said):
    desk = make_desk()
    desk.controls.line(line)
    assert sent(desk) == []
    assert said in desk.said


def test_of_one_that_is_off_it_says_so(make_desk):
    desk = make_desk()
    desk.controls.line("vocal delta")
    assert "it is off and changes nothing" in desk.said
    assert desk.focus.stem != MASTER


def test_of_two_of_a_type_the_one_that_is_on_is_meant(make_desk):
    text = make_desk().recorder.now.document.text
    text = text.replace(
        '  { type = "eq", bands', '  { type = "eq", enabled = false },\n  { type = "eq", bands', 1
    )
    desk = make_desk(text=text)
    desk.controls.line("delta eq")
    assert sent(desk) == [{"source": "delta", "of": "stems[0].chain[1]"}]
