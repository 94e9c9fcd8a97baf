"""Looks for who causes the master's gain reductions while a render runs: every event, of every gain.

The stems follow the mix through the master chain, as they do for linked versions, and watches write
down what decides each gain (`engine.rack.watch`). The compressors' events are counted at once. The
limiter comes later and runs at the file's rate, with a drive that is solved for: what it gets is
kept quantum by quantum, and its gains are laid beside that when a file has been written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.attribution.limiting import Heard, LimiterInput, heard_in
from engine.attribution.shares import Attribution, decisive
from engine.compiler.abi import QUANTUM_FRAMES
from engine.offline.programme import Delivered
from engine.plan.build import BusPlan
from engine.plan.layout import GainTap
from engine.rack.operation import Doubles
from engine.report.render import GainCause, OutputReport
from engine.session.model import Session
from engine.units import seconds_text

#: Quanta that are looked at together: enough for numpy's own time to vanish.
_TOGETHER = 1024
#: A limiter that takes more than this away has met no music: loud masters take some 6 dB, the loudest 12.
_ABSURD_LIMITING_DB = 20.0


class _Tap:
    """One of the master's gains before its limiter."""

    def __init__(self, heard: Heard, tap: GainTap) -> None:
        self.tap = tap
        self.attribution = Attribution(len(heard.names), tap.gain.floor)
        self._heard = heard
        self._first_frame = -tap.latency_frames
        self._rows: list[Doubles] = []

    def append(self, rows: Doubles) -> None:
        """The next quanta."""
        self._rows.append(rows)
        if sum(map(len, self._rows)) >= _TOGETHER:
            self._look()

    def _look(self) -> None:
        rows = np.concatenate(self._rows)
        self._rows.clear()
        self._heard.count(self.attribution, decisive(rows, self._first_frame, self.tap.gain.neutral))
        self._first_frame += QUANTUM_FRAMES * len(rows)

    def finish(self) -> None:
        """After the last quantum."""
        if self._rows:
            self._look()
        self.attribution.finish()


class Causes:
    """What was found in one pass over a session's stems.

    Args:
        session: of the mix.
        song_frames: its length.
        folder: where a long song's rows are kept.
        stack: lets go of what is kept.
    """

    def __init__(self, session: Session, song_frames: int, folder: Path, stack: ExitStack) -> None:
        self._chain = session.master.chain
        self._heard = heard_in(session, song_frames)
        self._song_frames = song_frames
        self._folder = folder
        self._stack = stack
        self._watched: list[_Tap | LimiterInput] = []

    def begin(self, bus: BusPlan) -> None:
        """A pass over the stems begins."""
        quanta = -(-(self._song_frames + bus.plan.latency_frames) // QUANTUM_FRAMES)
        self._watched = [
            LimiterInput(self._heard, -watch.latency_frames, quanta, self._folder, self._stack)
            if watch.tap is None
            else _Tap(self._heard, watch.tap)
            for watch in bus.watches
        ]

    def take(self, watch: int, rows: Doubles) -> None:
        """The next rows of one of the bus's watches."""
        self._watched[watch].append(rows)

    def end(self) -> None:
        """The pass is over."""
        for watched in self._watched:
            if isinstance(watched, _Tap):
                watched.finish()

    def report(self, master: Delivered) -> OutputReport:
        """The report of a master with who causes its gain reductions, after the pass over the stems.

        Args:
            master: as it was written.
        """
        found: list[tuple[GainTap | None, Attribution]] = []
        for watched in self._watched:
            if isinstance(watched, _Tap):
                found.append((watched.tap, watched.attribution))
            else:
                found.append((None, watched.attribute(master.settings, master.gains)))
        found = [(tap, one) for tap, one in found if one.weight > 0.0]
        causes = tuple(self._cause(tap, one) for tap, one in found)
        return replace(
            master.report,
            attribution=self._heard.shares([one for _, one in found]),
            gain_reduction=causes,
            notes=(*master.report.notes, *_absurd(causes)),
        )

    def _cause(self, tap: GainTap | None, found: Attribution) -> GainCause:
        """One gain's line of the report."""
        place = len(self._chain) - 1 if tap is None else tap.processor
        return GainCause(
            processor=place,
            type=self._chain[place].type,
            band=None if tap is None or tap.band < 0 else tap.band,
            max_gain_reduction_db=found.deepest_db,
            events=found.events,
            shares=self._heard.shares([found]),
        )


def _absurd(causes: Iterable[GainCause]) -> Iterator[str]:
    """What a figure that holds does not tell: that what was limited cannot have been music."""
    for cause in causes:
        if cause.type == "limiter" and cause.max_gain_reduction_db > _ABSURD_LIMITING_DB:
            first = max(cause.shares, key=lambda share: share.share)
            yield (
                f"the limiter takes {cause.max_gain_reduction_db:.0f} dB away, mostly for {first.stem}, most "
                f"at {seconds_text(first.worst_at_s)}: that is no mastering but a fault or a level "
                "far too high; see what 'stemlathe check' says of that stem"
            )
