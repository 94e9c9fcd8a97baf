"""Addresses in compiled code: an int64 as a pointer, and back, as operation tables hold them."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_WORD = ir.IntType(64)


def _pointer(kind: Any, llvm: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], llvm.as_pointer())

    return types.CPointer(kind)(types.int64), codegen


@intrinsic  # type: ignore[untyped-decorator]  # numba carries no types
def words_at(_typing: Any, address: Any) -> Any:
    """Pointer to the int64 at `address`."""
    return _pointer(types.int64, _WORD)


@intrinsic  # type: ignore[untyped-decorator]  # numba carries no types
def doubles_at(_typing: Any, address: Any) -> Any:
    """Pointer to the float64 at `address`."""
    return _pointer(types.float64, ir.DoubleType())


@intrinsic  # type: ignore[untyped-decorator]  # numba carries no types
def floats_at(_typing: Any, address: Any) -> Any:
    """Pointer to the float32 at `address`."""
    return _pointer(types.float32, ir.FloatType())


@intrinsic  # type: ignore[untyped-decorator]  # numba carries no types
def bytes_at(_typing: Any, address: Any) -> Any:
    """Pointer to the uint8 at `address`."""
    return _pointer(types.uint8, ir.IntType(8))


@intrinsic  # type: ignore[untyped-decorator]  # numba carries no types
def address_of(_typing: Any, pointer: Any) -> Any:
    """The address a pointer points to."""

    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ptrtoint(arguments[0], _WORD)

    return types.int64(pointer), codegen
