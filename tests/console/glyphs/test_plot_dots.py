"""Plots dot by dot and cell by cell, on areas small enough to count."""

from __future__ import annotations

import math

import pytest
from desk_pictures import styled

from tui.display.cells import CellBuffer
from tui.glyphs.plot import Axis, Plot, frequency_axis, frequency_label, level_axis, level_label, time_axis

PLAIN = Axis(0.0, 1.0)
THIRDS = ((0.0, "a"), (0.5, "bb"), (1.0, "ccc"))
TICKED = Axis(0.0, 1.0, THIRDS)
#: Of a braille cell by its bits: half and height from below (ISO 11548-1).
_BITS = (
    (0x40, 0, 0),
    (0x04, 0, 1),
    (0x02, 0, 2),
    (0x01, 0, 3),
    (0x80, 1, 0),
    (0x20, 1, 1),
    (0x10, 1, 2),
    (0x08, 1, 3),
)
OUT = (-5.0, 7.0)


def dots(plot: Plot) -> list[str]:
    """Per half cell the heights of its dots from below, as digits."""
    found = [""] * (2 * plot.cells)
    for row, line in enumerate(reversed(plot.lines()[0])):
        for column, glyph in enumerate(line):
            for bit, half, height in _BITS:
                if "⠀" < glyph <= "⣿" and (ord(glyph) - 0x2800) & bit:
                    found[2 * column + half] += str(4 * row + height)
    return ["".join(sorted(one)) for one in found]


@pytest.mark.parametrize(
    ("values", "heights"),
    [
        ([0.0, 0.25, 0.5, 0.75, 1.0, 0.0], ["0", "1", "2", "3", "3", "012"]),
        ([0.0, 0.75, None, 0.2, math.nan, 0.9], ["0", "123", "", "0", "", "3"]),
        ([-5.0, 0.5, -5.0, 7.0, 0.5, 7.0], ["", "012", "01", "0123", "23", "3"]),
        ([0.5, 0.5], ["2", "2", "", "", "", ""]),
        ([0.0] * 9, ["0"] * 6),
    ],
)
def test_a_curve_joins_one_half_cell_to_the_next(values: list[float | None], heights: list[str]) -> None:
    assert dots(Plot(3, 1, PLAIN, PLAIN).values(values, "accent")) == heights


@pytest.mark.parametrize(
    ("base", "values", "heights"),
    [
        (0.5, [1.0, 0.0, 0.5, 0.75, 7.0, -7.0], ["23", "012", "", "23", "23", "012"]),
        (0.0, [1.0, None, math.nan, 0.25, 0.0, 0.1], ["0123", "", "", "01", "", "0"]),
        (-5.0, [0.5, 0.0, 7.0, -6.0], ["012", "0", "0123", "", "", ""]),
        (7.0, [0.5] * 9, ["23"] * 6),
    ],
)
def test_an_area_reaches_from_its_base_to_each_value(
    base: float, values: list[float | None], heights: list[str]
) -> None:
    assert dots(Plot(3, 1, PLAIN, PLAIN).area(values, "accent", base=base)) == heights


def test_three_half_cells_of_a_dashed_curve_are_drawn_and_two_left_out() -> None:
    plot = Plot(6, 1, PLAIN, PLAIN).values([0.0] * 12, "accent", dashed=True)
    assert "".join(dot or "-" for dot in dots(plot)) == "000--000--00"


def test_a_function_is_asked_in_the_middle_of_each_half_cell() -> None:
    asked: list[float] = []
    plot = Plot(2, 2, Axis(10.0, 18.0), Axis(0.0, 8.0))

    def function(x: float) -> float:
        asked.append(x)
        return x - 10.0

    plot.curve(function, "accent")
    assert asked == [11.0, 13.0, 15.0, 17.0]
    assert dots(plot) == ["1", "23", "45", "67"]


def test_grid_and_labels() -> None:
    plot = Plot(12, 4, TICKED, TICKED).grid()
    buffer = CellBuffer(12, 4)
    plot.draw(buffer.canvas)
    assert buffer.text().split("\n") == [
        "ccc┼┈┈┈┼┈┈┈┼",
        " bb┼┈┈┈┼┈┈┈┼",
        "  a┼┈┈┈┼┈┈┈┼",
        "   a  bb ccc",
    ]
    assert styled(buffer)[0] == [("ccc", "label"), ("┼┈┈┈┼┈┈┈┼", "faint")]


