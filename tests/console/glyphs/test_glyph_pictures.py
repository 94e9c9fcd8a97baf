"""Meters, scales, curves and bars glyph by glyph: each small enough to be counted."""

from __future__ import annotations

import itertools
import math
import re

import pytest

from tui.glyphs import numbers
from tui.glyphs.blocks import (
    bar,
    column_glyph,
    falling_glyph,
    leftward_bar,
    leftward_steps,
    rising,
)
from tui.glyphs.braille import area, line, resampled, waveform
from tui.glyphs.meter import block_cell, braille_cell, over_sign, quantised
from tui.glyphs.scale import scale, steps, zone_styles

EIGHTHS = [number / 8 for number in range(9)]


@pytest.mark.parametrize(
    ("cells", "text", "zones"),
    [
        (4, "20 0", (2, 1, 1)),
        (12, " 40 20 12  0", (8, 3, 1)),
        (24, "60 40 30  20   12 9 6  0", (16, 6, 2)),
        (40, "   50 40   30    20      12   9  6  3  0", (26, 10, 4)),
        (80, "   60  50    40        30           20              12      9      6     3     0", (53, 20, 7)),
    ],
)
def test_a_scale_and_its_colours(cells: int, text: str, zones: tuple[int, int, int]) -> None:
    assert scale(cells).text == text
    names = ("meter_low", "meter_mid", "meter_high")
    assert zone_styles(cells) == tuple(
        name for name, count in zip(names, zones, strict=True) for _ in range(count)
    )


