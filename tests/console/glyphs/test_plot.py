"""Curves: where a value lies is where its dots are."""

from __future__ import annotations

import itertools
import math

import pytest

from tui.display.cells import CellBuffer
from tui.glyphs.plot import Axis, Plot, frequency_axis, level_axis, time_axis

PLAIN = Axis(0.0, 1.0)


def dots(plot):
    """Heights of the dots from below, per half cell."""
    glyphs, _ = plot.lines()
    found = [set() for _ in range(2 * plot.cells)]
    bits = {0x01: (0, 0), 0x02: (0, 1), 0x04: (0, 2), 0x40: (0, 3)}
    bits |= {0x08: (1, 0), 0x10: (1, 1), 0x20: (1, 2), 0x80: (1, 3)}
    for row, line in enumerate(glyphs):
        for column, glyph in enumerate(line):
            if not 0x2800 < ord(glyph) < 0x2900:
                continue
            for bit, (right, down) in bits.items():
                if (ord(glyph) - 0x2800) & bit:
                    found[2 * column + right].add(4 * plot.rows - 1 - (4 * row + down))
    return found


@pytest.mark.parametrize(("value", "height"), [(0.0, 0), (0.5, 8), (0.999, 15), (1.0, 15)])
def test_a_constant_is_a_line_at_its_height(value, height):
    plot = Plot(10, 4, PLAIN, PLAIN).curve(lambda x: value, "accent")
    heights = dots(plot)
    assert all(len(found) == 1 for found in heights)
    assert all(abs(next(iter(found)) - height) <= 1 for found in heights)


def test_a_jump_is_joined_and_a_gap_is_not():
    jump = dots(Plot(4, 4, PLAIN, PLAIN).values([0.0, 1.0], "accent"))
    assert len(jump[0] | jump[1]) == 16
    gap = dots(Plot(4, 4, PLAIN, PLAIN).values([0.0, None, math.nan, 1.0], "accent"))
    assert sum(map(len, gap)) == 1 + (1 if gap[3] else 0)


@pytest.mark.parametrize("value", [-5.0, 7.0, -math.inf, math.inf])
def test_what_lies_outside_is_not_drawn(value):
    assert not any(dots(Plot(6, 3, PLAIN, PLAIN).curve(lambda x: value, "accent")))


def test_a_dashed_curve_has_gaps_a_solid_one_has_none():
    solid = dots(Plot(20, 4, PLAIN, PLAIN).curve(lambda x: 0.5, "accent"))
    dashed = dots(Plot(20, 4, PLAIN, PLAIN).curve(lambda x: 0.5, "accent", dashed=True))
    assert all(solid)
    assert 0 < sum(map(bool, dashed)) < len(dashed)


def test_an_area_fills_from_its_base():
    plot = Plot(2, 2, PLAIN, Axis(-1.0, 1.0)).area([1.0, -1.0, 0.0], "hold")
    heights = dots(plot)
    assert max(heights[0]) == 7
    assert min(heights[1]) == 0
    assert min(heights[0]) >= 3
    assert not heights[2]


def test_the_later_curve_gives_the_colour_and_curves_replace_the_grid():
    plot = Plot(8, 3, frequency_axis(8), level_axis(3, -6.0, 6.0)).grid().curve(lambda x: 0.0, "label")
    plot.curve(lambda x: 0.0, "accent")
    glyphs, styles = plot.lines()
    assert any("accent" in row for row in styles)
    assert not any("label" in row for row in styles)
    assert any(0x2800 < ord(glyph) < 0x2900 for row in glyphs for glyph in row)


def test_a_point_outside_stands_at_the_edge():
    plot = Plot(6, 4, PLAIN, PLAIN).point(9.0, -9.0, "●", "accent")
    assert plot.lines()[0][3][5] == "●"
    assert plot.cell(3, 5) == ("●", "accent")


@pytest.mark.parametrize("width", [12, 20, 40, 80, 160])
def test_labels_stand_under_their_frequencies_and_never_touch(width):
    x = frequency_axis(width - 3)
    plot = Plot(width, 10, x, level_axis(9, -12.0, 12.0)).grid()
    line = plot.x_labels()
    assert len(line) == width
    shown = line.split()
    assert set(shown) <= {label for _, label in x.ticks}
    assert len(shown) >= 2
    buffer = CellBuffer(width, 10)
    plot.draw(buffer.canvas)
    assert "+12" in buffer.text()
    assert "−12" in buffer.text()
    assert len(buffer.text().splitlines()) == 10


@pytest.mark.parametrize("rows", range(1, 30))
def test_levels_are_round_with_zero_among_them_and_not_crowded(rows):
    axis = level_axis(rows, -18.0, 6.0)
    assert any(value == 0.0 for value, _ in axis.ticks)
    plot = Plot(20, rows, PLAIN, axis)
    used = [plot.place(0.0, value)[0] for value, _ in axis.ticks]
    assert len(set(used)) == len(used) or rows < 3


def test_times_are_labelled_from_before_to_now():
    labels = [label for _, label in time_axis(40, -12.0, 0.0).ticks]
    assert labels[-1] == "0"
    assert labels[0].startswith("−")
    assert [label for _, label in time_axis(60, 0.0, 300.0).ticks][:2] == ["0", "1:00"]


@pytest.mark.parametrize(
    ("step_s", "next_s"),
    list(itertools.pairwise((0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0))),
)
def test_a_time_axis_has_the_closest_round_steps_with_eight_cells_each(step_s: float, next_s: float) -> None:
    """Five of them have room in 40 cells; of a second more only those of the next size."""
    for high_s, expected_s in ((5.0 * step_s, step_s), (5.0 * step_s + 1.0, next_s)):
        first, second = [seconds for seconds, _ in time_axis(40, 0.0, high_s).ticks][:2]
        assert (first, second) == (0.0, expected_s)


def test_an_axis_and_its_inverse():
    for axis in (frequency_axis(40), level_axis(10, -60.0, 0.0)):
        for share in (0.0, 0.3, 1.0):
            assert axis.share(axis.value(share)) == pytest.approx(share)
    assert frequency_axis(40).share(0.0) == -math.inf


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 1), (5, 2), (0, 0)])
def test_no_size_is_too_small(width, height):
    buffer = CellBuffer(width, height)
    plot = Plot(width, height, frequency_axis(width), level_axis(height, -6.0, 6.0)).grid()
    plot.curve(lambda x: 0.0, "accent").text(1000.0, 0, "long words", "dim").draw(buffer.canvas)
