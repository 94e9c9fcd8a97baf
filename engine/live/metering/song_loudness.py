"""Loudness that belongs to the song: 10 ms powers by programme position, whatever order it is heard in."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from engine.meters.gating import gated_lufs, gated_range_lu, window_means
from engine.meters.loudness import LoudnessMeter, weigh
from engine.meters.slots import (
    GATING_HOP_SLOTS,
    MOMENTARY_SLOTS,
    SHORT_TERM_SLOTS,
    slot_start,
    slots_in,
)

Doubles = NDArray[np.float64]

#: After a jump nothing is stored for this time: what plays still remembers where it came from.
SETTLE_S = 3.0
#: After a structural edit, whose graph has run ahead of what is heard.
SETTLE_AFTER_EDIT_S = 1.0
#: What `SongLoudness.revisions` holds where nothing is known.
UNHEARD = -1

#: A stretch of song with more jumps than this (a loop of a few samples) is heard, but not stored.
_MANY_JUMPS = 8


class SongLoudness(LoudnessMeter):
    """Measures what is heard and keeps it by song position.

    Args:
        sample_rate: Hz.
        song_frames: length of the song.

    Attributes:
        powers: K-weighted power of each 10 ms slot of the song.
        revisions: revision of the session it was heard with, `UNHEARD` where it was not.
    """

    def __init__(self, sample_rate: int, song_frames: int) -> None:
        super().__init__(sample_rate, 2)
        slots = slots_in(song_frames, sample_rate)
        self.powers: Doubles = np.zeros(slots)
        self.revisions: NDArray[np.int64] = np.full(slots, UNHEARD, np.int64)
        self._latest: deque[float] = deque(maxlen=SHORT_TERM_SLOTS)
        self._expected = 0
        self._begun_inside = False
        self._settled_from = 0

    def begin(self) -> None:
        """Forgets what was heard last: momentary and short-term loudness restart."""
        self._latest.clear()

    def settle(self, seconds: float) -> None:
        """Stores nothing for some time to come."""
        here = int(self._clock[1])
        self._settled_from = max(self._settled_from, here + round(seconds * self.sample_rate))

    def hear(self, block: Doubles, positions: NDArray[np.int64], revision: int) -> None:
        """Takes in what was played.

        Args:
            block: `(frames, 2)` float64, C order.
            positions: `(frames,)` song frame of each.
            revision: of the session that played.
        """
        cuts = np.flatnonzero(np.diff(positions) != 1) + 1
        if len(cuts) > _MANY_JUMPS:
            self._jump(int(positions[0]))
            self._run(block, revision)
            self._expected = -1
            return
        for begin, end in zip((0, *cuts), (*cuts, len(positions)), strict=True):
            if positions[begin] != self._expected:
                self._jump(int(positions[begin]))
            self._run(block[begin:end], revision)
            self._expected = int(positions[end - 1]) + 1

    def _jump(self, position: int) -> None:
        """Goes on measuring at another place of the song."""
        slot = position * 100 // self.sample_rate
        while slot_start(slot + 1, self.sample_rate) <= position:
            slot += 1
        while slot > 0 and slot_start(slot, self.sample_rate) > position:
            slot -= 1
        self._clock[1], self._clock[2] = position, slot
        self._memory[:, -1] = 0.0
        self._begun_inside = slot_start(slot, self.sample_rate) != position
        self._settled_from = position
        self.settle(SETTLE_S)

    def _run(self, block: Doubles, revision: int) -> None:
        first = int(self._clock[2])
        powers = np.zeros(slots_in(len(block), self.sample_rate))
        count = weigh(block, self._coefficients, self._weights, self._memory, self._clock, powers)
        for index, slot in enumerate(range(first, first + count)):
            whole, self._begun_inside = not self._begun_inside, False
            if whole:
                self._latest.append(float(powers[index]))
            settled = slot_start(slot, self.sample_rate) >= self._settled_from
            if whole and settled and slot < self.powers.size:
                self.powers[slot], self.revisions[slot] = powers[index], revision

    def fill(self, first_slot: int, powers: Doubles, revision: int) -> None:
        """Takes over powers that were measured without listening.

        They are what hearing the song from its first frame gives, so they replace what was heard.

        Args:
            first_slot: slot of the song of the first.
            powers: of successive slots; those beyond the song's end make it longer.
            revision: of the session that they belong to, which has to be what plays now.
        """
        end = first_slot + len(powers)
        self._make_room(max(end, self.powers.size))
        self.powers[first_slot:end], self.revisions[first_slot:end] = powers, revision

    def resize(self, song_frames: int) -> None:
        """Makes room for a song of another length; what is known of it stays."""
        self._make_room(slots_in(song_frames, self.sample_rate))

    def _make_room(self, slots: int) -> None:
        if slots == self.powers.size:
            return
        powers, revisions = np.zeros(slots), np.full(slots, UNHEARD, np.int64)
        kept = min(slots, self.powers.size)
        powers[:kept], revisions[:kept] = self.powers[:kept], self.revisions[:kept]
        self.powers, self.revisions = powers, revisions

    def latest_power(self, slots: int) -> float | None:
        """Mean power of the latest slots that were heard; None before there are as many."""
        if len(self._latest) < slots:
            return None
        return sum(list(self._latest)[-slots:]) / slots

    @property
    def heard_share(self) -> float:
        """How much of the song is known, 0 … 1."""
        whole = max(1, self.powers.size - 2)
        return min(1.0, int(np.count_nonzero(self.revisions != UNHEARD)) / whole)

    def _known(self, slots: int) -> Doubles:
        """Mean powers of the windows of `slots` slots, at the gating hop, that are known throughout."""
        means = window_means(self.powers, slots)[::GATING_HOP_SLOTS]
        known = window_means((self.revisions != UNHEARD).astype(np.float64), slots)[::GATING_HOP_SLOTS]
        heard: Doubles = means[known == 1.0]
        return heard

    @property
    def integrated_lufs(self) -> float | None:
        """Gated loudness of what is known of the song."""
        return gated_lufs(self._known(MOMENTARY_SLOTS))

    @property
    def loudness_range_lu(self) -> float | None:
        """Loudness range of what is known of the song."""
        return gated_range_lu(self._known(SHORT_TERM_SLOTS))
