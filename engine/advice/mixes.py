"""Mixes of a session at any trims, from its finished stems, which are run once and kept.

A trim is linear and comes last in a stem: another trim is another weight in the sum. Only the master
runs again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from engine.deliver.job import Job
from engine.deliver.render_pass import Work
from engine.meters.loudness import LoudnessMeter
from engine.meters.truepeak import TruePeakMeter
from engine.offline.ahead import ahead
from engine.offline.bus import StemFiles, bus_blocks
from engine.offline.programme import Blocks, Programme
from engine.offline.scratch import Scratch
from engine.plan.build import build_master, build_stems
from engine.plan.output import OutputSettings, build_output
from engine.plan.plan import Plan
from engine.plan.stream import Stream
from engine.progress import Progress
from engine.rack.operation import Doubles
from engine.report.advise import MixFigures
from engine.session.model import Session
from engine.session.versions import dialogue_of, heard
from engine.units import db_from_gain, gain_from_db

Changes = Mapping[str, float]

#: So many gains are multiplied before the logarithm is taken …
_MULTIPLIED = 32
#: … unless a product comes near what has fewer digits.
_EXACT_FROM = 1e-290


class Mixes:
    """The finished stems of a session.

    Args:
        session: the session; muted stems are left out.
        files: its opened stems.
        job: whose rate, target and limiter count.
        folder: where a long song is kept; its free space is checked.
        stack: lets go of what is kept.
        progress: told about every pass.

    Attributes:
        names: of the stems, in the session's order.
        work: runs what follows the bus.
    """

    def __init__(
        self,
        session: Session,
        files: StemFiles,
        job: Job,
        folder: Path,
        stack: ExitStack,
        progress: Progress,
    ) -> None:
        self._session = session
        self._folder = folder
        self._job = job
        self.names = [stem.name for stem in heard(session)]
        self.work = Work(session, files, progress)
        self._dialogue = dialogue_of(session) if job.aims_at_dialogue else None
        frames = files.song_frames
        self._kept = stack.enter_context(Scratch(frames, folder, 2 * len(self.names), single=True))
        done = 0
        for block in ahead(bus_blocks(build_stems(session), files)):
            self._kept.append(block)
            done += len(block)
            progress("stems", done, frames)

    def programme(self, changes: Changes) -> Programme:
        """The mix with some trims changed, at the job's rate; the dialogue as a part where that is aimed at.

        Args:
            changes: what is added to trims, dB, by stem.
        """
        contents = [set(self.names), *([] if self._dialogue is None else [set(self._dialogue)])]
        whole = self._mixed(changes, contents)
        return self.work.at_rate(whole, self.work.rate_of(self._job), lambda block: block)

    def side_by_side(self, changes: Sequence[Changes]) -> Programme:
        """Several mixes at the job's rate, each with some trims changed: two columns each, as parts.

        One reading of the stems serves them all, and the master's processors run side by side.

        Args:
            changes: of each mix, see `programme`; at least one.
        """
        weights = np.concatenate([self._weights(one, [set(self.names)]) for one in changes], axis=1)
        plan = build_master(self._session, mixes=len(changes))
        whole = self._through(lambda block: block @ weights, plan, len(changes) - 1)
        return self.work.at_rate(whole, self.work.rate_of(self._job), lambda block: block)

    def with_stems(self) -> Programme:
        """The mix as it is, at the session's rate, with every stem as a part."""
        weights = self._weights({}, [set(self.names)])

        def beside(block: Doubles) -> Doubles:
            found = np.empty((len(block), 2 + block.shape[1]))
            found[:, :2], found[:, 2:] = block @ weights, block
            return found

        return self._through(beside, build_master(self._session, len(self.names)), len(self.names))

    def keep(self, programme: Programme, stack: ExitStack) -> Programme:
        """The same, run once and read any number of times until `stack` lets go of it."""
        columns = 2 + 2 * programme.parts
        kept = stack.enter_context(Scratch(programme.frames, self._folder, columns))
        for block in programme.blocks():
            kept.append(block)
        return Programme(programme.sample_rate, kept.frames, kept.blocks, programme.parts)

    def _mixed(self, changes: Changes, contents: list[set[str]]) -> Programme:
        """Sums of stems through the master chain: it follows the first, the others follow it."""
        parts, weights = len(contents) - 1, self._weights(changes, contents)
        return self._through(lambda block: block @ weights, build_master(self._session, parts), parts)

    def _weights(self, changes: Changes, contents: Sequence[set[str]]) -> Doubles:
        """Of every stem's left and right in sums of stems, `(2 · stems, 2 · sums)`."""
        weights = np.zeros((2 * len(self.names), 2 * len(contents)))
        for row, name in enumerate(self.names):
            for column, content in enumerate(contents):
                if name in content:
                    gain = gain_from_db(changes.get(name, 0.0))
                    weights[2 * row, 2 * column] = weights[2 * row + 1, 2 * column + 1] = gain
        return weights

    def _through(self, sums: Callable[[Doubles], Doubles], plan: Plan, parts: int) -> Programme:
        """What is made of the stems, through a plan of the master chain."""

        def blocks() -> Blocks:
            stream = Stream(plan, 2 + 2 * parts)
            for block in self._kept.blocks():
                yield stream.process(sums(block))
            yield stream.finish()

        return Programme(self._session.sample_rate, self._kept.frames, blocks, parts)

    def figures(
        self, programme: Programme, settings: OutputSettings, label: str
    ) -> tuple[MixFigures, Doubles]:
        """What a render of a mix measures, but for dither; and the limiter's smallest gains.

        Args:
            programme: what `programme` has returned for the mix.
            settings: what follows it.
            label: for the progress.
        """
        limited = settings.limiter is not None
        stream = Stream(build_output(settings, programme.parts, with_gain=limited), 2 + 2 * programme.parts)
        measured = _Measured(programme.sample_rate, limited=limited)
        for block in self.work.output(programme, settings, label, stream):
            measured.process(_pair(block, 0), block[:, -1])
        return measured.figures(), stream.gains

    def figures_side_by_side(
        self, programme: Programme, settings: OutputSettings, label: str
    ) -> list[MixFigures]:
        """What renders of several mixes measure, see `figures`.

        Args:
            programme: what `side_by_side` has returned.
            settings: what follows each of the mixes.
            label: for the progress.
        """
        limited, mixes = settings.limiter is not None, 1 + programme.parts
        stream = Stream(build_output(settings, mixes=mixes, with_gain=limited), 2 * mixes)
        measured = [_Measured(programme.sample_rate, limited=limited) for _ in range(mixes)]
        for block in self.work.output(programme, settings, label, stream):
            for number, one in enumerate(measured):
                one.process(_pair(block, 2 * number), block[:, number - mixes])
        return [one.figures() for one in measured]


