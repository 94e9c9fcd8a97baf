"""Values: stepped, typed, bypassed, and as text with their units."""

from __future__ import annotations

import pytest

from engine.session.files import parse_key
from engine.session.range_card import LARGEST_TRIM_DB
from engine.session.words import place_text, value_at, value_text
from tui.controls.places import place, replaced
from tui.controls.quantity import parse_time_s, parse_value
from tui.view import MASTER, Focus, Panel

RATE = 48000


# -- values ---------------------------------------------------------------------------------------


def test_steps_of_the_trim_add_up_at_once(desk):
    desk.press("l", "plus", "L", "h", "H")
    assert [payload["value"] for _, payload in desk.sent] == [0.6, 0.7, 1.7, 1.6, 0.6]
    assert desk.controls.view.session.stems[0].trim_db == 0.6
    assert all(revision == 7 for _, _, revision in desk.recorder.sent)


def test_trim_beyond_three_db_teaches_with_the_figure(desk):
    desk.controls.line("trim 3.4")
    assert desk.sent == [("set", {"path": "stems[0].trim_db", "value": 3.4})]
    assert f"trim +3.4 dB is beyond ±{LARGEST_TRIM_DB:g} dB: this belongs in the mix" in desk.said
    assert desk.recorder.said[-1][1] == "warning"


def test_a_trim_within_the_range_says_nothing(desk):
    desk.controls.line("trim 0.8")
    assert desk.said == ""


def test_type_a_value_default_and_refusals(desk):
    desk.press("equals_sign")
    prompt, initial, callback = desk.recorder.asked[0]
    assert prompt == "Drums trim (−60 to 24 dB)"
    assert initial == "+0.5 dB"
    callback("−1,5dB")
    assert desk.sent == [("set", {"path": "stems[0].trim_db", "value": -1.5})]
    callback("loud")
    callback("99")
    assert len(desk.sent) == 1
    assert "'loud' is no number" in desk.said
    assert "99 is out of range: -60 to 24 dB" in desk.said
    desk.press("backspace")
    assert desk.sent[1] == ("set", {"path": "stems[0].trim_db", "value": None})
    assert desk.controls.view.session.stems[0].trim_db == 0.0


def test_the_master_steps_the_drive_and_warns_where_a_target_solves_it(desk):
    desk.change(focus_stem=MASTER).press("l")
    assert desk.sent == [("set", {"path": "master.chain[1].drive_db", "value": 2.1})]
    assert desk.said == ""
    desk.change(document_target="streaming").press("l")
    assert "streaming solves the drive" in desk.said


def test_choices_and_switches_step_and_stop_at_their_ends(desk):
    desk.change(focus_processor=0, focus_key="bands[1].shape").press("h")
    assert desk.sent == []
    assert "peak, low_shelf" in desk.said
    desk.press("l")
    assert desk.sent == [("set", {"path": "stems[0].chain[0].bands[1].shape", "value": "low_shelf"})]
    desk.change(focus_key="").press("h")
    assert desk.sent[1] == ("set", {"path": "stems[0].chain[0].enabled", "value": False})


def test_a_required_value_has_no_default(desk):
    desk.change(focus_processor=0, focus_key="bands[0].frequency_hz").press("backspace")
    assert desk.sent == []
    assert "no default" in desk.said


@pytest.mark.parametrize(
    ("typed", "path", "value"),
    [
        ("stems[1].trim_db -0.5", "stems[1].trim_db", -0.5),
        ("stems[1].trim_db = 0.5 dB", "stems[1].trim_db", 0.5),
        ("master.fade_out_s 4", "master.fade_out_s", 4.0),
        ("deliverables[0].loudness_lufs none", "deliverables[0].loudness_lufs", "none"),
        ("deliverables[0].versions ['master', 'tv']", "deliverables[0].versions", ["master", "tv"]),
        ("title Falling Water II", "title", "Falling Water II"),
        ("stems[0].chain[0].bands[1].frequency_hz 3.2k", "stems[0].chain[0].bands[1].frequency_hz", 3200.0),
    ],
)
def test_any_key_can_be_set(desk, typed, path, value):
    desk.controls.line(f"set {typed}")
    assert desk.sent == [("set", {"path": path, "value": value})]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("stems[0]..x 3", "no key path"), ("title", "needs a key"), ("stems[0].trim_db x", "no number")],
)
def test_what_cannot_be_set_is_said(desk, typed, said):
    desk.controls.line(f"set {typed}")
    assert desk.sent == []
    assert said in desk.said


def test_bypass_one_and_all_and_back_as_it_was(desk):
    desk.press("x")
    assert "2 processors" in desk.said
    desk.change(focus_processor=1).press("x")
    assert desk.sent == [("set", {"path": "stems[0].chain[1].enabled", "value": False})]
    desk.press("X")
    assert desk.sent[1][1] == {"label": "Drums chain off", "changes": [["stems[0].chain[0].enabled", False]]}
    desk.press("X")
    assert desk.sent[2][1] == {"label": "Drums chain on", "changes": [["stems[0].chain[0].enabled", True]]}


