"""The console in a process of its own that says what it meant to show.

`python shown_console.py DUMP [NAME]`. When it listens, DUMP with the ending .ready appears. SIGUSR2 shows
a toast for half a second. On SIGUSR1 the picture stands still; as soon as everything is sent, DUMP holds
what the terminal should show, as JSON: rows of `[glyph, codes]`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from engine.processes.registry import find
from tui import run
from tui.application import app
from tui.view import View

DUMP = Path(sys.argv[1])
#: Textual needs one or two to paint what it was told.
FRAMES = 4


class StandingStill(app.Console):
    """A console that can be held."""

    held = False
    frames = 0

    def on_mount(self) -> None:
        """Waits for the signal."""
        super().on_mount()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self.hold)
        loop.add_signal_handler(signal.SIGUSR2, lambda: self.notify("a toast", timeout=0.5))
        DUMP.with_suffix(".ready").touch()

    def hold(self) -> None:
        """Draws no more."""
        self.held = True

    def _draw_frame(self, looked: View) -> None:
        if self.held:
            self.show()
        else:
            super()._draw_frame(looked)

    def show(self, *, urgent: bool = False) -> None:
        """Sends what is left, then says what it was."""
        if not self.held:
            super().show(urgent=urgent)
            return
        if DUMP.exists():
            return
        if self.stock:
            self.bridge.refresh()
        elif self._lane.collect():
            raise AssertionError("something stands before the desk")
        else:
            self.send()
        self.frames += not urgent
        sent = self.stock or not self.mirror.pending
        if sent and self.frames >= FRAMES:
            buffer, codes = self.stage.buffer, self.looks.palette.codes
            rows = [
                [[glyph, codes(style)] for glyph, style in zip(*row, strict=True)]
                for row in zip(buffer.glyphs, buffer.styles, strict=True)
            ]
            temporary = DUMP.with_suffix(".tmp")
            temporary.write_text(json.dumps(rows), "utf-8")
            os.rename(temporary, DUMP)


if __name__ == "__main__":
    app.Console = StandingStill  # type: ignore[misc]
    sys.exit(run.run_console(find(sys.argv[2] if len(sys.argv) > 2 else None)))
