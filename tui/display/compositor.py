"""All that leans on private parts of Textual: a driver that never blocks, a display that sends differences.

Textual sends whole lines, or what its layout calls chops, for whatever a widget repaints; it writes on
standard error through a thread whose queue, once full, stops the program. Here, what its compositor
made goes into a `Mirror`, and what is written is the difference, through a descriptor of its own.

Made for Textual 8.2 (pyproject pins it). `STEMLATHE_STOCK_SCREEN=1` leaves Textual as it is: the
console then sends ten times the bytes, and is otherwise the same.
"""

from __future__ import annotations

import contextlib
import os
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import CursorPosition
from textual.geometry import Region
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from tui.display.mirror import Cell, Mirror
from tui.display.styles import Codes, Depth, make_codes, rgb_parameters, seen, standard_parameters
from tui.display.terminal import size

_ENTER_ALTERNATE = "\x1b[?1049h"
_ATTRIBUTES = ("bold", "italic", "underline", "blink", "reverse", "strike")


class _Sized(LinuxDriver):
    """Asks the terminal itself for its size: COLUMNS and LINES may have been exported long ago."""

    def _get_terminal_size(self) -> tuple[int, int]:
        return size()


class StockTerminal(_Sized):
    """Textual's own driver, but on standard output: standard error may be a file."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._file = sys.__stdout__


class Terminal(_Sized):
    """Writes to standard output without ever waiting for it, and keeps what is not taken yet.

    Attributes:
        on_answer: called from the input thread when the terminal has told its cursor's position.
        entered: the alternate screen is on already, with a picture on it.
        found: the terminal's settings to go back to; None: those found at the start.
    """

    _app: MirroredApp

    def __init__(self, app: MirroredApp, **options: Any) -> None:
        super().__init__(app, **options)
        self.on_answer: Callable[[], None] | None = app.on_answer
        self.entered = app.entered
        self.found = app.found
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
        with self._write_lock:
            waited = bool(self._waiting)
            self._waiting += data.encode("utf-8", "replace")
            if not waited:
                self._push()

    def _sigtstp_application(self, *_: Any) -> None:
        self._soon(super()._sigtstp_application)

    def _sigcont_application(self, *_: Any) -> None:
        self._soon(super()._sigcont_application)

    def _soon(self, work: Callable[[], object]) -> None:
        """Does from the loop what a signal asks for, which may have come in the midst of a write.

        (A terminal that hangs up sends SIGCONT too.)
        """
        with contextlib.suppress(RuntimeError):  # the loop may be closed already
            self._loop.call_soon_threadsafe(work)

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

    def run_input_thread(self) -> None:
        """As Textual does; a terminal that is gone ends the console, not with a traceback."""
        try:
            super().run_input_thread()
        except OSError:
            self._loop.call_soon_threadsafe(self._app.exit)

    def process_message(self, message: Message) -> None:
        """Keeps answers about the cursor for the flow control."""
        if isinstance(message, CursorPosition):
            if self.on_answer is not None:
                self.on_answer()
            return
        super().process_message(message)

    def stop_application_mode(self) -> None:
        """Gives the terminal back; what a stalled one has not taken yet is dropped."""
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
    """The terminal of standard output opened anew: not to block is then not passed on to the shell."""
    output = sys.__stdout__.fileno() if sys.__stdout__ is not None else 1
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(os.ttyname(output), flags)
    except OSError:
        copy = os.dup(output)  # a terminal of another namespace has no name here
        os.set_blocking(copy, True)
        return copy


class Renditions:
    """Codes of Rich's styles, for one depth of colour."""

    def __init__(self, depth: Depth) -> None:
        self.depth = depth
        self._known: dict[Style | None, Codes] = {}

    def codes(self, style: Style | None) -> Codes:
        """The codes of a style; what cannot be shown (links, meta data) is left out."""
        found = self._known.get(style)
        if found is None:
            if len(self._known) > 4096:
                self._known.clear()
            found = self._known[style] = self._make(style)
        return found

    def _make(self, style: Style | None) -> Codes:
        if style is None:
            return make_codes(frozenset(), "", "")
        names = {name for name in _ATTRIBUTES if getattr(style, name)}
        if style.dim:
            names.add("faint")
        return make_codes(
            frozenset(names),
            self._parameters(style.color, background=False),
            self._parameters(style.bgcolor, background=True),
        )

    def _parameters(self, color: Any, *, background: bool) -> str:
        if color is None or color.type is ColorType.DEFAULT or self.depth is Depth.NONE:
            return ""
        if color.type is ColorType.STANDARD:
            return standard_parameters(color.number, background=background)
        if color.type is ColorType.EIGHT_BIT and self.depth >= Depth.INDEXED:
            return f"{48 if background else 38};5;{color.number}"
        triplet = color.get_truecolor()
        return rgb_parameters(tuple(triplet), self.depth, background=background)


