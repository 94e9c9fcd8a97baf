"""What the desk shows, read as text, at every size that is promised."""

from __future__ import annotations

import dataclasses
import math
import re

import pytest
from desk_pictures import SIZES, Picture, changed, drawn, whole
from desk_views import Studio
from picture import COLOURS

from engine.link.client import Health
from engine.link.records import DeviceState, Monitor, NullLamp, Role, Source, State
from engine.link.snapshot import NO_JOB, NO_MASTER, NO_STEM
from tui.desk.columns import columns
from tui.display.cells import CellBuffer
from tui.view import MASTER, Focus, Panel, View


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """One of the sizes that are promised."""
    return request.param


def test_every_size_shows_loudness_true_peak_and_every_stem(size):
    text = drawn(Studio().view(), size).buffer.text()
    for expected in ("−13.9 LUFS", "dBTP", "Falling Water*", "PLAYING", "01:40.000", "MONITOR", "space play"):
        assert expected in text
    assert "MAX" in text
    assert "−0.8" in text
    for name in ("Drums", "Bass", "Guitars", "Keys", "Lead V", "Backin", "String", "FX and"):
        assert name in text


@pytest.mark.parametrize("stems", [1, 2, 8, 12, 24, 32])
def test_any_number_of_stems_fits_and_says_where_there_are_more(size, stems):
    picture = drawn(Studio(stems=stems).view(focus=Focus(stem=0)), size)
    text = picture.buffer.text()
    shown = re.findall(r"(?m)^[ ▸][ \d]\d \S", text)
    assert whole(picture.buffer)
    assert "LUFS" in text
    if "▼" not in text:
        assert len(shown) == stems
    else:
        hidden = int(text.split("▼")[1].split()[0])
        assert 0 < hidden < stems


def test_the_chosen_stem_is_always_in_sight():
    picture = Picture(80, 24)
    studio = Studio(stems=24)
    for stem in (0, 23, 12, 0, 23, 5):
        picture.draw(studio.view(focus=Focus(stem=stem)))
        assert f"▸{stem + 1:2d} " in picture.buffer.text()


def test_long_wide_and_odd_names_keep_every_column_in_place(size):
    names = (
        "Ein sehr langer Name ohne Ende",
        "太鼓とベースの全部のトラック",
        "🎸 Gitarre",
        "é",
        "A" * 60,
    )
    plain, odd = Picture(*size), Picture(*size)
    plain.draw(Studio(stems=6).view())
    odd.draw(Studio(stems=6, names=names).view())
    assert whole(odd.buffer)
    start = columns(size[0] - 1, 1).role.x if size[0] < 96 else 0
    for before, after in zip(plain.buffer.glyphs[2:8], odd.buffer.glyphs[2:8], strict=True):
        if start:
            assert before[start:] == after[start:]
    assert "…" in odd.buffer.text()


@pytest.mark.parametrize(
    "name", ["❤️ Vox", "👨‍👩‍👧 Choir", "👍🏽 Keys", "1️⃣ One", "ｶﾞ", "été", "한국́", "🇩🇪 Bass", "नमस्ते"]
)
def test_what_terminals_count_differently_takes_one_way(name):
    buffer = CellBuffer(14, 1)
    buffer.canvas.put(0, 0, name, "text", 14)
    assert whole(buffer)
    buffer.canvas.put(0, 0, "plain", "text", 14)
    assert "".join(buffer.glyphs[0]).rstrip() == "plain"


def test_six_characters_of_each_name_at_the_smallest_size():
    studio = Studio(names=("Percussion left", "Percussion right", "Percussive keys"), stems=3)
    rows = drawn(studio.view()).buffer.text().splitlines()
    assert sum(row[4:].startswith("Percussi") for row in rows) == 3


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


def test_everything_muted_and_soloed_at_once(size):
    everything = frozenset(range(8))
    picture = drawn(Studio(muted=everything, soloed=everything, inverted=everything).view(), size)
    apart = "M S Ø" if size[0] >= 120 else "MSØ"
    assert picture.buffer.text().count(apart) == 9  # eight stems and the heading


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


def nothing_known(table):
    """A record with every number unknown."""
    return table._replace(
        **{
            name: math.nan if isinstance(value, float) else (math.nan,) * 4
            for name, value in table._asdict().items()
            if isinstance(value, (float, tuple))
        }
    )


@pytest.mark.parametrize(
    ("master", "stem"),
    [(NO_MASTER, NO_STEM), (nothing_known(NO_MASTER), nothing_known(NO_STEM))],
    ids=["silence", "nothing known"],
)
def test_silence_and_unknown_values_are_signs_not_numbers(size, master, stem):
    view = Studio().view()
    snapshot = dataclasses.replace(view.snapshot, master=master, stems=(stem,) * 8)
    picture = drawn(dataclasses.replace(view, snapshot=snapshot), size)
    text = picture.buffer.text()
    assert whole(picture.buffer)
    assert "nan" not in text
    assert "inf" not in text
    assert "—" in text
    if master is NO_MASTER:
        assert "−∞" in text


