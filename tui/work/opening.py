"""Another session's engine: found or started, once the one before is as its user wants to leave it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InputError, MachineError, SessionError
from engine.processes.launch import find_engine, safe_environment, start
from engine.processes.registry import Entry
from engine.session.files import load_session
from tui.controls.controls import Controls
from tui.view import Focus, Panel, View
from tui.work.verb_runner import COMMAND

#: How long the engine before may take to write its session file, s.
_PATIENCE_S = 10.0
_POLL_S = 0.03


@dataclass(frozen=True)
class Opened:
    """What is shown from now on.

    Attributes:
        entry: the engine.
        session: its session file.
        focus: what the keys act on first.
    """

    entry: Entry
    session: Path
    focus: Focus


def engine_of(path: Path, device: str | None = None) -> Entry:
    """The engine of a session file; started where none runs. Takes a second or so.

    Args:
        path: of the session file.
        device: to play through, if it is started now; None: as last time.

    Raises:
        SessionError: the file cannot be used.
        MachineError: the engine does not start.
    """
    found = find_engine(path)
    if found is not None:
        return found
    load_session(path)
    return start(path, device=device)


async def leave_and_open(
    path: Path, controls: Controls, view: Callable[[], View], *, save: bool, pause: bool, fresh: bool
) -> Opened:
    """What has to be done before another session is shown; where one step fails, nothing after it is done.

    Args:
        path: of the session to go to, or of an album, which is shown on a session.
        controls: of the session to leave.
        view: the newest, time and again.
        save: the session to leave.
        pause: likewise.
        fresh: start its engine on the device that plays now.

    Raises:
        StemlatheError: it cannot be saved, or the other cannot be opened.
    """
    # what is wrong with the other file is told while nothing has been done yet
    session, focus = await asyncio.to_thread(_readable, path)
    if save:
        await _saved(controls, view)
    if pause:
        controls.send("pause")
    wanted = view().document.device_wanted if fresh else None
    entry = await asyncio.to_thread(engine_of, session, None if wanted is None else str(wanted))
    return Opened(entry, session, focus)


def _readable(path: Path) -> tuple[Path, Focus]:
    """The session that a path stands for, and what of it is shown first.

    Raises:
        StemlatheError: it cannot be used.
    """
    if find_engine(path) is None:
        try:
            load_session(path)
        except SessionError as error:
            if error.kind != "is_album":
                raise
            return _session_of_album(path), Focus(Panel.ALBUM)
    return path, Focus()


def _session_of_album(album: Path) -> Path:
    """The session on which an album is shown, by the verb that looks at its files.

    Raises:
        InputError: the album cannot be used.
    """
    command = [*COMMAND, "album", str(album.absolute()), "--session", "--json"]
    done = subprocess.run(
        command, capture_output=True, stdin=subprocess.DEVNULL, env=safe_environment(), check=False
    )
    try:
        said = json.loads(done.stdout)
        if "error" in said:
            raise InputError(said["error"]["message"], kind=said["error"]["kind"], path=album)
        return Path(said["session"])
    except (ValueError, KeyError) as error:
        message = f"{album}: cannot be shown: 'stemlathe open {album}' says why"
        raise InputError(message, path=album) from error


async def _saved(controls: Controls, view: Callable[[], View]) -> None:
    revision = view().document.revision
    deadline_s = time.monotonic() + _PATIENCE_S
    controls.send("save")
    while view().document.saved_revision < revision:
        if time.monotonic() > deadline_s:
            raise MachineError("the session could not be saved: you are still in it", kind="not_saved")
        await asyncio.sleep(_POLL_S)
