"""The way in without a picture: from a running engine to lines of text, on a terminal, a pipe or a script."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import termios
import threading
import tty
from collections.abc import Mapping
from typing import Any

from engine.errors import ExitCode
from engine.link.records import Role
from engine.processes.client import attach_to
from engine.processes.registry import Entry
from tui.display.plain_glyphs import speaks_utf8
from tui.feed import Feed
from tui.plain.console import PlainConsole
from tui.plain.keyboard import Keyboard
from tui.plain.voice import Descriptor, Voice
from tui.settings import load_settings
from tui.view import Focus, focus_on

_READ_BYTES = 1 << 16
#: What follows an escape within this time is one key with it, s.
_ESCAPE_S = 0.1
#: More at once is pasted, bytes.
_PASTED = 64
#: Terminals that send lines, whatever is asked of them: an editor's shell, a teletype.
_LINES_ONLY = frozenset({"dumb", "emacs", "unknown", ""})


def run_plain(
    entry: Entry,
    *,
    read_only: bool = False,
    wishes: Mapping[str, str | None] | None = None,
    panel: str = "",
) -> int:
    """Tells an engine until the user leaves or the input ends; the engine goes on.

    Args:
        entry: of the engine or render.
        read_only: look, but touch nothing.
        wishes: `device` and `deliverable` for an engine that runs already; None: as it is.
        panel: the view to begin with; empty: the desk.

    Returns:
        the exit code.

    Raises:
        SegmentError: the engine cannot be attached to.
    """
    role = Role.OBSERVER if read_only else Role.CONTROLLER
    feed = Feed(attach_to(entry, role, wait_s=0.0), role)
    try:
        sys.stdout.flush()
        wished = {k: v for k, v in (wishes or {}).items() if v}
        return asyncio.run(_run(feed, wished, focus_on(panel), read_only=read_only))
    finally:
        feed.close()


def is_ascii_only(environment: Mapping[str, str]) -> bool:
    """Whether nothing beyond ASCII may be written.

    With LANG=C Python has set LC_CTYPE to C.UTF-8 by itself (PEP 538): here LANG is believed.
    """
    coerced = environment.get("LC_CTYPE") == "C.UTF-8" and environment.get("LANG") in ("C", "POSIX")
    return not speaks_utf8(environment) or (coerced and not environment.get("LC_ALL"))


class _Modes:
    """The terminal on standard input: keys or lines."""

    def __init__(self) -> None:
        self.found: list[Any] | None = None
        self.lines = True
        if os.isatty(0):
            with contextlib.suppress(termios.error):
                self.found = termios.tcgetattr(0)

    def take(self, lines: bool) -> bool:
        """Makes it give whole lines, or keys without an echo; whether it can."""
        if self.found is None:
            return lines
        self.lines = lines
        with contextlib.suppress(termios.error):
            if lines:
                termios.tcsetattr(0, termios.TCSADRAIN, self.found)
            else:
                tty.setcbreak(0, termios.TCSADRAIN)
        return True

    def again(self) -> None:
        """Back in the foreground: a shell has set its own."""
        if not self.lines:
            self.take(False)

    def restore(self) -> None:
        """As it was found."""
        if self.found is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(0, termios.TCSADRAIN, self.found)


async def _run(feed: Feed, wishes: Mapping[str, str], focus: Focus, *, read_only: bool) -> int:
    modes = _Modes()
    lines = modes.found is None or os.environ.get("TERM", "") in _LINES_ONLY
    codes = [int(ExitCode.DONE)]
    loop = asyncio.get_running_loop()
    console: PlainConsole
    ascii_only = is_ascii_only(os.environ)
    write = Descriptor(sys.stdout.fileno(), lambda: console.leave())
    voice = Voice(write, ascii_only=ascii_only, signs=load_settings().signs)
    console = PlainConsole(feed, voice, wishes, read_only=read_only, lines=lines, focus=focus)
    console.on_mode = modes.take

    def interrupted() -> None:
        if modes.found is None:  # nobody is there to be told how to leave
            codes[0] = int(ExitCode.INTERRUPTED)
            console.leave()
        else:
            console.interrupt()

    loop.add_signal_handler(signal.SIGINT, interrupted)
    loop.add_signal_handler(signal.SIGCONT, modes.again)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, console.leave)
    modes.take(lines)
    try:
        following = loop.create_task(console.follow())
        taking = loop.create_task(_take(console, modes))
        leaving = loop.create_task(console.left.wait())
        tasks: set[asyncio.Task[Any]] = {following, taking, leaving}
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        console.leave()
        for task in tasks - done:
            task.cancel()
        for task in done:
            task.result()  # a failure is not kept to itself
        voice.release()
        voice.say("left; the engine goes on" if not console.feed_is_gone else "left; the engine is gone")
    finally:
        modes.restore()
        await console.close()
    return codes[0]


async def _take(console: PlainConsole, modes: _Modes) -> None:
    """Takes what is typed until the input ends."""
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    reader = threading.Thread(target=_read, args=(asyncio.get_running_loop(), queue), daemon=True)
    reader.start()
    await console.waiting.admitted()
    keyboard, rest = Keyboard(), b""
    while not console.left.is_set():
        data = await queue.get()
        if console.lines:
            ended = not data
            *whole, rest = (rest + data).split(b"\n")
            if ended and rest:
                whole, rest = [*whole, rest], b""
            for line in whole:
                await console.take_line(line.decode("utf-8", "replace").rstrip("\r"))
                if console.left.is_set():
                    return
            if ended:
                if modes.found is None:
                    await console.finish()
                return
            continue
        if not data:
            return
        if len(data) > _PASTED and b"\x1b" not in data:
            console.pasted(data.decode("utf-8", "replace"))
            continue
        keys = keyboard.feed(data)
        if keyboard.waits:
            with contextlib.suppress(TimeoutError):
                keys += keyboard.feed(await asyncio.wait_for(queue.get(), _ESCAPE_S))
            keys += keyboard.settle()
        for key in keys:
            await console.press_in_turn(*key)
            if console.left.is_set() or console.lines:
                break


def _read(loop: asyncio.AbstractEventLoop, queue: asyncio.Queue[bytes]) -> None:
    """Reads standard input, a terminal, pipe or file, until its end; in a thread of its own."""
    with contextlib.suppress(RuntimeError):  # the loop has ended
        while True:
            try:
                data = os.read(0, _READ_BYTES)
            except OSError:
                data = b""
            loop.call_soon_threadsafe(queue.put_nowait, data)
            if not data:
                return
