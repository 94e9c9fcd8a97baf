"""Lanes as numba's compiler knows them: their types and operators. Imported only to compile."""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import models, register_model

_DOUBLE = ir.DoubleType()
_WORD = ir.IntType(64)
_INDEX = ir.IntType(32)


class Lanes(types.Type):  # type: ignore[misc]  # numba carries no types
    """A register of `count` doubles or 64-bit integers."""

    def __init__(self, count: int, integer: bool) -> None:
        self.count = count
        self.integer = integer
        super().__init__(name=f"{'int' if integer else 'double'}x{count}")


DOUBLE2 = Lanes(2, integer=False)
DOUBLE8 = Lanes(8, integer=False)


def llvm_type(kind: Any) -> Any:
    """The LLVM type of lanes, or of a plain number."""
    if not isinstance(kind, Lanes):
        return _WORD if isinstance(kind, types.Integer) else _DOUBLE
    return ir.VectorType(_WORD if kind.integer else _DOUBLE, kind.count)


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]  # numba carries no types
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, llvm_type(kind))


def shuffled(builder: Any, left: Any, right: Any, order: list[int]) -> Any:
    """Emits a register of the given lanes of two."""
    mask = ir.Constant(ir.VectorType(_INDEX, len(order)), order)
    return builder.shuffle_vector(left, right, mask)


def spread(builder: Any, number: Any, kind: Any) -> Any:
    """Emits lanes of `kind` that hold a number; where `kind` is none of lanes, the number."""
    if not isinstance(kind, Lanes):
        return number
    one = builder.insert_element(ir.Constant(llvm_type(kind), ir.Undefined), number, _INDEX(0))
    return shuffled(builder, one, one, [0] * kind.count)


def _register_operator(function: Any, double: str | None, integer: str | None) -> None:
    """Teaches `function` lanes with lanes and lanes with a number; None: not for that kind."""

    @infer_global(function)
    class _Template(AbstractTemplate):  # type: ignore[misc]  # numba carries no types
        def generic(self, arguments: Any, _keywords: Any) -> Any:
            lanes = next((kind for kind in arguments if isinstance(kind, Lanes)), None)
            if lanes is None or (integer if lanes.integer else double) is None:
                return None
            number = types.int64 if lanes.integer else types.float64
            return signature(lanes, *(kind if isinstance(kind, Lanes) else number for kind in arguments))

    def lower(_context: Any, builder: Any, sig: Any, values: Any) -> Any:
        lanes = sig.return_type
        operands = (
            value if isinstance(kind, Lanes) else spread(builder, value, lanes)
            for kind, value in zip(sig.args, values, strict=True)
        )
        return getattr(builder, str(integer if lanes.integer else double))(*operands)

    for pattern in ((Lanes, Lanes), (Lanes, types.Number), (types.Number, Lanes)):
        lower_builtin(function, *pattern)(lower)


_register_operator(operator.add, "fadd", "add")
_register_operator(operator.sub, "fsub", "sub")
_register_operator(operator.mul, "fmul", None)
_register_operator(operator.truediv, "fdiv", None)
_register_operator(operator.lshift, None, "shl")
_register_operator(operator.rshift, None, "ashr")
