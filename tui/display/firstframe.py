"""The first picture, in plain escape codes, before Textual is imported (which takes 0.2 s and more).

Keys typed meanwhile wait in the terminal's queue: echo is off from here on. `Console` takes the screen
over as it is; whatever goes wrong on the way, `restore` gives the terminal back.
"""

from __future__ import annotations

import contextlib
import os
import sys
import termios
from typing import Any

from tui.display.cells import CellBuffer
from tui.display.mirror import Mirror
from tui.display.plain_glyphs import SIGNS_QUERY
from tui.display.styles import Palette

# alternate screen, cursor hidden, no wrapping, default colours, all blank
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[m\x1b[2J"
#: Plain colours, all blank, the cursor in the corner: what is left on a terminal with one screen alone.
WIPE = "\x1b[0m\x1b[2J\x1b[H"
# key reports of the kitty protocol, pastes, focus reports, wrapping, colours, cursor, screen
_LEAVE = "\x1b[<u\x1b[?2004l\x1b[?1004l\x1b[?7h\x1b[?25h" + WIPE + "\x1b[?1049l"


class FirstFrame:
    """The terminal between the start of the program and Textual's, and after it."""

    def __init__(self) -> None:
        self._input = sys.__stdin__.fileno() if sys.__stdin__ is not None else 0
        self._output = sys.__stdout__.fileno() if sys.__stdout__ is not None else 1
        self._attributes: list[Any] | None = None

    def show(self, buffer: CellBuffer, palette: Palette, mirror: Mirror, *, ask_signs: bool = False) -> None:
        """Draws the buffer; `mirror` knows afterwards what the terminal shows.

        Args:
            buffer: the picture.
            palette: its colours.
            mirror: of the terminal.
            ask_signs: ask first whether the terminal is in UTF-8; the answer waits among the keys.
        """
        with contextlib.suppress(termios.error):
            self._attributes = termios.tcgetattr(self._input)
            quiet = termios.tcgetattr(self._input)
            quiet[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
            termios.tcsetattr(self._input, termios.TCSANOW, quiet)
        mirror.blank()
        for row, columns in buffer.take_cells():
            mirror.want_cells(row, columns, buffer.glyphs[row], buffer.styles[row], palette.cells)
        self._write(_ENTER + (SIGNS_QUERY if ask_signs else "") + mirror.encode())

    def restore(self) -> None:
        """Gives the terminal back as it was found; harmless where that has been done already."""
        if self._attributes is None:
            return
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(self._input, termios.TCSANOW, self._attributes)
            self._write(_LEAVE)
        self._attributes = None

    @property
    def attributes(self) -> list[Any] | None:
        """The terminal's settings as they were found; None: nothing was changed."""
        return self._attributes

    def done(self) -> None:
        """Textual has given the terminal back: nothing is left to do here but its settings."""
        if self._attributes is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._input, termios.TCSANOW, self._attributes)
            self._attributes = None

    def _write(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        while data:
            data = data[os.write(self._output, data) :]
