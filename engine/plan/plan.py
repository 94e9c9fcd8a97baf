"""A plan: everything a run needs, as arrays; and a run of it, the arrays that change.

A plan is made once (`engine.plan.build`) and never changes. `start` copies its state, so several
runs of one plan never meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compiler.abi import QUANTUM_FRAMES
from engine.compiler.run import HEADER_WORDS, run_plan, run_through
from engine.rack.operation import Doubles, Operation


@dataclass(frozen=True)
class Plan:
    """What to run on each quantum.

    Attributes:
        columns: width of the frame matrix.
        operations: `(operations, words)` int64: kernel address, parameter offset, state offset, the
            kernel's own words.
        parameters: float64 arena.
        initial_state: float64 arena.
        output_column: the left column of the result; the right is the next one.
        latency_frames: whole frames by which the result comes out later than it goes in.
        gain_columns: columns that hold a dynamics processor's linear gain, in chain order.
        output_columns: width of the result: the programme, then the parts that follow it, in pairs.
    """

    columns: int
    operations: NDArray[np.int64]
    parameters: Doubles
    initial_state: Doubles
    output_column: int
    latency_frames: int
    gain_columns: tuple[int, ...]
    output_columns: int = 2

    def state_place(self, operation: int) -> int:
        """Where an operation's state begins in that of a run."""
        return int(self.operations[operation, 2])

    def start(self) -> Run:
        """A new run from silence at song frame 0."""
        return Run(self)


class Run:
    """One run of a plan; not to be shared between threads."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        #: The kernels' memory, see `Plan.state_place`.
        self.state = plan.initial_state.copy()
        self._gain_columns = np.array(plan.gain_columns, np.int64)

    def process(self, chunk: Doubles) -> None:
        """Runs the plan over the next frames, in place, without the GIL.

        Args:
            chunk: `(frames, plan.columns)` float64 in C order; frames a multiple of the quantum.
        """
        if chunk.shape[0] % QUANTUM_FRAMES or chunk.shape[1] != self.plan.columns:
            raise ValueError(f"a chunk of shape {chunk.shape} does not fit the plan")
        run_plan(chunk, self.plan.operations, self.plan.parameters, self.state)

    def process_through(
        self, inputs: Doubles, work: Doubles, outputs: Doubles, output_column: int
    ) -> Doubles:
        """Runs the plan over the next frames, which come from one array and go to another, without the GIL.

        Args:
            inputs: `(frames, …)` in C order, for the first columns; frames a multiple of the quantum.
            work: `(QUANTUM_FRAMES, plan.columns)` in C order.
            outputs: `(frames, …)` in C order, filled from the columns from `output_column` on.
            output_column: see `outputs`.

        Returns:
            The smallest of each of `plan.gain_columns` in every quantum, `(quanta, gains)`.
        """
        fits = work.shape == (QUANTUM_FRAMES, self.plan.columns) and len(inputs) == len(outputs)
        if not fits or len(inputs) % QUANTUM_FRAMES:
            raise ValueError(f"{inputs.shape} through {work.shape} to {outputs.shape} does not fit the plan")
        plan, columns = self.plan, self._gain_columns
        smallest = np.empty((len(inputs) // QUANTUM_FRAMES, columns.size))
        run_through(
            inputs,
            work,
            outputs,
            output_column,
            columns,
            smallest,
            plan.operations,
            plan.parameters,
            self.state,
        )
        return smallest


def pack(
    operations: Sequence[Operation],
    *,
    columns: int,
    output_column: int,
    latency_frames: int,
    gain_columns: tuple[int, ...],
    output_columns: int = 2,
) -> Plan:
    """Lays the operations' words, parameters and states out in one table and two arenas.

    Each parameter and state block starts on a 64-byte boundary (one cache line, one vector).
    """
    width = HEADER_WORDS + max((len(operation.words) for operation in operations), default=0)
    table = np.zeros((len(operations), width), dtype=np.int64)
    parameters = _Arena()
    states = _Arena()
    for row, operation in zip(table, operations, strict=True):
        row[0] = operation.kernel.address
        row[1] = parameters.add(operation.parameters)
        row[2] = states.add(operation.state)
        row[HEADER_WORDS : HEADER_WORDS + len(operation.words)] = operation.words
    return Plan(
        columns=columns,
        operations=table,
        parameters=parameters.array(),
        initial_state=states.array(),
        output_column=output_column,
        latency_frames=latency_frames,
        gain_columns=gain_columns,
        output_columns=output_columns,
    )


class _Arena:
    _ALIGNMENT = 8  # float64 values: 64 bytes

    def __init__(self) -> None:
        self._blocks: list[Doubles] = []
        self._length = 0

    def add(self, block: Doubles) -> int:
        offset = self._length
        flat = np.ascontiguousarray(block, dtype=np.float64).ravel()
        padded = np.zeros(-(-max(flat.size, 1) // self._ALIGNMENT) * self._ALIGNMENT)
        padded[: flat.size] = flat
        self._blocks.append(padded)
        self._length += padded.size
        return offset

    def array(self) -> Doubles:
        return np.concatenate(self._blocks) if self._blocks else np.zeros(self._ALIGNMENT)
