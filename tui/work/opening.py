"""Another session's engine: found or started, once the one before is as its user wants to leave it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from engine.errors import MachineError
from engine.processes.launch import find_engine, start
from engine.processes.registry import Entry
from engine.session.files import load_session
from tui.controls.controls import Controls
from tui.view import View

#: How long the engine before may take to write its session file, s.
_PATIENCE_S = 10.0
_POLL_S = 0.03


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
) -> Entry:
    """What has to be done before another session is shown; where one step fails, nothing after it is done.

    Args:
        path: of the session to go to.
        controls: of the session to leave.
        view: the newest, time and again.
        save: the session to leave.
        pause: likewise.
        fresh: start its engine on the device that plays now.

    Raises:
        StemlatheError: it cannot be saved, or the other cannot be opened.
    """
    # what is wrong with the other file is told while nothing has been done yet
    if await asyncio.to_thread(find_engine, path) is None:
        await asyncio.to_thread(load_session, path)
    if save:
        await _saved(controls, view)
    if pause:
        controls.send("pause")
    wanted = view().document.get("device_wanted") if fresh else None
    return await asyncio.to_thread(engine_of, path, None if wanted is None else str(wanted))


async def _saved(controls: Controls, view: Callable[[], View]) -> None:
    revision = int(view().document.get("revision", 0))
    deadline_s = time.monotonic() + _PATIENCE_S
    controls.send("save")
    while int(view().document.get("saved_revision", 0)) < revision:
        if time.monotonic() > deadline_s:
            raise MachineError("the session could not be saved: you are still in it", kind="not_saved")
        await asyncio.sleep(_POLL_S)
