"""The tour of the demo: it goes on when something has happened, is put away, and comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from documents import with_words
from work_views import PATH, TEXT, done, null_report, output, render_report, view_of

from engine.demo.session_text import SESSION_NAME
from engine.demo.song import TITLE
from engine.link.records import Source, State
from engine.link.snapshot import NO_TRANSPORT, Snapshot
from engine.session.files import read_text_session
from tui.actions.keymap import Keymap
from tui.controls.controls import all_actions
from tui.display.cells import CellBuffer
from tui.screen.layout import Screen
from tui.tour import DEMO_FILE, DEMO_TITLE, STEPS, Tour, draw_tour, is_demo
from tui.view import Focus, Panel, View
from tui.work.console_services import Workbench
from tui.work.verb_job import Work
from tui.work.verb_runner import Runner


def demo(
    state: State = State.PAUSED,
    source: Source = Source.PROCESSED,
    stem: int = 0,
    now_s: float = 0.0,
    **words: Any,
) -> View:
    text = TEXT.replace("Falling Water", DEMO_TITLE)
    view = view_of(Panel.STEMS, text, stem=stem)
    transport = NO_TRANSPORT._replace(state=state, source=source)
    return replace(
        view,
        session=read_text_session(text, Path("/songs/demo.toml")),
        document=with_words(view.document, {**words}),
        snapshot=Snapshot(transport),
        now_s=now_s,
    )


@pytest.fixture
def tour(runner: Runner, tmp_path: Path) -> Tour:
    return Tour(runner, tmp_path / "state" / "tour.json")


def test_the_demo_is_known_by_what_it_writes() -> None:
    assert (DEMO_FILE, DEMO_TITLE) == (SESSION_NAME, TITLE)
    assert is_demo(demo())
    assert not is_demo(view_of(Panel.STEMS))
    assert not is_demo(View())


def test_elsewhere_it_is_not_seen(tour: Tour) -> None:
    tour.follow(view_of(Panel.STEMS))
    assert not tour.is_shown
    assert tour.rows(60) == 0


def test_eight_steps_from_play_to_a_verified_master(tour: Tour, runner: Runner) -> None:
    assert len(STEPS) == 8
    seen = []

    def look(view: View) -> None:
        tour.follow(view)
        seen.append(tour.step)

    playing = {"state": State.PLAYING}
    look(demo())
    look(demo(**playing))
    look(demo(**playing))
    look(demo(**playing, stem=1))
    look(demo(**playing, stem=1))
    look(demo(**playing, stem=1, revision=4))
    look(demo(**playing, stem=1, revision=4))
    look(demo(**playing, stem=1, revision=5, can_redo=True))
    look(demo(**playing, revision=5))
    look(demo(**playing, revision=5, source=Source.DRY))
    look(demo(**playing))
    done(runner, Work("null", PATH), null_report())
    look(demo(**playing))
    look(demo(**playing))
    look(demo(**playing, target="streaming"))
    look(demo(**playing, target="streaming"))
    done(runner, Work("render", PATH), render_report(output("streaming", "master", holds=False)))
    look(demo(**playing, target="streaming"))
    done(runner, Work("render", PATH), render_report(output("streaming", "master")))
    look(demo(**playing, target="streaming", now_s=130.0))
    assert seen == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 7, 8]
    buffer = CellBuffer(80, 1)
    tour.draw(buffer.canvas, demo())
    assert "✓ a rendered, verified master in 02:10" in buffer.text()


def test_a_result_from_before_the_step_does_not_count(tour: Tour, runner: Runner) -> None:
    done(runner, Work("null", PATH), null_report())
    tour.step = 5
    tour.follow(demo())
    tour.follow(demo())
    assert tour.step == 5


def test_it_is_put_away_and_resumed_in_the_next_console(tour: Tour, runner: Runner, tmp_path: Path) -> None:
    path = tmp_path / "state" / "tour.json"
    tour.follow(demo())
    assert tour.is_shown
    tour.follow(demo(State.PLAYING))
    tour.toggle()
    assert not tour.is_shown
    tour.follow(demo(State.PLAYING, stem=1))
    tour.follow(demo(State.PLAYING, stem=2))
    assert tour.step == 1  # hidden, it does not watch
    again = Tour(Runner(), path)
    assert (again.step, again.hidden) == (1, True)
    again.toggle()
    again.follow(demo(State.PLAYING, stem=2))
    again.follow(demo(State.PLAYING, stem=3))
    assert again.step == 2
    path.write_text('{"step": "x"', encoding="utf-8")
    assert (Tour(runner, path).step, Tour(runner, path).hidden) == (0, False)


def test_when_done_it_begins_again_if_asked(tour: Tour) -> None:
    tour.step = len(STEPS)
    tour.toggle()
    assert (tour.step, tour.hidden) == (0, False)


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("width", [80, 160])
def test_each_step_fits(rows: int, width: int) -> None:
    for number, step in enumerate(STEPS):
        buffer = CellBuffer(width, rows)
        draw_tour(buffer.canvas, number, None)
        text = buffer.text()
        assert f"TOUR {number + 1}/8  {step.keys}  {step.does}" in text
        assert "T hides" in text
        if rows == 2 or width == 160:
            assert step.why in text


def test_rows_depend_on_the_screen(tour: Tour) -> None:
    tour.follow(demo())
    assert (tour.rows(24), tour.rows(48)) == (1, 2)


def test_no_key_of_a_panel_hides_another_or_the_beginning_of_one(own_folders: Path) -> None:
    panels = Workbench().panels
    declared = [action for action in all_actions(panels) if not action.lost]
    names = [action.name for panel in panels.values() for action in panel.actions]
    assert len(names) == len(set(names))
    for panel in Panel:
        own = [action for action in declared if panel in action.panels]
        others = [action for action in declared if not action.panels and action.has_keys_in(panel)]
        for action in own:
            hidden = [
                (key, other.name)
                for key in action.keys
                for other in (*others, *own)
                for taken in other.keys
                if other is not action and (taken == key or taken.startswith(f"{key},"))
            ]
            assert not hidden, f"{action.name} in {panel.value} hides {hidden}"


def test_no_key_of_the_desk_works_on_a_strip_unseen(own_folders: Path) -> None:
    """Where a panel has a letter for itself, that letter does nothing to a strip in the next panel either."""
    declared = [action for action in all_actions(Workbench().panels) if not action.lost]
    left = {action.name for action in declared if action.key_panels}
    taken = {key for action in declared if action.panels for key in action.keys}
    for action in declared:
        if action.strip and not action.panels and taken & set(action.keys):
            assert action.name in left


def test_it_has_rows_of_its_own_below_the_title(tour: Tour) -> None:
    screen, buffer = Screen(), CellBuffer(100, 30)
    screen.guide = tour
    tour.follow(demo())
    canvas = buffer.canvas
    screen.draw(canvas, demo(), {})
    assert "TOUR 1/8  space" in buffer.text().splitlines()[1]
    tour.toggle()
    screen.draw(canvas, demo(), {})
    assert "TOUR" not in buffer.text()


@pytest.mark.parametrize("panel", [Panel.INTAKE, Panel.NULL, Panel.LOUDNESS, Panel.RENDER])
def test_the_help_begins_with_what_the_panel_is(own_folders: Path, panel: Panel) -> None:
    from tui.overlay.help import Help

    panels = Workbench().panels
    keymap = Keymap(all_actions(panels))
    controls: Any = SimpleNamespace(keymap=keymap, view=view_of(panel), panels=panels)
    text = " ".join(entry.help if entry else line for _, line, entry in Help(controls).lines(2000))
    assert text.startswith(panels[panel].help)
    assert f"In this view: {panel.value}" in text
    assert all(action.help in text for action in panels[panel].actions)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
@pytest.mark.parametrize("panel", list(Panel))
def test_what_is_typed_for_an_action_stands_in_the_help_in_full(
    own_folders: Path, panel: Panel, size: tuple[int, int]
) -> None:
    from tui.overlay.help import Help

    panels = Workbench().panels
    controls: Any = SimpleNamespace(
        keymap=Keymap(all_actions(panels)), view=replace(demo(), focus=Focus(panel)), panels=panels
    )
    shown, pages = Help(controls), []
    for _ in range(12):
        place = shown.place(*size)
        buffer = CellBuffer(place.width, place.height)
        shown.draw(buffer.canvas)
        pages.append(buffer.text())
        shown.key("pagedown", None)
    text = "\n".join(pages)
    assert [line for line in text.splitlines() if line.rstrip(" │").endswith("…")] == []
    assert ":seek time: 1:23.5, 83.5, +10 or -10" in text
