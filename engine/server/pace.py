"""How long the control loop rests between two rounds, and what ends its rest."""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING

from engine.link.records import State

if TYPE_CHECKING:
    from engine.server.apply_changes import ChangeApplier
    from engine.server.state import EngineState

#: Between two rounds while something moves, s.
ROUND_S = 0.008
#: The same while nothing does: what has no way to ring is seen then. A heartbeat this old is no late one
#: (`engine.processes.client.LATE_S`).
_RESTING_ROUND_S = 0.1
#: After a command things move for a while: states are published, threads finish, s.
_STIRRED_S = 0.5


class Pace:
    """Lets the control loop rest until something happens.

    Args:
        engine: its state.
        changes: bring the live session into the player.
    """

    def __init__(self, engine: EngineState, changes: ChangeApplier) -> None:
        self._engine, self._changes = engine, changes
        self._stirred_until_s = 0.0

    def stir(self) -> None:
        """Something was asked for: what comes of it will soon have to be told."""
        self._stirred_until_s = time.monotonic() + _STIRRED_S

    def wait(self) -> None:
        """Returns when a client rings, a thread has finished, or it is time for the next round."""
        engine = self._engine
        bell = engine.host.doorbell
        poll = select.poll()
        poll.register(engine.workers.descriptor, select.POLLIN)
        if bell.descriptor >= 0:
            poll.register(bell.descriptor, select.POLLIN)
        pause_s = ROUND_S if self._is_lively() else _RESTING_ROUND_S
        for descriptor, _ in poll.poll(1000.0 * pause_s):
            if descriptor == bell.descriptor:
                bell.hush()
                self.stir()

    def _is_lively(self) -> bool:
        engine = self._engine
        if engine.host.doorbell.descriptor < 0:
            return True
        moving = engine.playing in (State.PLAYING, State.LOADING) or self._changes.is_busy
        return moving or time.monotonic() < self._stirred_until_s
