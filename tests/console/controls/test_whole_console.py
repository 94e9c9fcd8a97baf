"""Keys on the real application, an engine without audio behind it: what is sent, and what stands there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual import events

from engine.link.records import Role
from engine.processes.client import attach_to
from engine.processes.registry import find
from tui.application.app import Console
from tui.display import terminal as terminals
from tui.display.cells import CellBuffer
from tui.display.mirror import Mirror
from tui.feed import Feed
from tui.looks.looks import Looks
from tui.overlay.chooser import Chooser
from tui.overlay.help import Help
from tui.screen.output import Parts
from tui.screen.router import Picture

CHARACTERS = {"space": " ", "minus": "-", "full_stop": ".", "colon": ":", "exclamation_mark": "!"}
#: Longest wait for something to stand on the screen, s.
PATIENCE_S = 20.0


class Driven:
    """The application under a pilot."""

    def __init__(self, console: Console, fake: Any) -> None:
        self.console, self.fake = console, fake

    @property
    def text(self) -> str:
        return self.console.stage.buffer.text()

    async def press(self, *keys: str) -> None:
        """Keys as a terminal sends them; a pilot waits for rest, which a moving desk never has."""
        for key in keys:
            character = CHARACTERS.get(key, key if len(key) == 1 else None)
            self.console.post_message(events.Key(key, character))
        taken = asyncio.Event()
        self.console.call_later(taken.set)
        await asyncio.wait_for(taken.wait(), PATIENCE_S)

    async def line(self, text: str) -> None:
        names = {sign: name for name, sign in CHARACTERS.items()}
        await self.press("colon", *(names.get(letter, letter) for letter in text), "enter")

    async def until(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline_s, self.text
            await asyncio.sleep(0.02)

    async def shows(self, *texts: str) -> None:
        await self.until(lambda: all(text in self.text for text in texts))

    def sent(self, kind: str) -> list[dict[str, Any]]:
        return [command["payload"] for command in self.fake.commands() if command["kind"] == kind]


@pytest.fixture
def drive(start_fake) -> Callable[..., None]:
    """Runs a coroutine function on the console, at 100×30."""

    def run(work: Callable[[Driven], Awaitable[None]], *, read_only: bool = False) -> None:
        fake = start_fake()
        role = Role.OBSERVER if read_only else Role.CONTROLLER
        feed = Feed(attach_to(find(fake.name), role, wait_s=5.0), role)
        terminal = terminals.detect()
        buffer, mirror = CellBuffer(100, 30), Mirror(100, 30)
        parts = Parts(feed, Looks(terminal.depth), terminal, buffer, mirror, Picture(), read_only=read_only)

        async def go() -> None:
            console = Console(parts, {})
            async with console.run_test(size=(100, 30)):
                driven = Driven(console, fake)
                await driven.shows("Drums")
                await work(driven)

        try:
            asyncio.run(go())
        finally:
            feed.close()

    return run


def test_a_session_on_the_keyboard(drive):
    async def work(console: Driven) -> None:
        await console.press("1", "l", "l", "l")
        await console.until(lambda: len(console.sent("set")) == 3)
        first = console.sent("set")[0]["value"]
        assert console.sent("set")[2]["value"] == pytest.approx(first + 0.2)
        await console.line("trim 3.4")
        await console.shows("+3.4", "this belongs in the mix")
        await console.press("u")
        await console.until(lambda: bool(console.sent("undo")))
        await console.press("space", "a", "exclamation_mark")
        await console.until(lambda: bool(console.sent("monitor")))
        assert console.sent("listen") == [{"source": "dry"}]
        await console.line("go mastr")
        await console.shows("did you mean")

    drive(work)


def test_every_panel_is_there_and_draws(drive):
    async def work(console: Driven) -> None:
        await console.press("1", "e")
        await console.shows("CHAIN  Drums")
        await console.press("n")
        await console.press(*"compressor", "enter")
        await console.until(lambda: bool(console.sent("edit content")))
        await console.shows("Compressor", "out against in")
        await console.press("j", "L")
        await console.until(lambda: bool(console.sent("set")))
        for keys, shown in (
            (("A",), "MASTER MINUS MIX"),
            (("g", "h"), "since the last render"),
            (("g", "m"), "LUFS"),
            (("g", "s"), "Bass"),
        ):
            await console.press(*keys)
            await console.shows(shown)
        await console.press("g", "h")
        await console.shows("Drums compressor added", "● ")

    drive(work)


def offered(console: Console) -> list[str]:
    """What the palette lists."""
    overlay = console.overlay
    return [item.label for item in overlay.found] if isinstance(overlay, Chooser) else []


def test_help_palette_and_command_line_lead_to_the_same(drive):
    async def work(console: Driven) -> None:
        await console.press("question_mark")
        assert isinstance(console.console.overlay, Help)
        await console.press("escape", "ctrl+p")
        assert "play or pause" in offered(console.console)[0]
        await console.press(*"dim", "space", *"by")
        assert offered(console.console)[0] == "dim by 20 dB"
        await console.press("enter")
        await console.until(lambda: bool(console.sent("monitor")))
        await console.line("dim")
        await console.until(lambda: len(console.sent("monitor")) == 2)
        await console.press("exclamation_mark")
        await console.until(lambda: len(console.sent("monitor")) == 3)
        assert [payload["dim"] for payload in console.sent("monitor")] == [True, False, True]

    drive(work)


def test_an_observer_looks_and_changes_nothing(drive):
    async def work(console: Driven) -> None:
        await console.press("m", "l", "space")
        await console.shows("only watches")
        await console.press("e")
        await console.shows("CHAIN  Drums")
        assert console.fake.commands() == []

    drive(work, read_only=True)


def test_a_palette_closed_at_once_does_no_harm(drive):
    async def work(console: Driven) -> None:
        for _ in range(5):
            await console.press("ctrl+p", "escape")
        assert console.console.overlay is None
        await console.press("exclamation_mark")
        await console.until(lambda: bool(console.sent("monitor")))

    drive(work)