@pytest.mark.parametrize(
    ("width", "left", "cells"), [(12, 3, 9), (5, 3, 2), (4, 3, 1), (3, 2, 1), (1, 0, 1), (0, 0, 1)]
)
def test_labels_leave_at_least_one_cell(width: int, left: int, cells: int) -> None:
    plot = Plot(width, 1, PLAIN, TICKED)
    assert (plot.left, plot.cells, plot.rows) == (left, cells, 1)
    assert Plot(width, 1, PLAIN, PLAIN).left == 0


@pytest.mark.parametrize(("height", "rows"), [(3, 2), (2, 1), (1, 1), (0, 1)])
def test_labels_below_take_a_row_where_there_is_one(height: int, rows: int) -> None:
    assert Plot(9, height, TICKED, PLAIN).rows == rows
    assert Plot(9, height, PLAIN, TICKED).rows == max(1, height)


@pytest.mark.parametrize(
    ("ticks", "line"),
    [
        (((0.0, "left"), (1.0, "right")), "left right"),
        (((0.0, "left"), (0.95, "lost")), "left  lost"),
        (((0.0, "left"), (0.6, "x")), "left  x   "),
        (((0.0, "left"), (0.5, "x")), "left x    "),
        (((0.0, "left"), (0.4, "x")), "left      "),
        (((-0.1, "no"), (0.5, "yes"), (1.1, "no")), "    yes   "),
    ],
)
def test_a_label_stands_below_its_place_or_not_at_all(
    ticks: tuple[tuple[float, str], ...], line: str
) -> None:
    assert Plot(10, 2, Axis(0.0, 1.0, ticks), PLAIN).x_labels() == line


@pytest.mark.parametrize(
    ("value", "row"),
    [
        (-1e-6, None),
        (-1e-12, 3),
        (0.0, 3),
        (0.24, 3),
        (0.25, 2),
        (0.99, 0),
        (1.0, 0),
        (1.0 + 1e-12, 0),
        (1.0 + 1e-6, None),
    ],
)
def test_a_line_lies_in_the_row_of_its_value_and_in_none_outside(value: float, row: int | None) -> None:
    across = Plot(4, 4, PLAIN, PLAIN).horizontal(value).lines()[0]
    assert [y for y in range(4) if across[y] == ["┈"] * 4] == ([] if row is None else [row])
    down = Plot(4, 4, PLAIN, PLAIN).vertical(value, "dim").lines()
    column = None if row is None else 3 - row
    for y in range(4):
        assert [x for x in range(4) if down[0][y][x] == "┊"] == ([] if column is None else [column])
        assert [x for x in range(4) if down[1][y][x] == "dim"] == ([] if column is None else [column])
    assert dots(Plot(1, 4, PLAIN, PLAIN).values([value], "dim"))[0] == (
        "" if row is None else str(min(int(max(value, 0.0) * 16), 15))
    )


@pytest.mark.parametrize(
    ("x", "y", "cell"),
    [
        (0.0, 0.0, (3, 0)),
        (0.249, 0.249, (3, 0)),
        (0.25, 0.25, (2, 1)),
        (1.0, 1.0, (0, 3)),
        (*OUT, (0, 0)),
        (*OUT[::-1], (3, 3)),
    ],
)
def test_a_point_stands_in_its_cell_or_at_the_edge(x: float, y: float, cell: tuple[int, int]) -> None:
    plot = Plot(4, 4, PLAIN, PLAIN).values([0.5] * 8, "dim").point(x, y, "●", "accent")
    assert plot.place(x, y) == cell
    assert plot.cell(*cell) == ("●", "accent")
    assert [(row, column) for row in range(4) for column in range(4) if plot.cell(row, column)[0] == "●"] == [
        cell
    ]


