"""A first album file from what lies in a folder: finished files and sessions, in the order of their names."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from engine.errors import InputError, machine_error
from engine.files import already_there
from engine.session.atomic import write_atomic
from engine.session.toml_text import literal

#: Ends of the names of audio files; what they hold is looked at when the album is planned.
_AUDIO = frozenset(
    f".{name}" for name in ("wav", "wave", "w64", "rf64", "bwf", "flac", "aif", "aiff", "caf", "m4a", "mp3")
) | {".ogg", ".opus", ".wv"}
_NAME = "album.toml"
#: A number in front of a title, as finished files have it: `01 Opening`, `1-03. Opening`.
_LEADING_NUMBER = re.compile(r"^(?:\d{1,2}-)?\d{1,3}(?:\s*[-._)]\s*|\s+)(?=\S)")


def write_album(folder: Path, *, force: bool = False) -> Path:
    """Writes an album file that names the finished files and sessions of a folder; returns its path.

    Titles are the files' names without endings and numbers in front; the rest is for its user to fill in.

    Raises:
        InputError: the folder cannot be read or holds nothing of that kind, or the file is there already.
        MachineError: it cannot be written.
    """
    path = folder / _NAME
    if path.exists() and not force:
        raise already_there(path)
    try:
        names = sorted(
            (
                entry.name
                for entry in os.scandir(folder)
                if entry.is_file() and not entry.name.startswith(".")
            ),
            key=_natural,
        )
    except OSError as error:
        raise InputError(
            f"{folder}: is no folder that can be read: name the one with the tracks",
            kind="no_folder",
            path=folder,
        ) from error
    tracks = [
        (name, "path" if Path(name).suffix.lower() in _AUDIO else "session")
        for name in names
        if Path(name).suffix.lower() in _AUDIO or _is_session(folder / name)
    ]
    if not tracks:
        raise InputError(
            f"{folder}: holds no audio files and no sessions: name the folder with the tracks",
            kind="no_tracks",
            path=folder,
        )
    try:
        write_atomic(path, _text(folder, tracks).encode(), replace=force)
    except OSError as error:
        raise machine_error(error, path, "write the album file") from error
    return path


def _text(folder: Path, tracks: list[tuple[str, str]]) -> str:
    lines = [
        "format = 1",
        f"title = {literal(folder.absolute().name)}",
        '# artist = "…"',
        '# upc = "…"                # EAN or UPC',
        '# catalogue_number = "…"',
        '# isrc_first = "…"         # counted up for the tracks; every other key: docs/albums.md',
    ]
    for name, key in tracks:
        title = _LEADING_NUMBER.sub("", Path(name).stem) or Path(name).stem
        lines += ["", "[[tracks]]", f"{key} = {literal(name)}", f"title = {literal(title)}", "gap_s = 2.0"]
    return "\n".join(lines) + "\n"


def _natural(name: str) -> list[tuple[int, str]]:
    """Orders `2 b` before `10 a`."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _is_session(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.suffix.lower() == ".toml" and b"[[stems]]" in path.read_bytes()[: 1 << 20]
    return False
