"""What the desk tells of its stems, the engine and the song: in words and letters, never by colour alone."""

from __future__ import annotations

import dataclasses
import math
import time

import pytest
from desk_pictures import Picture, changed, drawn
from desk_views import Studio
from documents import with_words
from picture import COLOURS

from engine.link.history import Heard, History
from engine.link.records import DeviceState, Monitor, Role, Source, State
from engine.link.snapshot import NO_JOB
from engine.processes.client import Health
from tui.desk.columns import columns
from tui.desk.known import outdated_share
from tui.desk.readings import figures
from tui.display.cells import CellBuffer
from tui.view import MASTER, Focus, Panel, View


def test_trim_beyond_three_decibels_is_marked_and_explained():
    picture = drawn(Studio().view(), (160, 48))
    assert "+4.5!" in picture.line("FX and Atmos")
    assert "+1.5 " in picture.line("Lead Vocal")
    line = picture.line("beyond ±3 dB")
    assert "FX and Atmospheres: trim +4.5 dB" in line
    assert "belongs in the mix" in line


def test_warnings_take_turns_only_when_asked():
    picture = Picture(160, 48)
    view = Studio().view()
    first = picture.draw(view)
    picture.draw(dataclasses.replace(view, now_s=view.now_s + 60.0))
    assert picture.line("beyond ±3 dB").endswith("1/7 ;")
    picture.screen.turn = 1
    second = picture.draw(dataclasses.replace(view, now_s=view.now_s + 60.01))
    assert "2/" in second
    assert first != second


def test_a_new_message_stands_before_the_warning_one_looks_at():
    picture = Picture(160, 48)
    view = Studio().view()
    picture.draw(view)
    picture.screen.turn = 2
    picture.draw(dataclasses.replace(view, now_s=view.now_s + 1.0))
    said = dataclasses.replace(view, message=("saved", "note"), now_s=view.now_s + 2.0)
    assert "i saved" in picture.draw(said)


def test_what_the_engine_told_leaves_the_line_after_two_minutes():
    view = Studio().view()
    for age_s, is_told in ((5.0, True), (130.0, False)):
        told = {"code": "x", "message": "the device was lost for a moment", "time": time.time() - age_s}
        picture = Picture(160, 48)
        pages = []
        for turn in range(9):
            picture.screen.turn = turn
            pages.append(
                picture.draw(
                    dataclasses.replace(view, document=with_words(view.document, {"notices": [told]}))
                )
            )
        assert any("was lost for a moment" in page for page in pages) == is_told


def test_a_message_stands_before_every_warning():
    view = Studio().view(message=("saved as falling-water.toml", "note"))
    assert "i saved as falling-water.toml" in drawn(view).buffer.text()


def test_mute_solo_polarity_and_bypass_are_letters():
    studio = Studio(muted=frozenset({0}), soloed=frozenset({1}), inverted=frozenset({2}))
    picture = drawn(studio.view(), (160, 48))
    columns_ = columns(159, 2)
    switches = slice(columns_.switches.x, columns_.switches.x + 5)
    rows = [picture.line(name) for name in ("1 Drums", "2 Bass", "3 Guitars")]
    assert rows[0][switches] == "M · ·"
    assert rows[1][switches] == "· S ·"
    # silent because another stem is soloed
    assert rows[2][switches] == "m · Ø"
    assert "EQ c S" in rows[1]


def test_overs_stay_with_their_count_until_they_are_reset():
    studio = Studio()
    picture = Picture(80, 24)
    picture.draw(studio.view())
    assert "!3" in picture.line(" 1 Drums")
    picture.draw(studio.view(101.0, reading=studio.reading(101.0, {})))
    assert "!" not in picture.line(" 1 Drums")


def test_the_true_peak_maximum_over_the_ceiling_says_so(size):
    assert "OVER" in drawn(Studio().view(), size).line("MAX")
    view = Studio().view()
    quiet = view.snapshot.master._replace(true_peak_max_dbtp=-1.2)
    view = dataclasses.replace(view, snapshot=dataclasses.replace(view.snapshot, master=quiet))
    assert "OVER" not in drawn(view, size).line("MAX")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"health": Health.GONE}, ("ENGINE LOST", "enter restarts it")),
        ({"health": Health.HANGING}, ("ENGINE HANGING", "enter")),
        ({"health": Health.STOPPED}, ("ENGINE STOPPED", "held")),
        ({"role": Role.OBSERVER}, ("WATCHING",)),
        ({"role": Role.READER}, ("READ-ONLY",)),
    ],
)
def test_the_life_of_the_engine_is_told_in_words(size, changes, words):
    text = drawn(Studio().view(**changes), size).buffer.text()
    for word in words:
        assert word in text
    # a picture that stands still does not claim to play
    assert ("PLAYING" in text) == ("health" not in changes)


