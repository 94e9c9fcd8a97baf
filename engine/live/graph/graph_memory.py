"""A graph's memory for one run, and what it can take over from the run before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES
from engine.compiler.run import HEADER_WORDS
from engine.live.graph.graph import GainMeter, Graph
from engine.live.loop import cells
from engine.live.loop.source import read
from engine.plan.build import Watch
from engine.plan.plan import Plan
from engine.rack.fade import FADE_SHAPES
from engine.rack.operation import Operation

Words = NDArray[np.int64]

_WORD_BYTES = 8


@dataclass(frozen=True)
class _Block:
    """An operation's memory inside an arena.

    Attributes:
        operation: whose memory it is.
        address: of its first value.
    """

    operation: Operation
    address: int


class _Run:
    """One plan with its memory, and the cells that tell the loop about it."""

    def __init__(self, plan: Plan, operations: Sequence[Operation]) -> None:
        self._plan = plan
        self._state = plan.initial_state.copy()
        self._frames = np.full((QUANTUM_FRAMES, plan.columns), 0.0)
        self.latency_frames = plan.latency_frames
        self._offsets = plan.operations[:, HEADER_WORDS - 2 : HEADER_WORDS].tolist()
        self._adopt(operations)

    def _adopt(self, operations: Sequence[Operation]) -> None:
        base = int(self._state.ctypes.data)
        self._operations = tuple(operations)
        self.blocks = [
            _Block(operation, base + _WORD_BYTES * offset)
            for operation, (_, offset) in zip(operations, self._offsets, strict=True)
            if operation.state.size and operation.kernel is not read
        ]

    def renew(self, operations: Sequence[Operation]) -> None:
        """Begins anew with operations of the same shape: their parameters, an empty memory.

        Args:
            operations: of the same kernels, words and sizes as those in their places.
        """
        parameters = self._plan.parameters
        for former, operation, (at, _) in zip(self._operations, operations, self._offsets, strict=True):
            if operation is not former:
                parameters[at : at + operation.parameters.size] = operation.parameters.ravel()
        self._state[:] = self._plan.initial_state
        for operation, (_, at) in zip(operations, self._offsets, strict=True):
            if operation.state.size:
                self._state[at : at + operation.state.size] = operation.state.ravel()
        self._frames[:] = 0.0
        self._adopt(operations)

    def state_address(self, operation: int) -> int:
        """Address of an operation's memory."""
        return int(self._state.ctypes.data) + _WORD_BYTES * self._plan.state_place(operation)

    def write_cells(self, run: Words) -> None:
        """Fills the cells RUN_… of a slot."""
        plan = self._plan
        run[cells.RUN_OPERATIONS] = plan.operations.ctypes.data
        run[cells.RUN_COUNT], run[cells.RUN_ROW_BYTES] = len(plan.operations), plan.operations.strides[0]
        run[cells.RUN_COLUMNS], run[cells.RUN_FRAMES] = plan.columns, self._frames.ctypes.data
        run[cells.RUN_PARAMETERS] = plan.parameters.ctypes.data
        run[cells.RUN_STATE], run[cells.RUN_RESULT] = self._state.ctypes.data, plan.output_column
        run[cells.RUN_SKIP] = plan.latency_frames


def metered_watches(graph: Graph) -> tuple[tuple[Watch, GainMeter], ...]:
    """As many of a graph's watches as there is room for; the limiter's is the last, and counts most."""
    most = cells.MAXIMUM_WATCHES
    return graph.watches[: most - 1] + graph.watches[most - 1 :][-1:]


