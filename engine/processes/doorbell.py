"""Wakes an engine that waits: who has put something into its memory rings, so that it need not look often.

A doorbell is a FIFO in the runtime folder, named after the engine's segment. It carries nothing but "look": a
client that cannot ring is heard at the engine's next round all the same, a little later.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from engine.link import shm
from engine.paths import runtime_dir

_SUFFIX = ".bell"
#: More than this is never waiting: a full pipe has rung, too.
_DRAINED_BYTES = 4096


def _path(segment: str) -> Path:
    return runtime_dir() / f"{segment}{_SUFFIX}"


class Doorbell:
    """The engine's end.

    Args:
        segment: name of the engine's segment, which has to exist.

    Attributes:
        descriptor: can be read when somebody has rung; −1: there is no bell.
    """

    def __init__(self, segment: str) -> None:
        self._segment = segment
        self.descriptor = -1
        self.hang()

    def hang(self) -> bool:
        """Makes the bell where it is not there, or somebody has removed it; whether it was made."""
        path = _path(self._segment)
        if self.descriptor >= 0 and path.exists():
            return False
        self.close()
        with contextlib.suppress(OSError):  # rounds go on without it
            os.mkfifo(path, 0o600)
            # written to as well: reading would end whenever the last client goes
            self.descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        return self.descriptor >= 0

    def hush(self) -> None:
        """Forgets who has rung so far."""
        with contextlib.suppress(OSError):
            os.read(self.descriptor, _DRAINED_BYTES)

    def close(self) -> None:
        """Takes the bell down."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
        _path(self._segment).unlink(missing_ok=True)


class Ringer:
    """A client's end; any thread may ring.

    Args:
        segment: name of the engine's segment.
    """

    def __init__(self, segment: str) -> None:
        self._segment = segment
        self._descriptor = -1

    def ring(self) -> None:
        """Wakes the engine; never waits, and does nothing where there is no bell."""
        try:
            if self._descriptor < 0:
                self._descriptor = _opened(_path(self._segment))
            os.write(self._descriptor, b"\0")
        except BlockingIOError:  # it has not looked yet, and will
            pass
        except OSError:  # none there, or it has been taken down
            self.close()

    def close(self) -> None:
        """Lets go of it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _opened(path: Path) -> int:
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no bell")
    return descriptor


def remove_dead_doorbells() -> None:
    """Removes the bells of engines whose memory is gone."""
    listing = Path(shm.LISTING)
    if not listing.is_dir():  # nobody can tell
        return
    with contextlib.suppress(OSError):
        for path in runtime_dir().glob(f"*{_SUFFIX}"):
            if not (listing / path.name.removesuffix(_SUFFIX)).exists():
                path.unlink(missing_ok=True)
