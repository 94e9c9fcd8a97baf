"""Where the loudness scales stand: about the target, else about the programme itself."""

from __future__ import annotations

import math

from tui.desk.target import target_lufs
from tui.view import View

#: Until anything is known, LUFS (EBU R 128's programme level).
UNKNOWN_LUFS = -23.0
#: The steps in which a scale moves, LU, and how far the programme may be from its middle before it does:
#: a scale that follows every tenth cannot be read.
STEP_LU, STICKY_LU = 3.0, 4.0


class Middle:
    """The loudness that a scale stands about; it stays where it is as long as it may."""

    def __init__(self) -> None:
        self._lufs: float | None = None

    def at(self, view: View) -> float:
        """The target, LUFS; without one the integrated loudness in steps of `STEP_LU`."""
        target = target_lufs(view)
        if target is not None:
            self._lufs = None
            return target
        found = view.snapshot.master.integrated_lufs
        if not math.isfinite(found) or found < -70.0:
            return UNKNOWN_LUFS if self._lufs is None else self._lufs
        if self._lufs is None or abs(found - self._lufs) > STICKY_LU:
            self._lufs = STEP_LU * round(found / STEP_LU)
        return self._lufs
