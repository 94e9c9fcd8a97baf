"""Pointers in kernels: moving along, and looking at memory as another type of number.

A kernel's memory is one arena of float64. What is kept there as 32-bit floats or as integers is
reached through these. Indexing a pointer compiles to the bare access: no check for negative
indices, no slice objects, no counting of references, which also keeps compilation short.
"""

from __future__ import annotations

from typing import Any

from engine.compiler.abi import intrinsic
from engine.compiler.late import ir, types


def _cast(pointer: Any, result: Any, pointee: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], pointee.as_pointer())

    return types.CPointer(result)(pointer), codegen


@intrinsic
def as_floats(_typing: Any, pointer: Any) -> Any:
    """The same memory as float32: two per float64."""
    return _cast(pointer, types.float32, ir.FloatType())


@intrinsic
def as_words(_typing: Any, pointer: Any) -> Any:
    """The same memory as int64."""
    return _cast(pointer, types.int64, ir.IntType(64))


@intrinsic
def as_short_words(_typing: Any, pointer: Any) -> Any:
    """The same memory as int32: two per float64."""
    return _cast(pointer, types.int32, ir.IntType(32))


@intrinsic
def ahead(_typing: Any, pointer: Any, count: Any) -> Any:
    """The pointer moved on by `count` of its numbers (back, if negative)."""

    def codegen(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.gep(values[0], [values[1]])

    return pointer(pointer, types.int64), codegen
