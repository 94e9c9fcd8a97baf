"""Mixes of a session at any trims, from its finished stems, which are run once and kept.

A trim is linear and comes last in a stem: another trim is another weight in the sum. Only the master
runs again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
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
from engine.plan.stream import Stream
from engine.progress import Progress
from engine.rack.operation import Doubles
from engine.report.advise import MixFigures
from engine.session.model import Session
from engine.session.versions import dialogue_of, heard
from engine.units import db_from_gain, gain_from_db

Changes = Mapping[str, float]


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

    def with_stems(self) -> Programme:
        """The mix as it is, at the session's rate, with every stem as a part."""
        return self._mixed({}, [set(self.names), *({name} for name in self.names)])

    def keep(self, programme: Programme, stack: ExitStack) -> Programme:
        """The same, run once and read any number of times until `stack` lets go of it."""
        columns = 2 + 2 * programme.parts
        kept = stack.enter_context(Scratch(programme.frames, self._folder, columns))
        for block in programme.blocks():
            kept.append(block)
        return Programme(programme.sample_rate, kept.frames, kept.blocks, programme.parts)

    def _mixed(self, changes: Changes, contents: list[set[str]]) -> Programme:
        """Sums of stems through the master chain: it follows the first, the others follow it."""
        weights = np.zeros((2 * len(self.names), 2 * len(contents)))
        for row, name in enumerate(self.names):
            for column, content in enumerate(contents):
                if name in content:
                    gain = gain_from_db(changes.get(name, 0.0))
                    weights[2 * row, 2 * column] = weights[2 * row + 1, 2 * column + 1] = gain
        plan = build_master(self._session, len(contents) - 1)

        def blocks() -> Blocks:
            stream = Stream(plan, weights.shape[1])
            for block in self._kept.blocks():
                yield stream.process(block @ weights)
            yield stream.finish()

        return Programme(self._session.sample_rate, self._kept.frames, blocks, len(contents) - 1)

    def figures(
        self, programme: Programme, settings: OutputSettings, label: str
    ) -> tuple[MixFigures, Doubles]:
        """What a render of that mix measures, but for dither; and the limiter's smallest gains.

        Args:
            programme: what `programme` has returned for the mix.
            settings: what follows it.
            label: for the progress.
        """
        limited = settings.limiter is not None
        plan = build_output(settings, programme.parts, with_gain=limited)
        loudness = LoudnessMeter(programme.sample_rate, 2)
        peak = TruePeakMeter(programme.sample_rate, 2)
        smallest, reduction_db, frames = 1.0, 0.0, 0
        stream = Stream(plan, 2 + 2 * programme.parts)
        for block in self.work.output(programme, settings, label, stream):
            mix = np.ascontiguousarray(block[:, :2])
            loudness.process(mix)
            peak.process(mix)
            if limited:
                gains = block[:, -1]
                reduced = gains[gains < 1.0]
                smallest = min(smallest, float(reduced.min(initial=1.0)))
                reduction_db -= float(_levels_db(reduced).sum())
            frames += len(block)
        figures = MixFigures(
            integrated_lufs=loudness.result().integrated_lufs,
            true_peak_dbtp=peak.result().dbtp,
            max_gain_reduction_db=max(0.0, -db_from_gain(smallest)) if limited else None,
            mean_gain_reduction_db=max(0.0, reduction_db / max(1, frames)) if limited else None,
        )
        return figures, stream.gains


def _levels_db(gains: Doubles) -> Doubles:
    return 20.0 * np.log10(np.maximum(gains, math.ulp(0.0)))
