"""The hash that pins a file to a session."""

from __future__ import annotations

import hashlib
from pathlib import Path

from engine.errors import InputError
from engine.pairs import members
from engine.progress import Progress, silent

_BLOCK_BYTES = 1 << 20


def sha256_of(path: Path, progress: Progress = silent) -> str:
    """SHA-256 of a whole file, 64 lower-case hexadecimal digits.

    Args:
        path: the file; of a pair of mono files (`engine.pairs`) the left one and then the right one count.
        progress: is told about the bytes read.

    Raises:
        InputError: it is missing or cannot be read.
    """
    digest = hashlib.sha256()
    for file in members(path):
        _add(digest, file, progress)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, path: Path, progress: Progress) -> None:
    try:
        total = path.stat().st_size
        done = 0
        with path.open("rb", buffering=0) as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                done += len(block)
                progress(f"hashing {path.name}", done, max(total, done))
    except FileNotFoundError as error:
        raise InputError(f"{path}: is not there: check the name", kind="missing_file", path=path) from error
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}): check its rights", kind="unreadable", path=path
        ) from error
