"""Waiting without a picture: for the session, for what the engine owes, for what is being worked at."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from tui.controls.controls import Controls
from tui.plain.due import ANSWER_S
from tui.plain.voice import Voice
from tui.work.console_services import Workbench

#: What an answer has led to is told within this number of looks at the engine.
_LOOKS = 3


class Patient(Protocol):
    """What is needed of the console.

    Attributes:
        bench: what works for the console.
        controls: what keys, lists and lines do.
        voice: tells.
        left: set when the console is to end.
        looked: looks at the engine so far.
    """

    bench: Workbench
    controls: Controls
    voice: Voice
    left: asyncio.Event
    looked: int

    @property
    def awaits_engine(self) -> bool:
        """Whether the engine owes something."""

    @property
    def is_admitted(self) -> bool:
        """Whether the session is there and the engine has said what this console may do, or is late."""

    @property
    def is_opening(self) -> bool:
        """Whether the console is on its way to another session or engine."""

    def look(self) -> None:
        """Takes in what the engine shows and says, and tells what is new."""


class Waiting:
    """Returns when something has come.

    Args:
        console: looks meanwhile.
    """

    def __init__(self, console: Patient) -> None:
        self._console = console
        self._wished_s: float | None = None
        self._goes_on = False

    @property
    def is_wished(self) -> bool:
        """Whether the next line is to be taken when nothing is being worked at."""
        return self._wished_s is not None

    async def admitted(self) -> None:
        """Returns when the session is there and the engine has said what this console may do."""
        while not self._console.left.is_set():
            self._console.look()
            if self._console.is_admitted:
                return
            await asyncio.sleep(0.02)

    async def settled(self) -> None:
        """Returns when the engine has answered and what it said is told; of a session that is being opened,
        when that is there."""
        console = self._console
        until_s, looked = time.monotonic() + ANSWER_S, console.looked
        while not console.left.is_set() and time.monotonic() < until_s:
            owed = console.awaits_engine or console.controls.pending
            if console.is_opening or not console.is_admitted:
                until_s = time.monotonic() + ANSWER_S
            elif not owed and console.looked >= looked + _LOOKS:
                return
            await asyncio.sleep(0.01)
            console.look()

    def wish(self, argument: str) -> None:
        """The next line is taken when nothing is being worked at; `argument`: after so long at most, s."""
        try:
            self._wished_s = float(argument) if argument else float("inf")
        except ValueError:
            self._console.voice.say(f"'{argument}' is no number of seconds", "error")

    async def as_wished(self) -> None:
        """Returns when nothing is being worked at, where that was asked for."""
        if self._wished_s is not None:
            await self.worked(self._wished_s)

    async def worked(self, longest_s: float = float("inf")) -> None:
        """Returns when nothing is being worked at, after `longest_s`, or when it is ended."""
        console = self._console
        self._wished_s, self._goes_on = None, True
        until_s = time.monotonic() + longest_s
        while self._goes_on and not console.left.is_set() and time.monotonic() < until_s:
            if not console.bench.runner.active():
                await self.settled()  # what has ended may begin something else
                if not console.bench.runner.active():
                    break
            await asyncio.sleep(0.02)
        self._goes_on = False

    def end(self) -> bool:
        """Ends waiting for work; whether there was any."""
        was, self._goes_on = self._goes_on, False
        return was
