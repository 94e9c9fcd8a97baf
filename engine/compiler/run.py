"""The runner: one compiled function that runs a plan over a chunk of frames.

A plan is data (`engine.plan`): a table of operations, one arena of parameters, one of state. The
runner walks the chunk in quanta of 64 frames and calls each operation's kernel by address. Live
and offline use this function and no other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.compiler.abi import QUANTUM_FRAMES, compiled, inlined, intrinsic
from engine.compiler.addresses import start_of
from engine.compiler.late import ir, types

#: Columns of the operation table before a kernel's own words: address, parameter and state offset.
HEADER_WORDS = 3


@intrinsic
def _call(
    typing_context: Any, address: Any, frames: Any, columns: Any, words: Any, parameters: Any, state: Any
) -> Any:
    """Calls the kernel at `address`; the other arguments are addresses too (`columns` a number)."""
    word = types.int64
    signature = types.void(word, word, word, word, word, word)

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        integer = ir.IntType(64)
        doubles = ir.DoubleType().as_pointer()
        integers = integer.as_pointer()
        function_type = ir.FunctionType(ir.VoidType(), [doubles, integer, integers, doubles, doubles])
        function = builder.inttoptr(arguments[0], function_type.as_pointer())
        builder.call(
            function,
            [
                builder.inttoptr(arguments[1], doubles),
                arguments[2],
                builder.inttoptr(arguments[3], integers),
                builder.inttoptr(arguments[4], doubles),
                builder.inttoptr(arguments[5], doubles),
            ],
        )
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def _word(typing_context: Any, address: Any) -> Any:
    """The int64 at `address`."""

    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], ir.IntType(64).as_pointer()))

    return types.int64(types.int64), codegen


@inlined
def run_quantum(
    frames: Any, columns: Any, operations: Any, count: Any, row_bytes: Any, parameters: Any, state: Any
) -> None:
    """Runs every operation of a plan over one quantum, in place.

    Args:
        frames: address of `(QUANTUM_FRAMES, columns)` float64.
        columns: width of the frame matrix.
        operations: address of the operation table.
        count: its rows.
        row_bytes: bytes from one row to the next.
        parameters: address of the parameter arena.
        state: address of the state arena.
    """
    for index in range(count):
        row = operations + index * row_bytes
        _call(
            _word(row),
            frames,
            columns,
            row + HEADER_WORDS * 8,
            parameters + _word(row + 8) * 8,
            state + _word(row + 16) * 8,
        )


@compiled("void(float64[:, ::1], int64[:, ::1], float64[::1], float64[::1])")
def run_plan(chunk: Any, operations: Any, parameters: Any, state: Any) -> None:
    """Runs every operation over `chunk`, quantum by quantum, in place.

    Args:
        chunk: `(frames, columns)` float64, frames a multiple of `QUANTUM_FRAMES`.
        operations: `(operations, words)` int64: address, parameter offset, state offset, own words.
        parameters: arena of float64, read only for kernels.
        state: arena of float64, the kernels' memory between quanta.
    """
    columns = np.int64(chunk.shape[1])
    first = start_of(chunk)
    row_bytes = np.int64(operations.shape[1]) * 8
    for start in range(0, chunk.shape[0] - QUANTUM_FRAMES + 1, QUANTUM_FRAMES):
        run_quantum(
            first + start * columns * 8,
            columns,
            start_of(operations),
            np.int64(operations.shape[0]),
            row_bytes,
            start_of(parameters),
            start_of(state),
        )


@compiled(
    "void(float64[:, ::1], float64[:, ::1], float64[:, ::1], int64, int64[::1], float64[:, ::1], "
    "int64[:, ::1], float64[::1], float64[::1])"
)
def run_through(
    inputs: Any,
    work: Any,
    outputs: Any,
    output_column: Any,
    gain_columns: Any,
    smallest: Any,
    operations: Any,
    parameters: Any,
    state: Any,
) -> None:
    """Runs every operation over frames from elsewhere, quantum by quantum.

    Args:
        inputs: `(frames, …)`, go into the first columns; frames a multiple of `QUANTUM_FRAMES`.
        work: `(QUANTUM_FRAMES, columns)`, the frame matrix of one quantum: small enough to stay cached.
        outputs: `(frames, …)`, come from the columns from `output_column` on.
        output_column: see `outputs`.
        gain_columns: columns of gains.
        smallest: `(quanta, gains)`, filled with the smallest of each gain in every quantum.
        operations: as for `run_plan`, like `parameters` and `state`.
        parameters: see `operations`.
        state: see `operations`.
    """
    columns = np.int64(work.shape[1])
    row_bytes = np.int64(operations.shape[1]) * 8
    for start in range(0, inputs.shape[0] - QUANTUM_FRAMES + 1, QUANTUM_FRAMES):
        for row in range(QUANTUM_FRAMES):
            for column in range(inputs.shape[1]):
                work[row, column] = inputs[start + row, column]
        run_quantum(
            start_of(work),
            columns,
            start_of(operations),
            np.int64(operations.shape[0]),
            row_bytes,
            start_of(parameters),
            start_of(state),
        )
        for row in range(QUANTUM_FRAMES):
            for column in range(outputs.shape[1]):
                outputs[start + row, column] = work[row, output_column + column]
        for gain in range(gain_columns.size):
            least = work[0, gain_columns[gain]]
            for row in range(QUANTUM_FRAMES):
                value = work[row, gain_columns[gain]]
                if value < least or value != value:
                    least = value
            smallest[start // QUANTUM_FRAMES, gain] = least
