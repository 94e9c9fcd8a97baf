"""Who causes a gain reduction: each stem's share of the samples that made the processor act.

An *event* begins with the quantum (64 frames) in which the gain starts to fall and ends where, after
it has risen, it starts to fall again. Its deciding sample is the largest that the detector sees in
it, of either channel; a stem's share is its part of that sample, or of the mean square there where
the detector follows that (`engine.rack.watch`). Shares add up to 1, and a negative one makes the
peak smaller.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES
from engine.rack.operation import Doubles
from engine.rack.watch import FRAME, LEVEL, SHARES, SMALLEST_GAIN
from engine.units import db_from_gain

Frames = NDArray[np.int64]

#: A gain that moves by less from one quantum to the next is rounding, or the ripple of a steady tone.
_SMALLEST_MOVE = 1e-6
#: An event that reduces by less is none.
_SMALLEST_DB = 0.005


@dataclass(frozen=True)
class Decisive:
    """Quanta of the song: what a gain was, and the sample that decides it.

    Attributes:
        gain: `(quanta,)`, the smallest, 1 where nothing is reduced.
        level: `(quanta,)`, of the deciding sample, linear.
        frame: `(quanta,)`, its song frame.
        shares: `(quanta, stems)` of it.
    """

    gain: Doubles
    level: Doubles
    frame: Frames
    shares: Doubles

    def __getitem__(self, rows: slice | NDArray[np.bool_]) -> Decisive:
        """Some of the quanta."""
        return Decisive(self.gain[rows], self.level[rows], self.frame[rows], self.shares[rows])


def decisive(rows: Doubles, first_frame: int, neutral: float = 1.0) -> Decisive:
    """What a watch has written down.

    Args:
        rows: `(quanta, SHARES + stems)`, see `engine.rack.watch.take_rows`.
        first_frame: song frame of the first.
        neutral: the gain where nothing is reduced.
    """
    begins = first_frame + QUANTUM_FRAMES * np.arange(len(rows))
    frame = begins + rows[:, FRAME].astype(np.int64)
    return Decisive(rows[:, SMALLEST_GAIN] / neutral, rows[:, LEVEL], frame, rows[:, SHARES:])


class Attribution:
    """Takes quanta in the song's order, any number at a time; between two calls it keeps one event.

    Args:
        stems: how many.
        floor: what does not reach this level decides nothing: the gain is on its way back.

    Attributes:
        events: so far, each with its reduction.
        weight: their reductions together, dB.
        caused: of each stem, share times reduction over all events, dB.
        worst: of each stem, the largest of these.
        worst_frame: the song frame of that.
        deepest: smallest gain of all quanta.
    """

    def __init__(self, stems: int, floor: float = 0.0) -> None:
        self._floor = floor
        self._gain = 1.0
        self._falling = False
        # the event that goes on, as if it were a quantum
        self._open = Decisive(np.ones(1), np.zeros(1), np.zeros(1, np.int64), np.zeros((1, stems)))
        self.events = 0
        self.weight = 0.0
        self.deepest = 1.0
        self.caused = np.zeros(stems)
        self.worst = np.full(stems, -np.inf)
        self.worst_frame = np.zeros(stems, np.int64)

    @property
    def deepest_db(self) -> float:
        """The largest reduction, dB, ≥ 0."""
        return max(0.0, -db_from_gain(self.deepest))

    def process(self, quanta: Decisive) -> None:
        """The next quanta."""
        if len(quanta.gain) == 0:
            return
        falling = self._directions(quanta.gain)
        begins = falling & ~np.concatenate(([self._falling], falling[:-1]))
        self._gain, self._falling = float(quanta.gain[-1]), bool(falling[-1])
        self.deepest = min(self.deepest, float(quanta.gain.min()))
        gain = np.concatenate((self._open.gain, quanta.gain))
        level = np.concatenate((self._open.level, quanta.level))
        first = np.concatenate(([0], 1 + np.flatnonzero(begins)))
        lowest, highest = np.minimum.reduceat(gain, first), np.maximum.reduceat(level, first)
        # of each event the first quantum that reaches its highest level
        event = np.concatenate(([0], np.cumsum(begins)))
        reaching = np.flatnonzero(level == highest[event])
        deciding = reaching[np.diff(event[reaching], prepend=-1) > 0]
        frame = np.concatenate((self._open.frame, quanta.frame))[deciding]
        shares = np.concatenate((self._open.shares, quanta.shares))[deciding]
        found = Decisive(lowest, highest, frame, shares)
        self._open = found[-1:]
        self._count(found[:-1])

    def _directions(self, gain: Doubles) -> NDArray[np.bool_]:
        """Whether the gain falls at each quantum; where it rests, what it did last counts."""
        moved = np.diff(gain, prepend=self._gain)
        moves = np.abs(moved) > _SMALLEST_MOVE
        last = np.maximum.accumulate(np.where(moves, np.arange(len(gain)), -1))
        return np.where(last < 0, self._falling, moved[last] < 0.0)

    def finish(self) -> None:
        """Counts the event that goes on."""
        self._count(self._open)
        self._open = Decisive(np.ones(1), np.zeros(1), self._open.frame, self._open.shares)

    def _count(self, events: Decisive) -> None:
        with np.errstate(divide="ignore"):
            reduction_db = -20.0 * np.log10(np.maximum(events.gain, np.finfo(float).tiny))
        counted = (reduction_db >= _SMALLEST_DB) & (events.level > self._floor)
        if not counted.any():
            return
        reduction_db, events = reduction_db[counted], events[counted]
        caused = events.shares * reduction_db[:, None]
        self.events += len(reduction_db)
        self.caused += caused.sum(axis=0)
        self.weight += float(reduction_db.sum())
        place = caused.argmax(axis=0)
        largest = caused[place, np.arange(len(place))]
        worse = largest > self.worst
        self.worst[worse] = largest[worse]
        self.worst_frame[worse] = events.frame[place[worse]]
