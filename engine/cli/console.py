"""The one place where the command line meets the console, which the engine itself never imports."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.link.registry import Entry


def show(entry: Entry, *, read_only: bool = False) -> int:
    """Shows the console on an engine until the user leaves; returns the exit code.

    Raises:
        StemlatheError: there is no terminal that shows a full screen, or the engine cannot be attached to.
    """
    # by name: the direction of imports is tui → engine, and only a command crosses it
    return int(importlib.import_module("tui.run").run_console(entry, read_only=read_only))
