"""The application, driven by real keys through Textual's pilot, with a fake engine behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual import events, messages

from engine.link.records import Role
from engine.processes.client import attach
from tui.application.app import Console
from tui.display.cells import CellBuffer
from tui.display.mirror import Mirror
from tui.display.styles import Depth
from tui.display.terminal import Terminal
from tui.feed import Feed
from tui.looks.looks import Looks
from tui.overlay.help import Help
from tui.overlay.prompt import Prompt
from tui.screen.output import Parts
from tui.screen.router import Picture
from tui.settings import Settings, load_settings
from tui.view import MASTER, Panel

SIZE = (120, 40)


@pytest.fixture
def drive(start_fake) -> Callable[..., Any]:
    """Runs a console headless, hands it to a test's coroutine; returns the fake engine."""

    def run(sitting: Callable[[Console, Any], Awaitable[None]], *, read_only: bool = False, **wishes: str):
        engine = start_fake()
        role = Role.OBSERVER if read_only else Role.CONTROLLER
        feed = Feed(attach(engine.name, role, wait_s=1.0), role)
        terminal = Terminal(Depth.TRUE, multiplexed=False, remote=False)
        parts = Parts(
            feed,
            # the pilot waits until nothing is to do, which is never at 30 frames a second
            Looks(Depth.TRUE, Settings(fps=4.0)),
            terminal,
            CellBuffer(*SIZE),
            Mirror(*SIZE),
            Picture(),
            read_only=read_only,
        )
        console = Console(parts, wishes)

        async def sit() -> None:
            async with console.run_test(size=SIZE) as pilot:
                await sitting(console, pilot)

        try:
            asyncio.run(sit())
        finally:
            feed.close()
        return engine

    return run


