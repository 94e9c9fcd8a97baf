"""A folder that appears under its name complete or not at all.

It is filled under a hidden name beside the final one, synced, and renamed. A program that is killed
leaves the hidden one behind, and the next delivery beside it removes that.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import fcntl
import os
import secrets
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.errors import InputError, StemlatheError, machine_error
from engine.files import TEMPORARY_PREFIX

_PREFIX = f"{TEMPORARY_PREFIX}delivery-"
#: By these a folder is known as a delivery.
MANIFEST = "SHA256SUMS"


class NewFolder:
    """A folder being filled; use as a context manager, and call `put_in_place` at the end.

    Args:
        path: the final name. An empty folder may have it; anything else is refused.
        force: an earlier delivery of that name is set aside, never replaced.

    Attributes:
        path: the final name, absolute.
        working: where to write until then.
        set_aside: where the earlier delivery went; None before `put_in_place` and without one.

    Raises:
        InputError: something else is there (kind `exists`).
        MachineError: the folder beside it cannot be made.
    """

    def __init__(self, path: Path, *, force: bool = False) -> None:
        self.path = Path(os.path.abspath(path))
        self.set_aside: Path | None = None
        self._force = force
        self._refuse_what_is_there()
        _remove_abandoned(self.path.parent)
        self.working = self.path.parent / f"{_PREFIX}{secrets.token_hex(8)}"
        self._descriptor = -1
        atexit.register(self._remove)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            while not self._make_working():
                self.working = self.path.parent / f"{_PREFIX}{secrets.token_hex(8)}"
        except OSError as error:
            self._remove()
            raise machine_error(error, self.path, "make the folder") from error

    def _make_working(self) -> bool:
        """Makes the hidden folder and locks it as long as it is being filled: who cleans up leaves it alone.

        Returns:
            False: another delivery beside it has cleaned it up before it was locked.

        Raises:
            OSError: the system refused.
        """
        self.working.mkdir()
        try:
            descriptor = os.open(self.working, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if not self.working.is_dir():
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def _refuse_what_is_there(self) -> None:
        if not os.path.lexists(self.path):
            return
        if not self.path.is_dir():
            raise InputError(
                f"{self.path}: a file of that name is there: choose another folder",
                kind="exists",
                path=self.path,
            )
        try:
            empty = not any(self.path.iterdir())
        except OSError as error:
            raise machine_error(error, self.path, "look into the folder") from error
        if empty:
            return
        if not (self.path / MANIFEST).is_file():
            raise InputError(
                f"{self.path}: holds other files: choose a folder that is empty or not there yet",
                kind="exists",
                path=self.path,
            )
        if not self._force:
            raise InputError(
                f"{self.path}: a delivery is already there: choose another folder, or give --force "
                "to set that one aside",
                kind="exists",
                path=self.path,
            )

    def put_in_place(self, aside_name: str) -> None:
        """Gives the folder its name, to stay there after a power cut.

        Args:
            aside_name: what an earlier delivery of that name is called from now on; numbered where
                that is taken.

        Raises:
            InputError: something has come into being there meanwhile (kind `exists`).
            MachineError: the system refused.
        """
        try:
            sync_folders(self.working)
            if self._force and (self.path / MANIFEST).is_file():
                self.set_aside = _free_name(self.path.with_name(aside_name))
                os.rename(self.path, self.set_aside)
            # a folder that is not empty is never replaced by a rename
            os.rename(self.working, self.path)
            _sync(self.path.parent)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise InputError(
                    f"{self.path}: something has been put there meanwhile: choose another folder",
                    kind="exists",
                    path=self.path,
                ) from error
            raise machine_error(error, self.path, "put the folder in place") from error

    def take_back(self) -> None:
        """Undoes `put_in_place`: the folder is hidden again, and what was set aside has its name back."""
        os.rename(self.path, self.working)
        if self.set_aside is not None:
            os.rename(self.set_aside, self.path)

    def _remove(self) -> None:
        atexit.unregister(self._remove)
        shutil.rmtree(self.working, ignore_errors=True)
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self.set_aside is not None and not self.path.exists():
            with contextlib.suppress(OSError):
                os.rename(self.set_aside, self.path)
        self._remove()
        if isinstance(error, StemlatheError):
            self._name_what_was_asked_for(error)
        elif isinstance(error, OSError) and self._holds(error.filename):
            # of folders in it and what has no writer of its own
            refusal = machine_error(error, self.path, "fill the folder")
            raise refusal from error

    def _name_what_was_asked_for(self, error: StemlatheError) -> None:
        """Nobody knows the hidden folder, which is gone by now: a complaint about it names the final one."""
        error.message = error.message.replace(os.fspath(self.working), os.fspath(self.path))
        error.args = (error.message, *error.args[1:])
        if error.path is not None and self._holds(error.path):
            error.path = self.path / error.path.relative_to(self.working)

    def _holds(self, path: object) -> bool:
        return isinstance(path, str | Path) and Path(path).is_relative_to(self.working)


def _remove_abandoned(parent: Path) -> None:
    """Removes what killed deliveries have left; those that are still being filled are locked."""
    try:
        names = [name for name in os.listdir(parent) if name.startswith(_PREFIX)]
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError):
            descriptor = os.open(parent / name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(parent / name, ignore_errors=True)
            finally:
                os.close(descriptor)


def _free_name(path: Path) -> Path:
    number, found = 1, path
    while os.path.lexists(found):
        number += 1
        found = path.with_name(f"{path.name} {number}")
    return found


def sync_folders(folder: Path) -> None:
    """Makes what a folder and those in it list survive a power cut; raises OSError."""
    for place, _, _ in os.walk(folder, topdown=False):
        _sync(Path(place))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
