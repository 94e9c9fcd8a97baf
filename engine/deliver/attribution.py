"""Who causes the limiting: each stem's share of the samples that made the limiter act.

An *event* begins where the limiter's gain starts to fall and ends where it starts to fall again. Its
deciding sample is the one that was largest before the gain, of either channel. A stem's share is its
part of that sample: shares add up to 1, and a negative one makes the peak smaller. Stems and master
have had the same gain, which cancels.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from engine.rack.operation import Doubles
from engine.report.render import StemShare

#: A gain that falls by less in a frame is rounding.
_SMALLEST_FALL = 1e-9


class Attribution:
    """Takes the master's output with its stems and the gain, block by block.

    Args:
        names: of the stems, in the order of their columns.
        sample_rate: Hz.
        start_frame: song frame of the first frame that is handed over.

    Between two blocks it keeps one event: memory does not grow.
    """

    def __init__(self, names: tuple[str, ...], sample_rate: int, start_frame: int) -> None:
        self._names = names
        self._rate = sample_rate
        self._position = start_frame
        self._gain = 1.0
        self._falling = False
        self._peak = 0.0
        self._lowest = 1.0
        self._at = start_frame
        self._shares = np.zeros(len(names))
        self._weighted = np.zeros(len(names))
        self._weight = 0.0
        self._worst = np.full(len(names), -np.inf)
        self._worst_frame = np.full(len(names), start_frame, dtype=np.int64)

    def process(self, block: Doubles) -> None:
        """The next `(frames, 2 + 2 · stems + 1)`: master, stems, gain."""
        if block.shape[0] == 0:
            return
        gain = block[:, -1]
        falling = np.diff(gain, prepend=self._gain) < -_SMALLEST_FALL
        begins = np.flatnonzero(falling & ~np.concatenate(([self._falling], falling[:-1])))
        edges = [0, *begins.tolist(), block.shape[0]]
        for number, (first, last) in enumerate(itertools.pairwise(edges)):
            if number > 0:
                self._end_event()
            if first < last:
                self._extend(block[first:last], first)
        self._gain, self._falling = float(gain[-1]), bool(falling[-1])
        self._position += block.shape[0]

    def _extend(self, rows: Doubles, first: int) -> None:
        gain = rows[:, -1]
        self._lowest = min(self._lowest, float(gain.min()))
        before = np.abs(rows[:, :2]) / np.maximum(gain, np.finfo(float).tiny)[:, None]
        place = int(before.argmax())
        frame, channel = divmod(place, 2)
        if before[frame, channel] > self._peak:
            self._peak = float(before[frame, channel])
            self._at = self._position + first + frame
            self._shares = rows[frame, 2 + channel : -1 : 2] / rows[frame, channel]

    def _end_event(self) -> None:
        if self._lowest < 1.0 and self._peak > 0.0:
            reduction_db = -20.0 * math.log10(self._lowest)
            caused = self._shares * reduction_db
            self._weighted += caused
            self._weight += reduction_db
            worse = caused > self._worst
            self._worst[worse] = caused[worse]
            self._worst_frame[worse] = self._at
        self._peak, self._lowest = 0.0, 1.0

    def result(self) -> tuple[StemShare, ...]:
        """Shares over all events, weighted with their reduction in dB; none where nothing was limited."""
        self._end_event()
        if self._weight == 0.0:
            return ()
        return tuple(
            StemShare(name, float(weighted / self._weight), float(frame / self._rate))
            for name, weighted, frame in zip(self._names, self._weighted, self._worst_frame, strict=True)
        )
