"""What the engine looks at closely, in the chain editor: spectrum behind curves, levels, reduction lately."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from chain_views import EVERY

from engine.link.records import Role, State, StemCloseUp
from engine.link.snapshot import NO_CLOSE_UP, NO_MASTER
from tui.desk.columns import CLOSELY_FROM
from tui.display.cells import CellBuffer
from tui.panels.chain.spectrum_behind import level_at
from tui.panels.chain.trail import ReductionTrail
from tui.view import MASTER, Panel
from tui.work.looking import Looking, wish_of

BANDS = 31


def close_up(strip: int, before: float = -30.0, after: float = -40.0):
    """A strip with a flat spectrum before and after its chain."""
    return NO_CLOSE_UP._replace(
        strip=strip,
        bands=BANDS,
        before_dbfs=(before,) * BANDS,
        after_dbfs=(after,) * BANDS,
        before_rms_dbfs=-21.3,
        after_rms_dbfs=-24.5,
        before_peak_dbfs=-9.8,
        after_peak_dbfs=-math.inf,
    )


class Sheet(CellBuffer):
    """Cells with the one canvas that the panel draws on."""

    def __init__(self, *size: int) -> None:
        super().__init__(*size)
        self.drawn_on = self.canvas


def shown(desk, *, now_s: float = 0.0, size=(140, 40), buffer: Sheet | None = None) -> Sheet:
    """The panel, drawn once more."""
    buffer = buffer or Sheet(*size)
    desk.panel.draw(buffer.drawn_on, replace(desk.controls.view, now_s=now_s))
    return buffer


def filled(buffer: CellBuffer, styles: tuple[str, ...] = ("spectrum",)) -> int:
    """Cells that hold something of a spectrum."""
    return sum(row.count(style) for row in buffer.styles for style in styles)


def test_a_level_lies_between_its_neighbours():
    levels = tuple(-10.0 * band for band in range(BANDS))
    assert level_at(levels, BANDS, 1000.0) == pytest.approx(-170.0)
    assert level_at(levels, BANDS, 1000.0 * 10.0**0.05) == pytest.approx(-175.0)
    assert level_at(levels, BANDS, 1.0) == 0.0
    assert level_at((-math.inf,) * BANDS, BANDS, 500.0) == -math.inf


def test_a_louder_spectrum_stands_higher_behind_the_curve(chain):
    desk = chain(0, 0, transport_state=State.PLAYING)
    counts = [
        filled(shown(desk.change(close_up=close_up(0, -12.0, after)))) for after in (-60.0, -40.0, -20.0)
    ]
    assert 0 < counts[0] < counts[1] < counts[2]
    # −39 dBFS is half way up; the curve keeps its cells
    whole = shown(desk.change(close_up=close_up(0, -12.0, -39.0)))
    column = 100
    rows = [row for row in range(40) if whole.styles[row][column] == "spectrum"]
    heights = [row for row in range(40) if "⠀" < whole.glyphs[row][column] <= "⣿"]
    assert heights, "the curve is drawn over it"
    assert max(rows) - min(rows) == pytest.approx(0.5 * (max(rows) + 1 - 1), abs=2)


def test_what_goes_in_is_a_line_where_it_differs(chain):
    desk = chain(0, 0, transport_state=State.PLAYING, close_up=close_up(0, -30.0, -40.0))
    assert sum(row.count("╌") for row in shown(desk).glyphs) > 40
    desk.change(close_up=close_up(0, -40.0, -40.0))
    assert sum(row.count("╌") for row in shown(desk).glyphs) == 1  # the legend


def test_of_another_strip_nothing_is_shown(chain):
    desk = chain(0, 0, transport_state=State.PLAYING, close_up=close_up(1))
    buffer = shown(desk)
    assert filled(buffer) == 0
    assert "−21.3" not in buffer.text()
    assert "in       — RMS" in buffer.text()
    desk.change(close_up=close_up(0))
    text = shown(desk, now_s=1.0, buffer=buffer).text()
    assert filled(buffer) > 0
    assert "in   −21.3 RMS    −9.8 peak  dBFS" in text
    assert "out  −24.5 RMS      −∞ peak  dBFS" in text


def test_while_nothing_plays_the_last_picture_stays_dimmed(chain):
    desk = chain(0, 0, transport_state=State.PLAYING, close_up=close_up(0))
    buffer = shown(desk)
    playing = filled(buffer)
    glyphs = [list(row) for row in buffer.glyphs]
    shown(desk.change(transport_state=State.PAUSED), now_s=1.0, buffer=buffer)
    assert filled(buffer) == 0
    assert filled(buffer, ("faint",)) >= playing
    assert glyphs == buffer.glyphs


@pytest.mark.parametrize("size", [(130, 34), (200, 52)])
def test_redrawn_it_leaves_nothing_behind(chain, size):
    desk = chain(MASTER, 1, text=EVERY, transport_state=State.PLAYING)
    buffer = Sheet(*size)
    places = (
        (1, ""),
        (1, "bands[0].q"),
        (3, ""),
        (4, ""),
        (6, ""),
        (1, ""),
        (2, "ratio"),
        (3, "bands[0].ratio"),
    )
    for number, (processor, key) in enumerate(places):
        desk.change(focus_processor=processor, focus_key=key)
        desk.change(close_up=close_up(MASTER, -50.0 + 4 * number, -55.0 + 5 * number))
        for part in (0.0, 0.5):
            shown(desk, now_s=number + part, buffer=buffer)
        fresh = chain(MASTER, processor, key, text=EVERY, transport_state=State.PLAYING)
        fresh.change(close_up=desk.recorder.now.close_up)
        assert buffer.text() == shown(fresh, now_s=number + 0.5, buffer=Sheet(*size)).text()


def test_a_still_picture_writes_nothing(chain):
    desk = chain(0, 0, transport_state=State.PLAYING, close_up=close_up(0))
    buffer = shown(desk)
    shown(desk, now_s=0.5, buffer=buffer)
    buffer.take_changes()
    for frame in range(5):
        shown(desk, now_s=1.0 + frame, buffer=buffer)
    assert buffer.take_changes() == []


# -- gain reduction lately ------------------------------------------------------------------------


def test_the_trail_keeps_the_deepest_of_each_tenth_and_forgets_another_strip(make_desk):
    view = make_desk(transport_state=State.PLAYING).recorder.now
    trail = ReductionTrail()
    for frame, reduction_db in enumerate((1.0, 4.0, 2.0, 0.5)):
        trail.follow(replace(view, now_s=0.04 * frame), 0, (math.nan, reduction_db))
    assert trail.of(1)[-2:] == [4.0, 0.5]
    assert trail.of(0)[-2:] == [0.0, 0.0]
    trail.follow(replace(view, now_s=0.3), 1, (3.0,))
    assert sum(trail.of(0)) == 3.0
    # what happened while nobody looked is not known
    trail.follow(replace(view, now_s=9.0), 1, (2.0,))
    assert sum(trail.of(0)) == 2.0


def test_paused_the_trail_stands_still(make_desk):
    view = make_desk(transport_state=State.PLAYING).recorder.now
    paused = make_desk().recorder.now
    trail = ReductionTrail()
    trail.follow(view, 0, (3.0,))
    before = trail.of(0)
    trail.follow(replace(paused, now_s=0.5), 0, (0.0,))
    assert trail.of(0) == before


@pytest.mark.parametrize("number", [2, 3, 6])
def test_a_compressor_has_its_history_beside_its_curve_where_there_is_room(chain, number):
    master = NO_MASTER._replace(processors_db=(0.0,) * number + (4.0,))
    desk = chain(MASTER, number, text=EVERY, transport_state=State.PLAYING)
    desk.change(snapshot=replace(desk.recorder.now.snapshot, master=master))
    buffer = Sheet(150, 34)
    for frame in range(20):
        text = shown(desk, now_s=0.1 * frame, buffer=buffer).text()
    assert "gain reduction, dB" in text
    reductions = sum(row.count("reduction") for row in buffer.styles)
    assert reductions > 10
    assert "gain reduction, dB" not in shown(desk, size=(80, 18)).text()


# -- asking the engine ----------------------------------------------------------------------------


def test_the_console_asks_for_what_it_shows_and_no_longer(make_desk):
    desk, looking = make_desk(), Looking()

    def follow(**changes):
        looking.follow(desk.change(**changes).controls.view, desk.controls)
        return [payload for kind, payload in desk.sent if kind == "look"]

    assert follow() == []
    assert follow(focus_panel=Panel.CHAIN, focus_stem=2)[-1] == {"stem": 2, "image": False}
    assert len(follow()) == 1
    desk.change(close_up=close_up(2))
    assert len(follow(now_s=100.0)) == 1
    # another console has asked for something else meanwhile
    assert len(follow(close_up=close_up(0), now_s=200.0)) == 2
    assert follow(focus_panel=Panel.MASTER)[-1] == {"stem": None, "image": True}
    assert follow(focus_panel=Panel.STEMS)[-1] == {"stem": None, "image": False}
    before = len(follow())
    assert len(follow(role=Role.OBSERVER, focus_panel=Panel.CHAIN)) == before
    # a restarted engine has forgotten it
    assert len(follow(role=Role.CONTROLLER)) == before + 1
    assert desk.said == ""


def test_stems_are_looked_at_where_there_is_room_for_what_is_seen(make_desk):
    desk, looking = make_desk(), Looking()

    def follow(columns, **changes):
        looking.follow(desk.change(**changes).controls.view, desk.controls, columns)
        return [payload for kind, payload in desk.sent if kind == "look"]

    assert follow(CLOSELY_FROM - 1) == []
    assert follow(CLOSELY_FROM)[-1] == {"stem": None, "image": False, "stems": True}
    closely = (StemCloseUp(-20.0, ()),)
    assert len(follow(CLOSELY_FROM, stems_close_up=closely, transport_state=State.PLAYING, now_s=100.0)) == 1
    # another console has asked for something else meanwhile; while nothing plays nothing can come
    assert len(follow(CLOSELY_FROM, stems_close_up=(), now_s=200.0)) == 2
    assert len(follow(CLOSELY_FROM, transport_state=State.PAUSED, now_s=300.0)) == 2
    assert follow(CLOSELY_FROM - 1)[-1] == {"stem": None, "image": False}
    assert follow(CLOSELY_FROM, focus_panel=Panel.CHAIN, focus_stem=0)[-1] == {"stem": 0, "image": False}


def test_an_engine_that_does_not_know_it_is_no_matter(make_desk):
    from engine.link.messages import Message

    desk = make_desk(focus_panel=Panel.CHAIN)
    Looking().follow(desk.controls.view, desk.controls)
    desk.controls.answer(Message("error", len(desk.sent), 1, {"code": "unknown_command", "message": "no"}))
    assert desk.said == ""


def test_what_is_looked_at(make_desk):
    assert wish_of(make_desk().recorder.now) == (None, False, False)
    assert wish_of(make_desk(focus_panel=Panel.CHAIN, focus_stem=MASTER).recorder.now) == (-1, False, False)
    # without a picture a stem's loudness may be asked for anywhere
    assert wish_of(make_desk(focus_panel=Panel.HISTORY).recorder.now, None) == (None, False, True)
