"""The chain editor: rows from the declarations, their values, and advice beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chain_views import EVERY, drawn

from engine.session.processors import PROCESSORS
from tui.controls.asking import gesture_of
from tui.panels.chain.advice import advice_of, row_help
from tui.panels.chain.rows import chain_rows, moved, resolved
from tui.view import MASTER, Focus, Panel

# -- rows -----------------------------------------------------------------------------------------


def test_every_declared_parameter_has_a_row(make_desk):
    session = make_desk(text=EVERY).recorder.now.session
    for number, processor in enumerate(session.master.chain):
        focus = Focus(Panel.CHAIN, MASTER, number)
        rows = chain_rows(session, focus)
        keys = {row.key for row in rows if row.processor == number}
        for parameter in PROCESSORS[processor.type].parameters:
            assert parameter.name in keys or f"{parameter.name}[0]" in keys
            if parameter.fields:
                inside = chain_rows(session, replace(focus, key=f"{parameter.name}[0]"))
                for field in parameter.fields:
                    assert f"{parameter.name}[0].{field.name}" in {row.key for row in inside}


@pytest.mark.parametrize("text", [EVERY, None])
@pytest.mark.parametrize("stem", [0, MASTER])
def test_down_reaches_every_row_and_up_the_same_way_back(make_desk, text, stem):
    desk = make_desk(text=text) if text else make_desk()
    session = desk.recorder.now.session
    focus, way = resolved(session, Focus(Panel.CHAIN, stem, -1, "nothing")), []
    for _ in range(200):
        focus = moved(session, focus, -1)
    for _ in range(200):
        way.append((focus.processor, focus.key))
        before, focus = focus, moved(session, focus, 1)
        if focus == before:
            break
    assert len(set(way)) == len(way)
    if stem == MASTER:
        assert {spot[0] for spot in way} >= set(range(len(session.master.chain)))
    back = []
    for _ in way:
        back.append((focus.processor, focus.key))
        focus = moved(session, focus, -1)
    assert back == way[::-1]


def test_a_focus_on_what_was_taken_away_goes_to_what_is_left(make_desk):
    session = make_desk().recorder.now.session
    assert resolved(session, Focus(Panel.CHAIN, 0, 5, "q")) == Focus(Panel.CHAIN, 0, 1, "")
    assert resolved(session, Focus(Panel.CHAIN, 0, 0, "bands[7].q")) == Focus(Panel.CHAIN, 0, 0, "")
    assert resolved(session, Focus(Panel.CHAIN, 1, 0, "")) == Focus(Panel.CHAIN, 1, -1, "trim_db")


# -- values ---------------------------------------------------------------------------------------


def test_values_are_stepped_by_their_declared_steps(chain):
    desk = chain(0, 0, "bands[1].frequency_hz").press("l", "L")
    values = [payload["value"] for _, payload in desk.sent]
    declared = PROCESSORS["eq"].by_name["bands"].fields[1]
    first = declared.stepped(2500.0, 1, sample_rate=48000)
    assert values == [first, declared.stepped(first, 1, coarse=True, sample_rate=48000)]


def test_enter_switches_chooses_or_asks(chain):
    desk = chain(0, 0).press("enter")
    assert desk.sent == [("set", {"path": "stems[0].chain[0].enabled", "value": False})]
    desk.change(focus_key="phase").press("enter")
    _, names, pick, chosen = desk.recorder.offered[0]
    assert (names, chosen) == (["minimum", "linear"], 0)
    pick(1)
    assert desk.sent[1] == ("set", {"path": "stems[0].chain[0].phase", "value": "linear"})
    desk.change(focus_key="bands[1].gain_db").press("enter")
    prompt, initial, _ = desk.recorder.asked[0]
    assert (prompt, initial) == ("Drums eq band 2 gain (−24 to 24 dB)", "+1.0 dB")
    desk.press("backspace")
    assert desk.sent[2] == ("set", {"path": "stems[0].chain[0].bands[1].gain_db", "value": None})


def test_a_step_on_a_heading_changes_nothing(chain):
    desk = chain(0, 0).press("l").change(focus_key="bands[0]").press("h")
    assert desk.sent == []
    assert "j goes to" in desk.said


def test_bypass_is_of_the_focused_processor_even_on_its_values(chain):
    desk = chain(0, 1, "ratio").press("x")
    assert desk.sent == [("set", {"path": "stems[0].chain[1].enabled", "value": False})]


def test_a_band_is_dragged_in_the_picture(chain):
    desk = chain(0, 0, "bands[1].q").press("E", "right", "up", "greater_than_sign", "down")
    paths = [payload["path"].rpartition(".")[2] for _, payload in desk.sent]
    assert paths == ["frequency_hz", "gain_db", "frequency_hz", "gain_db"]
    assert "dragging: ← → Drums eq band 2 frequency, ↑ ↓ Drums eq band 2 gain" in desk.said
    assert "dragging" in drawn(desk).text()
    desk.press("enter", "right")
    assert desk.sent[-1][0] == "seek"
    desk.press("E", "j")
    assert desk.sent[-1][1]["path"].endswith("gain_db")
    desk.press("escape")
    assert desk.focus.panel is Panel.CHAIN
    assert desk.press("escape").focus.panel is Panel.STEMS


def test_while_dragging_the_footer_names_the_keys_that_drag(chain):
    desk = chain(0, 0, "bands[1].q")
    assert gesture_of(desk.panel, desk.controls.view) == ()
    desk.press("E")
    keys = dict(gesture_of(desk.panel, desk.controls.view))
    assert keys["← →"] == "frequency"
    assert keys["↑ ↓"] == "gain"
    assert keys["enter"] == "let go"
    desk.press("enter")
    assert gesture_of(desk.panel, desk.controls.view) == ()
    desk.change(focus_key="", focus_processor=1).press("E")  # a compressor: its first two values
    assert dict(gesture_of(desk.panel, desk.controls.view))["← →"] == "threshold"


def test_a_ratio_above_three_to_one_teaches(chain):
    desk = chain(0, 1, "ratio")
    desk.controls.line("type-value 4")
    assert "a ratio of 4:1 is above 3:1: this belongs in the mix" in desk.said


# -- advice ---------------------------------------------------------------------------------------


def test_advice_stands_beside_the_value_it_concerns(make_desk):
    session = make_desk(text=EVERY).recorder.now.session
    rows = chain_rows(session, Focus(Panel.CHAIN, MASTER, 2))
    advice = advice_of(session, MASTER, rows)
    assert [finding.kind for finding in advice[2, "ratio"]] == ["ratio"]
    assert (2, "threshold_db") not in advice
    rows = chain_rows(session, Focus(Panel.CHAIN, MASTER, 1, "bands[0].gain_db"))
    advice = advice_of(session, MASTER, rows)
    assert [finding.kind for finding in advice[1, "bands[0].gain_db"]] == ["eq_gain"]
    assert "ratio" in [finding.kind for finding in advice[2, ""]]
    assert (1, "bands[0].q") not in advice


def test_help_of_a_row_is_its_declaration(make_desk):
    session = make_desk().recorder.now.session
    rows = {row.spot: row for row in chain_rows(session, Focus(Panel.CHAIN, 0, 1))}
    text = row_help(rows[1, "ratio"], 48000)
    assert "dB in per dB out above the threshold" in text
    assert "1 to 100 :1" in text
    assert "default 2.0:1" in text
