"""The bus offline: stems from their files through the bus plan, in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType

import numpy as np

from engine.audio.source import AudioSource, open_source
from engine.errors import InputError
from engine.kernels.abi import QUANTUM_FRAMES
from engine.offline.ahead import ahead
from engine.plan.build import BusPlan
from engine.plan.plan import Run
from engine.plan.stream import CHUNK_FRAMES, GAIN_FRAMES, smallest_gains
from engine.rack.operation import Doubles
from engine.session.model import Session, Stem

#: Frames processed at a time: few enough for the second-level cache to hold all of their columns.
_WORK_FRAMES = GAIN_FRAMES


class StemFiles:
    """The opened files of a session's stems, checked against the session.

    Use as a context manager.

    Raises:
        InputError: a file cannot be read, has another sample rate than the session, or more than
            two channels.
    """

    def __init__(self, session: Session) -> None:
        self._stack = ExitStack()
        self.sources: dict[str, AudioSource] = {}
        with self._stack:
            for stem in session.stems:
                source = self._stack.enter_context(open_source(stem.path))
                _check(source, stem, session)
                self.sources[stem.name] = source
            self._stack = self._stack.pop_all()

    @property
    def song_frames(self) -> int:
        """Length of the song: that of the longest stem."""
        return max(source.frames for source in self.sources.values())

    def __enter__(self) -> StemFiles:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()


def _check(source: AudioSource, stem: Stem, session: Session) -> None:
    if source.sample_rate != session.sample_rate:
        raise InputError(
            f"{stem.path}: has {source.sample_rate} Hz, the session {session.sample_rate} Hz: "
            "ask for stems of one rate",
            kind="sample_rate",
            path=stem.path,
        )
    if source.channels > 2:
        raise InputError(
            f"{stem.path}: has {source.channels} channels, a stem has one or two: "
            "ask for a mono or stereo file",
            kind="channels",
            path=stem.path,
        )


def bus_blocks(bus: BusPlan, files: StemFiles, gains: list[Doubles] | None = None) -> Iterator[Doubles]:
    """The bus of the whole song, `(frames, output_columns)` float64 blocks, latency removed.

    Reading, processing and whatever the caller does run side by side.

    Args:
        bus: the plan.
        files: of its stems.
        gains: receives the master's smallest gains, `(rows, master_taps)` each, see
            `engine.plan.stream.smallest_gains`; the first from the plan's first frame on.

    Raises:
        InputError: a stem holds NaN or infinity, or ends before its header says.
    """
    plan, frames = bus.plan, files.song_frames
    run = plan.start()
    to_skip, remaining = plan.latency_frames, frames
    columns = [tap.column for tap in bus.master_taps]
    # three matrices: one being filled, one waiting, one being processed
    chunks = ahead(_filled_chunks(bus, files), depth=1)
    for chunk in chunks:
        block = _processed(run, chunk, columns, gains)
        skipped = min(to_skip, block.shape[0])
        to_skip -= skipped
        block = block[skipped : skipped + remaining]
        remaining -= block.shape[0]
        if block.shape[0]:
            yield block


def _processed(run: Run, chunk: Doubles, gain_columns: list[int], gains: list[Doubles] | None) -> Doubles:
    """The bus of a chunk of stems and its parts; piece by piece, so that scratch columns stay cached."""
    plan, inputs = run.plan, chunk.shape[1]
    work = np.zeros((min(_WORK_FRAMES, chunk.shape[0]), plan.columns))
    result = slice(plan.output_column, plan.output_column + plan.output_columns)
    block = np.empty((chunk.shape[0], plan.output_columns))
    for start in range(0, chunk.shape[0], _WORK_FRAMES):
        part = work[: chunk.shape[0] - start]
        part[:, :inputs] = chunk[start : start + _WORK_FRAMES]
        run.process(part)
        block[start : start + _WORK_FRAMES] = part[:, result]
        if gains is not None and gain_columns:
            gains.append(smallest_gains(part[:, gain_columns]))
    return block


def _filled_chunks(bus: BusPlan, files: StemFiles) -> Iterator[Doubles]:
    total = files.song_frames + bus.plan.latency_frames
    matrices = [np.zeros((CHUNK_FRAMES, 2 * len(bus.inputs))) for _ in range(3)]
    inputs = [(files.sources[entry.stem.name], entry) for entry in bus.inputs]
    for index, start in enumerate(range(0, total, CHUNK_FRAMES)):
        rows = min(CHUNK_FRAMES, total - start)
        rows = -(-rows // QUANTUM_FRAMES) * QUANTUM_FRAMES
        chunk = matrices[index % len(matrices)][:rows]
        for source, entry in inputs:
            source.read_into(start - entry.offset_frames, chunk, entry.column)
        yield chunk
