"""Which process is meant: a process number alone is reused, so it never decides that something is dead."""

from __future__ import annotations

import contextlib
import functools
import os
from typing import NamedTuple

#: Process states of proc(5) in which nothing runs any more: a zombie awaits its parent, X is on its way out.
_OVER = frozenset({"Z", "X", "x"})


class Identity(NamedTuple):
    """One process, unmistakably.

    Attributes:
        pid: process number in its own namespace.
        start_time: clock ticks from boot to its start (proc(5), `stat` field 22); 0: not known.
        boot_id: the kernel's name for this boot; empty: not known.
        pid_namespace: inode of the namespace `pid` counts in, as containers have their own; 0: not known.
    """

    pid: int
    start_time: int
    boot_id: str
    pid_namespace: int


@functools.cache
def _boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def _pid_namespace() -> int:
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return 0


def _stat_fields(pid: int) -> list[str] | None:
    """The fields of `/proc/PID/stat` from the state on; None where there is no such process or no /proc."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            line = file.read()
    except OSError:
        return None
    # the program's name stands in parentheses and may hold blanks and parentheses itself
    return line[line.rindex(b")") + 2 :].decode("ascii", "replace").split()


def _start_time(pid: int) -> int:
    fields = _stat_fields(pid)
    return 0 if fields is None else int(fields[19])


@functools.cache
def _identity(pid: int) -> Identity:
    return Identity(pid, _start_time(pid), _boot_id(), _pid_namespace())


# a grandchild may be given the number of a process that was looked up before the fork
os.register_at_fork(after_in_child=_identity.cache_clear)


def own_identity() -> Identity:
    """The identity of the calling process (right in the child after a fork, too)."""
    return _identity(os.getpid())


def is_judgeable(identity: Identity) -> bool:
    """Whether `is_alive` can tell: a process of another container's namespace cannot be looked up."""
    return identity.pid_namespace in (0, own_identity().pid_namespace)


def is_alive(identity: Identity) -> bool:
    """Whether that very process still runs; when in doubt, it does.

    A stopped process is alive. A killed one is dead even while its parent has not yet noticed. What
    was left by an earlier boot is dead, whatever runs under its number now.
    """
    own = own_identity()
    if identity.boot_id and own.boot_id and identity.boot_id != own.boot_id:
        return False
    if not is_judgeable(identity):
        return True
    fields = _stat_fields(identity.pid)
    if fields is None:
        return not os.path.isdir("/proc/self") and _answers_signals(identity.pid)
    if fields[0] in _OVER:
        return False
    return identity.start_time == 0 or int(fields[19]) == identity.start_time


def is_stopped(identity: Identity) -> bool:
    """Whether the process is held by SIGSTOP, ctrl+z or a debugger."""
    fields = _stat_fields(identity.pid) if is_judgeable(identity) else None
    return fields is not None and fields[0] in {"T", "t"}


def resident_bytes(identity: Identity) -> int | None:
    """Memory the process holds now (proc(5), `statm` field 2), bytes; None where that cannot be seen."""
    with contextlib.suppress(OSError):
        if is_judgeable(identity):
            with open(f"/proc/{identity.pid}/statm", "rb") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None


def _answers_signals(pid: int) -> bool:
    """The weaker test of systems without /proc."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
