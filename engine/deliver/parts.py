"""Writes the linked versions of a deliverable: parts that add up to its master."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.audio.writer import AudioWriter
from engine.deliver.job import Job
from engine.deliver.job_writer import job_writer
from engine.deliver.render_pass import Work
from engine.deliver.split import Splitter, dither_key, pair_sum
from engine.deliver.verify import verify
from engine.offline.ahead import ahead
from engine.offline.programme import Delivered, Programme
from engine.plan.output import Fades, OutputSettings
from engine.rack.operation import Doubles
from engine.report.render import OutputReport
from engine.session.encodings import ENCODINGS
from engine.session.model import Session
from engine.session.versions import ACAPELLA, STEMS, Part, content_of

#: What a part is written as that integers cannot hold.
_SUBSTITUTE = "wav32f"


@dataclass(frozen=True)
class Parts:
    """What the parts of a render have in common.

    Attributes:
        session: of the mix.
        tree: the mix, divided.
        work: runs the passes.
        whole: the bus and the leaves of `tree`, at the session's rate.
    """

    session: Session
    tree: Part
    work: Work
    whole: Programme

    def deliver(self, jobs: Sequence[Job], master: Delivered) -> list[OutputReport]:
        """Writes parts of one deliverable with the gains of its master, in one pass per section.

        A part beyond integer full scale is written again, as float: the same integers, scaled.

        Args:
            jobs: parts, all of one deliverable.
            master: its master as it was written.
        """
        if not jobs:
            return []
        rate = master.settings.sample_rate
        sections: dict[Fades, list[Job]] = {}
        for job in jobs:
            sections.setdefault(self.work.fades(job, rate), []).append(job)
        found: dict[Job, OutputReport] = {}
        for fades, together in sections.items():
            found.update(self._deliver_section(together, fades, master))
        return [found[job] for job in jobs]

    def _deliver_section(
        self, jobs: Sequence[Job], fades: Fades, master: Delivered
    ) -> Mapping[Job, OutputReport]:
        settings = replace(master.settings, fades=fades)
        overflowed = self._write(jobs, settings)
        moved = {job: replace(job, path=job.path.with_suffix(".wav")) for job in jobs if job in overflowed}
        if moved:
            self._write(list(moved.values()), settings, substitute=True)
        asked, reduction_db = replace(master.asked, fades=fades), master.report.limiter_max_gain_reduction_db
        return {
            job: verify(moved.get(job, job), asked, None, reduction_db, _SUBSTITUTE if job in moved else None)
            for job in jobs
        }

    def _write(
        self,
        jobs: Sequence[Job],
        settings: OutputSettings,
        *,
        substitute: bool = False,
    ) -> set[Job]:
        """One pass over master and parts; returns the jobs whose integers do not fit their files."""
        asked = ENCODINGS[jobs[0].deliverable.encoding]
        leaves = [self._leaves_of(job) for job in jobs]
        programme = self.work.at_rate(self.whole, settings.sample_rate, lambda block: block)
        label = f"{jobs[0].deliverable.name} · parts: writing"
        blocks: Iterator[Doubles] = ahead(self.work.output(programme, settings, label))
        splitter: Splitter | None = None
        if asked.dithered:
            dither = jobs[0].deliverable.dither
            splitter = Splitter(self.tree, asked.bits, settings.sample_rate, dither)
        overflowed: set[Job] = set()
        limit = 1 << (asked.bits - 1)
        with ExitStack() as stack:
            writers = [stack.enter_context(_writer(job, settings, substitute)) for job in jobs]
            for block in blocks:
                lanes: Any = block[:, 2:] if splitter is None else splitter.process(block)
                for job, writer, own in zip(jobs, writers, leaves, strict=True):
                    if job in overflowed:
                        continue
                    samples = pair_sum(lanes[:, own]) if own else np.zeros_like(lanes[:, :2])
                    if splitter is None:
                        writer.write(samples)
                    elif substitute:
                        writer.write(samples / limit)
                    elif samples.size and not (samples.min() >= -limit and samples.max() < limit):
                        overflowed.add(job)
                        writer.abort()
                    else:
                        writer.write_integers(samples.astype(np.int32))
        return overflowed

    def _leaves_of(self, job: Job) -> list[int]:
        """Columns of the leaves that a job is the sum of, the bus not counted."""
        content = content_of(self.session, job.version, job.stem)
        # a mix of nothing is dithered silence: that belongs to what is not vocal
        silent = job.version not in (ACAPELLA, STEMS)
        leaves = enumerate(self.tree.leaves())
        found = [n for n, leaf in leaves if leaf.stems <= content and (leaf.stems or silent)]
        return [column for n in found for column in (2 * n, 2 * n + 1)]


def _writer(job: Job, settings: OutputSettings, substitute: bool) -> AudioWriter:
    encoding = _SUBSTITUTE if substitute else job.deliverable.encoding
    frames = settings.fades.length_frames
    return job_writer(job, encoding, settings.sample_rate, dither_key(job.label), frames)
