"""The monitor section as one matrix; nothing of it reaches a capture or a render."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.units import gain_from_db

#: What dim takes away.
DIM_DB = 20.0


@dataclass(frozen=True)
class MonitorSection:
    """What the listener has set.

    Attributes:
        level_db: monitor gain.
        dim: quieter by `DIM_DB`.
        mono: both sides carry (left + right)/2.
        side: both sides carry (left − right)/2; wins over mono.
        swap: left and right exchanged.
    """

    level_db: float = 0.0
    dim: bool = False
    mono: bool = False
    side: bool = False
    swap: bool = False

    def matrix(self) -> NDArray[np.float64]:
        """`(4,)` gains: left→left, right→left, left→right, right→right."""
        gain = gain_from_db(self.level_db - (DIM_DB if self.dim else 0.0))
        if self.side:
            rows = [0.5, -0.5, 0.5, -0.5]
        elif self.mono:
            rows = [0.5, 0.5, 0.5, 0.5]
        else:
            rows = [0.0, 1.0, 1.0, 0.0] if self.swap else [1.0, 0.0, 0.0, 1.0]
        return gain * np.array(rows)
