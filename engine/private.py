"""Folders and files whose content is executed or believed: nobody but this user may have put it there.

What the program keeps (kernels, decoded audio, journals, logs, the registry of what runs) lies in
folders that only their owner can look into. A folder variable may lead somewhere else, though: to a
folder that another user could make first, or, with `sudo`, to the folder of whoever called it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from engine.errors import MachineError, machine_error

_OTHERS = 0o077
_OTHERS_WRITE = 0o022
#: Symbolic links that a path may lead over, as Linux has it (path_resolution(7)).
_LINKS = 40


def make_private(base: Path, *parts: str) -> Path:
    """The folder `base/parts…`, made if need be, and shut to others from `base` on.

    Args:
        base: the program's own folder in one of the user's; what is missing above it is made, too.
        parts: folders below it.

    Raises:
        MachineError: it cannot be made, or is another user's or no folder (kind `foreign_owner`).
    """
    folder = base
    try:
        for missing in reversed([one for one in base.parents if not one.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
        _shut(base)
        for part in parts:
            folder = folder / part
            _shut(folder)
    except OSError as error:
        raise machine_error(error, folder, "make a private folder") from error
    return folder


def _shut(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.stat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise foreign(folder)
    if status.st_mode & _OTHERS:
        folder.chmod(0o700)


def foreign(path: Path) -> MachineError:
    """The complaint about a folder or file that another user may have written."""
    return MachineError(
        f"{path}: belongs to another user, who could have put anything there: "
        "let the XDG_… variables name folders of your own",
        kind="foreign_owner",
        path=path,
    )


def read_own(path: Path, most_bytes: int, *, shut: bool = False) -> bytes:
    """The content of a file of this user's, at most `most_bytes` of it.

    Args:
        path: the file.
        most_bytes: see above.
        shut: refuse it where others may write to it, too (EPERM).

    Raises:
        OSError: there is none, or it is a link, a pipe, a device or another user's (EPERM).
    """
    # a pipe that nobody writes to would be waited for
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not _is_own(status):
            raise OSError(errno.EPERM, "is not a file of this user's")
        if shut and status.st_mode & _OTHERS_WRITE:
            raise OSError(errno.EPERM, "may be written to by others")
        return file.read(most_bytes)


def is_own_file(path: Path) -> bool:
    """Whether an ordinary file of this user's is there, under that very name."""
    try:
        return _is_own(os.lstat(path))
    except OSError:
        return False


def _is_own(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()


def who_could_change(folder: Path) -> str | None:
    """Whether another user could exchange what `folder` leads to, and why; None: nobody could.

    Every folder on the way, over symbolic links as well, has to belong to this user or to root and to be
    writable by its owner alone; one that everybody may write to has to be sticky, as the temp dir is.
    """
    try:
        for place, status in _way(folder.absolute()):
            if status.st_uid not in (0, os.geteuid()):
                return f"{place} belongs to another user"
            if stat.S_ISLNK(status.st_mode) or not status.st_mode & _OTHERS_WRITE:
                continue
            if place != folder and status.st_mode & stat.S_ISVTX:
                continue
            if not (status.st_mode & 0o002 or not _is_private_group(status.st_gid)):
                continue
            return f"others may write to {place}"
    except OSError as error:
        return f"{folder}: {error.strerror}"
    return None


def _way(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Every folder and symbolic link that leads to `path`, from the root on."""
    here, todo, links = Path("/"), list(path.parts[1:]), 0
    yield here, os.lstat(here)
    while todo:
        part = todo.pop(0)
        if part == "..":
            here = here.parent
            continue
        status = os.lstat(here / part)
        yield here / part, status
        if not stat.S_ISLNK(status.st_mode):
            here = here / part
            continue
        links += 1
        if links > _LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        target = Path(os.readlink(here / part))
        todo = [*(target.parts[1:] if target.is_absolute() else target.parts), *todo]
        here = Path("/") if target.is_absolute() else here


def _is_private_group(group: int) -> bool:
    """Whether a group is one user's own, as Debian and Fedora make one for each user."""
    import grp
    import pwd

    try:
        user, found = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    same = user.pw_gid == group and found.gr_name == user.pw_name
    return same and set(found.gr_mem) <= {user.pw_name}
