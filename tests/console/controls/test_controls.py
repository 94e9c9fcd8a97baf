"""Transport, listening and strips: what each action sends, shows at once, and says."""

from __future__ import annotations

import pytest

from engine.link.records import Source, State
from engine.session.playback import SYSTEMS
from tui.view import MASTER, Panel

RATE = 48000


class _Listing:
    """A panel that lists the stems behind four other rows."""

    actions = ()

    def rows(self, view):
        return 4 + len(view.session.stems)

    def perform(self, name, argument, view, controls):
        return False

    def row_of_stem(self, view, stem):
        return None if stem == MASTER else 4 + stem


def test_the_key_of_a_stem_chooses_its_row_where_stems_are_listed(make_desk):
    desk = make_desk(panels={Panel.INTAKE: _Listing()}, focus_panel=Panel.INTAKE, focus_row=1)
    desk.press("3")
    assert (desk.focus.panel, desk.focus.stem, desk.focus.row) == (Panel.INTAKE, 2, 6)
    desk.change(focus_row=0).press("3")  # the same one again, from a finding
    assert desk.focus.row == 6


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


def test_a_playback_system_is_chosen_from_a_list(desk, own_folders):
    desk.press("at")
    title, names, pick, chosen = desk.recorder.offered[-1]
    assert title == "sounds like"
    assert names == ["off", "phone", "laptop", "earbuds", "car", "club", "radio"]
    assert chosen == 1  # enter goes on to the first
    pick(2)
    assert desk.sent[-1] == ("translate", {"system": "laptop"})
    assert desk.controls.view.snapshot.monitor.translation == "laptop"
    desk.press("at")
    _, _, pick, chosen = desk.recorder.offered[-1]
    assert chosen == 0  # and back to plain
    pick(0)
    assert desk.sent[-1] == ("translate", {"system": None})
    assert desk.controls.view.snapshot.monitor.translation == ""


def test_a_playback_system_is_typed(desk, own_folders):
    for typed, name in (("translate car", "car"), ("translate ra", "radio"), ("translate off", None)):
        desk.controls.line(typed)
        assert desk.sent[-1] == ("translate", {"system": name})
    count = len(desk.sent)
    desk.controls.line("translate gramophone")
    assert len(desk.sent) == count
    assert "off, phone, laptop" in desk.said
    assert desk.controls.completions("translate c") == ["translate car", "translate club"]


def test_a_broken_file_of_playback_systems_is_said_and_plain_can_be_had(desk, own_folders):
    path = SYSTEMS.user_path
    path.parent.mkdir(parents=True)
    path.write_text("[systems.kitchen]\npoints = 3\n")
    desk.press("at")
    assert "systems.kitchen.points" in desk.said
    assert desk.sent == []
    desk.controls.line("translate off")
    assert desk.sent[-1] == ("translate", {"system": None})


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
