"""The loudness over the song: an edge on a light filling, on a scale that fits the programme."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pytest
from desk_pictures import changed
from desk_views import Studio
from documents import with_words

from engine.link.history import Heard, History
from tui.desk.alongside import range_of
from tui.desk.loudnessbars import LoudnessBars
from tui.desk.loudnessscale import ABOVE_LU, STICKY_LU, UNKNOWN_LUFS, Middle
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


def test_where_rows_are_three_lu_high_no_level_is_left_out():
    rows = plotted(view_at(-13.0), height=6).glyphs
    labels = [float("".join(row[:5]).strip().replace("−", "-")) for row in rows]
    assert [above - below for above, below in itertools.pairwise(labels)] == [3.0] * 5, labels


def test_the_loudness_range_stands_beside_the_scale():
    # verses at −15.3, choruses at −11.3: the range is what lies between them
    buffer = plotted(view_at(-13.3, -14.0), height=19)
    rows = [row for row in range(18) if buffer.glyphs[row][5] == "┃"]
    edges = {
        next(row for row in range(18) if buffer.glyphs[row][column] in "▁▂▃▄▅▆▇█") for column in range(6, 120)
    }
    assert rows == list(range(min(edges), max(edges) + 1))
    unheard = dataclasses.replace(view_at(-13.0), history=History(1, 480, 48000, [math.nan] * 9, bytes(9)))
    assert not any(row[5] == "┃" for row in plotted(unheard).glyphs)


def test_the_range_is_that_of_ebu_tech_3342():
    values = [-40.0] * 20 + [float(level) for level in range(-30, -10)] * 5 + [math.nan] * 50
    states = bytes([Heard.HEARD] * 120 + [Heard.UNHEARD] * 50)
    low, high = range_of(History(1, 1, 1, values, states))
    # −40 lies more than 20 LU below the mean power (about −17): gated; 10 and 95 % of −30 … −11
    assert (low, high) == (-28.0, -12.0)
    assert range_of(History(1, 1, 1, [-20.0], bytes([Heard.HEARD]))) is None


def test_the_mix_is_a_line_as_loud_as_the_master():
    """It lies 3 LU higher in the first half than in the second; as a whole it was 5 LU quieter."""
    view = view_at(-14.0, -14.0)
    levels = [-17.5] * 250 + [-20.5] * 250
    match = {"processed_lufs": -14.0, "reference_lufs": -19.0}
    document = with_words(view.document, {"reference_short_term_lufs": levels, "match": match})
    buffer = plotted(dataclasses.replace(view, document=document), height=19)

    def rows_of(columns: range, style: str = "reference") -> set[int]:
        return {row for row in range(18) for column in columns if buffer.styles[row][column] == style}

    # a row is one LU: −12.5 and −15.5 on a scale of −26 to −8
    assert rows_of(range(6, 60)) == {4}
    assert rows_of(range(66, 120)) == {7}
    old = with_words(document, {"match_old": True})
    buffer = plotted(dataclasses.replace(view, document=old), height=19)
    assert rows_of(range(6, 120)) == set()
    without = with_words(document, {"match": {**match, "reference_lufs": None}})
    buffer = plotted(dataclasses.replace(view, document=without), height=19)
    assert not any("╌" in row for row in buffer.glyphs)


def test_the_scale_stays_where_it_is_while_the_measure_settles():
    middle = Middle()
    nothing = changed(view_at(-13.0), "master", integrated_lufs=math.nan)
    assert middle.at(nothing) == UNKNOWN_LUFS
    first = middle.at(view_at(-13.0))
    assert abs(first + 13.0) <= 1.5
    for step in range(20):
        assert middle.at(view_at(-13.0 + 0.1 * step)) == first
    assert middle.at(view_at(-13.0 + STICKY_LU + 3.0)) > first
    assert abs(middle.at(view_at(-9.4)) + 9.4) <= STICKY_LU, "the programme stays near the middle"
    assert middle.at(view_at(-9.0, -14.0)) == -14.0


@pytest.mark.parametrize("loudest_lufs", [-18.5, -20.5, -26.0])
def test_what_is_heard_is_never_cut_off_at_the_top(loudest_lufs):
    """A quiet beginning sets the scale; what comes after it may be much louder than the programme."""
    middle = Middle()
    assert middle.at(view_at(-28.0)) == -27.0
    heard = (-28.0, loudest_lufs, -5.0)
    states = bytes([Heard.HEARD, Heard.OUTDATED, Heard.UNHEARD])
    view = dataclasses.replace(view_at(-25.5), history=History(1, 480, 1440, list(heard), states))
    base = middle.at(view)
    assert base + ABOVE_LU >= loudest_lufs
    assert base - 12.0 < -25.5 < base + ABOVE_LU
    assert middle.at(view) == base


def test_bars_of_a_loud_mix_do_not_stand_at_the_end():
    buffer = CellBuffer(70, 3)
    LoudnessBars(buffer.canvas).draw(Moment(view_at(-9.8)))
    row = buffer.text().splitlines()[1]
    filled = row.count("█")
    assert 25 < filled < 50