def cells_of(segments: Iterable[Segment], renditions: Renditions) -> list[Cell]:
    """Segments as cells; what a terminal would not show as a glyph is left out."""
    from rich.cells import get_character_cell_size

    cells: list[Cell] = []
    for text, style, control in segments:
        if control:
            continue
        codes = renditions.codes(style)
        if text.isascii():
            blank = seen(" ", codes)
            cells += [(glyph, codes) if glyph > " " else (" ", blank) for glyph in text]
            continue
        for glyph in text:
            size = get_character_cell_size(glyph)
            if size == 0 and cells:
                place = -1 if cells[-1][0] else -2
                cells[place] = (cells[place][0] + glyph, cells[place][1])
            elif size:
                cells.append((glyph, seen(glyph, codes)))
                cells += [("", codes)] * (size - 1)
    return cells


def take_update(update: LayoutUpdate | ChopsUpdate, mirror: Mirror, renditions: Renditions) -> None:
    """Tells the mirror what Textual's compositor wants shown."""
    if isinstance(update, LayoutUpdate):
        for row, strips in enumerate(update.strips, update.region.y):
            segments = [segment for strip in strips if strip is not None for segment in strip]
            mirror.want(row, update.region.x, cells_of(segments, renditions))
        return
    for row in {row for row, _, _ in update.spans}:
        for column, strip in update.chops[row].items():
            if strip is not None:
                mirror.want(row, column, cells_of(strip, renditions))


class MirroredApp(App[int]):
    """An application whose screen goes through a mirror; the subclass sets what is declared here.

    Attributes:
        mirror: what the terminal shows.
        renditions: codes of Rich's styles.
        stock: Textual's own way instead.
        entered: see `Terminal`.
        found: see `Terminal`.
    """

    mirror: Mirror
    renditions: Renditions
    stock: bool = False
    entered: bool = False
    found: list[Any] | None = None

    def on_answer(self) -> None:
        """The terminal has answered a question; called from the input thread."""

    def resumed(self) -> None:
        """The terminal was somebody else's for a while, and is ours again."""
        self.mirror.forget()

    def get_driver_class(self) -> type[Driver]:
        """Ours, or nearly Textual's."""
        return StockTerminal if self.stock else Terminal

    def send(self, *, urgent: bool = False) -> None:
        """Sends what the mirror lacks; the subclass knows how much the link takes."""
        raise NotImplementedError  # Textual has a metaclass of its own: this cannot be an ABC

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Takes over from Textual, which would write all of `renderable`."""
        driver = self._driver
        ours = isinstance(renderable, LayoutUpdate | ChopsUpdate)
        if self.stock or self.is_headless or driver is None or not ours:
            super()._display(screen, renderable)
            return
        if not self._batch_count and self._running and not self._closed:
            if (self.mirror.width, self.mirror.height) != tuple(self.size):
                self.mirror.resize(*self.size)
            take_update(renderable, self.mirror, self.renditions)
            self.send(urgent=True)
        self.post_display_hook()

    def covering(self, widget: Widget) -> list[Region] | None:
        """What stands before a widget, or None where all of it may be hidden."""
        screen = self.screen
        if widget.screen is not screen or self._batch_count:
            return None
        visible = screen._compositor.visible_widgets
        if widget not in visible:
            return None
        own = visible[widget][0]
        ancestors = set(widget.ancestors)
        regions = (
            region.intersection(clip).intersection(own)
            for other, (region, clip) in visible.items()
            if other is not widget and other not in ancestors
        )
        return [region for region in regions if region]

    def write(self, data: str) -> None:
        """Puts a text on its way to the terminal."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(data)
