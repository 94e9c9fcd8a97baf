"""Session files: load, edit in place, save. Comments and layout of the person who wrote it survive."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import SessionError
from engine.session.atomic import lock, write_atomic
from engine.session.model import Session
from engine.session.reading import KeyPath, key_text
from engine.session.validate import session_from_tree

#: One change: where, and the new value (a number, text, truth value, list or table).
Change = tuple[KeyPath, Any]

_KEY_PART = re.compile(r'\.?(?:"([^"]*)"|([A-Za-z0-9_-]+))|\[(\d+)\]')


def load_session(path: Path, *, require_files: bool = True) -> Session:
    """Reads and checks a session file.

    Args:
        path: of the session file.
        require_files: also complain about stems and references that are not there.

    Raises:
        SessionError: the file is missing, not UTF-8, not TOML, or breaks a rule of the format; or a
            stem or the reference is missing (kind `missing_file`, `path` names it).
    """
    session = session_from_tree(parse_session(read_session_text(path), path), path)
    if require_files:
        _require_files(session)
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


def parse_session(text: str, path: Path) -> dict[str, Any]:
    """The TOML tree of a session file's text.

    Raises:
        SessionError: it is not TOML; the line is named.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SessionError(
            f"{path}: is not valid TOML: {error}: correct it there", kind="not_toml", path=path
        ) from error
    except (ValueError, RecursionError) as error:
        # numbers of thousands of digits, brackets nested without end
        raise SessionError(
            f"{path}: is not usable TOML: a number is too long or brackets are nested too deep: correct it",
            kind="not_toml",
            path=path,
        ) from error


def read_text_session(text: str, path: Path) -> Session:
    """The session that a text describes, wherever the text comes from.

    Args:
        text: TOML.
        path: of the session file that it belongs to; relative paths start from its folder.

    Raises:
        SessionError: it is not TOML, or breaks a rule of the format.
    """
    return session_from_tree(parse_session(text, path), path)


def _require_files(session: Session) -> None:
    files: list[tuple[KeyPath, Path]] = [
        (("stems", index, "path"), stem.path) for index, stem in enumerate(session.stems)
    ]
    if session.reference is not None:
        files.append((("reference", "path"), session.reference.path))
    for key, file in files:
        problem = _why_unusable(file)
        if problem is not None:
            raise SessionError(
                f"{session.path}: {key_text(key)}: {file} {problem}",
                key=key_text(key),
                kind="missing_file",
                path=file,
            )


def _why_unusable(file: Path) -> str | None:
    try:
        if file.is_file():
            return None
        exists = file.exists()
    except OSError as error:
        return f"cannot be reached ({error.strerror}): check the path and its rights"
    return "is no file: name an audio file" if exists else "is not there: put it back or correct the path"


def parse_key(text: str) -> KeyPath:
    """A key's place from its text: `stems[2].trim_db` becomes `("stems", 2, "trim_db")`.

    Raises:
        ValueError: it is not of that form.
    """
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _KEY_PART.match(text, position)
        dotted = text[position] == "."
        if match is None or (dotted == (position == 0) and match[3] is None):
            raise ValueError(f"'{text}' is no key path: write it like stems[2].trim_db")
        parts.append(int(match[3]) if match[3] is not None else match[1] or match[2])
        position = match.end()
    return tuple(parts)


def edit_session(path: Path, changes: Sequence[Change]) -> Session:
    """Sets values in a session file and saves it; everything else in it stays as written.

    The file is read anew under its lock, so that nobody's edits are lost.

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
        session = session_from_tree(parse_session(edited, path), path)
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
    session = session_from_tree(parse_session(text, path), path)
    with lock(path):
        write_atomic(path, text.encode(), replace=replace)
    return session


def with_changes(text: str, changes: Sequence[Change], path: Path) -> str:
    """The text of a session file with values set, comments and layout kept.

    Args:
        text: TOML.
        changes: see `edit_session`.
        path: named in complaints.

    Raises:
        SessionError: a key on the way is not there, or the text cannot be edited.
    """
    import tomlkit
    import tomlkit.exceptions

    wanted = copy.deepcopy(parse_session(text, path))
    try:
        document = tomlkit.parse(text)
        for key, value in changes:
            _set(wanted, key, value, path, _set_item)
            _set(document, key, value, path, _set_document_item)
        edited = tomlkit.dumps(document)
    except (tomlkit.exceptions.TOMLKitError, RecursionError) as error:
        raise SessionError(f"{path}: cannot be edited ({error}): simplify its layout", path=path) from error
    if parse_session(edited, path) != wanted:
        raise SessionError(f"{path}: cannot be edited without loss: simplify its layout", path=path)
    return edited


def _set(
    root: Any, key: KeyPath, value: Any, path: Path, assign: Callable[[Any, str | int, Any], None]
) -> None:
    container = root
    for depth, part in enumerate(key[:-1]):
        container = _step(container, part, key[: depth + 1], path)
    last = key[-1]
    if isinstance(last, int) or not isinstance(container, Mapping):
        _step(container, last, key, path)
    assign(container, last, value)


def _step(container: Any, part: str | int, key: KeyPath, path: Path) -> Any:
    found: Any = None
    if isinstance(part, int) and isinstance(container, list) and part < len(container):
        found = container[part]
    elif isinstance(part, str) and isinstance(container, Mapping):
        found = container.get(part)
    if found is None:
        place = key_text(key)
        raise SessionError(f"{path}: {place}: is not in the file", key=place, path=path)
    return found


def _set_item(container: Any, key: str | int, value: Any) -> None:
    container[key] = value


def _set_document_item(container: Any, key: str | int, value: Any) -> None:
    """Sets a value in a tomlkit container, a new key right after the last one of its table.

    tomlkit would append it after the comments that follow, which belong to the next table.
    """
    import tomlkit
    from tomlkit.items import AoT, SingleKey, Table

    body = container.value.body if isinstance(container, Table) else []
    values = [name for name, item in body if name is not None and not isinstance(item, (Table, AoT))]
    if key in container or not values or not isinstance(key, str):
        container[key] = value
        return
    item = tomlkit.item(value)
    item.trivia.trail = "\n"
    container.value._insert_after(values[-1], SingleKey(key), item)
