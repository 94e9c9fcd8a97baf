"""The chain editor: rows from the declarations, edits of the structure, pictures, advice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.link.snapshot import NO_MASTER, NO_STEM
from engine.link.ticks import NO_MASTER_TICK, TickReading, Totals
from engine.session.chains import read_chain
from engine.session.files import parse_session, with_changes
from engine.session.processors import PROCESSORS
from engine.session.reading import Reader
from engine.session.response import compressor_reduction_db, eq_gain_db
from engine.session.validate import session_from_tree
from tui.display.cells import CellBuffer
from tui.panels.chain import ChainPanel
from tui.panels.chain_advice import advice_of, row_help
from tui.panels.chain_rows import chain_rows, moved, resolved
from tui.panels.curves import level_of, picture, reduction_history
from tui.view import MASTER, Focus, Panel

EVERY = """
format = 1
title = "Every processor"
sample_rate = 48000

[[stems]]
name = "Drums"
role = "drums"
path = "drums.wav"

[master]
chain = [
  { type = "gain" },
  { type = "eq", phase = "linear", bands = [ { frequency_hz = 40.0, gain_db = 4.5 } ] },
  { type = "compressor", ratio = 4.0 },
  { type = "multiband", crossovers_hz = [200.0], bands = [ {}, {} ], phase = "linear" },
  { type = "saturator" },
  { type = "stereo" },
  { type = "deesser" },
  { type = "limiter" },
]
"""


@pytest.fixture
def chain(make_desk):
    """Makes a desk with the chain editor open."""

    def make(stem=0, processor=0, key="", **options):
        panel = ChainPanel()
        desk = make_desk(panels={Panel.CHAIN: panel}, **options)
        desk.panel = panel
        return desk.change(focus_panel=Panel.CHAIN, focus_stem=stem, focus_processor=processor, focus_key=key)

    return make


def drawn(desk, width=100, height=28, frames=1):
    """The panel's text."""
    buffer = CellBuffer(width, height)
    canvas = buffer.canvas
    for frame in range(frames):
        desk.panel.draw(canvas, replace(desk.controls.view, now_s=float(frame)))
    return buffer


def applied(desk):
    """The session after what was sent, as the engine makes it."""
    view = desk.recorder.now
    text = view.document["text"]
    from engine.session.files import parse_key

    for kind, payload in desk.sent:
        changes = payload["changes"] if kind == "edit" else [[payload["path"], payload["value"]]]
        text = with_changes(text, [(parse_key(key), value) for key, value in changes], view.session.path)
    return session_from_tree(parse_session(text, view.session.path), view.session.path)


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
    assert desk.sent[1] == ("set", {"path": "stems[0].chain[0].phase", "value": "linear"})
    desk.press("enter")
    assert desk.sent[2][1]["value"] == "minimum"
    desk.change(focus_key="bands[1].gain_db").press("enter")
    prompt, initial, _ = desk.recorder.asked[0]
    assert (prompt, initial) == ("Drums eq band 2 gain (−24 to 24 dB)", "+1.0 dB")
    desk.press("backspace")
    assert desk.sent[3] == ("set", {"path": "stems[0].chain[0].bands[1].gain_db", "value": None})


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


def test_a_ratio_above_three_to_one_teaches(chain):
    desk = chain(0, 1, "ratio")
    desk.controls.line("type-value 4")
    assert "a ratio of 4:1 is above 3:1: this belongs in the mix" in desk.said


# -- structure ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PROCESSORS)
@pytest.mark.parametrize("stem", [0, 1, MASTER])
def test_every_processor_can_be_added_and_the_result_is_a_session(chain, kind, stem):
    desk = chain(stem, 0 if stem != 1 else -1)
    before = len(chain_of(desk.recorder.now.session, stem))
    desk.press("n")
    assert "new processor" in desk.recorder.asked[0][0]
    desk.recorder.asked[0][2](kind)
    if kind == "limiter":
        assert desk.sent == []
        assert ("one is allowed" if stem == MASTER else "no single processor") in desk.said
        return
    made = chain_of(applied(desk), stem)
    assert len(made) == before + 1
    assert made[desk.focus.processor].type == kind
    assert stem != MASTER or made[-1].type == "limiter"


def chain_of(session, stem):
    return session.master.chain if stem == MASTER else session.stems[stem].chain


