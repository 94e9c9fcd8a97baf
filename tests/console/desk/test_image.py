"""The master's stereo image: directions as a fan, correlation by octave."""

from __future__ import annotations

import dataclasses
import math

import pytest
from desk_pictures import changed
from desk_views import Studio

from engine.link.records import DIRECTIONS, State
from engine.link.snapshot import NO_CLOSE_UP
from tui.desk.desk import Desk
from tui.desk.image import BandCorrelation, Fan, fan
from tui.desk.pace import Moment
from tui.display.cells import CellBuffer
from tui.view import Focus, Panel, View

CELLS, ROWS = 40, 12


def towards(*degrees: float, level: float = -20.0) -> tuple[float, ...]:
    """Sound from these directions alone."""
    found = [-math.inf] * DIRECTIONS
    for one in degrees:
        found[int((one + 90.0) / 180.0 * DIRECTIONS)] = level
    return tuple(found)


def filled(glyphs: list[list[str]], degrees: float) -> bool:
    """Whether half way out in a direction there are dots."""
    angle, radius = math.radians(degrees), 0.5 * min(4 * ROWS, CELLS)
    x, y = CELLS + radius * math.sin(angle), 4 * ROWS - radius * math.cos(angle)
    return glyphs[int(y // 4)][int(x // 2)] != " "


@pytest.mark.parametrize("degrees", [-80.0, -45.0, -12.0, 2.0, 45.0, 80.0])
def test_sound_is_drawn_where_it_comes_from(degrees):
    glyphs = fan(towards(degrees), CELLS, ROWS)
    for other in (-80.0, -45.0, -12.0, 2.0, 45.0, 80.0):
        assert filled(glyphs, other) == (other == degrees)


def test_a_quieter_direction_reaches_less_far_and_one_far_below_is_not_seen():
    levels = list(towards(-45.0))
    levels[int(135.0 / 180.0 * DIRECTIONS)] = -20.0 - 24.0
    glyphs = fan(tuple(levels), CELLS, ROWS)
    assert filled(glyphs, -45.0)
    assert not filled(glyphs, 45.0)
    assert not filled(fan((), CELLS, ROWS), 0.0)
    assert not filled(fan((math.nan,) * DIRECTIONS, CELLS, ROWS), 0.0)


def view_with(value: float, *, playing: bool = True) -> View:
    close = NO_CLOSE_UP._replace(correlations=(value,) * 31, directions_dbfs=towards(0.0))
    view = dataclasses.replace(Studio().view(), close_up=close, focus=Focus(Panel.MASTER, -1))
    return view if playing else changed(view, "transport", state=State.PAUSED)


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [(0.95, "good", "+0.95"), (0.2, "warn", "+0.20"), (-0.4, "bad", "−0.40"), (math.nan, "faint", "—")],
)
def test_each_octave_tells_how_alike_left_and_right_are(value, style, text):
    buffer = CellBuffer(40, 10)
    BandCorrelation(buffer.canvas).draw(Moment(view_with(value)))
    lines = buffer.text().splitlines()
    assert lines[0].startswith(" 16k")
    assert lines[9].startswith("  31")
    assert all(text in line for line in lines)
    assert all(styles[-1] == style for styles in buffer.styles)
    marks = {row.index("◆") if "◆" in row else None for row in lines}
    assert marks == {None if math.isnan(value) else 5 + round((value + 1.0) / 2.0 * 28)}


def test_while_nothing_plays_the_last_image_is_dimmed():
    buffer = CellBuffer(40, 14)
    part = Fan(buffer.canvas)
    part.draw(Moment(view_with(0.5)))
    glyphs = [list(row) for row in buffer.glyphs]
    assert any("accent" in row for row in buffer.styles)
    part.draw(Moment(view_with(0.5, playing=False)))
    assert not any("accent" in row for row in buffer.styles)
    assert buffer.glyphs == glyphs


@pytest.mark.parametrize(("size", "there"), [((200, 52), True), ((120, 28), True), ((80, 18), False)])
def test_it_stands_on_the_master_where_there_is_room(size, there):
    for panel in (Panel.MASTER, Panel.STEMS):
        buffer = CellBuffer(*size)
        view = dataclasses.replace(view_with(0.5), focus=Focus(panel, -1))
        Desk().draw(buffer.canvas, view)
        shown = "CORRELATION BY OCTAVE" in buffer.text()
        assert shown == (there and panel is Panel.MASTER)
        assert ("+0.50" in buffer.text()) == shown