def test_who_is_in_control_is_told_and_that_nobody_is_too(size):
    """The controller may have left: then no other console is made up."""
    view = Studio().view(role=Role.OBSERVER)
    other, own = {"index": 0, "pid": 7, "role": "controller"}, {"index": 1, "pid": 8, "role": "observer"}
    words = {}
    for clients in ((other, own), (own,)):
        told = dataclasses.replace(view, document=with_words(view.document, {"clients": list(clients)}))
        words[len(clients)] = drawn(told, size).buffer.text()
    if size == (80, 24):  # there only the title has room for it
        assert "WATCHING" in words[2]
        assert "NO CONTROL" in words[1]
        assert "WATCHING" not in words[1]
        return
    assert "another console is in control" in words[2]
    assert "NOBODY IS IN CONTROL" in words[1]
    assert "another console" not in words[1]


def test_loading_tells_its_progress():
    view = changed(Studio().view(), "transport", state=State.LOADING)
    job = NO_JOB._replace(label="decoding Drums", progress=0.5, left_s=4.0)
    view = dataclasses.replace(view, snapshot=dataclasses.replace(view.snapshot, job=job))
    text = drawn(view).buffer.text()
    assert "decoding Drums" in text
    assert "50%" in text
    assert "00:04 left" in text


def test_a_lost_device_says_what_plays_instead():
    view = changed(Studio().view(), "output", device_state=DeviceState.LOST, device="null")
    picture = drawn(view, (160, 48))
    assert "device LOST" in picture.line("Falling Water")
    assert "null stands in" in picture.buffer.text()


def _tested(verdict: str, residual_dbfs: float, state: str = "current") -> View:
    null = {"verdict": verdict, "residual_rms_dbfs": residual_dbfs}
    return Studio(document={"null": null, "null_state": state}).view()


def test_the_null_lamp_tells_itself_in_words():
    text = drawn(_tested("fail", -31.4), (160, 48)).buffer.text()
    assert "× FAIL" in text
    assert "−31.4 dBFS" in text


def test_a_stale_drive_is_marked(size):
    assert "STALE" in drawn(changed(Studio().view(), "status", drive_stale=True), size).line("DRV")


@pytest.mark.parametrize("panel", list(Panel))
def test_the_monitor_section_stands_on_every_panel(size, panel):
    view = Studio().view(focus=Focus(panel=panel))
    monitor = Monitor(-20.0, math.nan, dim=True, mono=True, side=False, swap=True)
    view = dataclasses.replace(view, snapshot=dataclasses.replace(view.snapshot, monitor=monitor))
    line = drawn(view, size).line("[DIM]")
    for word in ("−20.0 dB", "[MONO]", " side ", "[SWAP]"):
        assert word in line


@pytest.mark.parametrize("panel", list(Panel))
def test_nobody_can_forget_that_it_sounds_like_something_else(size, panel):
    view = Studio().view(focus=Focus(panel=panel))
    monitor = Monitor(-20.0, -15.0, True, True, False, True, "small-radio-in-kitchen24")
    view = dataclasses.replace(view, snapshot=dataclasses.replace(view.snapshot, monitor=monitor))
    assert "[LIKE SMALL-RADIO-IN-KITCHEN24]" in drawn(view, size).line("−20.0 dB")
    plain = dataclasses.replace(
        view, snapshot=dataclasses.replace(view.snapshot, monitor=monitor._replace(translation=""))
    )
    assert "[LIKE" not in drawn(plain, size).buffer.text()


@pytest.mark.parametrize("source", list(Source))
def test_what_is_listened_to_and_how_much_it_was_matched(size, source):
    view = changed(Studio().view(), "transport", source=source, match_db=-2.3)
    line = drawn(view, size).line("PLAYING")
    assert source.name in line
    assert "−2.3 dB" in line


def test_loop_markers_and_snapshot_are_told(size):
    picture = drawn(Studio().view(), size)
    assert "LOOP" in picture.line("PLAYING")
    assert "[B]" in picture.line("PLAYING") or "snap B" in picture.line("PLAYING")
    if size[1] >= 28:
        assert "▾Chorus" in picture.buffer.text()
    off = changed(Studio().view(), "transport", loop_on=False)
    assert "LOOP" not in drawn(off, size).line("PLAYING")


