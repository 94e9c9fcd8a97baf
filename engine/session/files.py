"""Session files: load, edit in place, save. Comments and layout of the person who wrote it survive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.errors import SessionError
from engine.pairs import members
from engine.session.atomic import lock, write_atomic
from engine.session.editing import Change, TextEditor, parse_key, parse_session, with_changes
from engine.session.model import Session
from engine.session.reading import KeyPath, key_text
from engine.session.validate import session_from_tree

__all__ = [
    "Change",
    "TextEditor",
    "edit_session",
    "load_session",
    "parse_key",
    "parse_session",
    "read_session_text",
    "read_text_session",
    "require_files_of",
    "save_session_text",
    "with_changes",
]


def load_session(path: Path, *, require_files: bool = True) -> Session:
    """Reads and checks a session file.

    Args:
        path: of the session file.
        require_files: also complain about stems and references that are not there.

    Raises:
        SessionError: the file is missing, not UTF-8, not TOML, or breaks a rule of the format; or a
            stem or the reference is missing (kind `missing_file`, `path` names it).
    """
    return read_text_session(read_session_text(path), path, require_files=require_files)


def read_text_session(text: str, path: Path, *, require_files: bool = False) -> Session:
    """The session that a text describes, which need not be what the file holds.

    Args:
        text: TOML, such as an engine's live session.
        path: of the session file it belongs to; relative paths start from its folder.
        require_files: also complain about stems and references that are not there.

    Raises:
        SessionError: as `load_session`.
    """
    session = session_from_tree(parse_session(text, path), path)
    if require_files:
        require_files_of(session)
    return session


def read_session_text(path: Path) -> str:
    """The text of a session file; line ends as they are, a byte-order mark removed.

    Raises:
        SessionError: it cannot be read or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SessionError(
            f"{path}: there is no such session: check the name, or make one with 'stemlathe new'",
            kind="missing_file",
            path=path,
        ) from error
    except IsADirectoryError as error:
        raise SessionError(f"{path}: is a folder: name the session file in it", path=path) from error
    except UnicodeDecodeError as error:
        raise SessionError(
            f"{path}: is not UTF-8 (byte {error.start}): save it as UTF-8", kind="not_utf8", path=path
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SessionError(
            f"{path}: cannot be read ({reason}): check its rights", kind="unreadable", path=path
        ) from error


def require_files_of(session: Session) -> None:
    """Makes sure that the stems, the reference and other tracks to compare with are there.

    Raises:
        SessionError: kind `missing_file`; `path` names it.
    """
    files: list[tuple[KeyPath, Path]] = [
        (("stems", index, "path"), stem.path) for index, stem in enumerate(session.stems)
    ]
    if session.reference is not None:
        files.append((("reference", "path"), session.reference.path))
    files += [(("references", index, "path"), track.path) for index, track in enumerate(session.references)]
    for key, file in files:
        for member in members(file):
            problem = _why_unusable(member)
            if problem is not None:
                raise SessionError(
                    f"{session.path}: {key_text(key)}: {member} {problem}",
                    key=key_text(key),
                    kind="missing_file",
                    path=member,
                )


def _why_unusable(file: Path) -> str | None:
    try:
        if file.is_file():
            return None
        exists = file.exists()
    except OSError as error:
        return f"cannot be reached ({error.strerror}): check the path and its rights"
    return "is no file: name an audio file" if exists else "is not there: put it back or correct the path"


def edit_session(path: Path, changes: Sequence[Change]) -> Session:
    """Sets values in a session file and saves it; everything else in it stays as written.

    The file is read again under its lock, so that nobody's edits are lost.

    Args:
        path: of the session file.
        changes: set in order; tables and lists on the way must be there, the last key need not.

    Returns:
        the session as it is on disk now.

    Raises:
        SessionError: the file or a changed value breaks a rule; nothing was written.
        MachineError: the file cannot be written, or another program is writing it.
    """
    with lock(path):
        text = read_session_text(path)
        edited = with_changes(text, changes, path)
        session = read_text_session(edited, path)
        if edited != text:
            write_atomic(path, edited.encode(), replace=True)
    return session


def save_session_text(path: Path, text: str, *, replace: bool) -> Session:
    """Checks the text of a whole session file and saves it.

    Args:
        path: of the session file.
        text: TOML.
        replace: whether the file may exist already.

    Raises:
        SessionError: the text breaks a rule of the format; nothing was written.
        InputError: the file exists and `replace` is False (kind `exists`).
        MachineError: the file cannot be written, or another program is writing it.
    """
    session = read_text_session(text, path)
    with lock(path):
        write_atomic(path, text.encode(), replace=replace)
    return session
