"""Machine code on disk: one file a function, written whole or not at all, and read only if it is sound.

What lies here is executed. The folder has been looked at (`engine.compiler.cache`); each file is looked at
once more as it is opened: it has to be an ordinary file of this user's that nobody else may write to. Its
name and its first line say what it was made of (sources, compiler, Python, processor), and a hash tells
whether it is still what was written.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from engine.compiler.cache import stamp, usable_cache_dir
from engine.private import read_own

_MAGIC = b"stemlathe machine code 1\n"
_MOST_BYTES = 1 << 26


class DamagedError(Exception):
    """A file of machine code is not what was written."""


def path_of(name: str) -> Path | None:
    """Where the machine code of a function is kept; None: nowhere.

    Args:
        name: of the function, with its module.
    """
    folder = usable_cache_dir()
    return None if folder is None else folder / f"{name}.{stamp()}.machine"


def read(name: str) -> bytes | None:
    """The object file of a function; None where there is none yet.

    Raises:
        DamagedError: there is one, but it cannot be used.
    """
    path = path_of(name)
    if path is None:
        return None
    try:
        content = read_own(path, _MOST_BYTES, shut=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DamagedError(f"{path}: {error.strerror}") from error
    head = _head(name)
    code = content[len(head) + hashlib.sha256().digest_size :]
    if content != head + hashlib.sha256(code).digest() + code or not code:
        raise DamagedError(f"{path} is damaged")
    return code


def write(name: str, code: bytes) -> None:
    """Keeps the object file of a function for later processes; a full disk costs only their time.

    Nothing waits for the disk: what a power cut leaves of it is recognised and made again.

    Args:
        name: of the function, with its module.
        code: its object file.
    """
    path = path_of(name)
    if path is None:
        return
    head = _head(name)
    with contextlib.suppress(OSError):
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(head + hashlib.sha256(code).digest() + code)
            os.replace(draft, path)
        except OSError:
            os.unlink(draft)
            raise


def _head(name: str) -> bytes:
    return _MAGIC + f"{name} {stamp()}\n".encode()