def test_loudness_over_the_song_has_target_unheard_and_outdated_parts():
    text = drawn(Studio().view(), (160, 48)).buffer.text()
    assert "─────" in text
    assert " unheard" in text
    assert " outdated " in text
    assert "░" in text


def test_a_replaced_and_a_missing_file_take_the_place_of_the_role():
    state = [
        {"name": "Bass", "state": "missing", "message": "bass.wav is gone"},
        {"name": "Keys", "state": "replaced", "message": ""},
    ]
    picture = drawn(Studio(document={"stems_state": state}).view())
    assert "GONE" in picture.line(" 2 Bass")
    assert "NEW" in picture.line(" 4 Keys")
    assert "bass.wav is gone" in picture.buffer.text()


def test_a_solo_lights_up_in_the_monitor_section(size):
    soloed = Studio(soloed=frozenset({2, 4})).view()
    assert "[SOLO 2]" in drawn(soloed, size).line("swap")
    assert "SOLO" not in drawn(Studio().view(), size).line("swap")


def test_work_in_the_background_is_told(size):
    view = Studio().view()
    job = NO_JOB._replace(label="solving the drive", progress=0.25, left_s=12.0)
    view = dataclasses.replace(view, snapshot=dataclasses.replace(view.snapshot, job=job))
    line = drawn(view, size).line("swap")
    assert "25%" in line
    assert "00:12 left" in line or size[0] < 100


def test_the_chosen_master_is_marked(size):
    for stems in (2, 24):
        picture = drawn(Studio(stems=stems).view(focus=Focus(stem=MASTER)), size)
        assert picture.buffer.text().count("▸") == 1


def _stems(**values: frozenset[int]) -> View:
    return Studio(**values).view()  # type: ignore[arg-type]


def _bypassed() -> View:
    """With the first processor of the first stem off."""
    studio = Studio()
    stem = studio.session.stems[0]
    chain = (dataclasses.replace(stem.chain[0], enabled=False), *stem.chain[1:])
    stems = (dataclasses.replace(stem, chain=chain), *studio.session.stems[1:])
    return studio.view(session=dataclasses.replace(studio.session, stems=stems))


STATES = {
    "mute": lambda: _stems(muted=frozenset({0})),
    "solo": lambda: _stems(soloed=frozenset({0})),
    "polarity": lambda: _stems(inverted=frozenset({0})),
    "bypass": _bypassed,
    "no over": lambda: Studio().view(reading=Studio().reading(100.0)),
    "chosen stem": lambda: Studio().view(focus=Focus(stem=4)),
    "chosen master": lambda: Studio().view(focus=Focus(stem=MASTER)),
    "stale drive": lambda: changed(Studio().view(), "status", drive_stale=True),
    "null fails": lambda: _tested("fail", -31.4),
    "peak below the ceiling": lambda: changed(Studio().view(), "master", true_peak_max_dbtp=-1.1),
    "loop off": lambda: changed(Studio().view(), "transport", loop_on=False),
    "paused": lambda: changed(Studio().view(), "transport", state=State.PAUSED),
    "dry": lambda: changed(Studio().view(), "transport", source=Source.DRY),
    "snapshot C": lambda: changed(Studio().view(), "transport", snapshot=2),
    "dim": lambda: changed(Studio().view(), "monitor", dim=True),
    "mono": lambda: changed(Studio().view(), "monitor", mono=True),
    "lost device": lambda: changed(Studio().view(), "output", device_state=DeviceState.LOST),
    "saved": lambda: Studio(document={"saved_revision": 12}).view(),
    "engine gone": lambda: Studio().view(health=Health.GONE),
    "observer": lambda: Studio().view(role=Role.OBSERVER),
}


@pytest.mark.parametrize("state", STATES)
def test_no_state_is_told_by_colour_alone(size, state):
    assert drawn(STATES[state](), size).buffer.text() != drawn(Studio().view(), size).buffer.text()


@pytest.mark.parametrize(("rows", "is_told"), [(30, True), (29, False)])
def test_the_smallest_screens_have_no_row_for_who_is_in_control(rows, is_told):
    """But always one for an engine that is gone."""
    assert ("keys change nothing here" in drawn(STATES["observer"](), (100, rows)).buffer.text()) is is_told
    assert "ENGINE LOST" in drawn(STATES["engine gone"](), (100, rows)).buffer.text()


