"""Where compiled kernels are kept: a folder of the user's cache, named after their sources.

Numba notices an edit of the file a function stands in, but not of another file that the function
calls into; a stale result is the worst bug a measuring tool can have. The folder's name therefore
holds a hash of every source that holds compiled code, and of all that these import.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import stat
from pathlib import Path

from engine import __version__
from engine.errors import MachineError
from engine.paths import cache_dir
from engine.private import make_private, who_could_change

#: Folders of the package that may hold compiled code.
KERNEL_FOLDERS = ("compiler", "kernels", "rack", "meters", "audio", "nulltest", "intake", "demo", "live/loop")


#: What a module that holds compiled code has at the beginning of a line (`engine.compiler.abi`, numba).
_COMPILES = re.compile(r"^\s*@(kernel|compiled|callback|inlined|intrinsic)\b", re.MULTILINE)
_IMPORTS = re.compile(r"^\s*from (engine[.\w]*) import (\([^)]*\)|[^#\n]+)", re.MULTILINE)


def kernel_sources() -> list[Path]:
    """The modules that hold compiled code."""
    root = Path(__file__).resolve().parent.parent
    found = (path for folder in KERNEL_FOLDERS for path in sorted((root / folder).glob("*.py")))
    return [path for path in found if _COMPILES.search(path.read_text(encoding="utf-8"))]


@functools.cache
def _sources() -> tuple[Path, ...]:
    """The modules with compiled code and all they import, by whatever detour.

    What they import may be compiled into them, or have made a table that they hold as a constant.
    """
    root = Path(__file__).resolve().parent.parent
    found, waiting = set(), kernel_sources()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(path.read_text(encoding="utf-8"), root)
    return tuple(sorted(found))


def _imported(text: str, root: Path) -> list[Path]:
    """The modules of the package that a module's text imports."""
    found = []
    for module, names in _IMPORTS.findall(text):
        place = root.joinpath(*module.split(".")[1:])
        candidates = [place.with_suffix(".py"), *(place / f"{name}.py" for name in re.findall(r"\w+", names))]
        found += [path for path in candidates if path.is_file()]
    return found


def sources_hash() -> str:
    """Twelve hex digits that change when anything that compiled code is made of changes."""
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
