"""Where orders arrive in the background's process."""

from __future__ import annotations

import os
import shutil
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from engine.live.background.request import Order


class Inbox:
    """The newest order. The process ends at once when the connection does.

    Args:
        connection: to the engine.

    Attributes:
        folder: removed when the process ends; None: none.
    """

    def __init__(self, connection: Connection) -> None:
        self.folder: Path | None = None
        self._connection = connection
        self._arrived = threading.Condition()
        self._latest: Order | None = None
        threading.Thread(target=self._receive, name="inbox", daemon=True).start()

    def _receive(self) -> None:
        try:
            while True:
                order = self._connection.recv()
                with self._arrived:
                    self._latest = order
                    self._arrived.notify()
        except (EOFError, OSError):
            # the engine is gone: nobody wants the rest
            if self.folder is not None:
                shutil.rmtree(self.folder, ignore_errors=True)
            os._exit(0)

    @property
    def latest(self) -> Order | None:
        """The newest order; None before the first."""
        return self._latest

    def wait(self, known: Order | None, timeout_s: float | None) -> Order | None:
        """The newest order, as soon as it is another than `known`, at the latest after `timeout_s`."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._latest is not known, timeout_s)
            return self._latest
