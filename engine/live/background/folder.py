"""Where the background keeps what lies between two passes: on the disk, and gone with its process."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.errors import machine_error


@contextlib.contextmanager
def own_folder(parent: Path) -> Iterator[Path]:
    """A private folder, removed in the end; those of processes that have died are removed as well.

    A folder whose process lives is locked by it, and the lock goes when the process does.

    Args:
        parent: folder of these folders; made if need be.

    Raises:
        MachineError: it cannot be written.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(parent):
            _sweep(parent)
            folder = Path(tempfile.mkdtemp(dir=parent))
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError as error:
        raise machine_error(error, parent, "keep files between two passes") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sweep(parent: Path) -> None:
    """Removes the folders that nobody has locked."""
    for folder in parent.iterdir():
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        finally:
            os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)
