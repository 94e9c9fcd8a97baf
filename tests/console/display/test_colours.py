"""Colours on terminals that have few: each is itself where there is one, else the one that looks nearest."""

from __future__ import annotations

import itertools

import pytest

from tui.display.styles import Depth, contrast, luminance, rgb_parameters

#: As xterm has them (256colres.pl, XTerm-col.ad): the cube's steps, the greys, the sixteen.
STEPS = (0, 95, 135, 175, 215, 255)
CUBE = [(16 + place, rgb) for place, rgb in enumerate(itertools.product(STEPS, repeat=3))]
GREYS = [(232 + step, (8 + 10 * step,) * 3) for step in range(24)]
SIXTEEN = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205)),
    *((229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255)),
    *((255, 0, 255), (0, 255, 255), (255, 255, 255)),
)


def near(rgb: tuple[int, ...], step: int) -> list[tuple[int, int, int]]:
    """Colours that differ by a step in one part."""
    found = []
    for part, sign in itertools.product(range(3), (-step, step)):
        moved = list(rgb)
        moved[part] = max(0, min(255, moved[part] + sign))
        found.append((moved[0], moved[1], moved[2]))
    return found


@pytest.mark.parametrize("depth", [Depth.INDEXED, Depth.TRUE])
def test_a_colour_of_the_table_is_named_by_its_number(depth: Depth) -> None:
    for number, rgb in [*CUBE, *GREYS]:
        assert rgb_parameters(rgb, depth, background=False) == f"38;5;{number}"
        assert rgb_parameters(rgb, depth, background=True) == f"48;5;{number}"


def test_any_other_is_as_it_is_or_the_nearest_of_the_table() -> None:
    for number, rgb in [*CUBE, *GREYS]:
        for moved in near(rgb, 3):
            if moved not in dict(map(reversed, [*CUBE, *GREYS])):  # type: ignore[call-overload]
                assert rgb_parameters(moved, Depth.INDEXED, background=False) == f"38;5;{number}"
                assert rgb_parameters(moved, Depth.TRUE, background=False) == "38;2;{};{};{}".format(*moved)


def test_of_sixteen_colours_it_is_the_one_that_looks_like_it() -> None:
    for number, rgb in enumerate(SIXTEEN):
        front, behind = (30 + number, 40 + number) if number < 8 else (82 + number, 92 + number)
        for moved in (rgb, *near(rgb, 20)):
            assert rgb_parameters(moved, Depth.ANSI, background=False) == str(front)
            assert rgb_parameters(moved, Depth.ANSI, background=True) == str(behind)
            assert rgb_parameters(moved, Depth.NONE, background=True) == ""


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ((0, 0, 0), (255, 255, 255), 21.0),
        ((255, 255, 255), (0, 0, 0), 21.0),
        ((119, 119, 119), (255, 255, 255), 4.48),
        ((118, 118, 118), (255, 255, 255), 4.54),
        ((255, 0, 0), (255, 255, 255), 4.0),
        ((0, 0, 255), (255, 255, 255), 8.59),
        ((10, 10, 10), (0, 0, 0), 1.06),
        ((50, 60, 70), (50, 60, 70), 1.0),
    ],
)
def test_contrasts_that_others_have_printed(
    one: tuple[int, int, int], other: tuple[int, int, int], ratio: float
) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


def test_green_is_the_brightest_part() -> None:
    parts = [luminance(rgb) for rgb in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    assert parts == pytest.approx([0.2126, 0.7152, 0.0722])
