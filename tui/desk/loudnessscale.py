"""Where the loudness scales stand: about the target, else about the programme itself."""

from __future__ import annotations

import math

from engine.link.history import Heard, History
from tui.desk.target import target_lufs
from tui.view import View

#: Until anything is known, LUFS (EBU R 128's programme level).
UNKNOWN_LUFS = -23.0
#: The steps in which a scale moves, LU, and how far the programme may be from its middle before it does:
#: a scale that follows every tenth cannot be read.
STEP_LU, STICKY_LU = 3.0, 2.0
#: What is heard of the song lies no further above the middle than this, LU: there the song's scale ends.
ABOVE_LU = 6.0


class Middle:
    """The loudness that a scale stands about; it stays where it is as long as it may."""

    def __init__(self) -> None:
        self._lufs: float | None = None
        self._loudest: tuple[History | None, float] = (None, -math.inf)

    def at(self, view: View) -> float:
        """The target, LUFS; without one the integrated loudness in steps of `STEP_LU`."""
        target = target_lufs(view)
        if target is not None:
            self._lufs = None
            return target
        found = view.snapshot.master.integrated_lufs
        if not math.isfinite(found) or found < -70.0:
            return UNKNOWN_LUFS if self._lufs is None else self._lufs
        least = self._loudest_of(view.history) - ABOVE_LU
        if self._lufs is None or abs(found - self._lufs) > STICKY_LU or least > self._lufs:
            # so high that the loudest part is seen, but never so high that the programme itself is not
            steps = max(round(found / STEP_LU), math.ceil(min(max(least, -99.0), found + ABOVE_LU) / STEP_LU))
            self._lufs = STEP_LU * steps
        return self._lufs

    def _loudest_of(self, history: History) -> float:
        """The largest short-term loudness that was heard, LUFS; looked for once in the same history."""
        if self._loudest[0] is not history:
            heard = zip(history.short_term_lufs, history.states, strict=False)
            levels = (level for level, state in heard if state != Heard.UNHEARD and level == level)
            self._loudest = (history, max(levels, default=-math.inf))
        return self._loudest[1]
