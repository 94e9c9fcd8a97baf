"""Textual's driver, such that it never blocks: what the terminal does not take waits here.

Textual writes on standard error through a thread whose queue, once full, stops the program. Here, output
goes through a descriptor of its own that takes what it can.

Made for Textual 8.2 (pyproject pins it): it leans on private parts of `LinuxDriver`.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import CursorPosition, Key, Paste
from textual.message import Message

from tui.application.listener import BACKGROUND_QUERY, SEQUENCE_S, Background, Listener
from tui.display.firstframe import WIPE
from tui.display.terminal import size

#: Where the cursor stands behind two letters.
_TWO_LETTERS = 3
_ENTER_ALTERNATE, _LEAVE_ALTERNATE = "\x1b[?1049h", "\x1b[?1049l"
#: How often it is looked whether the input is no longer wanted, s.
_LOOK_S = 0.1


class _Sized(LinuxDriver):
    """Asks the terminal itself for its size: COLUMNS and LINES may have been exported long ago.

    What a terminal reports in band is not believed: a stray report would make a screen of any size.
    """

    def _get_terminal_size(self) -> tuple[int, int]:
        return size()

    def _query_in_band_window_resize(self) -> None:
        """SIGWINCH is enough."""

    def run_input_thread(self) -> None:
        """Hands on what `Listener` makes of the input; a terminal that is gone ends the console."""
        listener = Listener(lambda: self._soon(self._tell_flood))
        try:
            while not self.exit_event.is_set():
                wait_s = SEQUENCE_S / 2 if listener.waits else _LOOK_S
                if select.select([self.fileno], [], [], wait_s)[0]:
                    data = os.read(self.fileno, 4096)
                    if not data:
                        break
                    found = listener.feed(data, time.monotonic())
                else:
                    found = listener.tick(time.monotonic())
                for message in found:
                    self.process_message(message)
            else:
                return
        except (OSError, ValueError):
            pass
        self._soon(self._app.exit)

    def _tell_flood(self) -> None:
        tell = getattr(self._app, "on_flood", None)
        if tell is not None:
            tell()

    def _soon(self, work: Callable[[], object]) -> None:
        """Does from the loop what a thread or a signal asks for: it may have come in the midst of a write."""
        with contextlib.suppress(RuntimeError):  # the loop may be closed already
            self._loop.call_soon_threadsafe(work)


class StockTerminal(_Sized):
    """Textual's own driver, but on standard output: standard error may be a file."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._file = sys.__stdout__


class DrivenApp(App[int]):
    """What the driver needs of its application.

    Attributes:
        entered: see `Terminal`.
        found: see `Terminal`.
        asked_signs: the terminal was asked whether it is in UTF-8: its first answer is to that.
    """

    entered: bool = False
    asked_signs: bool = False
    found: list[Any] | None = None
    # each written by one thread
    _keys_read: int = 0
    _keys_handled: int = 0

    @property
    def keys_come(self) -> bool:
        """Whether keys have been read that the application has not been given yet."""
        return self._keys_read > self._keys_handled

    def key_read(self) -> None:
        """A key or a paste is on its way; called from the input thread."""
        self._keys_read += 1

    def key_handled(self) -> None:
        """One has arrived; called from the loop. Those that no terminal has sent do not count."""
        self._keys_handled = min(self._keys_handled + 1, self._keys_read)

    @property
    def is_leaving(self) -> bool:
        """Whether it has been told to end."""
        return bool(self._exit)

    def on_flood(self) -> None:
        """More has come in at once than anybody types; the rest of it was dropped."""

    def on_background(self, light: bool) -> None:
        """The terminal has told whether its background is light."""

    def on_signs(self, utf8: bool) -> None:
        """The terminal has told whether it is in UTF-8."""

    def on_answer(self) -> None:
        """The terminal has answered a question; called from the input thread."""

    def resumed(self) -> None:
        """The terminal was somebody else's for a while, and is ours again."""