def test_bypassing_the_master_says_that_nothing_holds_the_ceiling(desk):
    desk.change(focus_stem=MASTER).press("X")
    assert len(desk.sent[0][1]["changes"]) == 2
    assert "nothing holds the ceiling" in desk.said


def test_the_chain_opens_and_closes(desk):
    assert desk.press("e").focus == Focus(Panel.CHAIN, 0, 0)
    assert desk.press("e").focus == Focus(Panel.STEMS, 0, -1)
    assert desk.press("2", "e").focus == Focus(Panel.CHAIN, 1, -1)
    assert desk.press("0").focus == Focus(Panel.CHAIN, MASTER, 0)
    assert desk.press("escape").focus == Focus(Panel.MASTER, MASTER, -1)


# -- values as text ---------------------------------------------------------------------------------


@pytest.fixture
def session(desk):
    return desk.recorder.now.session


@pytest.mark.parametrize(
    ("path", "typed", "value", "shown"),
    [
        ("stems[0].trim_db", "-1.5", -1.5, "−1.5 dB"),
        ("stems[0].trim_db", "+0.25 dB", 0.25, "+0.25 dB"),
        ("stems[0].trim_db", "0", 0.0, "+0.0 dB"),
        ("stems[0].chain[0].bands[0].frequency_hz", "2k", 2000.0, "2 kHz"),
        ("stems[0].chain[0].bands[0].frequency_hz", "31.5", 31.5, "31.5 Hz"),
        ("stems[0].chain[0].bands[0].shape", "low-s", "low_shelf", "low shelf"),
        ("stems[0].chain[1].attack_ms", "0.12 s", 120.0, "120 ms"),
        ("stems[0].chain[1].ratio", "2:1", 2.0, "2.0:1"),
        ("stems[0].chain[1].mix", "50%", 0.5, "0.50"),
        ("stems[0].chain[1].sidechain_highpass_hz", "off", 0.0, "off"),
        ("stems[0].chain[1].enabled", "off", False, "off"),
        ("deliverables[0].loudness_lufs", "none", "none", "none"),
        ("deliverables[0].loudness_lufs", "-9.5 LUFS", -9.5, "−9.5 LUFS"),
    ],
)
def test_values_are_typed_and_shown_with_units(session, path, typed, value, shown):
    parameter = place(session, parse_key(path)).parameter
    assert parse_value(parameter, typed, RATE) == value
    assert value_text(parameter, value) == shown
    assert parse_value(parameter, shown, RATE) == value


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("stems[0].trim_db", "3 Hz"),
        ("stems[0].trim_db", ""),
        ("stems[0].trim_db", "nan"),
        ("stems[0].trim_db", "25"),
        ("stems[0].chain[0].bands[0].frequency_hz", "30k"),
        ("stems[0].chain[0].bands[0].shape", "high"),
        ("stems[0].mute", "maybe"),
    ],
)
def test_typed_nonsense_is_refused(session, path, typed):
    with pytest.raises(ValueError, match=r"\w"):
        parse_value(place(session, parse_key(path)).parameter, typed, RATE)


@pytest.mark.parametrize(
    ("text", "seconds"), [("1:23.5", 83.5), ("83,5", 83.5), ("1:02:03", 3723.0), ("+10", 15.0), ("−2", 3.0)]
)
def test_times(text, seconds):
    assert parse_time_s(text, 5.0) == seconds


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("stems[0].trim_db", "Drums trim"),
        ("stems[0].chain[0].bands[1].gain_db", "Drums eq band 2 gain"),
        ("master.chain[0].crossovers_hz[1]", "master multiband crossover 2"),
        ("master.fade_out_s", "master fade out"),
        ("deliverables[0].ceiling_dbtp", "streaming ceiling"),
        ("title", "title"),
    ],
)
def test_keys_have_names_for_people(session, path, label):
    assert place_text(session, parse_key(path)) == label


def test_a_replaced_value_is_there_and_nothing_else_changed(session):
    for text in (
        "stems[0].trim_db",
        "stems[0].chain[0].bands[1].gain_db",
        "master.chain[0].crossovers_hz[1]",
    ):
        path = parse_key(text)
        changed = replaced(session, path, 7.25)
        assert value_at(changed, path) == 7.25
        assert replaced(changed, path, value_at(session, path)) == session


def test_every_parameter_of_a_session_has_a_place(session):
    for stem in range(len(session.stems)):
        assert place(session, ("stems", stem, "trim_db")) is not None
    assert place(session, ("stems", 9, "trim_db")) is None
    assert place(session, ("stems", 0, "chain")) is None
    assert place(session, ("nonsense",)) is None


def test_what_an_edit_gave_to_think_about_goes_with_it(desk):
    """A stem that is heard again is no longer said to be left out; another stem's line stays."""
    desk.press("m")
    assert "is muted: renders leave it out" in desk.recorder.said[-1][0]
    before = len(desk.recorder.said)
    desk.press("j", "s", "k")
    assert len(desk.recorder.said) == before
    desk.press("m")
    assert desk.recorder.said[-1] == ("", "note")
    # a newer line is not cleared for it
    desk.press("m")
    desk.controls.say("saved")
    desk.press("m")
    assert desk.recorder.said[-1][0] == "saved"
