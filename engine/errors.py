"""Every error a user can cause or meet, and the exit code each of them ends the program with.

A message is one sentence that names the file or key, says what is wrong and what to do about it.
Bugs are *not* in this tree: they stay ordinary exceptions with a traceback.
"""

from __future__ import annotations

import enum
import os
from pathlib import Path


class ExitCode(enum.IntEnum):
    """Exit codes of the command line (fixed: scripts rely on them)."""

    DONE = 0
    FELL_SHORT = 1
    USAGE = 2
    INPUT = 3
    MACHINE = 4
    INTERRUPTED = 130


class StemlatheError(Exception):
    """Root of all errors that are told to the user in one line, without a traceback.

    Args:
        message: what is wrong and what to do, one sentence.
        kind: stable short code for scripts, `snake_case`.
        path: the file concerned, if one is.
    """

    exit_code = ExitCode.FELL_SHORT
    default_kind = "error"

    def __init__(
        self, message: str, *, kind: str | None = None, path: str | os.PathLike[str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind or self.default_kind
        self.path = None if path is None else Path(path)

    def as_json(self) -> dict[str, dict[str, str | None]]:
        """The error as the contract's JSON document."""
        path = None if self.path is None else str(self.path.absolute())
        return {"error": {"kind": self.kind, "message": self.message, "path": path}}


class UsageError(StemlatheError):
    """The command line asks for something that does not exist (exit 2)."""

    exit_code = ExitCode.USAGE
    default_kind = "usage"


class InputError(StemlatheError):
    """A file given to us cannot be used (exit 3)."""

    exit_code = ExitCode.INPUT
    default_kind = "bad_input"


class SessionError(InputError):
    """The session file is wrong; `key` is the full path of the offending key, if one is to blame."""

    default_kind = "bad_session"

    def __init__(
        self,
        message: str,
        *,
        key: str | None = None,
        kind: str | None = None,
        path: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(message, kind=kind, path=path)
        self.key = key


class MachineError(StemlatheError):
    """The machine refused: device, disk full, permission (exit 4)."""

    exit_code = ExitCode.MACHINE
    default_kind = "machine"


def machine_error(error: OSError, path: str | os.PathLike[str], doing: str) -> MachineError:
    """Turns an operating-system error met while `doing` something to `path` into our own.

    Args:
        error: what the system said.
        path: the file or folder it said it about.
        doing: a verb phrase, for example ``"write"``.
    """
    import errno

    kinds = {
        errno.ENOSPC: ("disk_full", "the disk is full: free some space or choose another folder"),
        errno.EDQUOT: ("disk_full", "the disk quota is used up: free some space"),
        errno.EACCES: ("permission", "permission denied: choose another folder or change its rights"),
        errno.EPERM: ("permission", "not permitted: choose another folder or change its rights"),
        errno.EROFS: ("permission", "the file system is read-only: choose another folder"),
    }
    fallback = ("machine", error.strerror or str(error))
    kind, remedy = kinds.get(error.errno or 0, fallback)
    return MachineError(f"{os.fspath(path)}: cannot {doing}: {remedy}", kind=kind, path=path)
