"""The chain editor: curves, histories and the panel, at every size."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chain_views import EVERY, drawn

from engine.link.snapshot import NO_MASTER, NO_STEM
from engine.link.ticks import NO_MASTER_TICK, TickReading, Totals
from engine.session.response import compressor_reduction_db, eq_gain_db
from tui.display.cells import CellBuffer
from tui.panels.chain.curves import level_of, picture, reduction_history
from tui.panels.chain.panel import ChainPanel
from tui.view import MASTER

# -- pictures -------------------------------------------------------------------------------------


def test_the_eq_picture_follows_the_curve(make_desk):
    processor = make_desk().recorder.now.session.stems[0].chain[0]
    found = picture(processor, "bands[1].gain_db", 80, 20, 24000.0)
    row, column = found.plot.place(2500.0, eq_gain_db(processor.values["bands"], 2500.0))
    assert found.plot.cell(row, column)[0] == "◆"
    for frequency_hz in (100.0, 600.0, 9000.0):
        row, column = found.plot.place(frequency_hz, eq_gain_db(processor.values["bands"], frequency_hz))
        near = [found.plot.cell(row + step, column)[0] for step in (-1, 0, 1)]
        assert any(0x2800 < ord(glyph) < 0x2900 for glyph in near)


def test_linear_phase_is_told_with_its_pre_ringing(make_desk):
    processor = make_desk(text=EVERY).recorder.now.session.master.chain[1]
    note = picture(processor, "", 60, 12, 24000.0).notes[0]
    assert "pre-ringing): about 38.9 ms" in note
    assert "40 Hz" in note


@pytest.mark.parametrize("reduction_db", [0.5, 2.0, 6.0, 12.0])
@pytest.mark.parametrize("knee_db", [0.0, 6.0, 24.0])
def test_the_working_point_lies_where_so_much_is_reduced(reduction_db, knee_db):
    settings = {"threshold_db": -20.0, "ratio": 4.0, "knee_db": knee_db}
    level = level_of(settings, reduction_db)
    assert compressor_reduction_db(level, -20.0, 4.0, knee_db) == pytest.approx(reduction_db, abs=1e-3)
    assert level_of(settings, 0.0) is None
    assert level_of({**settings, "ratio": 1.0}, 3.0) is None


def test_the_limiters_history_hangs_down_to_its_deepest():
    values = [0.0] * 500 + [5.0] * 50 + [0.0] * 50
    plot = reduction_history(values, 60, 12)
    glyphs, _ = plot.lines()
    filled = [column for column in range(plot.cells) if 0x2800 < ord(glyphs[2][column]) < 0x2900]
    assert filled
    assert min(filled) / plot.cells == pytest.approx(500 / 600, abs=0.05)
    assert plot.y.low == -6.0


# -- drawing --------------------------------------------------------------------------------------


def test_the_panel_shows_values_curve_and_advice(chain):
    desk = chain(MASTER, 2, "ratio", text=EVERY)
    buffer = drawn(desk)
    text = buffer.text()
    assert "CHAIN  master" in text
    assert "4.0:1" in text
    assert "threshold" in text
    row = next(line for line in text.splitlines() if "4.0:1" in line)
    assert row.startswith("▸")
    assert "!" in row.partition("│")[0]
    right = " ".join(line.partition("│ ")[2] for line in text.splitlines())
    assert "a ratio of 4:1 is above 3:1: this belongs in the mix" in " ".join(right.split())


def test_gain_reduction_and_the_working_point_move(chain):
    desk = chain(0, 1, "ratio")
    stems = tuple(NO_STEM._replace(processors_db=(float("nan"), 3.2)) for _ in range(3))
    snapshot = replace(desk.recorder.now.snapshot, stems=stems)
    text = drawn(desk.change(snapshot=snapshot)).text()
    assert "−3.2 dB" in text
    right = [line.split("│", 1)[1] for line in text.splitlines()]
    assert any("●" in line.split("now")[-1] for line in right[1:])


def test_the_limiter_draws_what_the_ticks_tell(chain):
    desk = chain(MASTER, 1, "drive_db")
    ticks = tuple(NO_MASTER_TICK._replace(gain_reduction_db=4.0) for _ in range(300))
    reading = TickReading(Totals(ticks=300), ticks, None, 0, 0, ())
    snapshot = replace(desk.recorder.now.snapshot, master=NO_MASTER._replace(processors_db=(1.5, 4.0)))
    text = drawn(desk.change(reading=reading, snapshot=snapshot)).text()
    assert "gain reduction of the limiter" in text
    assert "⣿" in text
    assert "−1.5 dB" in text


@pytest.mark.parametrize(("width", "height"), [(80, 16), (100, 24), (160, 40), (200, 52), (60, 8), (40, 3)])
@pytest.mark.parametrize("number", range(8))
def test_every_size_holds_every_processor(chain, width, height, number):
    desk = chain(MASTER, number, text=EVERY)
    lines = drawn(desk, width, height).text().splitlines()
    assert len(lines) == height
    if height >= 16:
        assert sum("▸" in line for line in lines) == 1


@pytest.mark.parametrize(("width", "height"), [(80, 16), (120, 28), (200, 52)])
@pytest.mark.parametrize(
    ("number", "key", "keys"),
    [
        *((number, "", ()) for number in range(1, 8)),
        (1, "bands[0].gain_db", ()),
        (1, "bands[0].gain_db", ("E",)),
        (3, "bands[1].ratio", ()),
    ],
)
def test_what_a_picture_shows_is_said_in_full_at_every_size(chain, width, height, number, key, keys):
    desk = chain(MASTER, number, key, text=EVERY)
    for letter in keys:
        desk.controls.key(letter)
    lines = drawn(desk, width, height).text().splitlines()
    words = ("out against in", "thresholds", "the sum", "dashed", "reduction")
    titles = [line.partition("│")[2] for line in lines[:6] if any(word in line for word in words)]
    assert not [title for title in titles if "…" in title]
    assert "deesser" not in " ".join(titles)


@pytest.mark.parametrize("number", range(8))
def test_no_figure_of_a_summary_is_cut(chain, number):
    """Half of it would be another one: 1.… of 1.00."""
    lines = drawn(chain(MASTER, number, text=EVERY), 80, 16).text().splitlines()
    rows = [line.partition("│")[0] for line in lines]
    assert [row for row in rows if "…" in row] == []


def test_redrawing_leaves_nothing_behind(chain):
    desk = chain(MASTER, 2, "ratio", text=EVERY)
    buffer = CellBuffer(110, 30)
    canvas = buffer.canvas
    master = NO_MASTER._replace(
        processors_db=(float("nan"), float("nan"), 4.0, 1.0) + (float("nan"),) * 3 + (2.0,)
    )
    desk.change(snapshot=replace(desk.recorder.now.snapshot, master=master))
    for frame, number in enumerate((2, 7, 3, 0, 7, 2, 1)):
        desk.change(focus_processor=number, focus_key="")
        for part in (0.0, 0.5):
            desk.panel.draw(canvas, replace(desk.controls.view, now_s=frame + part))
        fresh = CellBuffer(110, 30)
        other = ChainPanel()
        other.draw(fresh.canvas, replace(desk.controls.view, now_s=frame + 0.5))
        assert buffer.text() == fresh.text()


def test_a_still_panel_writes_nothing(chain):
    desk = chain(0, 0, "bands[1].q")
    buffer = drawn(desk, frames=2)
    canvas = buffer.canvas
    desk.panel.draw(canvas, desk.controls.view)
    buffer.take_changes()
    for frame in range(10):
        desk.panel.draw(canvas, replace(desk.controls.view, now_s=10.0 + frame))
    assert buffer.take_changes() == []


def test_long_and_wide_names_are_cut_with_a_sign_and_overlap_nothing(chain):
    name = "ストリングスとホーンのとても長い名前 take 12"
    text = chain(0).recorder.now.document.text.replace('"Drums"', f'"{name}"')
    lines = drawn(chain(0, 1, "ratio", text=text), 80, 18).text().splitlines()
    assert "…" in lines[0].partition("│")[0]
    assert all(line.count("│") >= 1 for line in lines)
