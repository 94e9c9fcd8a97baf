"""The session in its delivery: the same text, with names of files that lead nowhere outside."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.deliver.file_names import safe_name
from engine.errors import InputError, machine_error
from engine.pairs import members, spelt_out
from engine.session.files import Change, with_changes
from engine.session.model import Session

#: Where the session's copy looks for its stems, beside itself.
STEMS_FOLDER = "stems"


def session_copy(session: Session, text: str, hashes: dict[Path, str]) -> str:
    """The text with every file as `stems/NAME`, pinned by its hash; comments and layout stay.

    Args:
        session: the session file as it was read.
        text: of its file.
        hashes: SHA-256 of every file that it names, by path.

    Raises:
        SessionError: the text cannot be edited without loss.
    """
    names = copied_names(session)
    changes: list[Change] = []
    for number, stem in enumerate(session.stems):
        changes.append((("stems", number, "path"), _written(names[stem.path])))
        changes.append((("stems", number, "sha256"), hashes[stem.path]))
    if session.reference is not None:
        path = session.reference.path
        changes.append((("reference", "path"), _written(names[path])))
        changes.append((("reference", "sha256"), hashes[path]))
    return with_changes(text, changes, session.path)


def _written(name: str) -> str | list[str]:
    """A copy's path as the session names it: a pair is a list of two."""
    files = [side.as_posix() for side in spelt_out(Path(STEMS_FOLDER) / name)]
    return files if len(files) > 1 else files[0]


def copied_names(session: Session) -> dict[Path, str]:
    """What each file of a session is called in its delivery: its own name, numbered where two are equal."""
    names: dict[Path, str] = {}
    taken: set[str] = set()
    for path in _files_of(session):
        if path in names:
            continue
        plain = safe_name(path.stem)
        name, number = plain + path.suffix, 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain} {number}{path.suffix}"
        taken.add(name.casefold())
        names[path] = name
    return names


def copy_stems(session: Session, folder: Path) -> None:
    """Copies every file of a session into the stems' folder of its delivery.

    Args:
        session: the session file as it was read.
        folder: of the delivery.

    Raises:
        InputError: a file cannot be read.
        MachineError: a file cannot be written.
    """
    target = folder / STEMS_FOLDER
    try:
        target.mkdir()
    except OSError as error:
        raise machine_error(error, target, "make the folder") from error
    for path, name in copied_names(session).items():
        copies = spelt_out(target / name) if len(members(path)) > 1 else (target / name,)
        try:
            for file, copy in zip(members(path), copies, strict=True):
                with file.open("rb") as source:
                    _copy(source, copy)
        except OSError as error:
            raise InputError(
                f"{path}: cannot be read ({error.strerror}): check it and its rights",
                kind="unreadable",
                path=path,
            ) from error


def _copy(source: BinaryIO, target: Path) -> None:
    try:
        with target.open("xb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise machine_error(error, target, "write") from error


def _files_of(session: Session) -> Iterator[Path]:
    for stem in session.stems:
        yield stem.path
    if session.reference is not None:
        yield session.reference.path