@pytest.mark.parametrize("cells", [24, 40, 80])
def test_a_bar_at_a_mark_ends_where_the_mark_stands(cells: int) -> None:
    found = scale(cells)
    figures = list(re.finditer(r"\d+", found.text))
    assert len(figures) == len(found.ticks)
    for figure, tick in zip(figures, found.ticks, strict=True):
        assert abs((steps(-float(figure[0]), 2 * cells) - 1) // 2 - tick) <= 1
        assert figure.start() <= tick <= figure.end()


@pytest.mark.parametrize(
    ("levels", "upper", "lower"),
    [
        ((-6.0, -20.0, -3.0), "▇▇▇▇▇▇▇▇▇▇▄▄▄▄▄▄▄ │ ", "██████████▀▀▀▀▀▀▀ │ "),
        ((-12.0, -30.0, -12.0), "▇▇▇▇▇▇▄▄▄▄▄▄▄▖      ", "██████▀▀▀▀▀▀▀▘      "),
        ((-69.9, -80.0, -69.9), "▖                   ", "▘                   "),
        ((-70.0, -70.0, -70.0), " " * 20, " " * 20),
        ((0.0, 0.0, 0.0), "▇" * 20, "█" * 20),
        ((-70.0, -70.0, -60.0), " │                  "[1:] + " ", "│                   "),
    ],
)
def test_a_row_of_blocks(levels: tuple[float, float, float], upper: str, lower: str) -> None:
    reading = quantised(*levels, 20)
    for row, is_upper in ((upper, True), (lower, False)):
        assert "".join(block_cell(cell, reading, is_upper) for cell in range(20)) == row


def test_every_cell_of_a_row_of_braille() -> None:
    """Peaks of the left channel above, of the right below, RMS of the louder in between."""
    found = [
        braille_cell(3, (6 + left, 6 + rms, -1), (6 + right, 0, -1))
        for left, right, rms in itertools.product(range(3), repeat=3)
    ]
    assert "".join(found) == " ⠂⠒⠄⠆⠖⠤⠦⠶⠁⠃⠓⠅⠇⠗⠥⠧⠷⠉⠋⠛⠍⠏⠟⠭⠯⠿"
    assert braille_cell(3, (0, 7, -1), (0, 8, -1)) == braille_cell(3, (0, 8, -1), (0, 7, -1)) == "⠒"
    assert [braille_cell(cell, (0, 0, 2), (0, 0, 4)) for cell in range(6)] == list("    │ ")


@pytest.mark.parametrize(
    ("level_dbfs", "of_ten"),
    [(-70.0, 0), (-69.9, 1), (-40.0, 2), (-20.0, 5), (-12.0, 7), (-6.0, 8), (-1.9, 9), (-1.8, 10), (3.0, 10)],
)
def test_steps_are_rounded_and_what_is_heard_lights_the_first(level_dbfs: float, of_ten: int) -> None:
    assert steps(level_dbfs, 10) == of_ten


def test_curves_and_areas_in_dots() -> None:
    assert line([number / 7 for number in range(8)], 4, 2) == ["⠀⠀⡠⠊", "⡠⠊⠀⠀"]
    assert line([0.0, 1.0, None, 1.0, 0.0, 0.5, 0.5, 2.0, -1.0], 5, 1) == ["⡸⠈⡶⠊⡆"]
    assert line([1.0] * 9, 2, 1) == ["⠉⠉"]
    assert area([*EIGHTHS, 0.0], 5, 2) == ["⠀⠀⢀⣴⡇", "⢀⣴⣿⣿⡇"]
    assert waveform([*EIGHTHS, 0.0], 5, 1) == ["⠀⣠⣤⣾⡇"]
    assert waveform([*EIGHTHS, 0.0], 5, 2) == ["⢀⣠⣤⣾⡇", "⠈⠙⠛⢿⡇"]
    assert waveform([*EIGHTHS, 0.01], 5, 3) == ["⠀⠀⣠⣴⡇", "⠰⣿⣿⣿⡷", "⠀⠀⠙⠻⡇"]
    assert waveform([0.01, 0.0], 1, 2) == ["⡀", "⠁"], "what is heard is seen"
    assert resampled([3.0, 1.0, 2.0, 5.0, 4.0], 2) == [3.0, 5.0]
    assert resampled([3.0, 1.0, 2.0, 5.0, 4.0], 3) == [3.0, 2.0, 5.0]


def test_bars_by_their_smallest_steps() -> None:
    assert [bar(eighths, 2) for eighths in (0, 1, 7, 8, 9, 15, 16, 17)] == [
        *("  ", "▏ ", "▉ ", "█ ", "█▏", "█▉", "██", "██"),
    ]
    assert [leftward_bar(count, 2) for count in (-1, 0, 1, 2, 3, 4, 6, 7)] == [
        *("  ", "  ", " ▕", " ▐", " █", "▕█", "██", "██"),
    ]
    assert [leftward_steps(value, 4) for value in (0.0, 0.0099, 0.01, 0.12, 0.13, 0.5, 0.96, 1.0, 2.0)] == [
        *(0, 0, 1, 1, 2, 6, 12, 12, 12),
    ]
    assert [rising(value, 2) for value in (0.0, 1e-9, 0.09, 0.1, 0.5, 0.97, 1.0, 2.0)] == [
        *(0, 1, 1, 2, 8, 16, 16, 16),
    ]
    assert [[column_glyph(eighths, row) for row in (0, 1)] for eighths in (0, 1, 8, 9, 16, 17)] == [
        *([" ", " "], ["▁", " "], ["█", " "], ["█", "▁"], ["█", "█"], ["█", "█"]),
    ]
    assert [[falling_glyph(halves, row) for row in (0, 1)] for halves in (0, 1, 2, 3, 4, 5)] == [
        *([" ", " "], ["▀", " "], ["█", " "], ["█", "▀"], ["█", "█"], ["█", "█"]),
    ]


@pytest.mark.parametrize(
    ("value", "level", "reading", "change"),
    [
        (-199.9, "−199.9", "    −∞", "−199.9"),
        (-200.0, "    −∞", "    −∞", "   −∞"),
        (-120.0, "−120.0", "−120.0", "−120.0"),
        (-120.1, "−120.1", "    −∞", "−120.1"),
        (999.9, " 999.9", " 999.9", "+999.9"),
        (0.05, "   0.1", "   0.1", " +0.1"),
        (-0.05, "  −0.1", "  −0.1", " −0.1"),
        (-math.inf, "    −∞", "    −∞", "   −∞"),
        (math.inf, " 999.9", " 999.9", "999.9"),
        (None, "     —", "     —", "    —"),
    ],
)
def test_where_levels_become_silence_and_stop_growing(
    value: float | None, level: str, reading: str, change: str
) -> None:
    assert (numbers.level(value), numbers.reading(value), numbers.change(value)) == (level, reading, change)


def test_shares_correlations_and_lengths_at_their_ends() -> None:
    assert [numbers.percent(share) for share in (-0.1, 0.004, 0.006, 0.996, 9.99, 50.0)] == [
        *("  0%", "  0%", "  1%", "100%", "999%", "999%"),
    ]
    assert [numbers.correlation(value) for value in (-2.0, 2.0, 0.004, 0.006, -0.006)] == [
        *("−1.00", "+1.00", " 0.00", "+0.01", "−0.01"),
    ]
    assert [numbers.short_clock(seconds) for seconds in (0.0, 0.49, 0.5, 59.4, 59.5, 6000.0)] == [
        *("00:00", "00:00", "00:01", "00:59", "01:00", "100:00"),
    ]
    assert [numbers.short_clock(seconds) for seconds in (-1.0, math.inf, None)] == ["    —"] * 3
    assert [numbers.clock(seconds) for seconds in (0.0009, 0.001, -0.001)] == [
        *("00:00.000", "00:00.001", "        —"),
    ]
    assert [over_sign(count, 4) for count in (0, 1, 999, 1000)] == ["    ", "!1  ", "!999", "!99+"]
    assert [numbers.rate(rate) for rate in (0, 1, 11025, 192000)] == ["—", "0.001k", "11.025k", "192k"]
