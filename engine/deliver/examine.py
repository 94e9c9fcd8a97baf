"""Runs a stretch of a song once more, mix and stems through the whole master, and attributes its gains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event

import numpy as np

from engine.deliver.attribution import Attribution
from engine.offline.bus import StemFiles
from engine.plan.build import BusPlan
from engine.plan.layout import GainTap
from engine.plan.plan import Plan
from engine.plan.stream import CHUNK_FRAMES, GAIN_FRAMES, Stream
from engine.rack.compressor import RMS_MS, detected_matrix
from engine.rack.operation import Doubles
from engine.session.model import Session
from engine.units import gain_from_db

#: What is run before a stretch besides the latency.
SETTLE_S = 0.15


@dataclass(frozen=True)
class Examined:
    """How to run a stretch.

    Attributes:
        session: whose files are read.
        bus: its plan, watched, with a part for each stem.
        output: the limiter with as many parts and its gain (`build_output`), at the session's rate;
            None where there is none.
        ceiling_dbtp: the limiter's.
        cancelled: ends the run early.
    """

    session: Session
    bus: BusPlan
    output: Plan | None
    ceiling_dbtp: float
    cancelled: Event

    @property
    def late_frames(self) -> int:
        """What has to be run after a stretch."""
        return self.bus.plan.latency_frames + (0 if self.output is None else self.output.latency_frames)

    @property
    def settle_frames(self) -> int:
        """What is run before a stretch."""
        return self.late_frames + round(SETTLE_S * self.session.sample_rate)

    def run(self, first: int, last: int) -> list[Attribution]:
        """What is found of each of the bus's `master_taps`, then of the limiter.

        Args:
            first: song frame at which the stretch begins.
            last: one past its last.
        """
        begin = max(0, first - self.settle_frames)
        plan = self.bus.plan
        left = plan.output_column
        mix = list(range(left, left + plan.output_columns))
        stems = (len(mix) - 2) // 2
        readers: list[_TapReader | LimiterReader] = [
            _TapReader(tap, stems, begin - tap.latency_frames, (first, last), self.session.sample_rate)
            for tap in self.bus.master_taps
        ]
        if self.output is not None:
            position = begin - plan.latency_frames
            readers.append(LimiterReader(self.output, self.ceiling_dbtp, mix, position, (first, last)))
        needed = [column for reader in readers for column in reader.columns]
        place = 0
        for reader in readers:
            reader.mine = slice(place, place := place + len(reader.columns))
        with StemFiles(self.session) as files:
            for block in self._blocks(files, begin, last + self.late_frames, needed):
                for reader in readers:
                    reader.process(block[:, reader.mine])
        for reader in readers:
            reader.attribution.end_event()
        return [reader.attribution for reader in readers]

    def _blocks(self, files: StemFiles, begin: int, end: int, needed: list[int]) -> Iterator[Doubles]:
        """The needed columns of the bus plan, run from silence at song frame `begin`."""
        plan = self.bus.plan
        run = plan.start()
        inputs = [(files.sources[entry.stem.name], entry) for entry in self.bus.inputs]
        chunk = np.zeros((CHUNK_FRAMES, 2 * len(inputs)))
        work = np.zeros((GAIN_FRAMES, plan.columns))
        for start in range(begin, end, CHUNK_FRAMES):
            if self.cancelled.is_set():
                return
            for source, entry in inputs:
                source.read_into(start - entry.offset_frames, chunk, entry.column)
            block = np.empty((CHUNK_FRAMES, len(needed)))
            for row in range(0, CHUNK_FRAMES, GAIN_FRAMES):
                work[:, : chunk.shape[1]] = chunk[row : row + GAIN_FRAMES]
                run.process(work)
                block[row : row + GAIN_FRAMES] = work[:, needed]
            yield block


class _Reader:
    """Takes blocks, the first of which begins at a song frame, and lets through what is asked for."""

    def __init__(self, position: int, wanted: tuple[int, int]) -> None:
        self.mine = slice(0)
        self._position = position
        self._wanted = wanted

    def _rows(self, frames: int) -> slice:
        """Which of the next rows are asked for."""
        first, last = (min(max(edge - self._position, 0), frames) for edge in self._wanted)
        self._position += frames
        return slice(first, last)


class _TapReader(_Reader):
    """A compressor or one of its bands: what its detector sees, and its gain."""

    def __init__(
        self, tap: GainTap, stems: int, position: int, wanted: tuple[int, int], sample_rate: int
    ) -> None:
        super().__init__(position, wanted)
        settings = tap.gain.settings
        rms_frames = round(RMS_MS * sample_rate / 1000.0) if settings["detector"] == "rms" else 0
        self.columns = [tap.gain.column, *(left + side for left in tap.gain.detected for side in (0, 1))]
        floor = gain_from_db(settings["threshold_db"] - settings["knee_db"] / 2.0)
        self.attribution = Attribution(stems, wanted[0], tap.gain.neutral, rms_frames, floor)
        self._matrix = None if settings["channels"] == "stereo" else detected_matrix(settings["channels"])

    def process(self, block: Doubles) -> None:
        """The next rows of the needed columns."""
        rows = self._rows(len(block))
        if rows.start >= rows.stop:
            return
        lanes = block[rows, 1:]
        if self._matrix is not None:
            left, right = lanes[:, 0::2], lanes[:, 1::2]
            own_left, own_right, other_left, other_right = self._matrix
            lanes = np.empty(lanes.shape)
            lanes[:, 0::2] = own_left * left + other_left * right
            lanes[:, 1::2] = own_right * right + other_right * left
        self.attribution.process(np.abs(lanes[:, :2]), lanes, block[rows, 0])


class LimiterReader(_Reader):
    """The limiter: what comes out of it, without the gain."""

    def __init__(
        self, plan: Plan, ceiling_dbtp: float, columns: list[int], position: int, wanted: tuple[int, int]
    ) -> None:
        super().__init__(position, wanted)
        self.columns = columns
        # a true peak passes its samples by 3.01 dB at a quarter of the rate
        floor = gain_from_db(ceiling_dbtp) * 0.5**0.5
        self.attribution = Attribution(len(columns) // 2 - 1, wanted[0], floor=floor)
        self._stream = Stream(plan, len(columns))

    def process(self, block: Doubles) -> None:
        """The next rows of the needed columns."""
        self._take(self._stream.process(block))

    def finish(self) -> None:
        """After the song's last row."""
        self._take(self._stream.finish())
        self.attribution.end_event()

    def _take(self, ready: Doubles) -> None:
        ready = ready[self._rows(len(ready))]
        # mix and stems have had the same gain, which cancels in a share
        gain = np.maximum(ready[:, -1], np.finfo(float).tiny)
        self.attribution.process(np.abs(ready[:, :2]) / gain[:, None], ready[:, :-1], gain)
