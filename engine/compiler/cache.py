"""Where compiled kernels are kept: a folder of the user's cache, named after their sources.

Numba notices an edit of the file a function stands in, but not of another file that the function
calls into; a stale result is the worst bug a measuring tool can have. The folder's name therefore
holds a hash of every source that may hold compiled code.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import stat
from pathlib import Path

from engine import __version__
from engine.errors import MachineError
from engine.paths import cache_dir
from engine.private import make_private, who_could_change

#: Folders of the package that may hold compiled code.
KERNEL_FOLDERS = ("compiler", "kernels", "rack", "meters", "audio", "nulltest", "intake", "demo", "live/loop")


def _sources() -> list[Path]:
    root = Path(__file__).resolve().parent.parent
    found = [path for folder in KERNEL_FOLDERS for path in sorted((root / folder).glob("*.py"))]
    # the tables that compiled code holds as constants are made with this
    return [*found, root / "elementary.py"]


def sources_hash() -> str:
    """Twelve hex digits that change when any source with compiled code changes."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def sources_stamp() -> str:
    """Twelve hex digits that change when a source lies elsewhere or was written anew with the same words.

    Numba keeps what it compiled by the path of the source and its time of change: an installation
    that was made again compiles again, and its user should see that it does.
    """
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path}\0{path.stat().st_mtime_ns}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()[:12]


def kernel_cache_dir() -> Path:
    """The folder of this version's compiled kernels (not created here)."""
    return cache_dir() / "kernels" / f"{__version__}-{sources_hash()}"


def usable_cache_dir() -> Path | None:
    """The folder of compiled kernels, made if need be; None where it is not to be used.

    Without it kernels are compiled anew in every process, which is slow but no error.
    """
    return None if why_unusable() else kernel_cache_dir()


@functools.cache
def why_unusable() -> str | None:
    """What is wrong with the cache folder; None: it can be written, and nobody else could have written to it.

    What lies there is run (numba's index is a pickle besides), so the way to it, the folder and each of
    its files have to be this user's alone. A folder that was once open to others is emptied.
    """
    folder = kernel_cache_dir()
    own = (folder.parent.parent, folder.parent, folder)
    try:
        was_open = any(one.is_dir() and one.stat().st_mode & 0o022 for one in own)
        make_private(own[0], *(one.name for one in own[1:]))
        if (reason := who_could_change(folder)) is not None:
            return reason
        if was_open:
            shutil.rmtree(folder)
            make_private(folder)
        if (stranger := _stranger_in(folder)) is not None:
            return f"{stranger} is not a file of yours"
    except MachineError as error:
        return error.message
    except OSError as error:
        return f"{folder}: {error.strerror}"
    return None if os.access(folder, os.W_OK) else f"{folder} cannot be written"


def _stranger_in(folder: Path) -> Path | None:
    """The first thing below `folder` that is no ordinary file or folder of this user's."""
    with os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            is_folder = stat.S_ISDIR(status.st_mode)
            if status.st_uid != os.geteuid() or not (is_folder or stat.S_ISREG(status.st_mode)):
                return Path(entry.path)
            if is_folder and (found := _stranger_in(Path(entry.path))) is not None:
                return found
    return None
