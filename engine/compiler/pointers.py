"""Pointers in kernels: moving along, and looking at memory as another type of number.

A kernel's memory is one arena of float64. What is kept there as 32-bit floats or as integers is
reached through these. Indexing a pointer compiles to the bare access: no check for negative
indices, no slice objects, no counting of references, which also keeps compilation short.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_FLOATS = types.CPointer(types.float32)
_WORDS = types.CPointer(types.int64)
_SHORT_WORDS = types.CPointer(types.int32)


def _cast(pointer: Any, result: Any, pointee: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], pointee.as_pointer())

    return result(pointer), codegen


@intrinsic  # type: ignore[untyped-decorator]  # numba carries no types
def as_floats(_typing: Any, pointer: Any) -> Any:
    """The same memory as float32: two per float64."""
    return _cast(pointer, _FLOATS, ir.FloatType())


@intrinsic  # type: ignore[untyped-decorator]  # numba carries no types
def as_words(_typing: Any, pointer: Any) -> Any:
    """The same memory as int64."""
    return _cast(pointer, _WORDS, ir.IntType(64))


@intrinsic  # type: ignore[untyped-decorator]  # numba carries no types
def as_short_words(_typing: Any, pointer: Any) -> Any:
    """The same memory as int32: two per float64."""
    return _cast(pointer, _SHORT_WORDS, ir.IntType(32))


@intrinsic  # type: ignore[untyped-decorator]  # numba carries no types
def ahead(_typing: Any, pointer: Any, count: Any) -> Any:
    """The pointer moved on by `count` of its numbers (back, if negative)."""

    def codegen(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.gep(values[0], [values[1]])

    return pointer(pointer, types.int64), codegen
