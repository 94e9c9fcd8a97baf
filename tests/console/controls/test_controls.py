"""What each action sends, shows at once, and says where there is nothing to do."""

from __future__ import annotations

import pytest

from engine.link.client import Health
from engine.link.messages import Message
from engine.link.records import Role, Source, State
from engine.session.card import LARGEST_TRIM_DB
from engine.session.files import parse_key
from tui.actions.every import ACTIONS
from tui.actions.keymap import keymap_path
from tui.controls.pending import PATIENCE_S, SETTLING_S, Pending
from tui.controls.places import label_of, place, replaced, value_at
from tui.controls.quantity import parse_time_s, parse_value, value_text
from tui.view import MASTER, Focus, Panel, View

RATE = 48000


# -- transport ------------------------------------------------------------------------------------


def test_space_plays_and_shows_it_before_the_engine_answers(desk):
    desk.press("space")
    assert desk.sent == [("play", {})]
    assert desk.controls.view.snapshot.transport.state is State.PLAYING
    desk.press("space")
    assert desk.sent[1] == ("pause", {})


def test_play_from_the_end_begins_at_the_start(desk):
    desk.change(transport_position_frames=10 * RATE).press("space")
    assert [kind for kind, _ in desk.sent] == ["seek", "play"]
    assert desk.sent[0][1] == {"position_frames": 0}


@pytest.mark.parametrize(
    ("keys", "seconds"),
    [
        (["right"], 7.0),
        (["left"], 0.0),
        (["right", "right"], 10.0),
        (["greater_than_sign"], 10.0),
        (["less_than_sign"], 0.0),
        (["home"], 0.0),
        (["end"], 10.0),
        (["right", "left", "left"], 0.0),
    ],
)
def test_seeks_add_up_before_the_engine_answers_and_stay_in_the_song(desk, keys, seconds):
    desk.press(*keys)
    assert desk.sent[-1] == ("seek", {"position_frames": round(seconds * RATE)})
    assert desk.controls.view.snapshot.position_s == seconds


@pytest.mark.parametrize(("typed", "seconds"), [("0:04.5", 4.5), ("+1.5", 3.5), ("-1", 1.0), ("99", 10.0)])
def test_seek_by_command(desk, typed, seconds):
    desk.controls.line(f":seek {typed}")
    assert desk.sent == [("seek", {"position_frames": round(seconds * RATE)})]


def test_a_seek_that_is_no_time_is_refused_in_words(desk):
    desk.controls.line("seek chorus")
    assert desk.sent == []
    assert "no time" in desk.said


def test_loop_points_and_switch(desk):
    desk.press("i").change(transport_position_frames=4 * RATE).controls.pending.forget()
    assert desk.sent == [("loop", {"on": False, "start_frames": 2 * RATE, "end_frames": 10 * RATE})]
    desk.change(transport_loop_start_frames=2 * RATE, transport_loop_end_frames=10 * RATE).press("o", "r")
    assert desk.sent[1] == ("loop", {"on": False, "start_frames": 2 * RATE, "end_frames": 4 * RATE})
    assert desk.sent[2] == ("loop", {"on": True})


@pytest.mark.parametrize(
    ("key", "here_s", "points", "sent", "said"),
    [
        ("i", 8, (2, 6), (8, 10), "ended before this"),
        ("o", 1, (2, 6), (0, 1), "began after this"),
        ("i", 10, (2, 6), None, "cannot begin at the end"),
        ("o", 0, (2, 6), None, "cannot end at the start"),
    ],
)
def test_loop_points_the_wrong_way_round(desk, key, here_s, points, sent, said):
    desk.change(
        transport_position_frames=here_s * RATE,
        transport_loop_start_frames=points[0] * RATE,
        transport_loop_end_frames=points[1] * RATE,
    ).press(key)
    assert said in desk.said
    frames = [(item["start_frames"], item["end_frames"]) for _, item in desk.sent]
    assert frames == ([] if sent is None else [(sent[0] * RATE, sent[1] * RATE)])


def test_a_loop_without_points_is_the_whole_song_and_one_can_be_typed(desk):
    desk.press("r")
    assert desk.sent == [("loop", {"on": True, "start_frames": 0, "end_frames": 10 * RATE})]
    desk.controls.line("loop 0:01 0:03")
    assert desk.sent[1] == ("loop", {"on": True, "start_frames": RATE, "end_frames": 3 * RATE})
    desk.controls.line("loop 0:03 0:01")
    assert len(desk.sent) == 2


