"""Which album file a session was opened for: the album view shows that one, wherever it lies."""

from __future__ import annotations

import os
from pathlib import Path

from engine.paths import state_dir
from engine.private import make_private, read_own
from engine.processes.launch import session_key
from engine.session.atomic import write_atomic

#: Below the user's state folder.
FOLDER = "albums"
_LONGEST_BYTES = 1 << 14


def note_album(session: Path, album: Path) -> None:
    """Notes that a session was opened to show an album.

    Raises:
        OSError, MachineError: it cannot be written.
    """
    make_private(state_dir(), FOLDER)
    write_atomic(_file(session), os.fsencode(album.absolute()), replace=True, mode=0o600)


def album_of(session: Path) -> Path | None:
    """The album that a session was last opened for, if that is still there."""
    try:
        path = Path(os.fsdecode(read_own(_file(session), _LONGEST_BYTES)))
        return path if path.is_absolute() and path.is_file() else None
    except (OSError, ValueError):
        return None


def _file(session: Path) -> Path:
    return state_dir() / FOLDER / f"{session_key(session)}.album"
