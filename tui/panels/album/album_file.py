"""The album file that a session belongs to, found beside it and read again when it changes."""

from __future__ import annotations

import contextlib
from pathlib import Path

from engine.errors import StemlatheError
from engine.processes.album_of import album_of
from engine.session.album.files import load_album
from engine.session.album.model import Album

#: Between looks at the folder, s.
_PERIOD_S = 1.0
#: Files larger than this are no album, bytes.
_LARGEST = 1 << 20

_Stamp = tuple[str, int, int]


class AlbumFile:
    """Finds a session's album: the one it was opened for, one beside it that names it, any beside it.

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
        stamps = _stamps(session)
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
        wanted = album_of(session)
        for path in (Path(name) for name, _, _ in _stamps(session)):
            if not _is_album(path):
                continue
            try:
                album = load_album(path)
            except StemlatheError as error:
                if self.path is None:
                    self.path, self.problem = path, error.message
                if path == wanted:
                    return
                continue
            is_its = path == wanted or any(track.session == session for track in album.tracks)
            if self.album is None or is_its:
                self.album, self.path, self.problem = album, path, ""
                if is_its:
                    return


def _stamps(session: Path) -> list[_Stamp]:
    """Files that may be its album, with what changes when they do; the one it was opened for first."""
    found = []
    wanted = album_of(session)
    with contextlib.suppress(OSError):
        beside = [path for path in sorted(session.parent.glob("*.toml")) if path != wanted]
        for path in ([] if wanted is None else [wanted]) + beside:
            with contextlib.suppress(OSError):  # gone meanwhile
                status = path.stat()
                if status.st_size <= _LARGEST:
                    found.append((str(path), status.st_mtime_ns, status.st_size))
    return found


def _is_album(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return b"[[tracks]]" in path.read_bytes()
    return False
