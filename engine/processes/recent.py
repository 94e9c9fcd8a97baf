"""The sessions this user has opened, the newest first."""

from __future__ import annotations

import os
from pathlib import Path

from engine.paths import state_dir, whole_path
from engine.private import make_private, read_own
from engine.session.atomic import write_atomic

_LAST, _FILE = "last-session", "recent-sessions"
#: So many are remembered.
MOST = 30
_LONGEST_BYTES = 1 << 20


def last_session() -> Path | None:
    """The one used last, if it is still there."""
    try:
        line = read_own(state_dir() / _LAST, _LONGEST_BYTES).rstrip(b"\n")
    except OSError:
        return None
    path = Path(os.fsdecode(line)) if line else None
    return path if path is not None and path.is_file() else None


def recent_sessions() -> list[Path]:
    """Those that are still there."""
    return [path for path in _known() if path.is_file()]


def _known() -> list[Path]:
    try:
        lines = read_own(state_dir() / _FILE, _LONGEST_BYTES).split(b"\n")
    except OSError:
        return []
    return [Path(os.fsdecode(line)) for line in lines if line]


def note_session(session: Path) -> None:
    """Notes the session used last, and puts it at the head of the list.

    Raises:
        OSError, MachineError: it cannot be written.
    """
    path = whole_path(session)
    line = os.fsencode(path)
    folder, known = state_dir(), _known()
    if last_session() != path:
        make_private(folder)
        write_atomic(folder / _LAST, line + b"\n", replace=True, mode=0o600)
    if known[:1] == [path] or b"\n" in line:  # a line would not hold that
        return
    kept = [path, *(one for one in known if one != path)][:MOST]
    content = b"".join(os.fsencode(one) + b"\n" for one in kept)
    make_private(folder)
    write_atomic(folder / _FILE, content, replace=True, mode=0o600)