class Slot:
    """A graph ready to run.

    Args:
        graph: what it runs.
        serial: of the change that brings it.

    Attributes:
        graph: as given.
        serial: as given.
        address: of its cells; valid as long as this object lives.
    """

    def __init__(self, graph: Graph, serial: int) -> None:
        self.graph = graph
        self.serial = serial
        self._words = np.zeros(cells.SLOT_CELLS, np.int64)
        self._segments = np.zeros(cells.SEGMENT_CELLS, np.int64)
        self._waiting = np.zeros((cells.WAITING_FRAMES, graph.bus.output_columns))
        self._out = np.zeros((cells.OUT_FRAMES, 2))
        self._out_positions = np.zeros(cells.OUT_FRAMES, np.int64)
        # everything between reading and hearing a frame, rounded up to a power of two
        reach = graph.latency_frames + cells.WAITING_FRAMES + cells.OUT_FRAMES + QUANTUM_FRAMES
        self._positions = np.full(1 << math.ceil(math.log2(reach)), 0, np.int64)
        self._stem_columns = np.array(graph.stem_columns[: cells.MAXIMUM_STEMS] or (-1,), np.int64)
        gains = [(gain.plan, gain.column) for gain in graph.gains[: cells.MAXIMUM_TAPS]]
        self._taps = np.array(gains or [(0, 0)], np.int64)
        sources = self._sources_of(graph)
        self._bus = _Run(graph.bus.packed(sources), (*sources, *graph.bus.operations))
        self._output = _Run(graph.output.packed(), graph.output.operations)
        self.watches = metered_watches(graph)
        self._watches = np.zeros((max(1, len(self.watches)), cells.WATCH_CELLS), np.int64)
        self._write_cells()

    def _sources_of(self, graph: Graph) -> list[Operation]:
        segments = int(self._segments.ctypes.data)
        return [use.file.operation(use.column, use.offset_frames, segments) for use in graph.sources]

    @property
    def address(self) -> int:
        """Address of its cells."""
        return int(self._words.ctypes.data)

    def renew(self, graph: Graph, serial: int) -> None:
        """Becomes what `Slot(graph, serial)` would be, in the memory that is there. The loop must not use it.

        Args:
            graph: `is_like` the one that it had.
            serial: of the change that brings it.
        """
        self.graph, self.serial = graph, serial
        self._bus.renew([*self._sources_of(graph), *graph.bus.operations])
        self._output.renew(graph.output.operations)
        self.watches = metered_watches(graph)
        self._words[:] = 0
        self._write_cells()

    def _write_cells(self) -> None:
        words, graph = self._words, self.graph
        self._bus.write_cells(words[cells.SLOT_BUS :])
        self._output.write_cells(words[cells.SLOT_OUTPUT :])
        words[cells.SLOT_RAW] = len(graph.sources) + graph.raw_operations
        words[cells.SLOT_SUMMED] = len(graph.sources) + graph.summed_operations
        words[cells.AT_SEGMENTS] = self._segments.ctypes.data
        words[cells.AT_POSITIONS] = self._positions.ctypes.data
        words[cells.POSITIONS_MASK] = self._positions.size - 1
        words[cells.AT_WAITING] = self._waiting.ctypes.data
        words[cells.BUS_COLUMNS] = graph.bus.output_columns
        words[cells.AT_OUT] = self._out.ctypes.data
        words[cells.AT_OUT_POSITIONS] = self._out_positions.ctypes.data
        words[cells.SONG_FRAMES] = graph.song_frames
        words[cells.STEMS] = min(len(graph.stem_columns), cells.MAXIMUM_STEMS)
        words[cells.AT_STEM_COLUMNS] = self._stem_columns.ctypes.data
        words[cells.TAPS] = min(len(graph.gains), cells.MAXIMUM_TAPS)
        words[cells.AT_TAPS] = self._taps.ctypes.data
        self._write_watches()
        words[cells.BUS_LATENCY] = graph.bus.latency_frames
        words[cells.LIMITER_COLUMN] = graph.limiter_column
        words[cells.LIMITED_ABOVE] = round(1e9 * graph.limited_above)
        words[cells.SERIAL] = self.serial
        fades = graph.fades
        if fades is not None:
            words[cells.FADE_START], words[cells.FADE_END] = fades.start_frame, fades.end_frame
            words[cells.FADE_IN], words[cells.FADE_OUT] = fades.fade_in_frames, fades.fade_out_frames
            words[cells.FADE_SHAPE] = FADE_SHAPES.index(fades.shape)

    def _write_watches(self) -> None:
        words, sources = self._words, len(self.graph.sources)
        words[cells.WATCHES], words[cells.AT_WATCHES] = len(self.watches), self._watches.ctypes.data
        words[cells.LIMITER_WATCH] = -1
        for number, (watch, _) in enumerate(self.watches):
            row = self._watches[number]
            row[cells.WATCH_STATE] = self._bus.state_address(sources + watch.operation)
            row[cells.WATCH_PARTS], row[cells.WATCH_FIRST] = watch.parts, min(watch.stems, default=0)
            if watch.tap is None:
                words[cells.LIMITER_WATCH] = number
            else:
                row[cells.WATCH_NEUTRAL] = round(1e9 * watch.tap.gain.neutral)
                row[cells.WATCH_FLOOR] = round(1e9 * watch.tap.gain.floor)

    def _blocks(self) -> list[_Block]:
        return [*self._bus.blocks, *self._output.blocks]

    def stands_like(self, other: Slot) -> bool:
        """Whether both stand at the same place when they read the same frame, with as much in between."""
        return (
            self._bus.latency_frames == other._bus.latency_frames
            and self._output.latency_frames == other._output.latency_frames
            and self._positions.size == other._positions.size
            and self._waiting.shape == other._waiting.shape
        )

    def take_over(self, former: Slot) -> tuple[Words, bool]:
        """What can be copied from a running slot: the memory of equal operations.

        Operations are equal when they are the same kernel at the same columns; their parameters may
        differ, that is what most edits change.

        Returns:
            `(copies, 3)` int64: source address, target address, values; and whether nothing is left
            that begins with an empty memory.
        """
        known: dict[tuple[object, ...], list[_Block]] = {}
        for block in former._blocks():
            known.setdefault(_key(block.operation), []).append(block)
        copies = []
        complete = self.stands_like(former)
        for block in self._blocks():
            candidates = known.get(_key(block.operation))
            if candidates:
                copies.append((candidates.pop(0).address, block.address, block.operation.state.size))
            else:
                complete = False
        return np.array(copies, np.int64).reshape(-1, 3), complete


def _key(operation: Operation) -> tuple[object, ...]:
    return operation.kernel.name, operation.words, operation.state.size
