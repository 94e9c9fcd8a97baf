"""Playback systems as the loop runs them: prepared once each, handed over by address.

Everything the loop may touch is allocated and touched here, before it is handed over, and stays for
as long as the player lives: a system takes some kilobytes, and the loop may still be fading it out
when the next one has been chosen.
"""

from __future__ import annotations

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES
from engine.live.loop import cells
from engine.live.player.shared_memory import Board
from engine.session.playback import PlaybackSystem


class _Run:
    """One system with its memory, and the cells that tell the loop about it."""

    def __init__(self, system: PlaybackSystem, sample_rate: int) -> None:
        # here: it brings SciPy's interpolation, which whoever never translates need not wait for
        from engine.translation.filters import plan_of

        self._plan = plan = plan_of(system, sample_rate)
        self._state = plan.initial_state.copy()
        self._frames = np.full((QUANTUM_FRAMES, plan.columns), 0.0)
        self._words = words = np.zeros(cells.TRANSLATION_CELLS, np.int64)
        words[cells.RUN_OPERATIONS] = plan.operations.ctypes.data
        words[cells.RUN_COUNT], words[cells.RUN_ROW_BYTES] = len(plan.operations), plan.operations.strides[0]
        words[cells.RUN_COLUMNS], words[cells.RUN_FRAMES] = plan.columns, self._frames.ctypes.data
        words[cells.RUN_PARAMETERS] = plan.parameters.ctypes.data
        words[cells.RUN_STATE] = self._state.ctypes.data
        words[cells.TRANSLATION_STATE] = self._state.size

    @property
    def address(self) -> int:
        """Address of its cells."""
        return int(self._words.ctypes.data)


class Translations:
    """The playback systems of one player.

    Args:
        board: the player's board.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._runs: dict[PlaybackSystem, _Run] = {}

    def choose(self, system: PlaybackSystem | None) -> None:
        """Lets the monitor sound like a system; None: plain. Designing one takes a moment.

        Raises:
            SessionError: no filter follows its curve; what is heard stays.
        """
        if system is None:
            self._board.publish(cells.TRANSLATION, 0)
            return
        if system not in self._runs:
            self._runs[system] = _Run(system, int(self._board.cells[cells.SAMPLE_RATE]))
        self._board.publish(cells.TRANSLATION, self._runs[system].address)
