"""Work that takes long lets what plays go first."""

from __future__ import annotations

import contextlib
import os

#: Niceness of renders, deliveries and albums: below whatever plays or is typed into.
_NICENESS = 5


def yield_to_playback() -> None:
    """Lowers this process's priority to that of long work; asked again, it changes nothing."""
    if not hasattr(os, "setpriority"):
        return
    with contextlib.suppress(OSError):  # where it may not, it runs like everything else
        os.setpriority(os.PRIO_PROCESS, 0, max(os.getpriority(os.PRIO_PROCESS, 0), _NICENESS))
