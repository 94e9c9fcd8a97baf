"""Short-term loudness and a small spectrum of every stem; measured only while somebody looks at them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES
from engine.link.records import STEM_BANDS
from engine.live.loop import cells
from engine.live.player.shared_memory import Board
from engine.meters.channels import channel_weights
from engine.meters.gating import lufs_from_power
from engine.meters.loudness import LoudnessMeter, weigh
from engine.meters.slots import SHORT_TERM_SLOTS, slots_in
from engine.meters.spectrum import BANDS, SpectrumMeter

Doubles = NDArray[np.float64]

#: They are measured in pieces of at least so long, which costs less than tick by tick, s.
PIECE_S = 0.06
_FIRST_OF_BAND = np.arange(0, BANDS, 2)
assert len(_FIRST_OF_BAND) == STEM_BANDS


@dataclass(frozen=True)
class StemsLevels:
    """What came of every stem since the last time.

    Attributes:
        short_term_lufs: loudness of the last 3 s that were heard; NaN before there are as many.
        spectra: `(stems, STEM_BANDS)` mean squares of both channels added, by `records.STEM_BANDS`.
        frames: it was measured over.
    """

    short_term_lufs: tuple[float, ...]
    spectra: Doubles
    frames: int


class _ShortTerm(LoudnessMeter):
    """The latest 3 s of a stem."""

    def __init__(self, sample_rate: int) -> None:
        super().__init__(sample_rate, 2, channel_weights(2))
        self._latest: deque[float] = deque(maxlen=SHORT_TERM_SLOTS)

    def process(self, block: Doubles) -> None:
        """As of `LoudnessMeter`; only what short-term loudness needs is kept."""
        powers = np.zeros(slots_in(len(block), self.sample_rate))
        count = weigh(block, self._coefficients, self._weights, self._memory, self._clock, powers)
        self._latest.extend(powers[:count].tolist())

    @property
    def lufs(self) -> float:
        """Loudness of the latest 3 s; NaN before there are as many."""
        full = len(self._latest) == SHORT_TERM_SLOTS
        return lufs_from_power(sum(self._latest) / SHORT_TERM_SLOTS) if full else math.nan


class StemsLens:
    """Measures all stems while somebody looks.

    Args:
        board: of the player.
        sample_rate: Hz.
    """

    def __init__(self, board: Board, sample_rate: int) -> None:
        self._board, self._rate = board, sample_rate
        self._looking, self._read = False, 0
        self._names: tuple[str, ...] = ()
        self._meters: list[tuple[_ShortTerm, SpectrumMeter]] = []

    def look(self, looking: bool) -> None:
        """Whether to measure from now on."""
        if looking != self._looking:
            self._looking, self._names, self._meters = looking, (), []
            if not looking:
                self._board.look_at_stems(0)

    def take(self, names: tuple[str, ...]) -> StemsLevels | None:
        """What has come since the last call; None: nobody looks, or not enough has come yet.

        Args:
            names: of the stems that play; with others, measuring begins anew.
        """
        if not self._looking:
            return None
        board, names = self._board, names[: cells.LOOKED_MAXIMUM]
        if names != self._names:
            self._begin(names)
        end = int(board.cells[cells.LOOKED])
        # the loop may be writing the quantum after the last
        begin = max(self._read, end + QUANTUM_FRAMES - cells.LOOKED_FRAMES)
        if board.looked is None or not names or end - begin < PIECE_S * self._rate:
            return None
        rows = board.looked[np.arange(begin, end) & (cells.LOOKED_FRAMES - 1), : len(names)]
        self._read = end
        blocks = np.ascontiguousarray(rows.transpose(1, 0, 2), np.float64)
        spectra = np.zeros((len(names), STEM_BANDS))
        for (loudness, spectrum), block, bands in zip(self._meters, blocks, spectra, strict=True):
            loudness.process(block)
            spectrum.process(block)
            np.add.reduceat(spectrum.take(), _FIRST_OF_BAND, out=bands)
        return StemsLevels(tuple(loudness.lufs for loudness, _ in self._meters), spectra, len(rows))

    def _begin(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._meters = [(_ShortTerm(self._rate), SpectrumMeter(self._rate)) for _ in names]
        self._board.look_at_stems(len(names))
        # what the loop has copied so far is of other stems; so is what it is copying now
        self._read = int(self._board.cells[cells.LOOKED]) + QUANTUM_FRAMES
