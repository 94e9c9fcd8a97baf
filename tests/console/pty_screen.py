"""A program on a pseudo-terminal, and what a terminal emulator (pyte) makes of what it writes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyte
import pyte.graphics
from pyte.screens import Char

from tui.display.styles import Codes


class _Screen(pyte.Screen):
    """Answers the questions of programs, as terminals do.

    Attributes:
        answering: whether it does.
    """

    def __init__(self, columns: int, rows: int, answer: Callable[[bytes], None]) -> None:
        self.answering = True
        self._answer = answer
        super().__init__(columns, rows)

    def write_process_input(self, data: str) -> None:
        """Sends an answer."""
        if self.answering:
            self._answer(data.encode())


class PtyScreen:
    """Runs a command and keeps a screen of it.

    Args:
        command: program and arguments.
        columns, rows: size of the terminal.
        environment: instead of this process's.

    Attributes:
        screen: what is shown.
        pid: of the program, the leader of its own session.
        received: bytes so far.
    """

    def __init__(
        self,
        command: Sequence[str],
        columns: int = 80,
        rows: int = 24,
        *,
        environment: dict[str, str] | None = None,
        stderr: str | None = None,
    ) -> None:
        self.received = 0
        self.raw = bytearray()
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            _exec(command, columns, rows, environment, stderr)
        os.set_blocking(self._master, False)
        self.screen = _Screen(columns, rows, self._send)
        self._stream = pyte.ByteStream(self.screen)
        self._code: int | None = None
        _set_size(self._master, columns, rows)

    def _send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # the program may have ended
            os.write(self._master, data)

    def keys(self, text: str) -> None:
        """Types."""
        self._send(text.encode())

    def bytes(self, data: bytes) -> None:
        """Sends what need not be text."""
        self._send(data)

    def resize(self, columns: int, rows: int) -> None:
        """Makes the terminal another size; the program gets SIGWINCH."""
        _set_size(self._master, columns, rows)
        self.screen.resize(rows, columns)
        os.kill(self.pid, signal.SIGWINCH)

    def pump(self, seconds: float = 0.02) -> None:
        """Shows what the program writes within that time."""
        deadline_s = time.monotonic() + seconds
        while (left_s := deadline_s - time.monotonic()) > 0:
            if not select.select([self._master], [], [], left_s)[0]:
                return
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            if not data:
                return
            self.received += len(data)
            self.raw += data
            self._stream.feed(data)

    def settle(self, quiet_s: float = 0.3, timeout_s: float = 10.0) -> None:
        """Shows what the program writes until it has written nothing for a while."""
        deadline_s = time.monotonic() + timeout_s
        before = -1
        while before != self.received:
            assert time.monotonic() < deadline_s, "it never stops writing"
            before = self.received
            self.pump(quiet_s)

    def until(self, condition: Callable[[], Any], timeout_s: float = 15.0) -> None:
        """Shows what the program writes until a condition holds."""
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline_s, f"waited in vain; on the screen:\n{self.text()}"
            self.pump(0.02)

    def text(self) -> str:
        """The screen as text."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def interrupts(self) -> bool:
        """Whether ctrl+c interrupts what runs: the terminal is as a shell left it."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ISIG)

    def cpu_s(self) -> float:
        """Processor time that the program has used, s."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def cell(self, row: int, column: int) -> tuple[str, str, str, frozenset[str]]:
        """Glyph, foreground, background and attributes of a cell."""
        char: Char = self.screen.buffer[row][column]
        names = ("bold", "italics", "underscore", "reverse", "strikethrough")
        return char.data, char.fg, char.bg, frozenset(name for name in names if getattr(char, name))

    def wait(self, timeout_s: float = 10.0) -> int:
        """The exit code, negative for a signal."""
        deadline_s = time.monotonic() + timeout_s
        while self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
            else:
                assert time.monotonic() < deadline_s, f"it does not end; on the screen:\n{self.text()}"
                self.pump(0.02)
        self.pump(0.05)
        return self._code

    def hang_up(self) -> None:
        """The terminal is gone."""
        os.close(self._master)
        self._master = -1

    def close(self) -> None:
        """Ends the program if it still runs."""
        if self._code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self._code = -signal.SIGKILL
        if self._master >= 0:
            self.hang_up()


def expected(glyph: str, codes: Codes) -> tuple[str, str, str, frozenset[str]]:
    """A cell as `PtyScreen.cell` tells of it."""
    names = {"1": "bold", "3": "italics", "4": "underscore", "7": "reverse", "9": "strikethrough"}
    attributes = frozenset(names[number] for number in codes.attributes if number in names)
    return glyph, _colour(codes.foreground), _colour(codes.background), attributes


def _colour(parameters: str) -> str:
    if not parameters:
        return "default"
    lead, *rest = map(int, parameters.split(";"))
    if not rest:
        graphics = pyte.graphics
        tables = (graphics.FG_ANSI, graphics.FG_AIXTERM, graphics.BG_ANSI, graphics.BG_AIXTERM)
        return next(table[lead] for table in tables if lead in table)
    if rest[0] == 5:
        return pyte.graphics.FG_BG_256[rest[1]]
    return "{:02x}{:02x}{:02x}".format(*rest[1:])


def _set_size(descriptor: int, columns: int, rows: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _exec(
    command: Sequence[str], columns: int, rows: int, environment: dict[str, str] | None, stderr: str | None
) -> None:
    """Becomes the program; in the child."""
    try:
        _set_size(0, columns, rows)
        if stderr is not None:
            os.dup2(os.open(stderr, os.O_WRONLY | os.O_CREAT, 0o600), 2)
        os.execvpe(command[0], list(command), dict(os.environ) if environment is None else environment)
    finally:
        os._exit(127)