def test_without_limiter_reference_or_target(size):
    studio = Studio(limiter=False, reference=False, document={"target": None})
    view = studio.view()
    status = view.snapshot.status._replace(target_lufs=math.nan, drive_db=math.nan)
    view = dataclasses.replace(view, snapshot=dataclasses.replace(view.snapshot, status=status))
    picture = drawn(view, size)
    assert "OVER" not in picture.line("MAX")
    assert "no target" in drawn(view, (160, 48)).buffer.text()
    assert "no reference" in drawn(view, (160, 48)).buffer.text()


def test_an_hour_long_song_keeps_its_clock(size):
    studio = Studio(length_s=7322.25)
    picture = drawn(studio.view(7000.5), size)
    assert "116:40.500" in picture.line("PLAYING")
    assert whole(picture.buffer)


def test_before_anything_is_known(size):
    picture = drawn(View(), size)
    assert whole(picture.buffer)
    assert "LOADING" in picture.buffer.text()


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


def test_the_null_lamp_tells_itself_in_words():
    view = changed(Studio().view(), "status", null_lamp=NullLamp.FAIL, null_residual_dbfs=-31.4)
    text = drawn(view, (160, 48)).buffer.text()
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


def test_below_the_smallest_size_it_says_what_it_needs():
    assert "needs at least 80x24, this is 79x24" in drawn(Studio().view(), (79, 24)).buffer.text()
    drawn(Studio().view(), (3, 1))
    drawn(Studio().view(), (0, 0))


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


@pytest.mark.parametrize("size", [(160, 24), (240, 26), (80, 60)])
def test_odd_shapes_keep_stems_and_master(size):
    text = drawn(Studio().view(), size).buffer.text()
    for expected in (" 1 Drums", " 8 FX", "LUFS", "MAX"):
        assert expected in text


def test_the_master_panel_has_the_screen_for_itself(size):
    text = drawn(Studio().view(focus=Focus(panel=Panel.MASTER, stem=MASTER)), size).buffer.text()
    assert "1 Drums" not in text
    for word in ("MASTER", "LRA", "PLR", "PSR", "CORR", "LIMITER", "LUFS", "dBTP"):
        assert word in text


def test_going_to_another_panel_and_back_leaves_nothing_behind(size):
    picture = Picture(*size)
    studio = Studio()
    view = studio.view()
    picture.draw(view)
    picture.draw(dataclasses.replace(view, focus=Focus(panel=Panel.MASTER, stem=1)))
    picture.draw(dataclasses.replace(view, focus=Focus(panel=Panel.NULL, stem=1)))
    picture.draw(view)
    fresh = Picture(*size)
    fresh.draw(view)
    assert picture.buffer.glyphs == fresh.buffer.glyphs
    assert picture.buffer.styles == fresh.buffer.styles


def _steady(view: View, now_s: float) -> View:
    return dataclasses.replace(view, now_s=now_s)


def test_what_moved_looks_the_same_as_if_drawn_at_once(size):
    """However a frame was reached, its meters, figures and words are those of its view."""
    studio, picture = Studio(), Picture(*size)
    for frame in range(40):
        view = studio.view(100.0 + frame / 7.0)
        picture.draw(view)
    for stem in (3, 0):
        view = dataclasses.replace(view, now_s=view.now_s + 10.0, focus=Focus(stem=stem))
        picture.draw(view)
    fresh = Picture(*size)
    fresh.draw(view)
    rows = [
        (before, after)
        for before, after in zip(picture.buffer.glyphs, fresh.buffer.glyphs, strict=True)
        if before != after
    ]
    # only the history of gain reduction depends on the past
    assert all(set("".join(before)) & set("▀█") for before, _ in rows)
    assert len(rows) <= 12
    assert picture.buffer.styles[:10] == fresh.buffer.styles[:10]


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
    "null fails": lambda: changed(Studio().view(), "status", null_lamp=NullLamp.FAIL),
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


def test_a_frame_in_which_nothing_changed_draws_nothing():
    picture = Picture(160, 48)
    view = Studio().view()
    picture.draw(view)
    picture.draw(_steady(view, view.now_s + 0.01))
    picture.buffer.take_changes()
    picture.draw(_steady(view, view.now_s + 0.02))
    assert picture.buffer.take_changes() == []


def test_a_jump_of_the_position_is_shown_at_once():
    picture = Picture(80, 24)
    studio = Studio()
    view = studio.view(100.0)
    picture.draw(view)
    jumped = changed(view, "transport", position_frames=int(35.25 * 48000))
    picture.draw(jumped)
    assert "00:35.250" in picture.line("PLAYING")
