"""The order of an album's tracks in its text: two neighbours change places, comments go with them."""

from __future__ import annotations

import re
from pathlib import Path

from engine.errors import SessionError
from engine.session.album.files import read_text_album
from engine.session.atomic import lock, write_atomic
from engine.session.editing import parse_session
from engine.session.files import read_session_text

_TRACK = re.compile(r"^[ \t]*\[\[[ \t]*tracks[ \t]*\]\]", re.MULTILINE)
_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)


def swap_tracks(path: Path, first: int) -> None:
    """Exchanges a track of an album file with the one behind it, and saves.

    Args:
        path: of the album file.
        first: place of the first of both, from 0.

    Raises:
        SessionError: there are no such tracks, or the file's layout does not allow it; nothing is written.
        MachineError: the file cannot be written, or another program is writing it.
    """
    with lock(path):
        text = read_session_text(path)
        edited = with_swapped(text, first, path)
        read_text_album(edited, path)
        write_atomic(path, edited.encode(), replace=True)


def with_swapped(text: str, first: int, path: Path) -> str:
    """The text with two neighbouring tracks exchanged.

    Args:
        text: TOML.
        first: place of the first of both, from 0.
        path: named in complaints.

    Raises:
        SessionError: as `swap_tracks`.
    """
    tree = parse_session(text, path)
    tracks = tree.get("tracks")
    begins = [match.start() for match in _TRACK.finditer(text)]
    if not isinstance(tracks, list) or not 0 <= first < len(tracks) - 1:
        raise SessionError(f"{path}: tracks[{first}]: has no track behind it", path=path)
    wanted = [*tracks[:first], tracks[first + 1], tracks[first], *tracks[first + 2 :]]
    if len(begins) == len(tracks):
        middle = begins[first + 1]
        header = _HEADER.search(text, text.index("]]", middle))
        end = len(text) if header is None else header.start()
        one, other = text[begins[first] : middle], text[middle:end]
        if not other.endswith("\n"):
            other += "\n"
        edited = text[: begins[first]] + _spaced(other, one) + _spaced(one, other) + text[end:]
        if parse_session(edited, path) == {**tree, "tracks": wanted}:
            return edited
    raise SessionError(
        f"{path}: its tracks cannot be moved without loss: write each as a [[tracks]] of its own", path=path
    )


def _spaced(block: str, like: str) -> str:
    """A block with as many empty lines at its end as another has."""
    return block.rstrip("\n") + like[len(like.rstrip("\n")) :]
