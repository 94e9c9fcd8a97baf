"""`stemlathe open`: the console on a session or an album; its engine is started where none runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.processes.registry import Entry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the verb's arguments."""
    parser.add_argument(
        "session",
        type=Path,
        nargs="?",
        metavar="SESSION",
        help="the session file (TOML), a folder that holds one, or an album file (default: the last one)",
    )
    parser.add_argument("--read-only", action="store_true", help="look, but touch nothing")
    parser.add_argument(
        "--plain", action="store_true", help="lines of text instead of a full screen; without a terminal too"
    )
    parser.add_argument(
        "--device", metavar="D", help="null, default, or a name or number that 'stemlathe doctor' lists"
    )
    parser.add_argument(
        "--deliverable", metavar="NAME", help="play at this deliverable's loudness and ceiling"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Runs the verb; playback is neither started nor stopped.

    Raises:
        SessionError: the session cannot be used.
        UsageError: there is no such deliverable, or the terminal shows no full screen.
        MachineError: there is no terminal, or the engine does not start.
    """
    from engine.cli.console import require_terminal, show

    if not arguments.plain:
        require_terminal()
    arguments.session, panel = _session_of(arguments.session or _last())
    entry, started = _engine(arguments)
    wishes = {} if started else {"device": arguments.device, "deliverable": arguments.deliverable}
    return show(entry, read_only=arguments.read_only, wishes=wishes, plain=arguments.plain, panel=panel)


def _last() -> Path:
    """The session used last.

    Raises:
        UsageError: there is none.
    """
    from engine.errors import UsageError
    from engine.processes.recent import last_session

    path = last_session()
    if path is None:
        raise UsageError("no session was opened yet: name one, or make one: 'stemlathe new FOLDER'")
    print(f"stemlathe: opening {path}", file=sys.stderr, flush=True)
    return path


def _session_of(path: Path) -> tuple[Path, str]:
    """The session file, or the only one of a folder, and the view to begin with; of an album the session
    that shows it."""
    from engine.errors import SessionError
    from engine.session.files import load_session

    if path.is_dir():
        path = _only_one_in(path)
    try:
        load_session(path)
    except SessionError as error:
        if error.kind != "is_album":
            return path, ""  # told where it is read again, by then perhaps mended
        from engine.album.showing import session_of_album
        from engine.session.album.files import load_album

        return session_of_album(load_album(path)), "album"
    return path, ""


def _only_one_in(folder: Path) -> Path:
    """The session file of a folder.

    Raises:
        SessionError: it holds none, or several.
    """
    from engine.errors import SessionError

    found = sorted(one for one in folder.glob("*.toml") if not one.name.startswith("."))
    if not found:
        raise SessionError(
            f"{folder}: there is no session in this folder: 'stemlathe new {folder}' makes one of its stems",
            kind="missing_file",
            path=folder,
        )
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise SessionError(
            f"{folder}: holds {len(found)} files that may be meant: name one: {names}", path=folder
        )
    return found[0]


def _engine(arguments: argparse.Namespace) -> tuple[Entry, bool]:
    """The session's engine, and whether it was started just now."""
    from engine.processes.launch import find_engine, start

    entry = find_engine(arguments.session)
    if entry is not None and arguments.deliverable is None:
        return entry, False
    # read here, so that what is wrong with it is told as by every other verb
    from engine.errors import UsageError
    from engine.session.files import load_session

    session = load_session(arguments.session)
    names = [deliverable.name for deliverable in session.deliverables]
    if arguments.deliverable is not None and arguments.deliverable not in names:
        known = ", ".join(names) or "none"
        raise UsageError(f"there is no deliverable '{arguments.deliverable}': this session has {known}")
    if entry is not None:
        return entry, False
    print(f"stemlathe: starting the engine of {session.title}", file=sys.stderr, flush=True)
    return start(arguments.session, device=arguments.device, deliverable=arguments.deliverable), True
