"""The loudness over the song: an edge on a light filling, on a scale that fits the programme."""

from __future__ import annotations

import dataclasses
import math

import pytest
from desk_pictures import changed
from desk_views import Studio

from engine.link.history import Heard, History
from tui.desk.loudnessbars import LoudnessBars
from tui.desk.loudnessscale import STICKY_LU, UNKNOWN_LUFS, Middle
from tui.desk.pace import Moment
from tui.desk.song import SongLoudness
from tui.display.cells import CellBuffer
from tui.view import View


def view_at(lufs: float, target_lufs: float = math.nan) -> View:
    """A loud modern mix: verses 4 LU below choruses, about `lufs`."""
    values = [lufs + (2.0 if place // 60 % 2 else -2.0) for place in range(600)]
    history = History(1, 480 * 60, 48000 * 222, values, bytes([Heard.HEARD]) * 600)
    view = dataclasses.replace(Studio().view(), history=history)
    view = changed(view, "master", integrated_lufs=lufs, momentary_lufs=lufs, short_term_lufs=lufs)
    return changed(view, "status", target_lufs=target_lufs)


def plotted(view: View, width: int = 120, height: int = 12) -> CellBuffer:
    buffer = CellBuffer(width, height)
    SongLoudness(buffer.canvas).draw(Moment(view))
    return buffer


@pytest.mark.parametrize("lufs", [-6.5, -9.8, -12.5, -23.0, -31.0])
def test_every_programme_is_a_curve_and_no_block(lufs):
    buffer = plotted(view_at(lufs))
    cells = [glyph for row in buffer.glyphs[:-1] for glyph in row[6:]]
    solid = sum(glyph in "▁▂▃▄▅▆▇█" for glyph in cells)
    assert 114 <= solid <= 114 * 1.2, "an edge, a cell a column"
    heights = {
        next(row for row in range(11) if buffer.glyphs[row][column] in "▁▂▃▄▅▆▇█") for column in range(6, 120)
    }
    assert len(heights) == 2, "verses and choruses"
    assert all(0 < height < 10 for height in heights), "neither at the top nor at the bottom"


def test_lines_of_three_lu_target_and_times():
    text = plotted(view_at(-13.0, -14.0)).text().splitlines()
    for label in ("−14.0", "−11.0", "−17.0", "−20.0"):
        assert any(row.startswith((f" {label}", label)) for row in text), label
    assert any("┈" in row for row in text)
    assert any("─" in row for row in text)
    assert "00:00" in text[-1]
    assert "03:00" in text[-1]


def test_the_scale_stays_where_it_is_while_the_measure_settles():
    middle = Middle()
    nothing = changed(view_at(-13.0), "master", integrated_lufs=math.nan)
    assert middle.at(nothing) == UNKNOWN_LUFS
    first = middle.at(view_at(-13.0))
    assert abs(first + 13.0) <= 1.5
    for step in range(20):
        assert middle.at(view_at(-13.0 + 0.1 * step)) == first
    assert middle.at(view_at(-13.0 + STICKY_LU + 3.0)) > first
    assert middle.at(view_at(-9.0, -14.0)) == -14.0


def test_bars_of_a_loud_mix_do_not_stand_at_the_end():
    buffer = CellBuffer(70, 3)
    LoudnessBars(buffer.canvas).draw(Moment(view_at(-9.8)))
    row = buffer.text().splitlines()[1]
    filled = row.count("█")
    assert 25 < filled < 50
