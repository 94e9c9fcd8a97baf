"""The engine's side of the background: starts it, feeds it, listens to it, starts it again."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections import deque
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import MachineError
from engine.live.background.request import Order
from engine.live.child_process import child_environment, log_file
from engine.live.log import open_log

if TYPE_CHECKING:
    from engine.live.background.results import Result
    from engine.session.model import Session

#: Pause before a background that has died is restarted, and deaths after which it is not.
_PAUSE_S = 0.5
_DEATHS, _LATELY_S = 4, 600.0
#: What it may take to leave.
_LEAVING_S = 1.0


class Background:
    """Finds out in a process of its own what belongs to the live session.

    The process is started with the first order and ends with this one. Its crash costs its results
    and nothing else: it is started again, a few times; then that is told as a `Trouble`.

    All methods return at once and may be called from any one thread.
    """

    def __init__(self) -> None:
        self._order: Order | None = None
        self._results: deque[Result] = deque()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)

    @property
    def pid(self) -> int | None:
        """Of the process; None while there is none."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def submit(
        self,
        session: Session,
        text: str,
        revision: int,
        target: str | None,
        version: str,
        track: Path | None = None,
    ) -> None:
        """Asks for everything about a state of the live session; the newest order counts.

        Args:
            session: the live session; only its `path` is used.
            text: the same as TOML.
            revision: its number.
            target: name of the chosen deliverable; None: none.
            version: of the song that plays.
            track: another file that is compared with; None: none is.
        """
        with self._lock:
            if self._closed:
                return
            self._order = Order(text, session.path, revision, target, version, track)
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="background", daemon=True)
                self._thread.start()
            self._rouse()

    def poll(self) -> list[Result]:
        """What has been found since the last call, oldest first."""
        found = []
        with contextlib.suppress(IndexError):  # that was all
            while True:
                found.append(self._results.popleft())
        return found

    def close(self) -> None:
        """Ends the process."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._rouse()
        if self._thread is not None:
            self._thread.join()
        os.close(self._woken)
        os.close(self._wake)

    def _rouse(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it has enough to wake up for
            os.write(self._wake, b"\0")

    # ----------------------------------------------------------------------- its own thread

    def _keep(self) -> None:
        """Keeps a process running until the end, or until it has died too often."""
        deaths: deque[float] = deque(maxlen=_DEATHS)
        while not self._closed:
            try:
                connection = self._start()
            except (OSError, MachineError) as error:
                self._give_up(f"cannot be started ({error})")
                return
            with connection:
                self._serve(connection)
            self._end()
            if self._closed:
                return
            deaths.append(time.monotonic())
            if len(deaths) == _DEATHS and deaths[-1] - deaths[0] < _LATELY_S:
                self._give_up(f"has died {_DEATHS} times ({log_file('background.log')} may say why)")
                return
            wait([self._woken], _PAUSE_S)

    def _start(self) -> Connection:
        ours, theirs = multiprocessing.Pipe()
        log = open_log(log_file("background.log"))
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "engine.live.background", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
                env=child_environment(),
                start_new_session=True,
            )
        finally:
            os.close(log)
            theirs.close()
        return ours

    def _serve(self, connection: Connection) -> None:
        """Hands over orders and takes results until the process dies or is to end."""
        sent: Order | None = None
        with contextlib.suppress(EOFError, OSError):  # it has died
            while not self._closed:
                order = self._order
                if order is not sent:
                    connection.send(order)
                    sent = order
                for ready in wait([connection, self._woken]):
                    if ready is connection:
                        self._results.append(connection.recv())
                    else:
                        os.read(self._woken, 4096)

    def _end(self) -> None:
        """Waits for the process, whose connection has been closed."""
        assert self._process is not None
        try:
            self._process.wait(_LEAVING_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _give_up(self, why: str) -> None:
        from engine.live.background.results import Trouble

        assert self._order is not None
        message = (
            f"the background work {why}: drive, level match, loudness map and lamps stay as they are "
            "until the engine is started again; playback is not affected"
        )
        self._results.append(Trouble(self._order.revision, "background_failed", message))
