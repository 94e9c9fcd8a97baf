"""The common offset that an album was last found to need, kept beside its rendered sessions.

It depends on the whole album: finding it runs every track several times. Who only listens to a gap
takes it from here, as long as nothing that it depends on has changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
from dataclasses import replace
from pathlib import Path

from engine import __version__
from engine.album.renders import Renders, Wanted
from engine.deliver.target import file_stamp
from engine.errors import MachineError
from engine.session.album.layout import CD_RATE
from engine.session.album.model import Album, AlbumTrack, Credits
from engine.session.atomic import write_atomic


def known_offset_db(album: Album, renders: Renders) -> float | None:
    """The offset of exactly this album, dB; None: it is not known.

    Raises:
        InputError: a session of it cannot be used.
    """
    try:
        offset_db = float(_path(album, renders).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return offset_db if math.isfinite(offset_db) else None


def keep_offset(album: Album, renders: Renders, offset_db: float) -> None:
    """Notes an offset that was found; where that cannot be, it is found again the next time."""
    path = _path(album, renders)
    with contextlib.suppress(OSError, MachineError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, f"{offset_db!r}\n".encode(), replace=True)


def _path(album: Album, renders: Renders) -> Path:
    """Named by what the offset depends on: tracks, gaps, fades and levels, never a title or a code."""
    tracks = tuple(_sounding(track) for track in album.tracks)
    sounding = replace(
        album,
        title="",
        credits=Credits(),
        upc=None,
        catalogue_number="",
        label="",
        genre=0,
        language="",
        tracks=tracks,
        vinyl=None,
    )
    stamps = [
        renders.key(track, Wanted(CD_RATE)) if track.path is None else file_stamp(track.path)
        for track in album.tracks
    ]
    said = repr((__version__, sounding, stamps))
    return renders.folder / f"{hashlib.sha256(said.encode()).hexdigest()}.offset"


def _sounding(track: AlbumTrack) -> AlbumTrack:
    return replace(track, title="", credits=Credits(), isrc=None, indexes_s=())
