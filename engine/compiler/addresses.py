"""Addresses in compiled code: an int64 as a pointer, and back, as operation tables hold them."""

from __future__ import annotations

from typing import Any

from engine.compiler.abi import intrinsic
from engine.compiler.late import ir, types


def _pointer(kind: Any, llvm: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], llvm.as_pointer())

    return types.CPointer(kind)(types.int64), codegen


@intrinsic
def words_at(_typing: Any, address: Any) -> Any:
    """Pointer to the int64 at `address`."""
    return _pointer(types.int64, ir.IntType(64))


@intrinsic
def doubles_at(_typing: Any, address: Any) -> Any:
    """Pointer to the float64 at `address`."""
    return _pointer(types.float64, ir.DoubleType())


@intrinsic
def floats_at(_typing: Any, address: Any) -> Any:
    """Pointer to the float32 at `address`."""
    return _pointer(types.float32, ir.FloatType())


@intrinsic
def bytes_at(_typing: Any, address: Any) -> Any:
    """Pointer to the uint8 at `address`."""
    return _pointer(types.uint8, ir.IntType(8))


@intrinsic
def shorts_at(_typing: Any, address: Any) -> Any:
    """Pointer to the int16 at `address`."""
    return _pointer(types.int16, ir.IntType(16))


@intrinsic
def integers_at(_typing: Any, address: Any) -> Any:
    """Pointer to the int32 at `address`."""
    return _pointer(types.int32, ir.IntType(32))


@intrinsic
def short_patterns_at(_typing: Any, address: Any) -> Any:
    """Pointer to the uint32 at `address`."""
    return _pointer(types.uint32, ir.IntType(32))


@intrinsic
def patterns_at(_typing: Any, address: Any) -> Any:
    """Pointer to the uint64 at `address`."""
    return _pointer(types.uint64, ir.IntType(64))


@intrinsic
def start_of(_typing: Any, array: Any) -> Any:
    """The address of an array's first value: what lies there may be read as another type, or in a row."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.ptrtoint(data, ir.IntType(64))

    return types.int64(array), codegen


@intrinsic
def address_of(_typing: Any, pointer: Any) -> Any:
    """The address a pointer points to."""

    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ptrtoint(arguments[0], ir.IntType(64))

    return types.int64(pointer), codegen