MARKERS = [{"position_frames": 0, "name": "intro"}, {"position_frames": 96000, "name": "chorus"}]


def test_markers(desk):
    desk.press("right_square_bracket")
    assert desk.sent == []
    assert "M sets one" in desk.said
    desk.change(document_markers=MARKERS).press("right_square_bracket", "left_square_bracket", "M")
    assert [payload["action"] for _, payload in desk.sent] == ["next", "previous", "set"]
    assert desk.sent[2][1]["position_frames"] == 96000
    desk.controls.line("marker bridge 2")
    assert desk.sent[3][1]["name"] == "bridge 2"
    desk.controls.line("remove-marker chorus")
    assert desk.sent[4][1] == {"action": "remove", "position_frames": 96000, "name": "chorus"}


@pytest.mark.parametrize("wanted", ["2", "chorus", "CHO"])
def test_jump_asks_and_takes_a_number_or_a_name(desk, wanted):
    desk.change(document_markers=MARKERS, transport_position_frames=0).press("apostrophe")
    prompt, _, callback = desk.recorder.asked[0]
    assert "2 chorus" in prompt
    callback(wanted)
    assert desk.sent == [("seek", {"position_frames": 96000})]


# -- listening ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "source"), [("a", Source.DRY), ("b", Source.REFERENCE), ("d", Source.RESIDUAL)]
)
def test_sources_toggle_with_processed(desk, key, source):
    desk.press(key)
    assert desk.controls.view.snapshot.transport.source is source
    desk.press(key)
    names = [payload["source"] for _, payload in desk.sent]
    assert names == [source.name.lower(), "processed"]


def test_without_a_reference_there_is_nothing_to_compare_with(make_desk):
    text = 'format = 1\ntitle = "x"\nsample_rate = 48000\n[[stems]]\nname = "A"\npath = "a.wav"\n'
    desk = make_desk(text=text).press("b", "d")
    assert desk.sent == []
    assert "no reference" in desk.said


def test_the_monitor(desk):
    desk.press("full_stop", "full_stop", "comma", "exclamation_mark", "f", "y", "w")
    assert [payload for _, payload in desk.sent] == [
        {"level_db": 1.0},
        {"level_db": 2.0},
        {"level_db": 1.0},
        {"dim": True},
        {"mono": True},
        {"side": True, "mono": False},
        {"swap": True},
    ]
    desk.controls.line("monitor −12 dB")
    assert desk.sent[-1] == ("monitor", {"level_db": -12.0})
    desk.controls.line("monitor 40")
    assert len(desk.sent) == 8


# -- strips ---------------------------------------------------------------------------------------


def test_rows_go_through_the_stems_to_the_master_and_stop_there(desk):
    chosen = [desk.press("j").focus.stem for _ in range(4)]
    assert chosen == [1, 2, MASTER, MASTER]
    assert [desk.press("up").focus.stem for _ in range(4)] == [2, 1, 0, 0]
    assert desk.press("3").focus.stem == 2
    assert desk.press("0").focus.stem == MASTER
    desk.press("9")
    assert desk.focus.stem == MASTER
    assert "no stem 9" in desk.said


@pytest.mark.parametrize(
    ("typed", "stem"), [("3", 2), ("lead", 2), ("BASS", 1), ("0", MASTER), ("master", MASTER)]
)
def test_go_by_number_or_name(desk, typed, stem):
    desk.controls.line(f"go {typed}")
    assert desk.focus.stem == stem


def test_go_to_what_is_not_there_names_what_is_near(desk):
    desk.controls.line("go drumms")
    assert "did you mean 'Drums'" in desk.said


def test_mute_solo_polarity(desk):
    desk.press("m", "s", "p")
    assert desk.sent == [
        ("set", {"path": "stems[0].mute", "value": True}),
        ("set", {"path": "stems[0].solo", "value": True}),
        ("set", {"path": "stems[0].polarity_inverted", "value": True}),
    ]
    assert "renders leave it out" in desk.said
    assert "g n runs the null test" in desk.said
    stem = desk.controls.view.session.stems[0]
    assert (stem.mute, stem.solo, stem.polarity_inverted) == (True, True, True)


def test_the_master_has_no_mute(desk):
    desk.change(focus_stem=MASTER).press("m")
    assert desk.sent == []
    assert "the master has no mute" in desk.said


