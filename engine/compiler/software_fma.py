"""factor·other + addend, rounded once, for processors that have no instruction for it.

x86 has had one since about 2013, not in every cheap processor; every ARM of 64 bits has. Without it a
product and a sum would be rounded twice, and a master would have other bits than elsewhere.

Source: S. Boldo, G. Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using
rounding to odd", IEEE Transactions on Computers 57(4), 2008; exact sum: D. E. Knuth, *The Art of Computer
Programming* 2, 4.2.2; exact product: T. J. Dekker, 1971. Exact as long as nothing is above 10²⁹⁹ and no
product but 0 is below 10⁻²⁹¹: far outside what audio holds.
"""

from __future__ import annotations

from typing import Any

from engine.compiler.late import ir

_SPLITTER = 2.0**27 + 1.0


def _constant(kind: Any, value: Any) -> Any:
    return ir.Constant(kind, [value] * kind.count if isinstance(kind, ir.VectorType) else value)


def _words(kind: Any) -> Any:
    return ir.VectorType(ir.IntType(64), kind.count) if isinstance(kind, ir.VectorType) else ir.IntType(64)


def _exact_sum(build: Any, a: Any, b: Any) -> tuple[Any, Any]:
    total = build.fadd(a, b)
    part = build.fsub(total, a)
    return total, build.fadd(build.fsub(a, build.fsub(total, part)), build.fsub(b, part))


def _halves(build: Any, value: Any) -> tuple[Any, Any]:
    scaled = build.fmul(value, _constant(value.type, _SPLITTER))
    high = build.fsub(scaled, build.fsub(scaled, value))
    return high, build.fsub(value, high)


def _exact_product(build: Any, a: Any, b: Any) -> tuple[Any, Any]:
    product = build.fmul(a, b)
    (a_high, a_low), (b_high, b_low) = _halves(build, a), _halves(build, b)
    rest = build.fsub(build.fmul(a_high, b_high), product)
    for left, right in ((a_high, b_low), (a_low, b_high), (a_low, b_low)):
        rest = build.fadd(rest, build.fmul(left, right))
    return product, rest


def _sum_to_odd(build: Any, a: Any, b: Any) -> Any:
    """a + b, but of the two doubles around an inexact sum the one whose last bit is set."""
    total, rest = _exact_sum(build, a, b)
    kind, words = total.type, _words(total.type)
    zero = _constant(kind, 0.0)
    pattern = build.bitcast(total, words)
    even = build.icmp_signed("==", build.and_(pattern, _constant(words, 1)), _constant(words, 0))
    outward = build.icmp_signed(
        "==", build.fcmp_ordered(">", rest, zero), build.fcmp_ordered(">", total, zero)
    )
    moved = build.add(pattern, build.select(outward, _constant(words, 1), _constant(words, -1)))
    moves = build.and_(build.fcmp_unordered("!=", rest, zero), even)
    return build.bitcast(build.select(moves, moved, pattern), kind)


def _define(function: Any) -> None:
    build = ir.IRBuilder(function.append_basic_block())
    factor, other, addend = function.args
    product, rest = _exact_product(build, factor, other)
    high, low = _exact_sum(build, addend, rest)
    total, left_out = _exact_sum(build, product, high)
    result = build.fadd(total, _sum_to_odd(build, low, left_out))
    # a sum of nothing keeps the sign that the two zeros give it
    nothing = build.fcmp_ordered("==", result, _constant(result.type, 0.0))
    build.ret(build.select(nothing, build.fadd(product, addend), result))


def emulated(builder: Any, factor: Any, other: Any, addend: Any) -> Any:
    """Emits a call of the function that does it, which each module of code gets once.

    Args:
        builder: of the code.
        factor: a double or a vector of doubles, like the others.
        other: see `factor`.
        addend: likewise.
    """
    kind = factor.type
    name = f"stemlathe_fma_{kind.count if isinstance(kind, ir.VectorType) else 1}"
    function = builder.module.globals.get(name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(kind, [kind] * 3), name)
        function.linkage = "internal"
        _define(function)
    return builder.call(function, [factor, other, addend])
