"""Structural edits by reference: what is too large for a message travels as a file, its name as the message.

The file lies in the private runtime folder; whoever takes it removes it, and what nobody took is
removed after a while.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time

from engine.errors import machine_error
from engine.link.failures import MessageRefused
from engine.processes.registry import private_folder

#: Largest content, bytes.
MAXIMUM_BYTES = 16 * 1024 * 1024
#: What nobody took within this time is removed, s.
KEPT_S = 600.0

_NAME = re.compile(r"[0-9a-f]{32}\.edit")


def put(content: bytes) -> str:
    """Lays `content` down; returns the name to send.

    Raises:
        MessageRefused: it is larger than MAXIMUM_BYTES (kind `too_long`).
        MachineError: the runtime folder does not take it.
    """
    if len(content) > MAXIMUM_BYTES:
        raise MessageRefused(
            f"an edit of {len(content)} bytes is too large: {MAXIMUM_BYTES} is the limit", kind="too_long"
        )
    folder = private_folder()
    _sweep()
    name = f"{os.urandom(16).hex()}.edit"
    try:
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise machine_error(error, folder / name, "write") from error
    return name


def take(name: str) -> bytes:
    """The content laid down under `name`, which is gone afterwards.

    Raises:
        MessageRefused: there is no such file of this user's (kind `no_reference`).
    """
    path = private_folder() / name
    if _NAME.fullmatch(name) is None:
        raise MessageRefused(f"'{name[:64]}' is not the name of an edit", kind="no_reference")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
                raise MessageRefused(f"{path}: is not this user's file", kind="no_reference")
            content = file.read(MAXIMUM_BYTES + 1)
        path.unlink()
    except OSError as error:
        raise MessageRefused(f"{path}: the edit is not there: make it again", kind="no_reference") from error
    if len(content) > MAXIMUM_BYTES:
        raise MessageRefused(f"{path}: the edit is too large", kind="too_long")
    return content


def _sweep() -> None:
    oldest_s = time.time() - KEPT_S
    for path in private_folder().glob("*.edit"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest_s:
                path.unlink()
