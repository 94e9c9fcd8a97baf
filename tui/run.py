"""The way in: from a running engine to the console on this terminal, and out again."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.errors import ExitCode, MachineError
from engine.link.records import Role
from engine.private import make_private
from engine.processes.client import attach_to
from engine.processes.registry import Entry
from tui.display import terminal as terminals
from tui.display.cells import CellBuffer
from tui.display.firstframe import FirstFrame
from tui.display.mirror import Mirror
from tui.display.plain_glyphs import is_guessed
from tui.feed import Feed
from tui.looks.looks import Looks
from tui.screen.router import Picture
from tui.view import focus_on

#: Set to 1: Textual's own screen and driver, as `stock_screen = true` in the settings.
STOCK_VARIABLE = "STEMLATHE_STOCK_SCREEN"


def run_console(
    entry: Entry,
    *,
    read_only: bool = False,
    wishes: Mapping[str, str | None] | None = None,
    panel: str = "",
) -> int:
    """Shows an engine until the user leaves; the engine goes on.

    Args:
        entry: of the engine or render.
        read_only: look, but touch nothing.
        wishes: `device` and `deliverable` for an engine that runs already; None: as it is.
        panel: the view to begin with; empty: the desk.

    Returns:
        the exit code.

    Raises:
        UsageError: the terminal shows no full screen.
        MachineError: there is no terminal.
        SegmentError: the engine cannot be attached to.
    """
    terminal = terminals.detect()
    terminals.require_terminal("the console")
    looks = Looks(terminal.depth)
    # the engine admits us while the first picture is being drawn
    role = Role.OBSERVER if read_only else Role.CONTROLLER
    feed = Feed(attach_to(entry, role, wait_s=0.0), role)
    focus = focus_on(panel)
    buffer = CellBuffer(*terminals.size())
    mirror, picture, first = Mirror(buffer.width, buffer.height), Picture(), FirstFrame()
    asked = False
    stock = looks.settings.stock_screen or os.environ.get(STOCK_VARIABLE, "") not in ("", "0")
    try:
        if not stock:
            picture.draw(buffer.canvas, feed.view(focus))
            asked = is_guessed(os.environ)
            first.show(buffer, looks.palette, mirror, ask_signs=asked)
        with _own_errors():
            from tui.application.app import Console
            from tui.screen.output import Parts

            found = first.attributes
            parts = Parts(feed, looks, terminal, buffer, mirror, picture, found, stock, read_only, asked)
            console = Console(parts, {name: value for name, value in (wishes or {}).items() if value}, focus)
            # what start-up made lives to the end: the collector need not look at it at 30 frames a second
            gc.collect()
            gc.freeze()
            console.run(mouse=False)
            first.done()
        if console.return_code:
            # Textual has written the traceback to standard error, which is the log
            raise MachineError(
                f"the console failed; the engine plays on: {_log_path()} says why", kind="console_failed"
            )
        return int(ExitCode.DONE)
    finally:
        first.restore()
        feed.close()


@contextlib.contextmanager
def _own_errors() -> Iterator[None]:
    """Keeps what is written to standard error off the screen, unless it goes elsewhere anyway."""
    if not sys.stderr.isatty():
        yield
        return
    path, kept = _log_path(), os.dup(2)
    try:
        make_private(path.parent.parent, path.parent.name)
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except (OSError, MachineError):
        log = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    try:
        sys.stderr.flush()
        os.dup2(log, 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(log)


def _log_path() -> Path:
    """Where the console's own failures are written down."""
    from engine.paths import state_dir

    return state_dir() / "logs" / "console.log"