class _Measured:
    """Measures what a file would get of a mix.

    Args:
        sample_rate: Hz.
        limited: there is a limiter.
    """

    def __init__(self, sample_rate: int, *, limited: bool) -> None:
        self._loudness = LoudnessMeter(sample_rate, 2)
        self._peak = TruePeakMeter(sample_rate, 2, along=False)
        self._limited = limited
        self._smallest, self._reduction_db, self._frames = 1.0, 0.0, 0

    def process(self, mix: Doubles, gains: Doubles) -> None:
        """The next frames, `(frames, 2)` in C order, and the limiter's gain in each, if there is one."""
        self._loudness.process(mix)
        self._peak.process(mix)
        if self._limited:
            gains = np.ascontiguousarray(gains)
            self._smallest = min(self._smallest, float(gains.min(initial=1.0)))
            self._reduction_db -= sum_of_levels_db(gains)
        self._frames += len(mix)

    def figures(self) -> MixFigures:
        """Of all frames so far."""
        limited = self._limited
        return MixFigures(
            integrated_lufs=self._loudness.result().integrated_lufs,
            true_peak_dbtp=self._peak.result().dbtp,
            max_gain_reduction_db=max(0.0, -db_from_gain(self._smallest)) if limited else None,
            mean_gain_reduction_db=max(0.0, self._reduction_db / max(1, self._frames)) if limited else None,
        )


def _pair(block: Doubles, left: int) -> Doubles:
    """Two neighbouring columns of a block in C order, in C order: copied pair by pair, not value by value."""
    pairs = np.ndarray((len(block),), np.complex128, block, left * block.itemsize, block.strides[:1])
    return pairs.copy().view(np.float64).reshape(-1, 2)


def sum_of_levels_db(gains: Doubles) -> float:
    """The sum of the levels of gains, dB, to rounding: the level of products of a few dozen of them.

    Args:
        gains: `(n,)`, 0 to 1.
    """
    whole = len(gains) // _MULTIPLIED * _MULTIPLIED
    products = np.append(gains[:whole].reshape(_MULTIPLIED, -1).prod(axis=0), gains[whole:])
    if products.min(initial=1.0) < _EXACT_FROM:
        products = np.maximum(gains, math.ulp(0.0))
    return 20.0 * float(np.log10(products).sum())
