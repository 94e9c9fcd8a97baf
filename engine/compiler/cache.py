"""Where compiled kernels are kept: a folder of the user's cache, named after their sources.

A stale result is the worst bug a measuring tool can have. The folder's name therefore holds a hash of
every source that holds compiled code, and of all that these import; the files' names hold one of the
compiler, Python and processor that they were made by and for (`stamp`).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import re
import shutil
import stat
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from engine import __version__
from engine.compiler.processor import mark
from engine.errors import MachineError
from engine.paths import cache_dir
from engine.private import make_private, read_own, who_could_change

_ROOT = Path(__file__).resolve().parent.parent
_LONGEST_INDEX = 1 << 20
#: Age of a change that no second one of the same size can hide behind, ns.
_SETTLED_NS = 2_000_000_000
#: Folders of the package that may hold compiled code.
KERNEL_FOLDERS = ("compiler", "kernels", "rack", "meters", "audio", "nulltest", "intake", "demo", "live/loop")


#: What a module that holds compiled code has at the beginning of a line (`engine.compiler.abi`).
_COMPILES = re.compile(r"^\s*@(kernel|compiled|callback|inlined|intrinsic)\b", re.MULTILINE)
_IMPORTS = re.compile(r"^\s*from (engine[.\w]*) import (\([^)]*\)|[^#\n]+)", re.MULTILINE)


#: Modules of this folder that keep and load machine code and have no part in what it does.
_ABOUT_CODE = ("cache", "calling", "elf", "link", "loading", "objects", "warm")


def kernel_sources() -> list[Path]:
    """The modules that hold compiled code."""
    found = (path for folder in KERNEL_FOLDERS for path in sorted((_ROOT / folder).glob("*.py")))
    return [path for path in found if _COMPILES.search(path.read_text(encoding="utf-8"))]


@functools.cache
def _sources() -> tuple[Path, ...]:
    """The modules with compiled code and all they import, by whatever detour.

    What they import may be compiled into them, or have made a table that they hold as a constant.
    """
    here, root = _ROOT / "compiler", _ROOT
    found, waiting = set(), [*kernel_sources(), here / "translate.py"]
    while waiting:
        path = waiting.pop()
        if path not in found and not (path.parent == here and path.stem in _ABOUT_CODE):
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


@functools.cache
def sources_hash() -> str:
    """Twelve hex digits that change when anything that compiled code is made of changes.

    Reading sixty files takes longer than all else that a short command does before it begins: what they
    came to is kept beside the kernels and holds as long as each has the same size and time of change.
    """
    index = cache_dir() / "kernels" / f"sources-{hashlib.sha256(os.fsencode(_ROOT)).hexdigest()[:12]}"
    if (known := _known(index)) is not None:
        return known
    sources = _sources()
    seen = _seen([*sources, *(_ROOT / folder for folder in KERNEL_FOLDERS)])
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    found = digest.hexdigest()[:12]
    _remember(index, found, seen)
    return found


def _seen(paths: Iterable[Path | str]) -> list[str]:
    """One line for each path: size, time of change in ns, path."""
    return [f"{status.st_size} {status.st_mtime_ns} {path}" for path in paths for status in [os.stat(path)]]


def _known(index: Path) -> str | None:
    """What an index says, if everything is as it was when that was written."""
    try:
        found, *seen = (
            read_own(index, _LONGEST_INDEX, shut=True).decode("utf-8", "surrogateescape").splitlines()
        )
        return found if seen and _seen(line.split(" ", 2)[2] for line in seen) == seen else None
    except (OSError, ValueError, IndexError):
        return None


def _remember(index: Path, found: str, seen: list[str]) -> None:
    newest_ns = max(int(line.split(" ", 2)[1]) for line in seen)
    if abs(time.time_ns() - newest_ns) < _SETTLED_NS or any("\n" in line for line in seen):
        return  # what changes again within a tick of the file system's clock would look the same
    text = "\n".join([found, *seen]).encode("utf-8", "surrogateescape")
    draft = index.with_name(f".{index.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(text)
        os.replace(draft, index)


@functools.cache
def stamp() -> str:
    """Twelve hex digits of numba, LLVM, Python and the processor; none of them is imported to find out."""
    made_by = (versions(), sys.implementation.cache_tag, mark())
    return hashlib.sha256("\0".join(made_by).encode()).hexdigest()[:12]


def versions() -> str:
    """What the installed numba and llvmlite say of their versions."""
    return "".join(_version(name) for name in ("numba", "llvmlite"))


def _version(package: str) -> str:
    """The text of a package's file `_version.py`, read and not run; its version where there is none."""
    found = importlib.util.find_spec(package)
    if found is not None and found.origin is not None:
        with contextlib.suppress(OSError):
            return Path(found.origin).with_name("_version.py").read_text(encoding="utf-8")
    from importlib import metadata  # slower than all the rest

    return metadata.version(package)


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

    What lies there is run, so the way to it, the folder and each of
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