def test_solo_only_this_and_again_none(desk):
    desk.press("2", "s", "1", "S")
    label = {"label": "solo only Drums", "changes": [["stems[0].solo", True], ["stems[1].solo", False]]}
    assert desk.sent[1] == ("edit", label)
    desk.press("S")
    assert desk.sent[2] == ("edit", {"label": "no solo", "changes": [["stems[0].solo", False]]})


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


# -- views ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["s", "m", "n", "r", "l", "i", "h", "c"])
def test_g_and_a_letter(desk, letter):
    desk.press("g")
    assert desk.controls.prefix == "g"
    desk.press(letter)
    wanted = {p.value[0]: p for p in Panel if p is not Panel.CHAIN} | {"s": Panel.STEMS}
    assert desk.focus.panel is wanted[letter]
    assert desk.controls.prefix == ""


def test_an_unknown_letter_after_g_says_which_there_are(desk):
    desk.press("g", "x")
    assert desk.sent == []
    assert "g x means nothing: after g comes one of s m" in desk.said
    desk.press("g", "escape", "m")
    assert desk.sent[0][1]["path"] == "stems[0].mute"


def test_tab_goes_round_all_panels_and_back(desk):
    forth = [desk.press("tab").focus.panel for _ in Panel]
    assert set(forth) == set(Panel)
    assert [desk.press("shift+tab").focus.panel for _ in Panel] == [*reversed(forth[:-1]), forth[-1]]


# -- session --------------------------------------------------------------------------------------


def test_undo_and_redo_say_what_and_stop_where_there_is_nothing(desk):
    desk.change(document_can_undo=True, document_undo_label="Drums trim +0.5 dB", document_can_redo=False)
    desk.press("u", "ctrl+r")
    assert desk.sent == [("undo", {})]
    assert "undo: Drums trim +0.5 dB" in desk.said
    assert "nothing to redo" in desk.said


def test_snapshots_go_round_those_that_hold_something(desk):
    desk.press("c")
    assert "C stores" in desk.said
    desk.press("C")
    assert desk.sent == [("snapshot", {"letter": "A", "action": "store"})]
    stored = {
        "A": {"revision": 1, "label": "first"},
        "B": None,
        "C": {"revision": 2, "label": "x"},
        "D": None,
    }
    desk.change(document_snapshots=stored).press("c", "c", "c")
    assert [payload["letter"] for _, payload in desk.sent[1:]] == ["A", "C", "A"]
    desk.controls.line("snapshot b")
    assert "snapshot B is empty" in desk.said
    desk.press("C")
    assert desk.sent[-1] == ("snapshot", {"letter": "B", "action": "store"})
    desk.controls.line("store D")
    assert desk.sent[-1] == ("snapshot", {"letter": "D", "action": "store"})


def test_targets_go_round_and_are_chosen_by_name(desk):
    desk.press("t")
    assert desk.sent == [("target", {"deliverable": "streaming"})]
    assert "target streaming: −14 LUFS, −1 dBTP" in desk.said
    desk.change(document_target="cd").press("t")
    assert desk.sent[1] == ("target", {"deliverable": None})
    desk.controls.line("target str")
    assert desk.sent[2] == ("target", {"deliverable": "streaming"})
    desk.controls.line("target vinyl")
    assert len(desk.sent) == 3


def test_versions_go_round_without_the_files_of_stems(desk):
    desk.press("v")
    assert desk.sent == [("version", {"version": "instrumental"})]
    desk.controls.line("version music effects")
    assert desk.sent[1] == ("version", {"version": "music_effects"})
    desk.controls.line("version stems")
    assert len(desk.sent) == 2


def test_save_reset_device_state(desk):
    desk.press("W", "z")
    desk.controls.line("device null")
    desk.change(document_history=[{"revision": 4, "parent": None, "label": "", "time": 0}])
    desk.controls.line("state 4")
    desk.controls.line("state 99")
    kinds = [("save", {}), ("reset", {}), ("device", {"device": "null"}), ("history", {"revision": 4})]
    assert desk.sent == kinds
    assert "no state '99'" in desk.said
    desk.change(document_saved_revision=7).press("W")
    assert "nothing to save" in desk.said


