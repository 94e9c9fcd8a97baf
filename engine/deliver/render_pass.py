"""The work of one render: the bus once, then each job's solve, its file, and what was measured on it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TypeVar

import numpy as np

from engine.attribution.causes import Causes
from engine.audio.convert import Converter, converted_frames
from engine.deliver.corrections import Corrections
from engine.deliver.job import Job
from engine.deliver.job_writer import job_writer
from engine.deliver.solve import Solution, solve_drive
from engine.deliver.verify import verify
from engine.meters.loudness import LoudnessMeter
from engine.offline.ahead import ahead
from engine.offline.bus import StemFiles, bus_blocks
from engine.offline.programme import Blocks, Delivered, Kept, Programme
from engine.offline.scratch import MEMORY_LIMIT_BYTES, Scratch
from engine.plan.build import build_bus
from engine.plan.output import Fades, OutputSettings, build_output, fades_of, limiter_settings
from engine.plan.stream import Stream
from engine.progress import Progress, tell_measured
from engine.rack.operation import Doubles
from engine.report.render import OutputReport
from engine.session.model import Session
from engine.session.versions import Part, dialogue_of, in_section
from engine.units import db_from_gain

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Cancelled(Exception):  # noqa: N818 (never seen by a user: it ends a worker whose render is over)
    """Another job of the same render has failed."""


class Work:
    """One render of one mix.

    Args:
        session: the mix.
        files: its opened stems.
        progress: who watches.
        tree: the parts that are wanted besides the whole.
        causes: told what makes the master's gains act, in each pass over the stems.
        memory_bytes: what is kept between passes stays in memory up to this size.
    """

    def __init__(
        self,
        session: Session,
        files: StemFiles,
        progress: Progress,
        tree: Part | None = None,
        *,
        causes: Causes | None = None,
        memory_bytes: int = MEMORY_LIMIT_BYTES,
    ) -> None:
        self._session = session
        self._memory_bytes = memory_bytes
        self.parts = () if tree is None else tree.leaves()
        self._files = files
        self._progress = progress
        self.cancelled = Event()
        self._causes = causes

    def tell(self, label: str, done: float, total: float) -> None:
        """Tells who watches about a step."""
        self._progress(label, done, total)

    def side_by_side(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """What `task` makes of each item, in order, two at a time; an error ends the others too."""
        with ThreadPoolExecutor(max_workers=2) as pool:
            try:
                yield from pool.map(task, items)
            except BaseException:
                self.cancelled.set()
                pool.shutdown(cancel_futures=True)
                raise

    def rate_of(self, job: Job) -> int:
        """The output rate of a job, Hz."""
        return job.deliverable.sample_rate or self._session.sample_rate

    def _frames_at(self, rate: int) -> int:
        """Length of the song at `rate`: converted lengths are rounded."""
        return converted_frames(self._files.song_frames, self._session.sample_rate, rate)

    def direct(self, job: Job) -> Programme:
        """The bus straight from the stems, for a job that needs one pass only."""
        rate = self.rate_of(job)
        return Programme(rate, self._frames_at(rate), lambda: self._converted(self._bus(), rate))

    def _bus(self) -> Blocks:
        parts = [sorted(part.stems) for part in self.parts]
        causes = self._causes
        bus = build_bus(self._session, self._session.stems, parts, watched=causes is not None)
        if causes is not None:
            causes.begin(bus)
        blocks = bus_blocks(bus, self._files, causes)
        return ahead(self._watched(blocks, "stems", self._files.song_frames))

    def _converted(self, blocks: Blocks, rate: int, columns: int = 2) -> Blocks:
        if rate == self._session.sample_rate:
            return blocks
        return ahead(_convert(blocks, self._session.sample_rate, rate, columns))

    def at_rate(self, whole: Programme, rate: int, taken: Callable[[Doubles], Doubles]) -> Programme:
        """What `taken` takes from each block of a kept programme, converted again in every pass."""
        columns = taken(np.zeros((0, 2 + 2 * whole.parts))).shape[1]

        def blocks() -> Blocks:
            return self._converted((taken(block) for block in whole.blocks()), rate, columns)

        return Programme(rate, self._frames_at(rate), blocks, columns // 2 - 1)

    def with_dialogue(self, whole: Programme, rate: int) -> Programme:
        """The bus and one part: the dialogue."""
        dialogue = dialogue_of(self._session)
        lefts = [2 + 2 * n for n, part in enumerate(self.parts) if part.stems <= dialogue]

        def taken(block: Doubles) -> Doubles:
            speech = sum((block[:, left : left + 2] for left in lefts), np.zeros((block.shape[0], 2)))
            return np.concatenate((block[:, :2], speech), axis=1)

        return self.at_rate(whole, rate, taken)

    def _watched(self, blocks: Blocks, label: str, frames: int) -> Blocks:
        done = 0
        for block in blocks:
            if self.cancelled.is_set():
                raise _Cancelled
            yield block
            done += block.shape[0]
            self._progress(label, min(done, frames), frames)
        self._progress(label, frames, frames)

    def keep(self, rates: set[int], folder: Path, stack: ExitStack) -> Kept:
        """Runs the stems once; keeps the bus at every rate that is wanted, and its parts."""
        own = self._session.sample_rate

        def scratch(rate: int, columns: int = 2) -> Scratch:
            frames = self._frames_at(rate)
            return stack.enter_context(Scratch(frames, folder, columns, memory_bytes=self._memory_bytes))

        kept = {own: scratch(own)}
        whole = scratch(own, 2 + 2 * len(self.parts)) if self.parts else None
        for block in self._bus():
            kept[own].append(block[:, :2])
            if whole is not None:
                whole.append(block)
        for rate in sorted(rates - {own}):
            kept[rate] = scratch(rate)
            label = f"to {rate / 1000:g} kHz"
            watched = self._watched(kept[own].blocks(), label, kept[own].frames)
            for block in _convert(watched, own, rate, 2):
                kept[rate].append(block)
        return Kept(
            {rate: Programme(rate, one.frames, one.blocks) for rate, one in kept.items()},
            None if whole is None else Programme(own, whole.frames, whole.blocks, len(self.parts)),
        )

    def deliver(
        self,
        job: Job,
        programme: Programme,
        *,
        anchor: Programme | None = None,
        drive_db: float | None = None,
        solved: Callable[[Solution], None] | None = None,
    ) -> Delivered:
        """Solves for the job's target, if it has one, writes its file and measures it.

        Where the file falls short of what it can reach, it is written again (`engine.deliver.corrections`).

        Args:
            job: what to write.
            programme: its bus.
            anchor: the bus and the part that the target is aimed at; None: the programme itself.
            drive_db: of a job without a target; None: the limiter's own.
            solved: told each time the drive has been found, before the file is written.
        """
        asked = self.output_settings(job, programme)
        if drive_db is not None:
            asked = with_drive(asked, drive_db)
        corrections = Corrections(job)
        next_settings: OutputSettings | None = asked
        while next_settings is not None:
            settings = next_settings
            if corrections.aim_lufs is not None:
                found = self._solve(job, anchor or programme, settings, corrections.aim_lufs)
                solution = corrections.take(found)
                if solved is not None:
                    solved(solution)
                settings = with_drive(settings, solution.drive_db)
            gains = self._write(job, programme, settings)
            report = self._judge(job, with_drive(asked, settings.drive_db), corrections.solution, gains)
            settings = with_drive(settings, report.drive_db)
            next_settings = corrections.next(report, settings)
        return Delivered(report, settings, with_drive(asked, report.drive_db), gains)

    def _judge(
        self, job: Job, asked: OutputSettings, solution: Solution | None, gains: Doubles
    ) -> OutputReport:
        """Measures the file against what was asked for."""
        reduction = None
        if asked.limiter is not None:
            reduction = max(0.0, -db_from_gain(float(gains.min(initial=1.0))))
        self._progress(f"{job.label}: measuring", 0, 1)
        report = verify(job, asked, solution, reduction)
        self._progress(f"{job.label}: measuring", 1, 1)
        return report

    def solve(self, job: Job, programme: Programme) -> Solution:
        """The drive at which the job reaches its loudness target, which it has to have."""
        target = job.deliverable.loudness_lufs
        assert target is not None, "there is nothing to solve without a target"
        return self._solve(job, programme, self.output_settings(job, programme), target)

    def output_settings(self, job: Job, programme: Programme) -> OutputSettings:
        """What follows the bus for a job, at the limiter's own drive."""
        limiter = limiter_settings(self._session)
        ceiling = job.deliverable.ceiling_dbtp
        if limiter is not None and ceiling is not None:
            limiter = {**limiter, "ceiling_dbtp": ceiling}
        fades = self.fades(job, programme.sample_rate)
        drive = 0.0 if limiter is None else float(limiter["drive_db"])
        return OutputSettings(programme.sample_rate, limiter, drive, fades)

    def fades(self, job: Job, rate: int) -> Fades:
        """Heads, tails and fades of a job's version at an output rate, Hz."""
        master = in_section(self._session, job.version).master
        return fades_of(master, rate, self._frames_at(rate))

    def _solve(
        self, job: Job, programme: Programme, settings: OutputSettings, target_lufs: float
    ) -> Solution:
        passes = 0

        def loudness_at(drive_db: float) -> float | None:
            nonlocal passes
            passes += 1
            meter = LoudnessMeter(programme.sample_rate, 2)
            label = f"{job.label}: loudness, pass {passes}"
            driven = with_drive(settings, drive_db)
            for block in self.output(programme, driven, label):
                meter.process(np.ascontiguousarray(block[:, -2:]))
            found = meter.result().integrated_lufs
            tell_measured(self._progress, found)
            return found

        undriven = replace(settings, limiter=None, drive_db=0.0)
        meter = LoudnessMeter(programme.sample_rate, 2)
        for block in self.output(programme, undriven, f"{job.label}: mix"):
            meter.process(np.ascontiguousarray(block[:, -2:]))
        loudness = meter.result().integrated_lufs
        if loudness is None:
            return Solution(settings.drive_db, None, False, 1)
        return solve_drive(loudness_at, target_lufs=target_lufs, first_drive_db=target_lufs - loudness)

    def output(
        self, programme: Programme, settings: OutputSettings, label: str, stream: Stream | None = None
    ) -> Blocks:
        """What the files get: the output plan over programme and parts, cut to the delivered range."""
        if stream is None:
            stream = Stream(build_output(settings, programme.parts), 2 + 2 * programme.parts)
        fades, position = settings.fades, 0
        for block in _streamed(self._watched(programme.blocks(), label, programme.frames), stream):
            first = max(0, fades.start_frame - position)
            last = min(block.shape[0], fades.end_frame - position)
            position += block.shape[0]
            if first < last:
                yield block[first:last]

    def _write(self, job: Job, programme: Programme, settings: OutputSettings) -> Doubles:
        """Writes the job's file; returns the limiter's smallest gains."""
        stream = Stream(build_output(settings))
        blocks = ahead(self.output(programme, settings, f"{job.label}: writing", stream))
        frames = settings.fades.length_frames
        key = zlib.crc32(job.version.encode())
        with job_writer(job, job.deliverable.encoding, programme.sample_rate, key, frames) as writer:
            for block in blocks:
                writer.write(np.ascontiguousarray(block))
        return stream.gains


def with_drive(settings: OutputSettings, drive_db: float) -> OutputSettings:
    """The same with another drive into the limiter, or static gain where there is none."""
    limiter = None if settings.limiter is None else {**settings.limiter, "drive_db": drive_db}
    return replace(settings, limiter=limiter, drive_db=drive_db)


def _streamed(blocks: Blocks, stream: Stream) -> Blocks:
    for block in blocks:
        yield stream.process(block)
    yield stream.finish()


def _convert(blocks: Blocks, input_rate: int, output_rate: int, columns: int) -> Blocks:
    converter = Converter(input_rate, output_rate, columns)
    for block in blocks:
        yield converter.process(block)
    yield converter.process(np.zeros((0, columns)), last=True)
