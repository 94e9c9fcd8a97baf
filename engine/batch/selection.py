"""The sessions that words on a command line name: files, folders, patterns."""

from __future__ import annotations

import glob
import os
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.delivery.new_folder import MANIFEST
from engine.errors import InputError

_ENDING = ".toml"


@dataclass(frozen=True)
class Selected:
    """A session file, or a word that names none.

    Attributes:
        path: of the session, or the word.
        error: why there is no session; None where there is one.
    """

    path: Path
    error: InputError | None = None


def is_many(words: Iterable[Path]) -> bool:
    """Whether words mean a batch: several, a folder, or a pattern."""
    found = list(words)
    return len(found) != 1 or found[0].is_dir() or _is_pattern(found[0])


def select(words: Iterable[Path]) -> tuple[Selected, ...]:
    """What the words name, each session once, in the order given; folders in order of names.

    A folder means every session below it but those in deliveries, which are copies.
    """
    found: dict[str, Selected] = {}
    for word in words:
        for one in _of_word(word):
            found.setdefault(os.path.realpath(one.path), one)
    return tuple(found.values())


def _is_pattern(word: Path) -> bool:
    return glob.has_magic(str(word)) and not word.exists()


def _of_word(word: Path) -> Iterator[Selected]:
    if word.is_dir():
        sessions = list(_below(word))
        yield from sessions
        if not sessions:
            error = InputError(
                f"{word}: holds no session: name another folder, or make one with 'stemlathe new'",
                kind="no_sessions",
                path=word,
            )
            yield Selected(word, error)
    elif _is_pattern(word):
        matches = [Path(one) for one in sorted(glob.glob(str(word), recursive=True))]
        for match in matches:
            yield from _of_word(match) if match.is_dir() else [Selected(match)]
        if not matches:
            error = InputError(f"{word}: no file is called like that", kind="no_sessions", path=word)
            yield Selected(word, error)
    else:
        yield Selected(word)


def _below(folder: Path) -> Iterator[Selected]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if MANIFEST in files:
            folders.clear()
            continue
        for name in sorted(files):
            path = Path(place, name)
            if name.endswith(_ENDING) and not name.startswith(".") and _is_session(path):
                yield Selected(path)


def _is_session(path: Path) -> bool:
    """Whether a file is meant to be a session; one that is damaged still is."""
    try:
        data = path.read_bytes()
    except OSError:
        return True
    if b"[[stems]]" in data:
        return True
    try:
        return "stems" in tomllib.loads(data.decode("utf-8-sig"))
    except ValueError:
        return False