def test_what_belongs_to_the_application(desk):
    desk.press("q", "colon", "ctrl+p", "question_mark", "ctrl+c")
    desk.controls.line("theme paper")
    assert [name for name, _ in desk.recorder.done] == ["leave", "command", "palette", "help", "theme"]
    assert desk.recorder.done[-1] == ("theme", "paper")
    assert "q leaves" in desk.said
    assert desk.sent == []


def test_stopping_asks_and_says_what_becomes_of_unsaved_edits(desk):
    desk.press("Q")
    question, callback = desk.recorder.confirmed[0]
    assert "journal" in question
    assert desk.sent == []
    callback()
    assert desk.sent == [("stop", {})]
    assert desk.recorder.done == [("leave", "")]


def test_the_keymap_file_is_written_once(desk):
    desk.controls.line("write-keymap")
    assert "# mute = [" in keymap_path().read_text("utf-8")
    keymap_path().write_text("mine", "utf-8")
    desk.controls.line("write-keymap")
    assert keymap_path().read_text("utf-8") == "mine"
    assert desk.recorder.said[-1][1] == "error"


# -- rights, refusals, what is pending --------------------------------------------------------------


def test_an_observer_can_look_but_change_nothing_and_is_told_why(make_desk):
    clients = [{"index": 2, "pid": 4711, "role": "controller"}]
    desk = make_desk(role=Role.OBSERVER, document_clients=clients)
    for action in ACTIONS:
        if action.control:
            desk.controls.perform(action.name, "1")
    assert desk.sent == []
    assert "console 2 (process 4711) is in control" in desk.said
    assert ":take-over" in desk.said
    desk.press("j", "e", "g", "h")
    assert desk.focus.panel is Panel.HISTORY
    desk.controls.line("take-over")
    assert desk.sent == [("take_over", {})]


def test_a_read_only_console_cannot_take_over_or_stop(make_desk):
    desk = make_desk(role=Role.OBSERVER, read_only=True)
    desk.press("m", "Q")
    desk.controls.line("take-over")
    assert desk.sent == []
    assert desk.recorder.confirmed == []
    assert "--read-only" in desk.said


def test_an_engine_that_hangs_or_failed_can_be_restarted(make_desk):
    desk = make_desk(health=Health.HANGING).press("enter")
    assert desk.recorder.done == [("restart", "")]
    desk = make_desk()
    desk.controls.line("restart")
    assert "nothing to restart" in desk.said


def test_with_the_engine_gone_enter_restarts_it(make_desk):
    desk = make_desk(health=Health.GONE).press("m")
    assert desk.sent == []
    assert "enter restarts it" in desk.said
    desk.press("enter")
    assert desk.recorder.done == [("restart", "")]


def test_a_full_queue_is_said_and_nothing_is_shown(desk):
    desk.recorder.full = True
    desk.press("l", "space")
    assert "has not read" in desk.said
    assert desk.controls.view is desk.recorder.now


def test_a_refused_edit_goes_back_and_says_the_engines_sentence(desk):
    desk.press("l")
    desk.controls.answer(Message("error", 1, None, {"code": "stale", "message": "changed meanwhile"}))
    assert desk.controls.view is desk.recorder.now
    assert ("changed meanwhile", "error") in desk.recorder.said


def test_a_confirmed_edit_is_shown_until_the_engines_picture_has_it(make_desk):
    desk = make_desk().press("l")
    desk.controls.answer(Message("done", 1, 8))
    assert desk.controls.view.session.stems[0].trim_db == 0.6
    desk.change(document_revision=8)
    assert desk.controls.view is desk.recorder.now


def test_what_is_never_answered_is_forgotten():
    now = [0.0]
    pending = Pending(clock=lambda: now[0])
    view = View()
    pending.expect_state(1, "monitor", {"dim": True})
    assert pending.shown(view).snapshot.monitor.dim
    now[0] = PATIENCE_S + 0.1
    assert pending.shown(view) is view
    pending.expect_state(2, "monitor", {"dim": True})
    pending.answered(2, done=True)
    now[0] += SETTLING_S + 0.1
    assert pending.shown(view) is view


def test_other_answers_are_told(desk):
    desk.controls.answer(Message("notice", 0, None, {"code": "device_lost", "message": "the device is gone"}))
    desk.controls.answer(Message("role", 0, None, {"role": "observer", "controller": 1, "pid": 99}))
    assert "the device is gone" in desk.said
    assert "process 99 is in control now" in desk.said


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
    assert label_of(session, parse_key(path)) == label


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
