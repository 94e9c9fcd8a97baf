"""What compiled code needs of the machine: memory by address, ordered cells, time, sleep, files.

Addresses are int64, as in operation tables. Cells that two threads share are written with `publish`
and read with `observe`; whatever a thread wrote before it published is there for the one that has
observed it.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from engine.compiler.abi import External, compiled, inlined, intrinsic
from engine.compiler.addresses import words_at
from engine.compiler.late import ir, types

#: Its number differs between systems.
_MONOTONIC = time.CLOCK_MONOTONIC

_clock_gettime = External("clock_gettime", "int32(int32, int64)")
_usleep = External("usleep", "int32(uint32)")
#: Signature of what `call` calls.
CALLED = "void(int64, int64, int64)"

_pread = External("pread", "int64(int32, int64, int64, int64)")


@intrinsic
def call(_typing: Any, function: Any, first: Any, second: Any, third: Any) -> Any:
    """Calls the function at an address with three int64.

    What is called by address is compiled once, on its own, instead of into each of its callers.
    """

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        kind = ir.FunctionType(ir.VoidType(), [word, word, word])
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), list(arguments[1:]))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64, types.int64), codegen


@intrinsic
def observe(_typing: Any, cells: Any, index: Any) -> Any:
    """`cells[index]`, with everything its writer had written before it (acquire)."""

    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(builder.gep(arguments[0], [arguments[1]]), "acquire", 8)

    return types.int64(types.CPointer(types.int64), types.int64), codegen


@intrinsic
def publish(_typing: Any, cells: Any, index: Any, value: Any) -> Any:
    """Sets `cells[index]` after everything written so far (release)."""

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        builder.store_atomic(arguments[2], builder.gep(arguments[0], [arguments[1]]), "release", 8)
        return context.get_dummy_value()

    return types.void(types.CPointer(types.int64), types.int64, types.int64), codegen


@intrinsic
def exchange(_typing: Any, cells: Any, index: Any, value: Any) -> Any:
    """Sets `cells[index]` and returns what it held, in one step (acquire and release)."""

    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = builder.gep(arguments[0], [arguments[1]])
        return builder.atomic_rmw("xchg", pointer, arguments[2], "acq_rel")

    return types.int64(types.CPointer(types.int64), types.int64, types.int64), codegen


@inlined
def now_ns(scratch: Any) -> Any:
    """CLOCK_MONOTONIC in ns; `scratch` is the address of two int64."""
    _clock_gettime(_MONOTONIC, scratch)
    clock = words_at(scratch)
    return clock[0] * 1_000_000_000 + clock[1]


@inlined
def sleep_us(microseconds: Any) -> None:
    """Gives the processor away."""
    _usleep(np.uint32(microseconds))


@inlined
def read_file(descriptor: Any, address: Any, count: Any, offset: Any) -> Any:
    """Reads up to `count` bytes from `offset` of an open file to `address`; returns how many, or −1.

    A file that has shrunk gives fewer bytes, a disk that has gone −1; neither raises a signal, as
    memory mapped from it would.
    """
    return _pread(np.int32(descriptor), address, count, offset)


@compiled("int64(int64, int64)")
def observe_cell(cells: Any, index: Any) -> Any:
    """`observe`, for Python: `cells` is an address."""
    return observe(words_at(cells), index)


@compiled("void(int64, int64, int64)")
def publish_cell(cells: Any, index: Any, value: Any) -> None:
    """`publish`, for Python: `cells` is an address."""
    publish(words_at(cells), index, value)


@compiled("int64(int64, int64, int64)")
def exchange_cell(cells: Any, index: Any, value: Any) -> Any:
    """`exchange`, for Python: `cells` is an address."""
    return exchange(words_at(cells), index, value)
