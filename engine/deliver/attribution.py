"""Who causes a gain reduction: each stem's share of the samples that made the processor act.

An *event* begins where the gain starts to fall and ends where it starts to fall again. Its deciding
sample is the largest that the detector sees, of either channel. A stem's share is its part of that
sample: shares add up to 1, and a negative one makes the peak smaller. Where the detector follows the
mean square, it is the stem's part in the energy of the milliseconds up to there.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from engine.rack.operation import Doubles

#: A gain that falls by less in a frame is rounding, or the ripple of a steady tone.
_SMALLEST_FALL = 1e-7


class Attribution:
    """Takes what a detector sees of the mix and of its stems, and the gain, block by block.

    Args:
        stems: how many.
        start_frame: song frame of the first frame that is handed over.
        neutral: the gain where nothing is reduced.
        rms_frames: the mean square is taken over so many frames; 0: peaks count.
        floor: what does not reach this level decides nothing: the gain is on its way back.

    Between two blocks it keeps one event: memory does not grow.

    Attributes:
        events: so far, each with its reduction.
        weight: their reductions together, dB.
        caused: of each stem, share times reduction over all events, dB.
        worst: of each stem, the largest of these.
        worst_frame: the song frame of that.
        deepest: smallest gain over the neutral one.
    """

    def __init__(
        self, stems: int, start_frame: int, neutral: float = 1.0, rms_frames: int = 0, floor: float = 0.0
    ) -> None:
        self._position = start_frame
        self._neutral = neutral
        self._rms_frames = rms_frames
        self._floor = floor
        self._gain = neutral
        self._falling = False
        self._peak = 0.0
        self._lowest = 1.0
        self._at = start_frame
        self._shares = np.zeros(stems)
        self.events = 0
        self.weight = 0.0
        self.deepest = 1.0
        self.caused = np.zeros(stems)
        self.worst = np.full(stems, -np.inf)
        self.worst_frame = np.full(stems, start_frame, dtype=np.int64)

    def process(self, levels: Doubles, lanes: Doubles, gain: Doubles) -> None:
        """The next frames.

        Args:
            levels: `(frames, 2)`, how large the mix is before the gain.
            lanes: `(frames, 2 + 2 · stems)`, the mix, and the stems which add up to it.
            gain: `(frames,)`, linear.
        """
        if gain.shape[0] == 0:
            return
        if self._lowest >= 1.0 and gain.min() >= self._neutral * (1.0 - _SMALLEST_FALL):
            self._gain, self._falling = float(gain[-1]), False
            self._position += gain.shape[0]
            return
        falling = np.diff(gain, prepend=self._gain) < -_SMALLEST_FALL
        begins = np.flatnonzero(falling & ~np.concatenate(([self._falling], falling[:-1])))
        edges = [0, *begins.tolist(), gain.shape[0]]
        for number, (first, last) in enumerate(itertools.pairwise(edges)):
            if number > 0:
                self.end_event()
            if first < last:
                self._lowest = min(self._lowest, float(gain[first:last].min()) / self._neutral)
                if self._lowest < 1.0:
                    self._extend(levels[first:last], lanes, first)
        self._gain, self._falling = float(gain[-1]), bool(falling[-1])
        self._position += gain.shape[0]

    def _extend(self, levels: Doubles, lanes: Doubles, first: int) -> None:
        frame, channel = divmod(int(levels.argmax()), 2)
        if levels[frame, channel] <= self._peak:
            return
        self._peak = float(levels[frame, channel])
        self._at = self._position + first + frame
        place = first + frame
        rows = lanes[max(0, place + 1 - max(1, self._rms_frames)) : place + 1, channel::2]
        whole = rows[:, 0]
        self._shares = whole @ rows[:, 1:] / (whole @ whole)

    def end_event(self) -> None:
        """Counts the event that is going on."""
        if self._lowest < 1.0 and self._peak > self._floor:
            reduction_db = -20.0 * math.log10(max(self._lowest, np.finfo(float).tiny))
            caused = self._shares * reduction_db
            self.events += 1
            self.caused += caused
            self.weight += reduction_db
            self.deepest = min(self.deepest, self._lowest)
            worse = caused > self.worst
            self.worst[worse] = caused[worse]
            self.worst_frame[worse] = self._at
        self._peak, self._lowest = 0.0, 1.0

    def add(self, later: Attribution) -> None:
        """Adds what was found in a later stretch of the song."""
        self.events += later.events
        self.caused += later.caused
        self.weight += later.weight
        self.deepest = min(self.deepest, later.deepest)
        worse = later.worst > self.worst
        self.worst[worse] = later.worst[worse]
        self.worst_frame[worse] = later.worst_frame[worse]
