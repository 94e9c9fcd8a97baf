"""Ends an engine or a render and returns when it is gone: asks first, insists later."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from engine.errors import MachineError, StemlatheError
from engine.link.identity import is_alive, is_judgeable
from engine.link.records import Role
from engine.processes.client import attach_to
from engine.processes.registry import Entry, running

_POLL_S = 0.01


def end(entry: Entry, *, ask_s: float = 3.0, term_s: float = 2.0, kill_s: float = 2.0) -> None:
    """Asks over the protocol, then sends SIGTERM, then SIGKILL; sweeps up behind it.

    Args:
        entry: what to end.
        ask_s: how long to wait after asking, s.
        term_s: how long to wait after SIGTERM, s.
        kill_s: how long to wait after SIGKILL, s.

    Raises:
        MachineError: it is still there after all that (kind `not_ended`).
    """
    with contextlib.suppress(StemlatheError), attach_to(entry, Role.CONTROLLER) as client:
        client.send("stop")
        if _gone(entry, ask_s):
            running()
            return
    for number, wait_s in ((signal.SIGTERM, term_s), (signal.SIGKILL, kill_s)):
        _signal(entry, number)
        if _gone(entry, wait_s):
            running()
            return
    raise MachineError(f"{entry.name}: process {entry.identity.pid} does not end", kind="not_ended")


def _gone(entry: Entry, wait_s: float) -> bool:
    deadline_s = time.monotonic() + wait_s
    while is_alive(entry.identity):
        if time.monotonic() > deadline_s:
            return False
        time.sleep(_POLL_S)
    return True


def _signal(entry: Entry, number: signal.Signals) -> None:
    """Signals that very process: through a handle, so that its number cannot pass to another meanwhile."""
    if not is_judgeable(entry.identity):
        return
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(entry.identity.pid)
        try:
            if is_alive(entry.identity):
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)
