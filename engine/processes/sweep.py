"""Removes what dead engines left in shared memory, and never what a live one holds."""

from __future__ import annotations

import contextlib
import os
import stat

from engine.errors import StemlatheError
from engine.link import shm
from engine.link.header import identity_in, read_header
from engine.link.identity import is_alive
from engine.link.layout import NAME_PREFIX


def remove_dead_segments() -> list[str]:
    """Removes this user's segments whose process is dead; returns their names.

    One whose process lives is never touched, nor one that cannot be judged.
    """
    removed = []
    with contextlib.suppress(FileNotFoundError):
        for name in sorted(os.listdir(shm.LISTING)):
            if name.startswith(NAME_PREFIX) and _is_dead(name):
                shm.unlink(name)
                removed.append(name)
    return removed


def _is_dead(name: str) -> bool:
    try:
        descriptor = shm.open_existing(name, os.O_RDONLY)
    except StemlatheError:
        return False
    try:
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or not stat.S_ISREG(found.st_mode):
            return False  # a folder of that name is no segment
        born = read_header(descriptor)
    finally:
        os.close(descriptor)
    # without a header it is just being made, or its maker could not finish
    identity = shm.identity_from_name(name) if born is None else identity_in(born)
    return identity is not None and not is_alive(identity)
