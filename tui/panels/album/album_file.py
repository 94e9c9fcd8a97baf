"""The album file that a session belongs to, found beside it and read again when it changes."""

from __future__ import annotations

import contextlib
from pathlib import Path

from engine.errors import StemlatheError
from engine.session.album.files import load_album
from engine.session.album.model import Album

#: Between looks at the folder, s.
_PERIOD_S = 1.0
#: Files larger than this are no album, bytes.
_LARGEST = 1 << 20

_Stamp = tuple[str, int, int]


class AlbumFile:
    """Looks for album files beside a session: those that name it first.

    Attributes:
        album: the one shown; None: there is none, or it cannot be read.
        path: of the album file.
        problem: why it cannot be read, a sentence; empty: it can.
        changes: grows with everything above.
    """

    def __init__(self) -> None:
        self.album: Album | None = None
        self.path: Path | None = None
        self.problem = ""
        self.changes = 0
        self._looked_s = float("-inf")
        self._stamps: list[_Stamp] = []
        self._session: Path | None = None

    def look(self, session: Path | None, now_s: float) -> None:
        """Looks again, at most once a second."""
        if session is None or (session == self._session and now_s - self._looked_s < _PERIOD_S):
            return
        self._looked_s, self._session = now_s, session
        stamps = _stamps(session.parent)
        if stamps != self._stamps:
            self._stamps = stamps
            self.read(session)

    def read(self, session: Path | None = None) -> None:
        """Reads what is there now."""
        session = session or self._session
        self.changes += 1
        self.album, self.path, self.problem = None, None, ""
        if session is None:
            return
        for path in (Path(name) for name, _, _ in _stamps(session.parent)):
            if not _is_album(path):
                continue
            try:
                album = load_album(path)
            except StemlatheError as error:
                if self.path is None:
                    self.path, self.problem = path, error.message
                continue
            if self.album is None or any(track.session == session for track in album.tracks):
                self.album, self.path, self.problem = album, path, ""
                if any(track.session == session for track in album.tracks):
                    return


def _stamps(folder: Path) -> list[_Stamp]:
    found = []
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob("*.toml")):
            with contextlib.suppress(OSError):  # gone meanwhile
                status = path.stat()
                if status.st_size <= _LARGEST:
                    found.append((str(path), status.st_mtime_ns, status.st_size))
    return found


def _is_album(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return b"[[tracks]]" in path.read_bytes()
    return False
