"""An engine that the faults happen to."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from engine.errors import MachineError
from engine.link.identity import is_alive
from engine.link.records import Role, State
from engine.processes.client import Client, attach_to
from engine.processes.launch import start
from engine.processes.registry import Entry
from tests.torture.ground import PATIENCE_S

#: An engine that does not get a core within its own patience is started again so often.
_STARTS = 5


def _started(song: Path, device: str) -> Entry:
    for _ in range(_STARTS - 1):
        with contextlib.suppress(MachineError):
            return start(song, device=device)
    return start(song, device=device)


class Played:
    """An engine that plays a copy of the song, and a client in control of it.

    Args:
        folder: of the song.
        device: what it plays on.
        loop_frames: how much of it, again and again.
    """

    def __init__(self, folder: Path, device: str = "null", loop_frames: int = 96_000) -> None:
        self.song = folder / "s.toml"
        self.entry: Entry = _started(self.song, device)
        self.desk: Client = attach_to(self.entry, Role.CONTROLLER, wait_s=PATIENCE_S)
        until_s = time.monotonic() + PATIENCE_S
        while self.desk.state is State.LOADING and time.monotonic() < until_s:
            time.sleep(0.02)
        # first: on a busy machine the song would be over before a loop is asked for
        loop = {"on": True, "start_frames": 0, "end_frames": loop_frames}
        self.desk.request("loop", loop, timeout_s=PATIENCE_S)
        self.desk.request("play", timeout_s=PATIENCE_S)

    def kill(self) -> None:
        """Ends it as the kernel does; from any thread."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.entry.identity.pid, signal.SIGKILL)
        until_s = time.monotonic() + PATIENCE_S
        while is_alive(self.entry.identity) and time.monotonic() < until_s:
            time.sleep(0.01)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.entry.identity.pid, 0)

    def parts(self, module: str) -> list[int]:
        """Processes of its own that run a module, such as `engine.live.background`."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, ValueError):
                fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
                words = (folder / "cmdline").read_bytes().split(b"\0")
                if (
                    int(fields[1]) == self.entry.identity.pid
                    and module.encode() in words
                    and fields[0] != "Z"
                ):
                    found.append(int(folder.name))
        return found

    def is_answered(self, number: int) -> bool:
        """Whether an edit is answered: a marker at that frame."""
        wish = {"action": "set", "position_frames": number, "name": f"m{number}"}
        return self.desk.request("marker", wish, timeout_s=PATIENCE_S).kind == "done"

    def moves(self, timeout_s: float = PATIENCE_S) -> bool:
        """Whether the song moves on within that time."""
        here = self.desk.snapshot().transport.position_frames
        return self.until(lambda: self.desk.snapshot().transport.position_frames != here, timeout_s)

    def until(self, holds: Callable[[], bool], timeout_s: float) -> bool:
        """Waits for something; whether it came to be."""
        until_s = time.monotonic() + timeout_s
        while not (found := holds()) and time.monotonic() < until_s and is_alive(self.entry.identity):
            time.sleep(0.02)
        return found or holds()

    def close(self) -> None:
        """Ends everything."""
        self.kill()
        self.desk.close()
