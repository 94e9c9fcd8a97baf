"""The folder of an album: it appears complete or not at all, and replaces only another album."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
from pathlib import Path

from engine.delivery.new_folder import MANIFEST, NewFolder, sync_folders
from engine.delivery.sums import MD5SUMS, read_sums
from engine.errors import InputError, machine_error
from engine.files import already_there

#: `renameat2(2)` of Linux: both names exist afterwards, exchanged in one step.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


class AlbumFolder(NewFolder):
    """A folder being filled under a hidden name; use as a context manager, and call `finish` at the end.

    Args:
        path: the final name; its parent is made where it is missing.
        force: an album that this program has written there is replaced, as a whole and in one step.

    Raises:
        InputError: something is there: without `force` anything (kind `exists`), with it a folder that
            holds what this program has not written (kind `foreign_folder`).
        MachineError: the system refused.
    """

    def __init__(self, path: Path, *, force: bool) -> None:
        refuse_existing(path, force=force)
        super().__init__(path, force=force)

    def finish(self) -> None:
        """Gives the folder its name, to stay there after a power cut.

        Raises:
            InputError: something has come into being there meanwhile.
            MachineError: the system refused; what was there is still there.
        """
        if not _holds_something(self.path):
            self.put_in_place(f"{self.path.name} (old)")
            return
        refuse_existing(self.path, force=True)
        try:
            sync_folders(self.working)
            exchanged = _exchange(self.working, self.path)
        except OSError as error:
            raise machine_error(error, self.path, "put the folder in place") from error
        if not exchanged:  # no Linux, or a file system that cannot: two steps, the old one first
            self.put_in_place(f"{self.path.name} (old)")
            if self.set_aside is not None:
                shutil.rmtree(self.set_aside, ignore_errors=True)
        # after an exchange the old album has the hidden name, and goes with it


def refuse_existing(path: Path, *, force: bool) -> None:
    """Makes sure that an album may come to be at `path`; raises as `AlbumFolder` does."""
    try:
        if not os.path.lexists(path) or (path.is_dir() and not _holds_something(path)):
            return
        if not path.is_dir() or path.is_symlink():
            raise InputError(
                f"{path}: is in the way and no folder of ours: choose another with --out",
                kind="exists",
                path=path,
            )
        foreign = foreign_entry(path)
    except OSError as error:
        raise machine_error(error, path, "look into the folder") from error
    if foreign is None:
        if not force:
            raise already_there(path)
    elif not force:
        raise InputError(
            f"{path}: is already there, and holds {foreign}, which this program has not written: "
            "choose another folder with --out",
            kind="exists",
            path=path,
        )
    else:
        raise InputError(
            f"{path}: holds {foreign}, which this program has not written: --force does not remove it: "
            "move it away or choose another folder with --out",
            kind="foreign_folder",
            path=path / foreign,
        )


def _holds_something(path: Path) -> bool:
    try:
        with os.scandir(path) as entries:
            return any(True for _ in entries)
    except FileNotFoundError:
        return False


def foreign_entry(path: Path) -> str | None:
    """The first file in a folder that its own sums do not list; None: there is none."""
    listed = {MANIFEST, MD5SUMS}
    with contextlib.suppress(FileNotFoundError):
        listed |= set(read_sums(path / MANIFEST, 64).hashes)
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            inside = (Path(folder) / name).relative_to(path).as_posix()
            if inside not in listed:
                return inside
    return None


def _exchange(one: Path, other: Path) -> bool:
    """Exchanges two folders in one step; False where the system cannot."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    names = os.fsencode(one), os.fsencode(other)
    return bool(renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0)
