"""A console without a picture on a fake engine, in this process: it says what it would write."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from engine.link.records import Role
from engine.processes.client import attach_to
from engine.processes.registry import find
from tui.feed import Feed
from tui.plain.console import PlainConsole
from tui.plain.voice import Voice
from tui.work import console_services
from tui.work.verb_runner import Runner


@dataclass
class Sitting:
    """A console and what it has told.

    Attributes:
        console: it.
        engine: of it.
        written: everything, as it was written.
    """

    console: PlainConsole
    engine: Any
    written: list[str]

    @property
    def lines(self) -> list[str]:
        """Lines told so far, but for what is told of an engine that a busy machine has held up."""
        lines = "".join(self.written).splitlines()
        return [line for line in lines if "HANGING" not in line and "answers again" not in line]

    async def line(self, text: str) -> list[str]:
        """Enters a line; returns what it was answered."""
        before = len(self.lines)
        await self.console.take_line(text)
        return self.lines[before:]

    async def keys(self, *names: str) -> list[str]:
        """Presses keys; returns what they were answered."""
        before = len(self.lines)
        for name in names:
            await self.console.press_in_turn(name, name if len(name) == 1 else None)
            await self.console.waiting.settled()
        return self.lines[before:]

    async def told(self, words: str) -> None:
        """Returns when a line with these words has been told."""
        async with asyncio.timeout(10.0):
            while not any(words in line for line in self.lines):
                self.console.look()
                await asyncio.sleep(0.01)


@pytest.fixture
def sit(start_fake, monkeypatch) -> Callable[..., Any]:
    """Runs a scenario with a console on a fake engine, which gets the options."""
    # verbs end at once: what they find is the business of other tests
    monkeypatch.setattr(console_services, "Runner", lambda: Runner(("false",)))

    def run(scenario: Callable[[Sitting], Awaitable[None]], *options: str, **settings: Any) -> list[str]:
        engine = start_fake("--stems", "3", *options)
        feed = Feed(attach_to(find(engine.name), Role.CONTROLLER, wait_s=0.0), Role.CONTROLLER)
        written: list[str] = []

        async def drive() -> None:
            settings.setdefault("lines", True)
            console = PlainConsole(feed, Voice(written.append), {}, **settings)
            await console.waiting.admitted()
            try:
                await scenario(Sitting(console, engine, written))
            finally:
                await console.close()

        try:
            asyncio.run(drive())
        finally:
            feed.close()
        return "".join(written).splitlines()

    return run