class Terminal(_Sized):
    """Writes to standard output without ever waiting for it, and keeps what is not taken yet.

    Attributes:
        on_answer: called from the input thread when the terminal has told its cursor's position.
        entered: the alternate screen is on already, with a picture on it.
        found: the terminal's settings to go back to; None: those found at the start.
    """

    _app: DrivenApp

    def __init__(self, app: DrivenApp, **options: Any) -> None:
        super().__init__(app, **options)
        self.on_answer: Callable[[], None] | None = app.on_answer
        self.entered = app.entered
        self.found = app.found
        self._asked_signs = app.asked_signs
        self._out = -1
        self._stopped = False
        self._waiting = bytearray()
        self._write_lock = threading.Lock()

    @property
    def waiting_bytes(self) -> int:
        """Bytes the terminal has not taken yet."""
        return len(self._waiting)

    def start_application_mode(self) -> None:
        """As Textual does; without clearing a picture that is there already."""
        if self._out < 0:
            self._out = _own_descriptor()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self.found is not None:
            self.attrs_before = self.found
        if self._stopped:
            self._stopped = False
            self._app.resumed()

    def write(self, data: str) -> None:
        """Writes what the terminal takes now; the rest as soon as it takes more."""
        if self.entered and data == _ENTER_ALTERNATE:
            self.entered = False  # entering once more would clear it
            return
        if data == _LEAVE_ALTERNATE:
            # without another screen (screen, mosh) the prompt would land in the midst of the last picture
            data = WIPE + data
        with self._write_lock:
            waited = bool(self._waiting)
            self._waiting += data.encode("utf-8", "replace")
            if not waited:
                self._push()

    def ask_background(self) -> None:
        """Asks for the background's colour; `on_background` is called if the terminal knows."""
        self.write(BACKGROUND_QUERY)

    def _sigtstp_application(self, *_: Any) -> None:
        self._soon(self._unless_leaving(super()._sigtstp_application))

    def _sigcont_application(self, *_: Any) -> None:
        # a terminal that hangs up sends SIGCONT too
        self._soon(self._unless_leaving(super()._sigcont_application))

    def _unless_leaving(self, work: Callable[[], object]) -> Callable[[], object]:
        """Once leaving has begun, nothing may put the screen up again."""
        return lambda: None if self._app.is_leaving else work()

    def _request_terminal_sync_mode_support(self) -> None:
        """Is not asked: differences need no synchronised output, and some terminals print the question."""

    def _push(self) -> None:
        """Writes on; under the lock. A terminal that is gone takes everything, and ends the console."""
        waited = False
        while self._waiting:
            try:
                del self._waiting[: os.write(self._out, self._waiting)]
            except BlockingIOError:
                waited = True
                break
            except OSError:
                self._waiting.clear()
                self._soon(self._app.exit)
        with contextlib.suppress(RuntimeError):  # the loop may be closed already
            if waited:
                self._loop.call_soon_threadsafe(self._watch)

    def _watch(self) -> None:
        self._loop.add_writer(self._out, self._writable)

    def _writable(self) -> None:
        with self._write_lock:
            self._loop.remove_writer(self._out)
            self._push()

    @classmethod
    def _patch_iflag(cls, attrs: int) -> int:
        """Leaves ctrl+s and ctrl+q to the terminal, which holds and releases its screen with them."""
        return attrs & ~(termios.ICRNL | termios.INLCR | termios.IGNCR)

    def process_message(self, message: Message) -> None:
        """Keeps answers about the cursor for the flow control."""
        if isinstance(message, Background):
            self._soon(lambda: self._app.on_background(message.light))
            return
        if isinstance(message, CursorPosition):
            if self._asked_signs:
                # the first answer is to the first question; in column 3 two bytes were two letters
                self._asked_signs = False
                self._soon(lambda: self._app.on_signs(message.x != _TWO_LETTERS))
            elif self.on_answer is not None:
                self.on_answer()
            return
        if isinstance(message, Key | Paste):
            self._app.key_read()
        super().process_message(message)

    def stop_application_mode(self) -> None:
        """Gives the terminal back; what a stalled one has not taken yet is dropped."""
        if self._app.is_leaving:
            for number in (signal.SIGCONT, signal.SIGTSTP):
                signal.signal(number, signal.SIG_IGN)
        with self._write_lock:
            if self._waiting:
                with contextlib.suppress(termios.error):
                    termios.tcflush(self._out, termios.TCOFLUSH)
                # an escape sequence may have been cut: CAN ends whatever it was
                self._waiting[:] = b"\x18\x1b[m"
                self._loop.remove_writer(self._out)
                self._push()
        self._stopped = True
        super().stop_application_mode()

    def close(self) -> None:
        """Ends Textual's writer thread, and our descriptor."""
        super().close()
        deadline_s = time.monotonic() + 0.5
        while self._waiting and time.monotonic() < deadline_s:
            time.sleep(0.005)
            with self._write_lock:
                self._push()
        if self._out >= 0:
            with contextlib.suppress(OSError, ValueError):
                self._loop.remove_writer(self._out)
            os.close(self._out)
            self._out = -1


def _own_descriptor() -> int:
    """Reopens stdout's terminal, so that O_NONBLOCK does not leak to the shell."""
    output = sys.__stdout__.fileno() if sys.__stdout__ is not None else 1
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(os.ttyname(output), flags)
    except OSError:
        copy = os.dup(output)  # a terminal of another namespace has no name here
        os.set_blocking(copy, True)
        return copy
