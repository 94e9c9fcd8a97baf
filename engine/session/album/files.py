"""Album files: load and check; edits keep the comments of the person who wrote them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from engine.errors import SessionError
from engine.session.album.faults import Faults
from engine.session.album.model import Album
from engine.session.album.validate import album_from_tree
from engine.session.atomic import lock, write_atomic
from engine.session.editing import Change, parse_session, with_changes
from engine.session.files import read_session_text


def load_album(path: Path, *, require_files: bool = True) -> Album:
    """Reads and checks an album file.

    Args:
        path: of the album file.
        require_files: also complain about sessions and finished files that are not there.

    Raises:
        SessionError: it is missing, not UTF-8, not TOML, or breaks a rule of the format; or a track's
            file is missing (kind `missing_file`, `path` names it).
    """
    if path.is_dir():
        raise SessionError(
            f"{path}: is a folder: name the album file in it, or write one with 'stemlathe album "
            f"{shlex.quote(str(path))} --new'",
            path=path,
        )
    return read_text_album(read_session_text(path), path, require_files=require_files)


def read_text_album(text: str, path: Path, *, require_files: bool = False) -> Album:
    """The album that a text describes, which need not be what the file holds; raises as `load_album`."""
    album = album_from_tree(parse_session(text, path), path)
    if require_files:
        faults = Faults()
        for track in album.tracks:
            faults.within(partial(_require_file, album, track.source, track.label), None)
        faults.refuse()
    return album


def _require_file(album: Album, file: Path, label: str) -> None:
    try:
        if file.is_file():
            return
    except OSError:
        pass  # cannot be reached: for its user that is the same
    raise SessionError(
        f"{album.path}: {label}: {file} is not there: put it back or correct the path",
        kind="missing_file",
        path=file,
    )


def edit_album(path: Path, changes: Sequence[Change]) -> Album:
    """Sets values in an album file and saves it; everything else in it stays as written.

    Args:
        path: of the album file.
        changes: as of `engine.session.editing.with_changes`.

    Raises:
        SessionError: the file or a changed value breaks a rule; nothing was written.
        MachineError: the file cannot be written, or another program is writing it.
    """
    with lock(path):
        text = read_session_text(path)
        edited = with_changes(text, changes, path)
        album = read_text_album(edited, path)
        if edited != text:
            write_atomic(path, edited.encode(), replace=True)
    return album


def restore_album(path: Path, expected: str, text: str) -> Album:
    """Puts a former text of an album file back.

    Args:
        path: of the album file.
        expected: what it holds now as far as the caller knows.
        text: what it is to hold.

    Raises:
        SessionError: it holds something else by now (kind `changed`), or `text` breaks a rule; nothing
            was written.
        MachineError: the file cannot be written, or another program is writing it.
    """
    with lock(path):
        if read_session_text(path) != expected:
            raise SessionError(
                f"{path}: was changed by another program since: edit it there", kind="changed", path=path
            )
        album = read_text_album(text, path)
        write_atomic(path, text.encode(), replace=True)
    return album
