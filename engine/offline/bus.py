"""The bus offline: stems from their files through the bus plan, in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Protocol

import numpy as np

from engine.audio.side_by_side import Placed, SideBySide
from engine.audio.source import AudioSource, open_source
from engine.compiler.abi import QUANTUM_FRAMES
from engine.errors import InputError
from engine.offline.ahead import ahead
from engine.plan.build import BusPlan, Watch
from engine.plan.plan import Plan
from engine.plan.stream import CHUNK_FRAMES
from engine.rack.operation import Doubles
from engine.rack.watch import SHARES, take_rows
from engine.session.model import Session, Stem


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

    @property
    def time_reference(self) -> int:
        """Where the song begins, samples since midnight: what the stems say, 0 unless all that do agree."""
        said = {source.time_reference for source in self.sources.values()} - {None}
        return (said.pop() or 0) if len(said) == 1 else 0

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


class Watching(Protocol):
    """Takes what the bus's watches have written down, chunk by chunk."""

    def take(self, watch: int, rows: Doubles) -> None:
        """The next rows of one of `BusPlan.watches`, with the shares of the stems alone."""

    def end(self) -> None:
        """There are no more."""


def bus_blocks(bus: BusPlan, files: StemFiles, watching: Watching | None = None) -> Iterator[Doubles]:
    """The bus of the whole song, `(frames, output_columns)` float64 blocks, latency removed.

    Reading, the stems' chains, the master chain and whatever the caller does run side by side.

    Args:
        bus: the plan.
        files: of its stems.
        watching: told what the watches have seen, from the plan's first frame on.

    Raises:
        InputError: a stem holds NaN or infinity, or ends before its header says.
    """
    remaining, to_skip = files.song_frames, bus.plan.latency_frames
    # matrices of chunks: one being filled, one waiting, one being processed
    chunks = ahead(_filled_chunks(bus, files), depth=1)
    stems = _stem_part(bus)
    if bus.stem_operations < len(bus.plan.operations):
        chunks = ahead((stems.process(chunk) for chunk in chunks), depth=1)
        master = _master_part(bus, watching)
    else:
        master = stems
    for chunk in chunks:
        block = master.process(chunk)
        skipped = min(to_skip, block.shape[0])
        to_skip -= skipped
        block = block[skipped : skipped + remaining]
        remaining -= block.shape[0]
        if block.shape[0]:
            yield block
    if watching is not None:
        watching.end()


class _Part:
    """Some operations of a plan, from the stems' columns to others.

    Args:
        plan: the operations, from all of which columns and offsets count.
        outputs: what is handed on.
        watches: of the plan, with the places of their state.
        watching: told about them.
    """

    def __init__(
        self,
        plan: Plan,
        outputs: slice,
        watches: Sequence[tuple[Watch, int]] = (),
        watching: Watching | None = None,
    ) -> None:
        self._run = plan.start()
        self._work = np.zeros((QUANTUM_FRAMES, plan.columns))
        self._outputs = outputs
        self._watches = watches
        self._watching = watching

    def process(self, chunk: Doubles) -> Doubles:
        """What becomes of a chunk."""
        block = np.empty((chunk.shape[0], self._outputs.stop - self._outputs.start))
        self._run.process_through(chunk, self._work, block, self._outputs.start)
        if self._watching is not None:
            for number, (watch, place) in enumerate(self._watches):
                rows = take_rows(self._run.state[place:], watch.parts)
                self._watching.take(number, rows[:, [*range(SHARES), *(SHARES + n for n in watch.stems)]])
        return block


def _stem_part(bus: BusPlan) -> _Part:
    """Up to the stems' columns."""
    plan = replace(bus.plan, operations=bus.plan.operations[: bus.stem_operations], columns=bus.stem_scratch)
    width = 2 * len(bus.inputs)
    return _Part(plan, slice(0, width))


def _master_part(bus: BusPlan, watching: Watching | None) -> _Part:
    """From the stems' columns on."""
    plan, first = bus.plan, bus.stem_operations
    outputs = slice(plan.output_column, plan.output_column + plan.output_columns)
    watches = [(one, plan.state_place(one.operation)) for one in bus.watches]
    rest = replace(plan, operations=plan.operations[first:])
    return _Part(rest, outputs, watches, watching)


def _filled_chunks(bus: BusPlan, files: StemFiles) -> Iterator[Doubles]:
    total = files.song_frames + bus.plan.latency_frames
    matrices = [np.zeros((CHUNK_FRAMES, 2 * len(bus.inputs))) for _ in range(3)]
    together = SideBySide(
        [Placed(files.sources[entry.stem.name], entry.offset_frames, entry.column) for entry in bus.inputs]
    )
    for index, start in enumerate(range(0, total, CHUNK_FRAMES)):
        rows = min(CHUNK_FRAMES, total - start)
        rows = -(-rows // QUANTUM_FRAMES) * QUANTUM_FRAMES
        chunk = matrices[index % len(matrices)][:rows]
        together.read_into(start, chunk)
        yield chunk
