"""The background's process: `python -m engine.live.background DESCRIPTOR`, started by its keeper."""

from __future__ import annotations

import contextlib
import os
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from engine.live.background.inbox import Inbox

#: Everybody else goes first. As a session it still gets a quarter beside one that is busy, so that
#: whoever waits for a drive while a render runs does not wait for ever.
_NICENESS, _SESSION_NICENESS = 19, 5


def _step_back() -> None:
    """Runs and reads only when nobody else wants to, and interrupts nobody; its threads inherit that."""
    import psutil

    os.nice(_NICENESS)
    # Linux shares out the processor by session first (sched(7), autogroup): niceness alone would take
    # from the engine's share, so this is a session of its own, and that is nice as well
    with contextlib.suppress(OSError):  # not every kernel does that
        Path("/proc/self/autogroup").write_text(str(_SESSION_NICENESS), encoding="ascii")
    with contextlib.suppress(AttributeError, OSError):  # not every system knows of that
        psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)
    policy = getattr(os, "SCHED_BATCH", None)
    if policy is not None:
        with contextlib.suppress(OSError):  # then it is merely nice
            os.sched_setscheduler(0, policy, os.sched_param(0))


def main() -> None:
    """Works until the connection ends."""
    # before anything that takes long: a machine that is busy may let it take minutes
    inbox = Inbox(connection := Connection(int(sys.argv[1])))
    _step_back()
    from engine.live.background.folder import own_folder
    from engine.live.background.tasks import all_tasks
    from engine.live.background.worker import Worker
    from engine.paths import cache_dir
    from engine.private import make_private

    with own_folder(make_private(cache_dir(), "background")) as inbox.folder:
        Worker(inbox, connection.send, all_tasks(inbox.folder)).run()


if __name__ == "__main__":
    main()
