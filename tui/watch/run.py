"""Runs `watch` on a terminal: a frame twice a second, keys in between, nothing of Textual."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable

from engine.errors import ExitCode
from engine.processes.ended_renders import REMEMBERED_S
from engine.processes.watch_view import Outlook, look
from tui.display import terminal as terminals
from tui.display.cells import CellBuffer
from tui.display.firstframe import FirstFrame
from tui.display.mirror import Mirror
from tui.looks.looks import Looks
from tui.watch.picture import Gone, draw_watch

#: Between two frames, s.
PERIOD_S = 0.5
_PLAIN_WIDTH = 100
_PLAIN_HEIGHT = 400
#: What a terminal sends for the keys that leave and that scroll.
_LEAVE = frozenset("q\x03\x1b")
_DOWN = frozenset({"j", "\x1b[B", "\x1bOB"})
_UP = frozenset({"k", "\x1b[A", "\x1bOA"})


class Memory:
    """Remembers what has run while it was watched, so that what vanishes is told.

    Args:
        clock: seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, int], str] = {}
        self._gone: dict[tuple[str, int], Gone] = {}

    def take(self, outlook: Outlook) -> tuple[Gone, ...]:
        """What has vanished without leaving a word behind, the newest first."""
        now_s = self._clock()
        running = {(one.status.name, one.status.pid): one.status.kind for one in outlook.running}
        told = {(ending.name, ending.pid) for ending in outlook.ended}
        for key in self._seen.keys() - running.keys():
            self._gone[key] = Gone(key[0], self._seen[key], now_s)
        self._seen = running
        self._gone = {
            key: gone
            for key, gone in self._gone.items()
            if key not in told and key not in running and now_s - gone.at_s < REMEMBERED_S
        }
        return tuple(sorted(self._gone.values(), key=lambda gone: -gone.at_s))


def print_watch(name: str | None) -> int:
    """Prints what there is to see once, as plain text: without a terminal, or for a script."""
    buffer = CellBuffer(_PLAIN_WIDTH, _PLAIN_HEIGHT)
    lines = draw_watch(buffer.canvas, look(name), (), 0, time.time())
    print("\n".join(buffer.text().splitlines()[1 : lines + 1]).rstrip())
    return int(ExitCode.DONE)


def run_watch(name: str | None = None) -> int:
    """Shows what runs until the user leaves.

    Args:
        name: only this one; None: everything.

    Raises:
        UsageError: the terminal shows no full screen.
        MachineError: the runtime folder cannot be used.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return print_watch(name)
    looks = Looks(terminals.detect().depth)
    memory, first = Memory(), FirstFrame()
    buffer = CellBuffer(*terminals.size())
    mirror = Mirror(buffer.width, buffer.height)
    watch = _Watch(name, memory, buffer)
    # the size may change while we wait for a key: the wait then ends
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGWINCH, lambda _number, _frame: None)
    former = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        watch.draw()
        first.show(buffer, looks.palette, mirror)
        while True:
            keys = _keys(reader, PERIOD_S)
            if keys is None or keys & _LEAVE:
                return int(ExitCode.DONE)
            watch.scroll(bool(keys & _DOWN) - bool(keys & _UP))
            size = terminals.size()
            if size != (buffer.width, buffer.height):
                buffer.resize(*size)
                mirror.resize(*size)
            watch.draw()
            for span in buffer.take_changes():
                row = slice(span.begin, span.end)
                cells = map(looks.palette.cell, buffer.glyphs[span.row][row], buffer.styles[span.row][row])
                mirror.want(span.row, span.begin, cells)
            _write(mirror.encode())
    except KeyboardInterrupt:
        return int(ExitCode.DONE)
    finally:
        signal.set_wakeup_fd(former)
        first.restore()
        os.close(reader)
        os.close(writer)


class _Watch:
    """What is shown, and how far it is scrolled."""

    def __init__(self, name: str | None, memory: Memory, buffer: CellBuffer) -> None:
        self._name, self._memory, self._buffer = name, memory, buffer
        self._first = 0
        self._lines = 0

    def draw(self) -> None:
        """Looks, and draws onto the buffer what differs."""
        outlook = look(self._name)
        page = CellBuffer(self._buffer.width, self._buffer.height)
        gone = self._memory.take(outlook)
        self._lines = draw_watch(page.canvas, outlook, gone, self._first, time.time())
        for row, (glyphs, styles) in enumerate(zip(page.glyphs, page.styles, strict=True)):
            self._buffer.canvas.cells(0, row, glyphs, styles)

    def scroll(self, step: int) -> None:
        """Moves by lines."""
        self._first = max(0, min(self._first + step, self._lines - self._buffer.height + 2))


def _keys(wakeup: int, wait_s: float) -> set[str] | None:
    """The keys of the next `wait_s`; the first ends the wait. None: the terminal is gone."""
    ready, _, _ = select.select([0, wakeup], [], [], wait_s)
    if wakeup in ready:
        os.read(wakeup, 512)
    if 0 not in ready:
        return set()
    try:
        data = os.read(0, 256)
    except OSError:
        return None
    if not data:
        return None
    text = data.decode("utf-8", "replace")
    return {text} if text.startswith("\x1b") else set(text)


def _write(text: str) -> None:
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(1, data) :]
