"""Where compiled kernels are kept: a folder of the user's cache, named after their sources.

Numba notices an edit of the file a function stands in, but not of another file that the function
calls into; a stale result is the worst bug a measuring tool can have. The folder's name therefore
holds a hash of every source that may hold compiled code.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from engine import __version__
from engine.paths import cache_dir

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
    """The folder of compiled kernels, made if need be; None where it cannot be written.

    Without it kernels are compiled anew in every process, which is slow but no error.
    """
    folder = kernel_cache_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None
