"""The tour's rows on the screen, and how long it took."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from desk_pictures import styled
from work_views import TEXT, view_of

from engine.session.files import read_text_session
from tui.display.cells import CellBuffer
from tui.tour import DEMO_TITLE, STEPS, Tour, draw_tour, step_words
from tui.view import Panel, View
from tui.work.verb_runner import Runner


def rows(step: int, height: int, took_s: float | None = None, width: int = 100) -> CellBuffer:
    buffer = CellBuffer(width, height)
    draw_tour(buffer.canvas, step, took_s)
    return buffer


def test_a_step_in_one_row_and_in_two() -> None:
    found = rows(0, 2)
    first = " TOUR 1/8  space  plays"
    why = "five stems and their master, at the level of your monitor section"
    assert found.text().split("\n") == [f"{first:<92}T hides", f"{'':11}{why}"]
    assert styled(found) == [
        [
            ("TOUR 1/8", "title on panel"),
            ("space", "bold accent on panel"),
            ("plays", "text on panel"),
            ("T hides", "faint on panel"),
        ],
        [(why, "dim on panel")],
    ]
    assert rows(0, 1).text().startswith(f"{first}: five stems and their master")
    assert rows(1, 1).text().startswith(" TOUR 2/8  j  chooses the next stem: 1…9 go straight to one")
    assert rows(1, 1).text().endswith(" T hides")


def test_the_end_says_how_long_it_took_where_that_is_known() -> None:
    end = "? lists every key, T begins again"
    verdict = "TOUR  ✓ a rendered, verified master"
    assert rows(len(STEPS), 2, 125.0).text().split("\n") == [f" {verdict} in 02:05. {end}", ""]
    assert rows(len(STEPS), 1).text() == f" {verdict}. {end}"
    assert rows(len(STEPS) - 1, 1).text().startswith(" TOUR 8/8 ")
    assert step_words(len(STEPS)).startswith("tour: done")
    assert step_words(len(STEPS) - 1).startswith("tour 8 of 8: R  n  R goes to the renders")
    assert step_words(0) == f"tour 1 of 8: space plays: {STEPS[0].why}. T hides the tour"


def _demo(now_s: float, **focus: int) -> View:
    text = TEXT.replace("Falling Water", DEMO_TITLE)
    view = view_of(Panel.STEMS, text, **focus)
    return replace(view, session=read_text_session(text, Path("/songs/demo.toml")), now_s=now_s)


@pytest.mark.parametrize(("height", "wanted"), [(24, 1), (27, 1), (28, 2), (60, 2)])
def test_two_rows_are_taken_where_there_is_room(tmp_path: Path, height: int, wanted: int) -> None:
    tour = Tour(Runner(), tmp_path / "tour.json")
    assert tour.rows(height) == 0, "nothing is known of the session yet"
    tour.follow(_demo(0.0))
    assert tour.rows(height) == wanted
    tour.toggle()
    assert tour.rows(height) == 0


def test_time_counts_from_the_first_look_and_ends_with_the_last_step(tmp_path: Path) -> None:
    tour = Tour(Runner(), tmp_path / "tour.json")
    tour.step = 1
    for now_s, stem in ((100.0, 0), (130.0, 0), (160.0, 1)):
        tour.follow(_demo(now_s, stem=stem))
    assert tour.step == 2
    again = Tour(Runner(), tmp_path / "tour.json")
    assert (again.step, again.hidden) == (2, False)
    buffer = CellBuffer(100, 1)
    tour.draw(buffer.canvas, _demo(160.0))
    assert buffer.text().startswith(" TOUR 3/8 ")


@pytest.mark.parametrize(
    ("kept", "step"),
    [
        ('{"step": 8, "hidden": false}', 8),
        ('{"step": 9, "hidden": false}', 8),
        ('{"step": -1, "hidden": true}', 0),
        ("[", 0),
    ],
)
def test_what_was_kept_is_believed_as_far_as_it_can_be(tmp_path: Path, kept: str, step: int) -> None:
    (tmp_path / "tour.json").write_text(kept)
    tour = Tour(Runner(), tmp_path / "tour.json")
    assert (tour.step, tour.hidden) == (step, "true" in kept)