async def _until(pilot: Any, condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    for _ in range(round(timeout_s / 0.02)):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("waited in vain")


def _kinds(engine: Any) -> list[str]:
    return [command["kind"] for command in engine.commands()]


def test_a_key_is_echoed_at_once_whatever_else_waits_but_keys(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        echoes = 0
        show = console.show

        def count(*, urgent: bool = False) -> None:
            nonlocal echoes
            echoes += urgent
            show(urgent=urgent)

        console.show = count  # type: ignore[method-assign]
        for key in "jj":  # as if typed faster than drawn; Textual's own messages wait behind
            console.post_message(events.Key(key, key))
        for _ in range(3):
            console.post_message(messages.Prompt())
        await _until(pilot, lambda: console.newest.focus.stem == 2)
        await pilot.pause()
        assert echoes == 1

    drive(sitting)


def test_a_key_that_comes_in_the_midst_of_a_frame_is_handled_before_the_frame_goes_on(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        await pilot.pause()
        drawn: list[int] = []
        draw = console.stage.draw

        def note(controls: Any, overlay: Any = None) -> None:
            drawn.append(console.newest.focus.stem)
            draw(controls, overlay)

        console.stage.draw = note  # type: ignore[method-assign]
        console.key_read()  # as the thread that reads them says it
        console._frame()
        assert drawn == []
        console.post_message(events.Key("j", "j"))
        await _until(pilot, lambda: len(drawn) >= 2)
        assert drawn[:2] == [1, 1]  # the echo, and then the frame, with what the key has done

    drive(sitting)


def test_a_key_that_is_announced_and_never_comes_holds_no_frame_up(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        await pilot.pause()
        console.key_read()
        drawn = []
        draw = console.stage.draw
        console.stage.draw = lambda *given: (drawn.append(1), draw(*given))  # type: ignore[method-assign]
        console._frame()
        await _until(pilot, lambda: bool(drawn))

    drive(sitting)


def test_keys_reach_the_engine_and_their_effect_comes_back(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        await pilot.press("j", "l", "l", "m")
        assert console.newest.focus.stem == 1
        await _until(pilot, lambda: console.newest.session.stems[1].mute)
        await _until(pilot, lambda: console.newest.session.stems[1].trim_db == pytest.approx(0.2))
        await pilot.press("0")
        assert console.newest.focus.stem == MASTER

    engine = drive(sitting)
    paths = [command["payload"].get("path") for command in engine.commands()]
    assert paths[-1] == "stems[1].mute"
    assert "stems[1].trim_db" in paths


def test_two_keys_in_a_row_go_to_a_panel_and_tab_goes_round(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        for keys, panel in (
            ("gn", Panel.NULL),
            ("gi", Panel.INTAKE),
            ("gr", Panel.RENDER),
            ("gs", Panel.STEMS),
        ):
            await pilot.press(*keys)
            assert console.newest.focus.panel is panel
        await pilot.press("tab")
        assert console.newest.focus.panel is Panel.MASTER

    drive(sitting)


def test_command_line_palette_and_help(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        await pilot.press("colon", *"mute", "enter")
        await _until(pilot, lambda: console.newest.session.stems[0].mute)
        await pilot.press("colon", *"zz", "enter")
        await _until(pilot, lambda: "zz" in console.newest.message[0])
        await pilot.press("colon", "x", "escape")
        assert console.overlay is None
        await pilot.press("ctrl+p", *"solo only", "enter")
        await _until(pilot, lambda: console.newest.session.stems[0].solo)
        assert console.overlay is None
        await pilot.press("question_mark", "x", "m", "Q")
        assert isinstance(console.overlay, Help)
        await pilot.press("q")
        assert console.overlay is None
        await pilot.press("slash", *"lead", "enter")
        assert console.newest.focus.stem == 4
        await pilot.press("1")
        await pilot.press("j")
        assert console.newest.focus.stem == 1

    drive(sitting)


def test_a_value_is_typed_and_a_question_answered(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        await pilot.press("equals_sign")
        assert isinstance(console.overlay, Prompt)
        await pilot.press("ctrl+u", *"-1.5", "enter")
        await _until(pilot, lambda: console.newest.session.stems[0].trim_db == -1.5)
        await pilot.press("Q", "n")
        assert console.overlay is None
        await pilot.press("Q", "y")

    engine = drive(sitting)
    assert _kinds(engine)[-1] == "stop"


def test_zoom_is_this_consoles_own_and_stays_from_panel_to_panel(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        await _until(pilot, lambda: console.controls.view.snapshot.transport.length_frames > 0)

        def shown(zoom: int, *keys: str, line: str = "") -> None:
            for key in keys:
                console.controls.key(key)
            if line:
                console.controls.line(line)
            console.show()
            assert console.controls.view.focus.zoom == zoom
            assert ("1/" in _transport(console)) == (zoom > 1)
            assert zoom == 1 or f" 1/{zoom} " in _transport(console)

        await pilot.press("right_parenthesis")
        shown(2)
        shown(8, *["right_parenthesis"] * 2)
        shown(8, "right_parenthesis")
        assert "the shortest stretch" in console.newest.message[0]
        shown(8, "g", "m")
        shown(4, "left_parenthesis")
        shown(1, *["left_parenthesis"] * 3)
        shown(4, line="zoom 1/4")
        shown(4, line="zoom 1/3")
        assert "there is no '1/3'" in console.newest.message[0]
        shown(1, line="zoom whole")

    assert _kinds(drive(sitting, read_only=True)) == []


def _transport(console: Console) -> str:
    return console.stage.buffer.text().splitlines()[-3]


def test_themes_change_at_run_time_and_the_choice_is_kept(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        await pilot.press("colon", *"theme paper", "enter")
        await _until(pilot, lambda: console.looks.theme.name == "paper")
        assert console.stage.lane.palette.colours["background"] == "#f7f3ea"

    drive(sitting)
    assert load_settings().theme == "paper"


def test_an_svg_shows_what_is_on_the_screen(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        await _until(pilot, lambda: console.newest.session is not None)
        await pilot.pause(0.4)
        picture = console.export_screenshot()
        assert "Drums" in picture
        assert "MASTER" in picture
        assert console.looks.theme.colours["background"] in picture

    drive(sitting)


def test_a_console_that_only_reads_sends_nothing(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        await pilot.press("m", "space", "h", "z")
        assert "only watches" in console.newest.message[0]

    assert _kinds(drive(sitting, read_only=True)) == []


def test_what_the_command_line_wished_is_asked_of_a_running_engine(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        await _until(pilot, lambda: console.newest.document.target == "apple")

    assert sorted(_kinds(drive(sitting, device="null", deliverable="apple"))) == ["device", "target"]


def test_every_size_is_drawn_and_small_ones_say_what_they_need(drive):
    async def sitting(console: Console, pilot: Any) -> None:
        for size in ((80, 24), (200, 60), (60, 20), (120, 30)):
            await pilot.resize_terminal(*size)
            await _until(
                pilot, lambda size=size: (console.stage.buffer.width, console.stage.buffer.height) == size
            )
            await pilot.pause(0.4)
            text = console.stage.buffer.text()
            assert ("needs at least 80x23" in text) == (size == (60, 20))

    drive(sitting)
