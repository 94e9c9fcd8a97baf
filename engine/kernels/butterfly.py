"""Radix-8 butterflies of an FFT on rows of eight lanes, emitted as machine operations.

They are written as generators of LLVM code, not as compiled Python: a hundred operations on tuples of
registers would take the compiler seconds, and this takes it milliseconds.

A *row* is eight real parts and, behind them, their eight imaginary parts.
"""

from __future__ import annotations

import math
from typing import Any

from engine.compiler.abi import intrinsic
from engine.compiler.lanes import known, multiply_add, place_of, primitive
from engine.compiler.late import ir, types

#: A complex number of registers: real part, imaginary part.
_Complex = tuple[Any, Any]

_SQRT_HALF = math.sqrt(0.5)
_RADIX = 8


def _sum(builder: Any, x: _Complex, y: _Complex) -> _Complex:
    return builder.fadd(x[0], y[0]), builder.fadd(x[1], y[1])


def _difference(builder: Any, x: _Complex, y: _Complex) -> _Complex:
    return builder.fsub(x[0], y[0]), builder.fsub(x[1], y[1])


def _quarter_turned(builder: Any, x: _Complex) -> _Complex:
    """x times −i."""
    return x[1], builder.fneg(x[0])


def _eighth_turned(builder: Any, x: _Complex) -> _Complex:
    """x times exp(−iπ/4)."""
    half = known.spread(builder, ir.Constant(ir.DoubleType(), _SQRT_HALF), known.DOUBLE8)
    real = builder.fmul(builder.fadd(x[0], x[1]), half)
    return real, builder.fmul(builder.fsub(x[1], x[0]), half)


def _turned(builder: Any, x: _Complex, factor: _Complex, *, back: bool) -> _Complex:
    """x times a factor, or times its conjugate."""
    crossing = builder.fmul(x[1], factor[1])
    rising = builder.fmul(x[1], factor[0])
    if back:
        real = multiply_add(builder, known.DOUBLE8, x[0], factor[0], crossing)
        return real, multiply_add(builder, known.DOUBLE8, builder.fneg(x[0]), factor[1], rising)
    real = multiply_add(builder, known.DOUBLE8, x[0], factor[0], builder.fneg(crossing))
    return real, multiply_add(builder, known.DOUBLE8, x[0], factor[1], rising)


def _of_two(builder: Any, x: _Complex, y: _Complex) -> list[_Complex]:
    return [_sum(builder, x, y), _difference(builder, x, y)]


def _of_four(builder: Any, x: list[_Complex]) -> list[_Complex]:
    """Four points to four frequencies, in order."""
    even = _of_two(builder, x[0], x[2])
    odd = _of_two(builder, x[1], x[3])
    odd[1] = _quarter_turned(builder, odd[1])
    pairs = [_of_two(builder, even[k], odd[k]) for k in range(2)]
    return [pairs[0][0], pairs[1][0], pairs[0][1], pairs[1][1]]


def _of_eight(builder: Any, x: list[_Complex]) -> list[_Complex]:
    """Eight points to eight frequencies, in order."""
    sums = [_sum(builder, x[k], x[k + 4]) for k in range(4)]
    rest = [_difference(builder, x[k], x[k + 4]) for k in range(4)]
    rest[1] = _eighth_turned(builder, rest[1])
    rest[2] = _quarter_turned(builder, rest[2])
    rest[3] = _quarter_turned(builder, _eighth_turned(builder, rest[3]))
    even, odd = _of_four(builder, sums), _of_four(builder, rest)
    return [row for pair in zip(even, odd, strict=True) for row in pair]


def _moved(builder: Any, index: Any, count: Any) -> Any:
    return builder.add(index, count if isinstance(count, ir.Value) else ir.IntType(64)(count))


def _load(builder: Any, pointer: Any, index: Any) -> Any:
    return builder.load(place_of(builder, pointer, index, known.llvm_type(known.DOUBLE8)), align=8)


def _load_row(builder: Any, block: Any, at: Any) -> _Complex:
    return _load(builder, block, at), _load(builder, block, _moved(builder, at, 8))


def _store_row(builder: Any, block: Any, at: Any, row: _Complex) -> None:
    for place, part in zip((at, _moved(builder, at, 8)), row, strict=True):
        builder.store(part, place_of(builder, block, place, part.type), align=8)


def _factor(builder: Any, table: Any, index: Any, row: int) -> _Complex:
    """The factor of a row: the table holds real and imaginary parts of rows 1 … 7."""
    places = (_moved(builder, index, 2 * row - 2), _moved(builder, index, 2 * row - 1))
    real, imaginary = (builder.load(builder.gep(table, [place])) for place in places)
    return known.spread(builder, real, known.DOUBLE8), known.spread(builder, imaginary, known.DOUBLE8)


def _butterfly(block_p: Any, table_p: Any, *, back: bool) -> Any:
    def emit(builder: Any, block: Any, at: Any, stride: Any, table: Any, factor: Any) -> None:
        places = [at]
        for _ in range(_RADIX - 1):
            places.append(_moved(builder, places[-1], stride))
        rows = [_load_row(builder, block, place) for place in places]
        factors = [_factor(builder, table, factor, row) for row in range(1, _RADIX)]
        if back:
            turned = zip(rows[1:], factors, strict=True)
            rows = [rows[0], *(_turned(builder, x, by, back=True) for x, by in turned)]
            # with both parts exchanged before and after, the forward transform is the inverse one
            rows = [row[::-1] for row in _of_eight(builder, [row[::-1] for row in rows])]
        else:
            rows = _of_eight(builder, rows)
            turned = zip(rows[1:], factors, strict=True)
            rows = [rows[0], *(_turned(builder, x, by, back=False) for x, by in turned)]
        for place, row in zip(places, rows, strict=True):
            _store_row(builder, block, place, row)

    return primitive(types.void, (block_p, types.int64, types.int64, table_p, types.int64), emit)


@intrinsic
def forward_butterfly(_typing: Any, block_p: Any, at: Any, stride: Any, table_p: Any, factor: Any) -> Any:
    """Transforms the eight rows at `at`, `at + stride` … in place, then multiplies them by factors.

    The factors of rows 1 … 7 are pairs of doubles in the table from `factor` on.
    """
    return _butterfly(block_p, table_p, back=False)


@intrinsic
def inverse_butterfly(_typing: Any, block_p: Any, at: Any, stride: Any, table_p: Any, factor: Any) -> Any:
    """Undoes `forward_butterfly` but for a factor of 8."""
    return _butterfly(block_p, table_p, back=True)
