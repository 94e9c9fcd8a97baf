"""What the desk shows, read as text, at every size that is promised; and what it draws again."""

from __future__ import annotations

import dataclasses
import math
import re

import pytest
from desk_pictures import Picture, changed, drawn, whole
from desk_views import Studio

from engine.link.records import State
from engine.link.snapshot import NO_MASTER, NO_STEM
from tui.desk.columns import columns
from tui.display.cells import CellBuffer
from tui.view import MASTER, Focus, Panel, View


def test_every_size_shows_loudness_true_peak_and_every_stem(size):
    text = drawn(Studio().view(), size).buffer.text()
    for expected in ("−13.9 LUFS", "dBTP", "Falling Water*", "PLAYING", "01:40.000", "MONITOR", "space play"):
        assert expected in text
    assert "MAX" in text
    assert "−0.8" in text
    for name in ("Drums", "Bass", "Guitars", "Keys", "Lead V", "Backin", "String", "FX and"):
        assert name in text


@pytest.mark.parametrize("panel", [Panel.STEMS, Panel.MASTER])
def test_every_minus_is_one(size, panel):
    text = drawn(Studio().view(focus=Focus(panel=panel)), size).buffer.text()
    assert re.findall(r"\S*(?<!\w)-\d\S*", text) == []


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


def test_everything_muted_and_soloed_at_once(size):
    everything = frozenset(range(8))
    picture = drawn(Studio(muted=everything, soloed=everything, inverted=everything).view(), size)
    apart = "M S Ø" if size[0] >= 120 else "MSØ"
    assert picture.buffer.text().count(apart) == 9  # eight stems and the heading


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


def test_below_the_smallest_size_it_says_what_it_needs():
    assert "needs at least 80x23, this is 79x24" in drawn(Studio().view(), (79, 24)).buffer.text()
    drawn(Studio().view(), (3, 1))
    drawn(Studio().view(), (0, 0))


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


@pytest.mark.parametrize("state", [State.PLAYING, State.PAUSED])
def test_the_target_is_seen_in_the_bars_of_loudness(size: tuple[int, int], state: State) -> None:
    """It stands on the ground, not on the bar, whose colour is as bright as its own in every theme."""
    view = changed(Studio().view(focus=Focus(Panel.MASTER, MASTER)), "master", momentary_lufs=-9.0)
    picture = drawn(changed(view, "transport", state=state), size)
    marks = [
        style
        for glyphs, styles in zip(picture.buffer.glyphs, picture.buffer.styles, strict=True)
        for glyph, style in zip(glyphs, styles, strict=True)
        if glyph == "┃"
    ]
    assert "target" in marks
    assert not [style for style in marks if style.startswith("target on")]


@pytest.mark.parametrize("size", [(112, 36), (120, 36), (160, 48), (200, 60)])
@pytest.mark.parametrize("stems", [5, 14, 32])
def test_no_figure_of_a_stem_is_cut(size: tuple[int, int], stems: int) -> None:
    view = Studio(stems=stems).view()
    meters = NO_STEM._replace(
        peak_left_dbfs=-120.5, held_left_dbfs=-100.5, rms_left_dbfs=-110.5, limiting_share=1.0
    )
    meters = meters._replace(processors_db=(6.2, 5.3))
    view = dataclasses.replace(
        view,
        snapshot=dataclasses.replace(view.snapshot, stems=(meters,) * stems),
        session=Studio(stems=stems, names=tuple(f"s{number}" for number in range(stems))).session,
    )
    picture = drawn(view, size)
    rows = [row for row in picture.buffer.text().splitlines() if "−11.5" in row]
    assert len(rows) >= min(stems, 5)
    assert not [row for row in rows if re.search(r"\d…", row)]