@pytest.mark.parametrize(
    ("x", "row", "text", "found"),
    [
        (0.5, 1, "abc", "   abc  "),
        (0.5, 1, "ab", "   ab   "),
        (0.0, 1, "abc", "abc     "),
        (1.0, 1, "abc", "     abc"),
        (0.5, 1, "abcdefghij", "abcdefgh"),
        (0.5, 0, "abc", ""),
        (0.5, -1, "abc", ""),
        (0.5, 2, "abc", ""),
        (1.1, 1, "abc", ""),
    ],
)
def test_words_are_centred_inside(x: float, row: int, text: str, found: str) -> None:
    plot = Plot(8, 2, PLAIN, PLAIN).values([0.0] * 16, "dim").text(x, row, text, "accent")
    rows = ["".join(glyph if "a" <= glyph <= "j" else " " for glyph in line) for line in plot.lines()[0]]
    assert rows[1] == (found or " " * 8)
    assert rows[0].strip() == ("abc" if row == 0 else "")


def test_what_is_drawn_is_more_than_grid() -> None:
    plot = Plot(4, 1, TICKED, PLAIN).grid().vertical(0.3)
    assert not any(plot.is_drawn(0, column) for column in range(4))
    plot.point(0.0, 0.0, "●", "accent").values([None] * 7 + [0.0], "dim")
    assert [plot.is_drawn(0, column) for column in range(4)] == [True, False, False, True]
    assert plot.cell(0, 3) == ("⢀", "dim")


@pytest.mark.parametrize(
    ("cells", "low_hz", "high_hz", "labels"),
    [
        (30, 20.0, 20000.0, "20 100 500 2k 10k"),
        (60, 20.0, 20000.0, "20 50 100 200 500 1k 2k 5k 10k 20k"),
        (5, 100.0, 1000.0, "100 1k"),
        (4, 100.0, 1000.0, "100"),
        (200, 50.0, 5000.0, "50 100 200 500 1k 2k 5k"),
        (200, 51.0, 4999.0, "100 200 500 1k 2k"),
    ],
)
def test_frequencies_stand_five_cells_apart(cells: int, low_hz: float, high_hz: float, labels: str) -> None:
    assert " ".join(label for _, label in frequency_axis(cells, low_hz, high_hz).ticks) == labels


def test_labels_are_short() -> None:
    frequencies = (31.5, 999.0, 1000.0, 2500.0, 12345.0)
    assert [frequency_label(one) for one in frequencies] == ["31.5", "999", "1k", "2.5k", "12.3k"]
    assert [level_label(one) for one in (6.0, 0.0, -12.0, 0.5)] == ["+6", "0", "−12", "+0.5"]
    times = [label for _, label in time_axis(80, -120.0, 120.0).ticks]
    assert (times[0], times[-1]) == ("−2:00", "2:00")
    assert [label for _, label in time_axis(200, 0.0, 7200.0).ticks][-1] == "120:00"
    assert [label for _, label in time_axis(64, -1.5, 0.5).ticks] == ["−1.5", "−1", "−0.5", "0", "0.5"]


@pytest.mark.parametrize(
    ("rows", "values"),
    [
        (36, range(-12, 1)),
        (35, range(-12, 1, 2)),
        (18, range(-12, 1, 2)),
        (17, range(-12, 1, 3)),
        (12, range(-12, 1, 3)),
        (11, (-12, -6, 0)),
        (6, (-12, -6, 0)),
        (5, (-12, 0)),
        (3, (-12, 0)),
        (2, (0,)),
        (0, (0,)),
    ],
)
def test_lines_of_levels_are_three_rows_apart(rows: int, values: range | tuple[int, ...]) -> None:
    for low, high in ((-12.0, 0.0), (0.0, -12.0)):
        axis = level_axis(rows, low, high)
        assert [value for value, _ in axis.ticks] == list(values)
        assert (axis.low, axis.high) == (low, high)


def test_shares_of_axes() -> None:
    decades = Axis(20.0, 20000.0, logarithmic=True)
    assert [decades.share(one) for one in (20.0, 200.0, 20000.0, 2.0)] == pytest.approx(
        [0.0, 1 / 3, 1.0, -1 / 3]
    )
    assert [decades.share(one) for one in (0.0, -1.0)] == [-math.inf] * 2
    assert decades.value(0.5) == pytest.approx(math.sqrt(20.0 * 20000.0))
    levels = Axis(-60.0, -20.0)
    assert [levels.share(one) for one in (-60.0, -50.0, -20.0, 0.0)] == [0.0, 0.25, 1.0, 1.5]
    assert [levels.value(share) for share in (0.0, 0.25, 1.0)] == [-60.0, -50.0, -20.0]
