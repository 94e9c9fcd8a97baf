"""Where the parts of the screen stand at any size, what the banner says, how the keys share the last row."""

from __future__ import annotations

import dataclasses
import math

import pytest
from desk_pictures import changed, styled
from desk_views import Studio

from engine.link.document import AttachedClient
from engine.link.records import Role, State
from engine.processes.client import Health
from tui.display.cells import Canvas, CellBuffer
from tui.screen.layout import Footer, Screen, banner_of, draw_footer
from tui.view import Panel, View

CALM = Studio().view()
LOST = dataclasses.replace(CALM, health=Health.GONE)
OBSERVER = dataclasses.replace(CALM, role=Role.OBSERVER)
KEYS = Footer(restart_key="enter", control_key="C")


class Strip:
    """A guide of so many rows that fills them."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def rows(self, height: int) -> int:
        """As many as it was made with."""
        return self._rows

    def draw(self, canvas: Canvas, view: View) -> None:
        """Fills them."""
        _fill(canvas, "%")


def _fill(canvas: Canvas, glyph: str) -> None:
    for y in range(canvas.height):
        canvas.put(0, y, glyph * canvas.width)


def screen(view: View, width: int, height: int, guide: int = 0) -> list[str]:
    """The rows of a screen whose panel is all `#`."""
    buffer, made = CellBuffer(width, height), Screen()
    made.guide = Strip(guide) if guide else None
    made.draw(buffer.canvas, view, {Panel.STEMS: lambda canvas, _: _fill(canvas, "#")}, KEYS)
    return buffer.text().split("\n")


def rows_of(rows: list[str], glyph: str) -> tuple[int, int]:
    """First and last row that are all one sign."""
    found = [y for y, row in enumerate(rows) if row and row == glyph * len(row)]
    assert found == list(range(found[0], found[-1] + 1))
    return found[0], found[-1]


@pytest.mark.parametrize(
    ("height", "song"), [(24, 1), (27, 1), (28, 3), (43, 3), (44, 4), (55, 4), (56, 5), (80, 5)]
)
@pytest.mark.parametrize("width", [80, 240])
def test_the_panel_has_what_title_warnings_song_bars_and_keys_leave(
    width: int, height: int, song: int
) -> None:
    rows = screen(CALM, width, height)
    assert rows_of(rows, "#") == (1, height - 5 - song)
    assert "Falling Water" in rows[0]
    assert "▶" in rows[height - 3]
    assert "MON" in rows[height - 2]


def test_every_row_begins_in_the_same_column() -> None:
    rows = screen(CALM, 120, 30)
    keys = Footer((("space", "play"),))
    buffer = CellBuffer(120, 30)
    Screen().draw(buffer.canvas, CALM, {}, keys)
    assert buffer.text().split("\n")[-1] == " space play"
    assert [rows[y][:3] for y in (0, 23, 27, 28)] == [" Fa", " ! ", " ▶ ", " MO"]
    assert rows[24].startswith("       ▾Intro")


def test_what_is_said_anew_stands_before_the_warning_that_was_looked_at() -> None:
    buffer, made = CellBuffer(120, 30), Screen()

    def line(**changes: object) -> str:
        made.draw(buffer.canvas, dataclasses.replace(CALM, **changes), {}, KEYS)  # type: ignore[arg-type]
        return buffer.text().split("\n")[23]

    most_pressing = line()
    made.turn = 1
    assert line() != most_pressing
    assert line(message=("saved", "good")).startswith(" i saved")
    assert made.turn == 0
    made.turn = 1
    assert line(message=("saved", "good")) != most_pressing, "it was said before"
    assert made.turn == 1
    assert line(message=("", "")) != most_pressing
    assert made.turn == 1, "nothing was said"


@pytest.mark.parametrize(("width", "left"), [(119, 1), (120, 7), (240, 7)])
def test_the_song_has_a_blank_on_either_side_and_room_for_a_label_on_wide_screens(
    width: int, left: int
) -> None:
    marks, _, wave, limited = screen(CALM, width, 44)[37:41]
    assert [len(row) - len(row.lstrip()) for row in (marks, wave, limited)] == [left] * 3
    assert len(wave) == width - 1


@pytest.mark.parametrize(
    ("view", "height", "top"),
    [(CALM, 30, 1), (LOST, 24, 2), (LOST, 30, 2), (OBSERVER, 29, 1), (OBSERVER, 30, 2)],
)
@pytest.mark.parametrize("guide", [0, 1, 2])
def test_banner_and_guide_stand_below_the_title(view: View, height: int, top: int, guide: int) -> None:
    """Who is in control is no banner on the smallest screens; what is wrong always is one."""
    rows = screen(view, 80, height, guide)
    assert rows_of(rows, "#")[0] == top + guide
    if guide:
        assert rows_of(rows, "%") == (top, top + guide - 1)
    assert (top == 2) is (" ENGINE LOST" in rows[1] or " WATCHING" in rows[1])


@pytest.mark.parametrize(
    ("size", "fits"), [((80, 23), True), ((79, 24), False), ((80, 22), False), ((79, 60), False)]
)
def test_the_smallest_size_is_drawn_and_one_less_refused(size: tuple[int, int], fits: bool) -> None:
    rows = [row.rstrip() for row in screen(CALM, *size)]
    assert ("stemlathe" in rows) is not fits
    if not fits:
        middle = size[1] // 2
        assert rows[middle - 1 : middle + 2] == [
            "stemlathe",
            f"needs at least 80x23, this is {size[0]}x{size[1]}",
            "the engine goes on; q leaves",
        ]


def loading(**job: object) -> View:
    """A session that is being loaded."""
    return changed(changed(CALM, "transport", state=State.LOADING), "job", **job)


@pytest.mark.parametrize(
    ("view", "words", "colour"),
    [
        (LOST, "ENGINE LOST: falling-water has ended. enter restarts it in the same state", "bad"),
        (
            dataclasses.replace(CALM, health=Health.HANGING, name=""),
            "ENGINE HANGING: the engine answers no more. enter ends and restarts it",
            "bad",
        ),
        (
            dataclasses.replace(CALM, health=Health.STOPPED),
            "ENGINE STOPPED: falling-water is held by its terminal or a signal; it goes on where it was",
            "warn",
        ),
        (
            changed(CALM, "transport", state=State.FAILED),
            "ENGINE FAILED: :restart starts it again in the same state",
            "bad",
        ),
        (loading(), "LOADING: loading the session", "note"),
        (loading(label="drums.wav"), "LOADING: drums.wav", "note"),
        (loading(label="drums.wav", progress=0.5), "LOADING: drums.wav  ██████████            50%", "note"),
        (
            loading(label="drums.wav", progress=0.25, left_s=65.0),
            "LOADING: drums.wav  █████                 25%  01:05 left",
            "note",
        ),
        (
            OBSERVER,
            "WATCHING: another console is in control, keys change nothing here; C takes over",
            "note",
        ),
        (
            dataclasses.replace(CALM, role=Role.READER),
            "READ-ONLY: everything is shown, nothing can be changed from here",
            "note",
        ),
    ],
)
def test_what_the_banner_says(view: View, words: str, colour: str) -> None:
    found = banner_of(view, KEYS)
    assert found is not None
    assert (" ".join(found[0].split()), found[1]) == (" ".join(words.split()), colour)
    buffer = CellBuffer(100, 30)
    Screen().draw(buffer.canvas, view, {}, KEYS)
    assert styled(buffer)[1] == [(found[0], f"bold reverse {colour}")]


def test_nobody_in_control_is_said_only_where_it_is_known() -> None:
    document = dataclasses.replace(CALM.document, clients=())
    alone = dataclasses.replace(OBSERVER, document=document)
    assert banner_of(alone, Footer()) == ("NOBODY IS IN CONTROL: keys change nothing here", "note")
    assert banner_of(CALM, KEYS) is None
    assert math.isnan(CALM.snapshot.job.progress)
    observers = (AttachedClient(0, 7, "observer"),)
    document = dataclasses.replace(CALM.document, clients=observers)
    assert "NOBODY" in str(banner_of(dataclasses.replace(OBSERVER, document=document), KEYS))


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (16, " a one  bb two"),
        (15, " a one  bb two"),
        (14, "a one bb two"),
        (13, "a one bb two"),
        (12, "a one bb two"),
        (11, " a one   …"),
        (10, " a one  …"),
        (9, "       …"),
    ],
)
def test_keys_stand_closer_where_all_then_have_room(width: int, row: str) -> None:
    buffer = CellBuffer(width, 1)
    draw_footer(buffer.canvas, 0, (("a", "one"), ("bb", "two")))
    assert buffer.text().rstrip() == row


def test_a_word_that_begins_with_its_key_is_written_once_where_there_is_too_little_room() -> None:
    keys = (("s", "stems"), ("m", "mute"), ("x", "leave"))
    found = {}
    for width in range(26, 15, -1):
        buffer = CellBuffer(width, 1)
        draw_footer(buffer.canvas, 0, keys)
        found[width] = buffer.text().rstrip()
    assert found == {
        26: " s stems  m mute  x leave",
        **dict.fromkeys((25, 24, 23, 22), "s stems m mute x leave"),
        **dict.fromkeys((21, 20, 19, 18), "stems mute x leave"),
        17: " stems  mute   …",
        16: " stems  mute  …",
    }
    buffer = CellBuffer(22, 2)
    draw_footer(buffer.canvas, 1, keys[1:])
    bold, dim = "bold accent on panel", "dim on panel"
    assert styled(buffer) == [[], [("m", bold), ("mute", dim), ("x", bold), ("leave", dim)]]
