"""What has ended a short while ago: a render is gone from the registry, but not its verdict.

One small file each in the folder `ended` of the runtime folder; whoever looks removes the old ones.
"""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import MachineError, StemlatheError
from engine.private import read_own
from engine.processes.registry import private_folder
from engine.report.plain import as_json, from_json
from engine.report.reading import read_as
from engine.report.render import ToldOutput, ToldSession
from engine.session.atomic import write_atomic

#: How long an ending is shown by `watch`, and how long it is kept for consoles, s.
REMEMBERED_S, KEPT_S = 600.0, 86400.0
#: By how much a clock may be set between an end and its file, s.
_SLACK_S = 60.0
#: More than any ending of ours holds, bytes.
_LONGEST_BYTES = 1 << 24
_FOLDER = "ended"

How = Literal["done", "interrupted", "failed"]


@dataclass(frozen=True)
class Ending:
    """How a render ended.

    Attributes:
        name: as it stood in the registry.
        pid: of its process.
        session: absolute path of the session file.
        how: `done` (whatever the verdicts), `interrupted` or `failed`.
        message: why it failed; empty otherwise.
        seconds: how long it ran.
        ended_s: when, seconds since the epoch.
        outputs: files that were finished, each with its verdict and figures.
        summary: what came of many sessions, in words; of one it is empty.
    """

    name: str
    pid: int
    session: Path
    how: How
    message: str
    seconds: float
    ended_s: float
    outputs: tuple[ToldOutput | ToldSession, ...]
    summary: str = ""

    @property
    def holds(self) -> bool:
        """It came to its end, and every file met what was asked."""
        return self.how == "done" and all(output.holds for output in self.outputs)


def leave_behind(ending: Ending) -> None:
    """Writes how a render ended, for `endings`.

    Raises:
        MachineError: it cannot be written.
    """
    folder = private_folder() / _FOLDER
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    text = json.dumps(as_json(ending), allow_nan=False)
    write_atomic(folder / f"{ending.name}-{ending.pid}.json", text.encode(), replace=True)


def endings(within_s: float = REMEMBERED_S) -> list[Ending]:
    """What ended within that time, s, the newest first.

    Raises:
        MachineError: the runtime folder cannot be used.
    """
    found = []
    for path in (private_folder() / _FOLDER).glob("*.json"):
        if within_s + _SLACK_S < _age_s(path) < KEPT_S:
            continue  # after a large batch there are thousands
        ending = _read(path)
        since_s = -1.0 if ending is None else time.time() - ending.ended_s
        if ending is not None and 0.0 <= since_s < max(within_s, KEPT_S):
            if since_s < within_s:
                found.append(ending)
            continue
        with contextlib.suppress(OSError):
            path.unlink()
    return sorted(found, key=lambda ending: -ending.ended_s)


def _age_s(path: Path) -> float:
    """Time since a file was written; 0 of one that is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def _read(path: Path) -> Ending | None:
    """None: it is no ending, or somebody has removed it meanwhile."""
    try:
        return read_as(Ending, from_json(read_own(path, _LONGEST_BYTES)))
    except (OSError, ValueError):
        return None


def try_to_leave_behind(ending: Ending) -> StemlatheError | None:
    """`leave_behind` where it is of little matter; returns what was in the way."""
    try:
        leave_behind(ending)
    except MachineError as error:
        return error
    return None