def colour_names(buffer: CellBuffer) -> set[str]:
    """Every colour that was used, foreground and background."""
    names = set()
    for style in {style for row in buffer.styles for style in row}:
        front, _, back = style.partition(" on ")
        names.add(front.split()[-1])
        if back:
            names.add(back)
    return names


def test_only_colours_that_every_theme_has(size):
    known = set(COLOURS)
    studio = Studio(muted=frozenset({1}), soloed=frozenset({2}), inverted=frozenset({3}))
    for changes in (
        {},
        {"health": Health.GONE},
        {"role": Role.OBSERVER},
        {"focus": Focus(panel=Panel.MASTER)},
    ):
        assert colour_names(drawn(studio.view(**changes), size).buffer) <= known


@pytest.mark.parametrize(
    ("lufs", "heard", "stale", "style"),
    [
        (-14.0, 1.0, False, "bold good"),
        (-13.0, 1.0, False, "bold bad"),
        (-15.0, 1.0, False, "bold target"),
        (-13.0, 0.6, False, "bold value"),
        (-14.0, 1.0, True, "bold value"),
    ],
)
def test_figures_have_the_colour_of_their_verdict_once_there_is_one(lufs, heard, stale, style):
    """Only of the whole song, at the drive that was solved for it."""
    view = changed(Studio().view(), "master", integrated_lufs=lufs, true_peak_max_dbtp=-1.2)
    view = changed(view, "status", target_lufs=-14.0, loudness_heard=heard, drive_stale=stale)
    heard_now = History(1, 480, 4800, [-14.0] * 10, bytes([Heard.HEARD]) * 10)
    view = dataclasses.replace(view, history=heard_now)
    found = {figure[0]: figure[3] for figure in figures(view)}
    assert found["I"] == style
    before = dataclasses.replace(heard_now, states=bytes([Heard.HEARD] * 9 + [Heard.OUTDATED]))
    old = next(figure for figure in figures(dataclasses.replace(view, history=before)) if figure[0] == "I")
    assert (old[1].strip()[0], *old[3:5]) == ("~", "bold dim", "10% before edits")
    assert found["MAX"] == "bold good"
    over = changed(view, "master", true_peak_max_dbtp=-0.3)
    assert {figure[0]: figure[3] for figure in figures(over)}["MAX"] == "bold over"
    untried = changed(view, "master", true_peak_max_dbtp=-math.inf)
    assert {figure[0]: figure[3] for figure in figures(untried)}["MAX"] == "bold value"


@pytest.mark.parametrize(("size", "there"), [((160, 48), True), ((200, 60), True), ((120, 36), False)])
def test_each_stem_tells_its_rms_where_there_is_room(size, there):
    view = Studio(stems=4).view()
    stems = tuple(one._replace(rms_left_dbfs=-33.3, rms_right_dbfs=-27.4) for one in view.snapshot.stems)
    view = dataclasses.replace(view, snapshot=dataclasses.replace(view.snapshot, stems=stems))
    text = drawn(view, size).buffer.text()
    assert (" RMS" in text.splitlines()[1]) == there
    assert text.count("−27.4") == (4 if there else 0)
    assert "−33.3" not in text


@pytest.mark.parametrize(
    ("states", "share"),
    [
        ([], 0.0),  # nothing was heard, so nothing is old
        ([Heard.UNHEARD, Heard.HEARD], 0.0),
        ([Heard.UNHEARD, Heard.HEARD, Heard.OUTDATED, Heard.HEARD], 0.25),
        ([Heard.OUTDATED], 1.0),
    ],
)
def test_how_much_of_the_song_was_heard_before_the_newest_edits(states, share):
    history = History(1, 480, 480 * len(states), [-14.0] * len(states), bytes(states))
    assert outdated_share(dataclasses.replace(Studio().view(), history=history)) == share


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
def test_what_has_no_room_in_the_line_goes_on_in_the_next_turn(size):
    """A sentence longer than the screen is read to its end with the key that shows the next one."""
    text = "the converter was lost for a moment: " + "what was played meanwhile is not heard; " * 4 + "z"
    view = Studio().view(message=(text, "note"))
    picture, read = Picture(*size), list[str]()
    for turn in range(9):
        picture.screen.turn = turn
        row = next(
            line for line in picture.draw(view).splitlines() if line.startswith(" i ") and " 1/" in line
        )
        assert row.rstrip().endswith(";"), "the key stands there"
        read.append(row[3:].rpartition(" 1/")[0].rstrip().removesuffix(" …"))
        if read[-1].endswith("z"):
            break
    assert len(read) > 1
    assert " ".join(read) == text
