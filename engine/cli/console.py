"""The one place where the command line meets the console, which the engine itself never imports.

Modules of the console are imported by name: the direction of imports is tui → engine, and only a
command crosses it.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from engine.errors import StemlatheError

if TYPE_CHECKING:
    from engine.processes.registry import Entry


def require_terminal() -> None:
    """Makes sure that a full screen can be shown.

    Raises:
        UsageError: the terminal shows none (kind `dumb_terminal`).
        MachineError: there is no terminal (kind `no_terminal`).
    """
    terminal = importlib.import_module("tui.display.terminal")
    terminal.require_terminal("the console")
    terminal.detect()


def has_terminal() -> bool:
    """Whether somebody sits at keyboard and screen."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def show(
    entry: Entry,
    *,
    read_only: bool = False,
    wishes: Mapping[str, str | None] | None = None,
    plain: bool = False,
    panel: str = "",
) -> int:
    """Shows the console on an engine until the user leaves; returns the exit code.

    Args:
        entry: of the engine or render.
        read_only: look, but touch nothing.
        wishes: `device` and `deliverable` for an engine that runs already.
        plain: lines of text instead of a full screen.
        panel: the view to begin with; empty: the desk.

    Raises:
        StemlatheError: there is no terminal that shows a full screen, or the engine cannot be attached to.
    """
    keep_last_session(entry.session)
    if plain:
        run = importlib.import_module("tui.plain.run").run_plain
    else:
        run = importlib.import_module("tui.run").run_console
    return int(run(entry, read_only=read_only, wishes=wishes or {}, panel=panel))


def keep_last_session(session: Path) -> None:
    """Notes the session used last, for `stemlathe` without a verb; where that cannot be, it is not noted."""
    from engine.processes.recent import note_session

    try:
        note_session(session)
    except (OSError, StemlatheError) as error:
        print(f"stemlathe: the last session is not noted: {error}", file=sys.stderr)


def words_without_verb() -> list[str]:
    """What `stemlathe` alone stands for: the session used last, or the demo."""
    from engine.paths import state_dir
    from engine.processes.recent import last_session

    session = last_session()
    return ["demo", "--dir", os.fspath(state_dir() / "demo")] if session is None else ["open", str(session)]


def become(words: Sequence[str]) -> NoReturn:
    """Goes on as another command line in a fresh interpreter: a console holds no DSP in memory.

    Args:
        words: verb and arguments.
    """
    from engine.processes.launch import safe_environment

    sys.stdout.flush()
    sys.stderr.flush()
    code = "from engine.cli.entry import run; run()"
    os.execve(sys.executable, [sys.executable, "-P", "-c", code, *words], safe_environment())
