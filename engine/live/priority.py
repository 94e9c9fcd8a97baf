"""Real-time priority for the threads that must not be late, where the system grants it."""

from __future__ import annotations

import contextlib
import os
import threading

#: Above everything ordinary, below what drives hardware.
_PRIORITY = 10
_NICENESS = -11


def raise_priority(*, inherited: bool = False) -> bool:
    """Asks for real-time priority for the calling thread, else for a lower niceness.

    Args:
        inherited: threads and processes that it starts get it, too.

    Returns:
        Whether the thread has real-time priority now.
    """
    scheduler = getattr(os, "SCHED_RR", None)
    if scheduler is not None:
        with contextlib.suppress(OSError):  # an ordinary user may not: the next best follows
            policy = scheduler | (0 if inherited else getattr(os, "SCHED_RESET_ON_FORK", 0))
            os.sched_setscheduler(0, policy, os.sched_param(_PRIORITY))
            return True
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # nor this: then it runs like everything else
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
    return False
