"""Whole chains from the console: copied, pasted, preset, given to a role, linked."""

from __future__ import annotations

import pytest
from chain_views import applied

from tui.view import MASTER

GUITARS = """
[[stems]]
name = "Guitar L"
role = "instruments"
path = "gl.wav"
chain = [ { type = "saturator", drive_db = 3.0 } ]

[[stems]]
name = "Guitar R"
role = "instruments"
path = "gr.wav"

[[stems]]
name = "Keys"
role = "instruments"
path = "k.wav"

[master]
"""


@pytest.fixture
def band(make_desk):
    """The usual session with two guitars and keys."""
    text = make_desk().recorder.now.document.text.replace("[master]", GUITARS, 1)
    return lambda **changes: make_desk(text=text, **changes)


def types(chain):
    return [processor.type for processor in chain]


def test_a_chain_is_copied_and_pasted_as_one_step(make_desk):
    desk = make_desk().press("V", "2", "P")
    [(kind, payload)] = desk.sent
    assert (kind, payload["label"]) == ("edit", "Bass chain pasted")
    session = applied(desk)
    assert session.stems[1].chain == session.stems[0].chain
    assert session.stems[0].chain


def test_behind_what_is_there(make_desk):
    desk = make_desk()
    desk.controls.line("copy-chain")
    desk.controls.line("vocal paste-chain after")
    assert types(applied(desk).stems[2].chain) == ["deesser", "eq", "compressor"]


def test_the_limiter_stays_where_it_belongs(make_desk):
    desk = make_desk(focus_stem=MASTER).press("V", "2", "P")
    assert types(applied(desk).stems[1].chain) == ["multiband"]
    desk = make_desk().press("V", "0", "P")
    master = applied(desk).master.chain
    assert types(master) == ["eq", "compressor", "limiter"]
    assert master[-1].values["drive_db"] == 2.0


def test_nothing_to_paste_is_said(make_desk):
    assert "no chain has been copied" in make_desk().press("P").said
    desk = make_desk().press("V", "P")
    assert desk.sent == []
    assert "is so already" in desk.said


def test_presets_are_offered_for_the_role_first(make_desk):
    desk = make_desk(focus_stem=2)
    desk.controls.line("preset")
    title, names, pick, _ = desk.recorder.offered[0]
    assert title == "presets for Lead Vocal"
    assert names[0] == "Clear voice"
    assert "Gentle glue" not in names
    pick(0)
    assert types(applied(desk).stems[2].chain) == ["eq", "deesser", "compressor"]
    assert desk.sent[0][1]["label"] == "Lead Vocal preset Clear voice"


def test_one_of_ones_own_is_saved_and_taken(make_desk):
    desk = make_desk()
    desk.controls.line("save-preset Big drums")
    assert "Big drums.toml: is written" in desk.said
    desk.controls.line("bass preset big")
    assert types(applied(desk).stems[1].chain) == ["eq", "compressor"]
    desk.controls.line("save-preset Big drums")
    assert "Replace" in desk.recorder.confirmed[0][0]
    desk.controls.line("save-preset ../up")
    assert "names no preset" in desk.said
    desk.controls.line("preset nothing-like-it")
    assert "no single preset" in desk.said
    assert "Big drums" in desk.controls.completions("preset B")[0]


def test_all_of_a_role_get_the_chain_as_one_step(band):
    desk = band()
    desk.controls.line("Guitar L chain-to-role")
    [(_, payload)] = desk.sent
    assert [key for key, _ in payload["changes"]] == ["stems[4].chain", "stems[5].chain"]
    assert types(applied(desk).stems[5].chain) == ["saturator"]
    desk = band()
    desk.controls.line("bass chain-to-role")
    assert "no other stem" in desk.said


@pytest.mark.parametrize(
    ("line", "groups"),
    [
        ("Guitar L link Guitar R", [["Guitar L", "Guitar R"]]),
        ("4 link 5, keys", [["Guitar L", "Guitar R", "Keys"]]),
        ("Guitar L link instruments", [["Guitar L", "Guitar R", "Keys"]]),
    ],
)
def test_stems_are_linked_by_name_number_or_role(band, line, groups):
    desk = band()
    desk.controls.line(line)
    assert desk.sent == [("link", {"groups": groups})]


def test_a_link_is_shown_joined_and_parted(band):
    desk = band(document_links=[["Guitar L", "Guitar R"]])
    desk.controls.line("Keys link Guitar R")
    assert desk.sent[-1] == ("link", {"groups": [["Keys", "Guitar R", "Guitar L"]]})
    desk.controls.line("Guitar R link Keys")
    assert desk.sent[-1] == ("link", {"groups": [["Guitar R", "Keys", "Guitar L"]]})
    desk.controls.line("Guitar L link")
    assert "Guitar L moves with Guitar R" in desk.said
    desk.controls.line("Guitar L unlink")
    assert desk.sent[-1] == ("link", {"groups": []})
    desk.controls.line("Keys unlink")
    assert "it is not linked" in desk.said
    desk.controls.line("unlink all")
    assert desk.sent[-1] == ("link", {"groups": []})
    desk.controls.line("Keys link Nobody")
    assert "no single stem 'Nobody'" in desk.said
    desk.controls.line("master link Keys")
    assert "stems are linked with stems" in desk.said