def test_a_chain_for_a_master_the_file_does_not_have_yet(chain):
    text = EVERY[: EVERY.index("[master]")]
    desk = chain(MASTER, -1, text=text)
    desk.controls.line("add-processor limiter")
    desk.controls.line("add-processor comp")
    assert desk.sent[0][1]["changes"][0][0] == "master"
    assert applied(desk).master.chain[-1].type in ("limiter", "compressor")


def test_a_new_compressor_has_the_values_of_the_card(chain):
    desk = chain(1, -1)
    desk.controls.line("add-processor Comp")
    table = desk.sent[0][1]["changes"][0][1][0]
    assert table["type"] == "compressor"
    assert "enabled" not in table
    assert desk.sent[0][1]["label"] == "Bass compressor added"
    session = applied(desk)
    focus = Focus(Panel.CHAIN, 1, 0)
    assert advice_of(session, 1, chain_rows(session, focus)) == {}


def test_bands_come_go_and_move(chain):
    desk = chain(0, 0, "bands[0].q").press("N")
    bands = applied(desk).stems[0].chain[0].values["bands"]
    assert [band["frequency_hz"] for band in bands] == [30.0, 1000.0, 2500.0]
    assert desk.focus.key == "bands[1]"
    desk.recorder.sent.clear()
    desk.change(focus_key="bands[0].q").press("J")
    assert applied(desk).stems[0].chain[0].values["bands"][1]["shape"] == "high_pass"
    desk.recorder.sent.clear()
    desk.change(focus_key="bands[1]").press("D")
    assert len(applied(desk).stems[0].chain[0].values["bands"]) == 1
    assert "u brings it back" in desk.said


def test_a_multibands_bands_are_split_and_joined_with_their_crossovers(chain):
    desk = chain(MASTER, 0, "bands[1]").press("N")
    values = applied(desk).master.chain[0].values
    assert values["crossovers_hz"] == (120.0, 490.0, 2000.0)
    assert len(values["bands"]) == 4
    desk.recorder.sent.clear()
    desk.change(focus_key="bands[2]").press("D")
    values = applied(desk).master.chain[0].values
    assert (values["crossovers_hz"], len(values["bands"])) == ((120.0,), 2)
    desk.recorder.sent.clear()
    desk.change(focus_key="crossovers_hz[0]").press("D")
    values = applied(desk).master.chain[0].values
    assert (values["crossovers_hz"], len(values["bands"])) == ((2000.0,), 2)
    assert desk.focus.key == "bands[1]"
    desk.change(focus_key="bands[0]").press("J")
    assert "ordered by frequency" in desk.said


def test_processors_move_but_the_limiter_stays_last(chain):
    desk = chain(0, 1, "ratio").press("K")
    assert [processor.type for processor in applied(desk).stems[0].chain] == ["compressor", "eq"]
    assert desk.focus.processor == 0
    desk = chain(MASTER, 0).press("J")
    assert desk.sent == []
    assert "the limiter stays last" in desk.said
    desk.press("K")
    assert "at the end already" in desk.said


def test_what_waits_for_the_engine_is_not_lost_by_an_edit_of_the_structure(chain):
    desk = chain(0, 1, "threshold_db").press("l", "J", "K")
    table = desk.sent[1][1]["changes"][0][1][0]
    assert table["type"] == "compressor"
    assert table["threshold_db"] == -17.9


def test_edits_without_anything_to_edit_say_so(chain):
    desk = chain(1, -1).press("N", "D", "J")
    assert desk.sent == []
    assert "choose a processor first; n adds one" in desk.said
    desk = chain(0, 1).press("N")
    assert "has no bands" in desk.said


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
    assert "master: chain" in text
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


def test_new_tables_are_read_by_the_format(chain):
    desk = chain(0, 1)
    desk.controls.line("add-processor multiband")
    tables = desk.sent[0][1]["changes"][0][1]
    reader = Reader(desk.recorder.now.session.path, 48000)
    assert len(read_chain(reader, tables, ("stems", 0, "chain"), on_stem=True)) == 3


def test_long_and_wide_names_are_cut_with_a_sign_and_overlap_nothing(chain):
    name = "ストリングスとホーンのとても長い名前 take 12"
    text = chain(0).recorder.now.document["text"].replace('"Drums"', f'"{name}"')
    lines = drawn(chain(0, 1, "ratio", text=text), 80, 18).text().splitlines()
    assert "…" in lines[0].partition("│")[0]
    assert all(line.count("│") >= 1 for line in lines)
