"""Explicit SIMD lanes for kernels: two or eight doubles that live in registers.

A recursive filter is fast when its state stays in registers over a whole quantum and each
instruction works on several lanes. The automatic vectoriser promises neither, so kernels say what
they mean:

    x = load8(frames_p, at)                # eight adjacent doubles
    y = b0 * x + s1                        # + − * / of lanes with lanes, or with a number
    store(frames_p, at, y)

LLVM splits eight lanes into what the processor has. Nothing is contracted or reordered: a product
and a sum are fused where a kernel says `fused`, and nowhere else, so every processor computes the same
bits. The functions below take a plain double as well as lanes where
that makes sense, so that one formula serves both.
"""

from __future__ import annotations

from typing import Any

from engine.compiler.abi import intrinsic
from engine.compiler.late import Late, ir, types
from engine.compiler.processor import has_fused
from engine.compiler.software_fma import emulated

#: Types and operators of lanes, once numba is there.
known: Any = Late("engine.compiler.lane_types")


def primitive(result: Any, arguments: tuple[Any, ...], emit: Any) -> Any:
    """What an intrinsic returns: its signature, and `emit(builder, *values)` as its code."""

    def codegen(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        value = emit(builder, *values)
        return context.get_dummy_value() if result is types.void else value

    return result(*arguments), codegen


def call_llvm(builder: Any, name: str, kind: Any, *values: Any) -> Any:
    """Calls an intrinsic of LLVM whose result and arguments are all of one kind."""
    suffix = f"v{kind.count}f64" if isinstance(kind, known.Lanes) else "f64"
    function_type = ir.FunctionType(known.llvm_type(kind), [known.llvm_type(kind)] * len(values))
    full_name = f"{name}.{suffix}"
    function = builder.module.globals.get(full_name)
    if function is None:
        function = ir.Function(builder.module, function_type, full_name)
    return builder.call(function, values)


def place_of(builder: Any, pointer: Any, index: Any, kind: Any) -> Any:
    """The address of `pointer[index]`, as that of a value of LLVM type `kind`."""
    return builder.bitcast(builder.gep(pointer, [index]), kind.as_pointer())


def _loader(kind: Any, pointer: Any) -> Any:
    def emit(builder: Any, base: Any, at: Any) -> Any:
        return builder.load(place_of(builder, base, at, known.llvm_type(kind)), align=8)

    return primitive(kind, (pointer, types.int64), emit)


@intrinsic
def advanced(_typing: Any, pointer: Any, count: Any) -> Any:
    """The address of `pointer[count]`."""
    return primitive(pointer, (pointer, types.int64), lambda builder, base, at: builder.gep(base, [at]))


@intrinsic
def load2(_typing: Any, pointer: Any, index: Any) -> Any:
    """Two adjacent doubles from `pointer[index]` on."""
    return _loader(known.DOUBLE2, pointer)


@intrinsic
def load8(_typing: Any, pointer: Any, index: Any) -> Any:
    """Eight adjacent doubles from `pointer[index]` on."""
    return _loader(known.DOUBLE8, pointer)


@intrinsic
def store(_typing: Any, pointer: Any, index: Any, value: Any) -> Any:
    """Writes the lanes of `value`, or one double, from `pointer[index]` on."""

    def emit(builder: Any, base: Any, at: Any, lanes: Any) -> None:
        builder.store(lanes, place_of(builder, base, at, lanes.type), align=8)

    return primitive(types.void, (pointer, types.int64, value), emit)


@intrinsic
def splat2(_typing: Any, value: Any) -> Any:
    """Two lanes that hold the same double."""
    return primitive(
        known.DOUBLE2,
        (types.float64,),
        lambda builder, number: known.spread(builder, number, known.DOUBLE2),
    )


@intrinsic
def splat8(_typing: Any, value: Any) -> Any:
    """Eight lanes that hold the same double."""
    return primitive(
        known.DOUBLE8,
        (types.float64,),
        lambda builder, number: known.spread(builder, number, known.DOUBLE8),
    )


@intrinsic
def joined(_typing: Any, first: Any, second: Any, third: Any, fourth: Any) -> Any:
    """Eight lanes of four pairs."""

    def emit(builder: Any, *pairs: Any) -> Any:
        low = known.shuffled(builder, pairs[0], pairs[1], [0, 1, 2, 3])
        high = known.shuffled(builder, pairs[2], pairs[3], [0, 1, 2, 3])
        return known.shuffled(builder, low, high, list(range(8)))

    return primitive(known.DOUBLE8, (known.DOUBLE2,) * 4, emit)


@intrinsic
def store_pairs(_typing: Any, pointer: Any, i: Any, j: Any, k: Any, m: Any, value: Any) -> Any:
    """Writes the four pairs of eight lanes to `pointer[i]`, `[j]`, `[k]` and `[m]`."""

    def emit(builder: Any, base: Any, *values: Any) -> None:
        lanes = values[4]
        for pair, index in enumerate(values[:4]):
            part = known.shuffled(builder, lanes, lanes, [2 * pair, 2 * pair + 1])
            builder.store(part, place_of(builder, base, index, part.type), align=8)

    return primitive(types.void, (pointer, *(types.int64,) * 4, known.DOUBLE8), emit)


@intrinsic
def swapped(_typing: Any, value: Any) -> Any:
    """Lanes with the neighbours of each pair exchanged: left for right."""
    order = [lane ^ 1 for lane in range(value.count)]
    return primitive(value, (value,), lambda builder, lanes: known.shuffled(builder, lanes, lanes, order))


@intrinsic
def swapped_pairs(_typing: Any, value: Any) -> Any:
    """Lanes with neighbouring pairs exchanged: lanes 0 1 for 2 3, and so on."""
    order = [lane ^ 2 for lane in range(value.count)]
    return primitive(value, (value,), lambda builder, lanes: known.shuffled(builder, lanes, lanes, order))


@intrinsic
def swapped_halves(_typing: Any, value: Any) -> Any:
    """Eight lanes with the first four and the last four exchanged."""
    order = [lane ^ 4 for lane in range(value.count)]
    return primitive(value, (value,), lambda builder, lanes: known.shuffled(builder, lanes, lanes, order))


@intrinsic
def firsts(_typing: Any, low: Any, high: Any) -> Any:
    """The first lanes of the eight pairs in two registers."""

    def emit(builder: Any, left: Any, right: Any) -> Any:
        return known.shuffled(builder, left, right, list(range(0, 16, 2)))

    return primitive(known.DOUBLE8, (known.DOUBLE8, known.DOUBLE8), emit)


@intrinsic
def seconds(_typing: Any, low: Any, high: Any) -> Any:
    """The second lanes of the eight pairs in two registers."""

    def emit(builder: Any, left: Any, right: Any) -> Any:
        return known.shuffled(builder, left, right, list(range(1, 16, 2)))

    return primitive(known.DOUBLE8, (known.DOUBLE8, known.DOUBLE8), emit)


@intrinsic
def paired_low(_typing: Any, first: Any, second: Any) -> Any:
    """Pairs of the first four lanes of two registers, by turns."""
    order = [lane for pair in zip(range(4), range(8, 12), strict=True) for lane in pair]
    return primitive(
        known.DOUBLE8,
        (known.DOUBLE8, known.DOUBLE8),
        lambda builder, left, right: known.shuffled(builder, left, right, order),
    )


@intrinsic
def paired_high(_typing: Any, first: Any, second: Any) -> Any:
    """Pairs of the last four lanes of two registers, by turns."""
    order = [lane for pair in zip(range(4, 8), range(12, 16), strict=True) for lane in pair]
    return primitive(
        known.DOUBLE8,
        (known.DOUBLE8, known.DOUBLE8),
        lambda builder, left, right: known.shuffled(builder, left, right, order),
    )


@intrinsic
def lane(_typing: Any, value: Any, index: Any) -> Any:
    """One lane as a plain double."""
    return primitive(
        types.float64, (value, types.int64), lambda builder, lanes, at: builder.extract_element(lanes, at)
    )


@intrinsic
def maximum(_typing: Any, left: Any, right: Any) -> Any:
    """The larger one, lane by lane; both of one kind."""

    def emit(builder: Any, *values: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", *values), *values)

    return primitive(left, (left, left), emit)


@intrinsic
def minimum(_typing: Any, left: Any, right: Any) -> Any:
    """The smaller one, lane by lane; both of one kind."""

    def emit(builder: Any, *values: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", *values), *values)

    return primitive(left, (left, left), emit)


def multiply_add(builder: Any, kind: Any, factor: Any, other: Any, addend: Any) -> Any:
    """Emits factor·other + addend of values of one kind, rounded once."""
    if not has_fused():
        return emulated(builder, factor, other, addend)
    return call_llvm(builder, "llvm.fma", kind, factor, other, addend)


@intrinsic
def fused(_typing: Any, factor: Any, other: Any, addend: Any) -> Any:
    """factor·other + addend, rounded once; each may be lanes or a number.

    A processor without the instruction takes some forty others for it (`engine.compiler.software_fma`).
    """
    kinds = (factor, other, addend)
    result = next((kind for kind in kinds if isinstance(kind, known.Lanes)), types.float64)
    arguments = tuple(kind if isinstance(kind, known.Lanes) else types.float64 for kind in kinds)

    def emit(builder: Any, *values: Any) -> Any:
        left, right, plus = (
            value if isinstance(kind, known.Lanes) else known.spread(builder, value, result)
            for kind, value in zip(arguments, values, strict=True)
        )
        return multiply_add(builder, result, left, right, plus)

    return primitive(result, arguments, emit)


@intrinsic
def magnitude(_typing: Any, value: Any) -> Any:
    """The absolute value."""
    return primitive(value, (value,), lambda builder, lanes: call_llvm(builder, "llvm.fabs", value, lanes))


@intrinsic
def signed(_typing: Any, size: Any, sign: Any) -> Any:
    """The magnitude of `size` with the sign of `sign`, lane by lane; both of one kind."""
    return primitive(
        size, (size, size), lambda builder, *values: call_llvm(builder, "llvm.copysign", size, *values)
    )


@intrinsic
def chosen(_typing: Any, value: Any, limit: Any, below: Any, otherwise: Any) -> Any:
    """`below` where `value` < `limit`, else `otherwise`, lane by lane."""

    def emit(builder: Any, tested: Any, bound: Any, *choice: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", tested, known.spread(builder, bound, value)), *choice)

    return primitive(value, (value, types.float64, value, value), emit)


@intrinsic
def flushed(_typing: Any, value: Any, least: Any) -> Any:
    """`value`, with 0 where its magnitude is below `least`: feedback dies before it is denormal."""

    def emit(builder: Any, lanes: Any, limit: Any) -> Any:
        size = call_llvm(builder, "llvm.fabs", value, lanes)
        small = builder.fcmp_ordered("<", size, known.spread(builder, limit, value))
        return builder.select(small, ir.Constant(known.llvm_type(value), None), lanes)

    return primitive(value, (value, types.float64), emit)


@intrinsic
def bits(_typing: Any, value: Any) -> Any:
    """The IEEE 754 pattern of doubles, as integers."""
    kind = known.Lanes(value.count, integer=True) if isinstance(value, known.Lanes) else types.int64
    return primitive(kind, (value,), lambda builder, lanes: builder.bitcast(lanes, known.llvm_type(kind)))


@intrinsic
def from_bits(_typing: Any, value: Any) -> Any:
    """The doubles of an IEEE 754 pattern."""
    kind = known.Lanes(value.count, integer=False) if isinstance(value, known.Lanes) else types.float64
    return primitive(kind, (value,), lambda builder, lanes: builder.bitcast(lanes, known.llvm_type(kind)))
