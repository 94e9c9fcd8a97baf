"""Room for files of audio: looked for before an hour of rendering, not after it."""

from __future__ import annotations

import os

from engine.errors import MachineError, machine_error


def require_space(
    folder: str | os.PathLike[str], needed_bytes: int, purpose: str = "what is to be written"
) -> None:
    """Makes sure that `needed_bytes` fit into the file system of `folder`.

    Args:
        folder: an existing folder.
        needed_bytes: what is about to be written.
        purpose: what for, a noun phrase in the singular for the message: ``"the scratch file"``.

    Raises:
        MachineError: kind `disk_full` when they do not fit, else as of `machine_error`.
    """
    try:
        status = os.statvfs(folder)
    except OSError as error:
        raise machine_error(error, folder, "look for free space") from error
    free_bytes = status.f_bavail * status.f_frsize
    if free_bytes < needed_bytes:
        raise MachineError(
            f"{os.fspath(folder)}: {purpose} needs {_megabytes(needed_bytes)} and only "
            f"{_megabytes(free_bytes)} are free: free some space or choose another folder",
            kind="disk_full",
            path=folder,
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
