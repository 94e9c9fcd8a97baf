"""`deliveries.jsonl`: every delivery of the sessions of a folder, a line each, oldest first."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.errors import InputError, MachineError, machine_error
from engine.files import AtomicFile
from engine.report.delivery import RECORD_FORMAT, Generation
from engine.report.plain import as_json, from_json
from engine.report.reading import read_as
from engine.session.atomic import lock

FILE_NAME = "deliveries.jsonl"


def generations_path(session: Path) -> Path:
    """Where the deliveries of a session file are kept."""
    return session.parent / FILE_NAME


def read_generations(session: Path) -> list[Generation]:
    """Every delivery of a session, oldest first; those of newer programs left out.

    Args:
        session: the session file.

    Raises:
        InputError: the file cannot be read, or a line of it is damaged (kind `deliveries`).
    """
    path = generations_path(session)
    found = []
    for number, tree in _lines_of(session):
        try:
            if tree["record"].get("format", 0) > RECORD_FORMAT:
                continue
            found.append(read_as(Generation, tree))
        except (ValueError, TypeError) as error:
            raise _damaged(path, number) from error
    return found


def next_revision(session: Path) -> int:
    """What the next delivery of a session is: one more than the highest so far.

    Raises:
        InputError: as of `read_generations`.
    """
    return 1 + max((int(tree["revision"]) for _, tree in _lines_of(session)), default=0)


def _lines_of(session: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of a session with their numbers, whatever program wrote them."""
    path = generations_path(session)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(
            f"{path}: cannot be read ({reason}): mend it, or move it away to count from 1 again",
            kind="deliveries",
            path=path,
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            tree = from_json(line)
            mine = tree["record"]["session"] == session.name
            int(tree["revision"])
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise _damaged(path, number) from error
        if mine:
            yield number, tree


def _damaged(path: Path, line: int) -> InputError:
    return InputError(
        f"{path}: line {line} is no delivery: mend it, or move the file away to count from 1 again",
        kind="deliveries",
        path=path,
    )


@contextmanager
def delivering(session: Path) -> Iterator[None]:
    """Holds the right to deliver a session, so that no two deliveries are of one revision.

    Raises:
        MachineError: somebody else is delivering it (kind `locked`), or the folder refuses.
    """
    try:
        with lock(session.with_name(f"{session.name}.delivery")):
            yield
    except MachineError as error:
        if error.kind != "locked":
            raise
        raise MachineError(
            f"{session}: is being delivered by another program: wait until that has ended",
            kind="locked",
            path=session,
        ) from error


class NewLine:
    """The file with one line more, on the disk but not yet in its place.

    As a context manager it holds the file's lock, and forgets the line unless it was put in place.

    Args:
        session: the session file.

    Raises:
        MachineError: the file is being written by somebody else, or the system refused.
    """

    def __init__(self, session: Path) -> None:
        self._path = generations_path(session)
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> NewLine:
        with contextlib.ExitStack() as stack:
            stack.enter_context(lock(self._path))
            self._file = stack.enter_context(AtomicFile(self._path, follows_links=True))
            self._stack = stack.pop_all()
        return self

    def write(self, generation: Generation) -> None:
        """Writes all lines and the new one, to the disk.

        Raises:
            MachineError: the system refused.
        """
        try:
            before = self._path.read_bytes()
        except FileNotFoundError:
            before = b""
        except OSError as error:
            raise machine_error(error, self._path, "read") from error
        if before and not before.endswith(b"\n"):
            before += b"\n"
        line = json.dumps(as_json(generation), ensure_ascii=False, allow_nan=False)
        self._file.write(before + line.encode() + b"\n")
        try:
            os.fsync(self._file.descriptor)
        except OSError as error:
            raise machine_error(error, self._path, "write") from error

    def put_in_place(self) -> None:
        """Gives the file its name.

        Raises:
            MachineError: the system refused.
        """
        self._file.put_in_place()

    def __exit__(self, *error: object) -> None:
        self._stack.close()
