"""Figures, meters, bars and dots: what they show of a number."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.glyphs import numbers
from tui.glyphs.blocks import bar, column_glyph, leftward_bar, leftward_steps, rising
from tui.glyphs.braille import area, line, resampled, waveform
from tui.glyphs.meter import HOLD, block_cell, braille_cell, over_sign, quantised, touched
from tui.glyphs.scale import place, scale, steps, zone_styles

levels = st.one_of(st.floats(-300.0, 60.0), st.just(math.nan), st.just(-math.inf), st.just(math.inf))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-14.0, " −14.0"),
        (-0.04, "   0.0"),
        (0.0, "   0.0"),
        (3.25, "   3.2"),
        (-120.31, "−120.3"),
        (math.nan, "     —"),
        (None, "     —"),
        (-math.inf, "    −∞"),
        (-250.0, "    −∞"),
        (math.inf, " 999.9"),
    ],
)
def test_levels(value, text):
    assert numbers.level(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, " +0.5"), (-3.0, " −3.0"), (0.0, "  0.0"), (0.04, "  0.0"), (-0.04, "  0.0"), (math.nan, "    —")],
)
def test_changes(value, text):
    assert numbers.change(value) == text


@given(levels)
def test_a_level_keeps_its_width(value):
    assert len(numbers.level(value)) == 6
    assert "-" not in numbers.level(value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "00:00.000"),
        (83.456, "01:23.456"),
        (59.9999, "00:59.999"),
        (7322.25, "122:02.250"),
        (None, "        —"),
    ],
)
def test_clock(seconds, text):
    assert numbers.clock(seconds) == text


def test_correlation_percent_and_rates():
    assert [numbers.correlation(value) for value in (1.0, -0.5, 0.001, math.nan)] == [
        "+1.00",
        "−0.50",
        " 0.00",
        "    —",
    ]
    assert [numbers.percent(value) for value in (0.0, 0.374, 1.0, math.nan)] == [
        "  0%",
        " 37%",
        "100%",
        "   —",
    ]
    assert [numbers.rate(value) for value in (48000, 44100, 0)] == ["48k", "44.1k", "—"]


@given(levels, levels)
def test_louder_never_stands_further_left(one, other):
    if one <= other:
        assert place(one) <= place(other)


def test_the_top_twenty_decibels_have_half_of_the_scale():
    assert place(-20.0) < 0.5
    assert place(-30.0) < 0.35
    assert (place(0.0), place(-70.0), place(math.nan), place(-math.inf)) == (1.0, 0.0, 0.0, 0.0)


@given(st.integers(4, 150))
def test_a_scale_is_as_wide_as_its_meter_and_its_figures_do_not_touch(cells):
    found = scale(cells)
    assert len(found.text) == cells
    assert all(
        word in {"0", "3", "6", "9", "12", "20", "30", "40", "50", "60"} for word in found.text.split()
    )
    assert len(zone_styles(cells)) == cells


@given(levels, levels, levels, st.integers(4, 60))
def test_a_meter_reads_without_colour(peak, rms, held, cells):
    """RMS is the thick part, peak the thin one; the hold mark stands where nothing else does."""
    reading = quantised(peak, rms, held, cells)
    row = "".join(block_cell(cell, reading, upper=True) for cell in range(cells))
    assert len(row) == cells
    assert row.count("▇") == min(cells, -(-steps(rms, 2 * cells) // 2))
    assert row.count(HOLD) <= 1
    if not rms > -70.0:
        reach = 2 * row.count("▄") + row.count("▖")
        assert reach == steps(peak, 2 * cells)


def test_one_row_of_braille_holds_peak_and_rms_of_both_channels():
    left, right = quantised(-6.0, -20.0, -3.0, 20), quantised(-12.0, -30.0, -12.0, 20)
    row = "".join(braille_cell(cell, left, right) for cell in range(20))
    assert row[0] == "⠿"
    assert "⠭" in row
    assert "⠉" in row
    assert row.count(HOLD) == 1


@given(levels, levels, levels, levels, st.integers(4, 60))
def test_cells_outside_of_touched_stay_as_they_were(peak, rms, later_peak, later_rms, cells):
    before, now = quantised(peak, rms, peak, cells), quantised(later_peak, later_rms, later_peak, cells)
    kept = set(range(cells)).difference(touched(before, now, cells))
    for upper in (True, False):
        for cell in kept:
            assert block_cell(cell, before, upper) == block_cell(cell, now, upper)
    for cell in kept - {before[2], now[2]}:
        assert braille_cell(cell, before, before) == braille_cell(cell, now, now)


def test_over_signs():
    assert [over_sign(count, 3) for count in (0, 1, 12, 99, 100, 5000)] == [
        "   ",
        "!1 ",
        "!12",
        "!99",
        "!9+",
        "!9+",
    ]


def test_bars():
    assert bar(12, 4) == "█▌  "
    assert bar(-3, 2) == "  "
    assert bar(999, 2) == "██"
    assert leftward_bar(4, 3) == " ▕█"
    assert leftward_steps(0.01, 5) == 1
    assert leftward_steps(0.009, 5) == 0
    assert leftward_steps(math.nan, 5) == 0
    assert [column_glyph(rising(0.5, 2), row) for row in (0, 1)] == ["█", " "]
    assert rising(math.nan, 3) == 0
    assert rising(-1.0, 3) == 0


def test_resampling_loses_no_peak():
    assert resampled([0.0] * 500 + [1.0] + [0.0] * 499, 40).count(1.0) == 1
    assert resampled([0.2, 0.9], 4) == [0.2, 0.2, 0.9, 0.9]
    assert resampled([], 3) == [0.0, 0.0, 0.0]


def test_braille_pictures_have_their_size():
    values = [index / 99.0 for index in range(100)]
    for draw in (waveform, area, line):
        for rows in (1, 2, 3):
            found = draw(values, 30, rows)
            assert [len(row) for row in found] == [30] * rows
    assert waveform([1.0], 2, 1) == ["⣿⣿"]
    assert waveform([1.0], 2, 2) == ["⣿⣿"] * 2
    assert waveform([0.0], 2, 2) == ["⠀⠀"] * 2


def test_a_line_joins_jumps_and_leaves_gaps():
    assert line([0.0, 1.0], 1, 1) == ["⡸"]
    assert line([0.0, None, 0.0, 0.0], 2, 1) == ["⡀⣀"]
