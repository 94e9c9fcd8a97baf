"""What nobody asked for and everybody has to be told: lost devices, changed files, mistakes."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.link.document import Notice, StemState
from engine.live.log import say
from engine.processes.host import Host
from engine.session.model import Stem

if TYPE_CHECKING:
    from engine.live.graph.sources import Notice as SourceNotice

#: Notices that are kept for consoles that attach later.
_KEPT = 20
#: What a notice about a stem's file says about its state.
_STATES: Mapping[str, str] = {
    "stem_truncated": "truncated",
    "stem_removed": "missing",
    "stem_replaced": "replaced",
    "stem_changed": "replaced",
}


class Notices:
    """Tells notices, and keeps the newest.

    Args:
        host: whose clients are told.

    Attributes:
        newest: oldest first.
        is_new: something was told since this was last set to False.
    """

    def __init__(self, host: Host) -> None:
        self.newest: deque[Notice] = deque(maxlen=_KEPT)
        self.is_new = False
        self._host = host
        self._late: queue.SimpleQueue[tuple[str, str, Path | None]] = queue.SimpleQueue()
        self._files: dict[str, tuple[str, str]] = {}

    def tell(self, code: str, message: str) -> None:
        """Tells every console, and the log."""
        self.newest.append(Notice(code, message, time.time()))
        self._host.notify(code, message)
        self.is_new = True
        say(f"{code}: {message}")

    def forget(self, *codes: str) -> None:
        """What was told under these codes no longer holds."""
        kept = [notice for notice in self.newest if notice.code not in codes]
        if len(kept) != len(self.newest):
            self.newest = deque(kept, maxlen=_KEPT)
            self.is_new = True

    def tell_later(self, code: str, message: str, path: Path | None = None) -> None:
        """The same from any thread, with the next `hear`."""
        self._late.put((code, message, path))

    def note(self, notice: SourceNotice) -> None:
        """Takes a notice from any thread."""
        self.tell_later(notice.kind, notice.message, notice.path)

    def hear(self) -> None:
        """Tells what has come from other threads."""
        while not self._late.empty():
            code, message, path = self._late.get()
            if path is not None and code in _STATES:
                self._files[str(path)] = (_STATES[code], message)
            self.tell(code, message)

    def file_is_well(self, path: Path) -> None:
        """A stem's file has been opened again."""
        self._files.pop(str(path), None)
        self.is_new = True

    def stems_state(self, stems: Sequence[Stem]) -> tuple[StemState, ...]:
        """What is the matter with each stem's file."""
        return tuple(StemState(stem.name, *self._files.get(str(stem.path), ("ok", ""))) for stem in stems)
