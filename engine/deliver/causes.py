"""Looks for who causes the master's gain reductions, where they are deepest.

The stems follow the mix through the whole master (as they do for linked versions), which costs
several times as much as the mix alone. Where no stems are asked for, only stretches around the
deepest reductions of each processor are run again: a twentieth of the song, and 4 s at least. Each
begins a little earlier, so that filters and gains have settled; a share hardly depends on them, as
mix and stems get the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.deliver.attribution import Attribution
from engine.deliver.examine import Examined
from engine.deliver.work import Delivered, Work
from engine.plan.build import Fades, build_bus, build_output, lay_out_output
from engine.plan.layout import GainTap
from engine.plan.stream import GAIN_FRAMES
from engine.rack.operation import Doubles
from engine.report.render import GainCause, OutputReport, StemShare
from engine.session.model import Session
from engine.session.versions import heard

#: Of a song so much is run again …
_SHARE_OF_SONG = 0.05
#: … and so much at least.
_AT_LEAST_S = 4.0
#: Rows of gains to either side of a deep one, at least; at most half of what is run before them.
_MARGIN_ROWS = 4
#: Stretches are no longer than this, so that two can be run side by side.
_PIECE_S = 10.0
#: A reduction that is smaller is none; what is silenced counts as this much.
_SMALLEST_DB, _LARGEST_DB = 0.005, 300.0

Rows = NDArray[np.bool_]


def with_causes(session: Session, work: Work, master: Delivered, *, everything: bool = False) -> OutputReport:
    """The report of a master with who causes its gain reductions.

    Args:
        session: of the mix.
        work: has run its stems.
        master: as it was written.
        everything: the whole song is looked at, not only where the reductions are deepest.
    """
    names = [stem.name for stem in heard(session)]
    if not names:
        return master.report
    causes = _Causes(session, names, work, master)
    found = causes.find(everything)
    total = Attribution(len(names), 0)
    for one in found:
        total.add(one.attribution)
    return replace(
        master.report,
        attribution=causes.shares(total),
        gain_reduction=tuple(causes.report(one) for one in found),
    )


@dataclass(frozen=True)
class _Depth:
    """A gain over the song.

    Attributes:
        tap: the gain.
        reduction_db: per row of `GAIN_FRAMES` at the session's rate, from the song's start, ≥ 0.
    """

    tap: GainTap
    reduction_db: Doubles


@dataclass(frozen=True)
class _Found:
    """What was found of a gain in the rows that were examined."""

    depth: _Depth
    attribution: Attribution
    examined: float


class _Causes:
    """The gains of one master."""

    def __init__(self, session: Session, names: Sequence[str], work: Work, master: Delivered) -> None:
        self._session = session
        self._work = work
        self._names = names
        self._rate = session.sample_rate
        settings = master.settings
        scale = self._rate / settings.sample_rate
        self._first = round(settings.fades.start_frame * scale)
        self._last = round(settings.fades.end_frame * scale)
        bus = build_bus(session, session.stems, [[name] for name in names], watched=True)
        rows = np.concatenate(work.bus_gains) if work.bus_gains else np.ones((0, len(bus.master_taps)))
        self._depths = [
            self._depth(tap, rows[:, n], tap.latency_frames, 1.0) for n, tap in enumerate(bus.master_taps)
        ]
        output, ceiling_dbtp = None, 0.0
        if settings.limiter is not None:
            # the file's limiter runs at the file's rate; for shares the session's rate will do
            own = replace(settings, sample_rate=self._rate, fades=Fades(0, 0, 0, 0, settings.fades.shape))
            output = build_output(own, len(names), with_gain=True)
            ceiling_dbtp = float(settings.limiter["ceiling_dbtp"])
            layout = lay_out_output(settings)
            late = layout.latency_frames
            self._depths.append(self._depth(layout.taps[0], master.gains[:, 0], late, scale))
        self._examined = Examined(session, bus, output, ceiling_dbtp, work.cancelled)

    def _depth(self, tap: GainTap, rows: Doubles, late_frames: int, scale: float) -> _Depth:
        """Brings rows of gains onto those of the session's rate from the song's start on.

        Args:
            tap: the gain.
            rows: from the first frame of a run on.
            late_frames: of the gain, in that run.
            scale: the session's rate over that of the run.
        """
        count = max(1, -(-self._last // GAIN_FRAMES))
        middle = (np.arange(count) + 0.5) * GAIN_FRAMES / scale + late_frames
        gains = np.ones(count)
        if len(rows):
            gains = rows[np.minimum((middle // GAIN_FRAMES).astype(np.int64), len(rows) - 1)]
        with np.errstate(divide="ignore"):
            reduction_db = np.minimum(-20.0 * np.log10(np.abs(gains) / tap.gain.neutral), _LARGEST_DB)
        reduction_db[reduction_db < _SMALLEST_DB] = 0.0
        reduction_db[: self._first // GAIN_FRAMES] = 0.0
        return _Depth(tap, reduction_db)

    def find(self, everything: bool) -> list[_Found]:
        """What was found of each gain that reduces anything."""
        deep = [depth for depth in self._depths if depth.reduction_db.any()]
        if not deep:
            return []
        chosen = np.ones(len(deep[0].reduction_db), bool) if everything else self._choose(deep)
        pieces = self._pieces(chosen)
        results = []
        for result in self._work.side_by_side(lambda piece: self._examined.run(*piece), pieces):
            results.append(result)
            self._work.tell("causes of gain reduction", len(results), len(pieces))
        found = []
        for index, depth in enumerate(self._depths):
            if not depth.reduction_db.any():
                continue
            whole = Attribution(len(self._names), 0)
            for result in results:
                whole.add(result[index])
            if whole.weight == 0.0:  # it is on its way back from something before the delivered range
                continue
            examined = float(depth.reduction_db[chosen].sum() / depth.reduction_db.sum())
            found.append(_Found(depth, whole, examined))
        return found

    def _choose(self, deep: Sequence[_Depth]) -> Rows:
        """Rows around the deepest reductions, of each gain in turn, as many as may be run."""
        chosen = np.zeros(len(deep[0].reduction_db), bool)
        song_s = (self._last - self._first) / self._rate
        budget = max(_AT_LEAST_S, _SHARE_OF_SONG * song_s) * self._rate / GAIN_FRAMES
        settle = (self._examined.settle_frames + self._examined.late_frames) / GAIN_FRAMES
        margin = max(_MARGIN_ROWS, round(settle / 2.0))
        counts = [int(np.count_nonzero(depth.reduction_db)) for depth in deep]
        orders = [np.argsort(-depth.reduction_db, kind="stable") for depth in deep]
        if chosen.size <= budget:
            return ~chosen
        for turn in range(max(counts)):
            for order, count in zip(orders, counts, strict=True):
                if turn >= count or chosen[order[turn]]:
                    continue
                row = int(order[turn])
                rows = slice(max(0, row - margin), row + margin + 1)
                budget -= float(np.count_nonzero(~chosen[rows])) + settle
                if budget < 0.0 and chosen.any():
                    return chosen
                chosen[rows] = True
        return chosen

    def _pieces(self, chosen: Rows) -> list[tuple[int, int]]:
        """Song frames of the stretches that hold the chosen rows."""
        edges = np.flatnonzero(np.diff(np.concatenate(([False], chosen, [False])).astype(np.int8)))
        longest = round(_PIECE_S * self._rate)
        pieces = []
        for first, last in edges.reshape(-1, 2) * GAIN_FRAMES:
            begin, end = max(int(first), self._first), min(int(last), self._last)
            pieces += [(start, min(start + longest, end)) for start in range(begin, end, longest)]
        return pieces

    def shares(self, attribution: Attribution) -> tuple[StemShare, ...]:
        """Of each stem, in the session's order; none where nothing was reduced."""
        if attribution.weight == 0.0:
            return ()
        return tuple(
            StemShare(name, float(caused / attribution.weight), float(frame / self._rate))
            for name, caused, frame in zip(
                self._names, attribution.caused, attribution.worst_frame, strict=True
            )
        )

    def report(self, found: _Found) -> GainCause:
        """One gain's line of the report."""
        tap, chain = found.depth.tap, self._session.master.chain
        place = tap.processor if tap.processor >= 0 else len(chain) - 1
        return GainCause(
            processor=place,
            type=chain[place].type,
            band=None if tap.band < 0 else tap.band,
            max_gain_reduction_db=float(found.depth.reduction_db.max()),
            events=found.attribution.events,
            examined=found.examined,
            shares=self.shares(found.attribution),
        )
