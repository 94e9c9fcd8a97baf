"""The session on which the console shows an album.

An engine plays a session. An album is shown on the first of its own; one of finished files alone gets a
session made for it, in the user's state folder, which plays its first file as it is.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from engine.album.source import naming, opened
from engine.errors import InputError, SessionError
from engine.paths import state_dir
from engine.private import make_private
from engine.processes.album_of import FOLDER, note_album
from engine.processes.launch import session_key
from engine.session.album.layout import CD_RATE
from engine.session.album.model import Album
from engine.session.atomic import write_atomic
from engine.session.files import load_session
from engine.session.toml_text import literal


def session_of_album(album: Album) -> Path:
    """The session whose console shows an album; noted, so that its album view finds the file.

    Raises:
        InputError: none of its finished files can be played.
        MachineError: the session or the note cannot be written.
    """
    sessions = [track.session for track in album.tracks if track.session is not None]
    session = sessions[0] if sessions else _made_for(album)
    note_album(session, album.path)
    return session


def _made_for(album: Album) -> Path:
    folder = make_private(state_dir(), FOLDER, session_key(album.path))
    session = folder / f"{album.path.stem}.toml"
    if not _plays(session, album):
        write_atomic(session, _text(album).encode(), replace=True, mode=0o600)
    return session


def _plays(session: Path, album: Album) -> bool:
    """Whether the one that was made before still plays a track; what its user did to it stays."""
    with contextlib.suppress(SessionError):
        stems = load_session(session).stems
        return any(stem.path == track.path for stem in stems for track in album.tracks)
    return False


def _text(album: Album) -> str:
    """A session of the first file that can be played; nothing is done to it."""
    complaints = []
    for track in album.tracks:
        assert track.path is not None, "all are finished files"
        try:
            with naming(album, track):
                rate = opened(track, track.path, CD_RATE).file_rate
        except InputError as error:
            complaints.append(error)
            continue
        title, name, path = literal(album.title), literal(track.title), literal(str(track.path))
        return (
            "# Made by 'stemlathe open' to show an album: plays the first of its files.\n"
            f"format = 1\ntitle = {title}\nsample_rate = {rate}\n\n[[stems]]\nname = {name}\npath = {path}\n"
        )
    raise complaints[0]
