"""Calls of machine code from Python, with arrays and numbers.

To the machine code an array is its address and its lengths; what is returned is written to an address, the
result is the status. A song is thousands of calls: each function gets a caller written for its signature,
without a loop over its arguments.
"""

from __future__ import annotations

import ctypes
import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.compiler.signatures import Kind, Signature

_SCALARS: dict[str, Any] = {"int64": ctypes.c_int64, "uint64": ctypes.c_uint64, "float64": ctypes.c_double}
#: The buffer of an array as something that has an address: a third of the time of `array.ctypes.data`.
_nothing_at = (ctypes.c_char * 0).from_buffer


def caller(name: str, signature: Signature, address: int) -> Callable[..., Any]:
    """A Python function that calls machine code; it runs without the GIL.

    Args:
        name: for messages.
        signature: what it takes.
        address: where it is.
    """
    space: dict[str, Any] = {
        "native": ctypes.CFUNCTYPE(ctypes.c_int32, *_native_types(signature))(address),
        "refused": _refusal(name, signature),
        "raised": functools.partial(RuntimeError, f"{name}: the compiled code raised an exception"),
        "Cells": (ctypes.c_double if signature.result == "float64" else ctypes.c_int64) * signature.results,
        "address_of": ctypes.addressof,
        "nothing_at": _nothing_at,
        "index": operator.index,
        **{f"kind{place}": np.dtype(kind.name) for place, kind in enumerate(signature.arguments)},
    }
    exec(_text(signature), space)
    found: Callable[..., Any] = space["call"]
    return found


def _text(signature: Signature) -> str:
    """The caller in Python: its arguments and words are those of the signature."""
    taken = [f"a{place}" for place in range(len(signature.arguments))]
    tests = [_test(place, kind) for place, kind in enumerate(signature.arguments) if kind.dimensions]
    words = [word for place, kind in enumerate(signature.arguments) for word in _words(place, kind)]
    lines = [f"def call({', '.join(taken)}):"]
    if signature.results:
        lines.append(" out = Cells()")
        words.append("address_of(out)")
    lines += [
        " try:",
        f"  if {' or '.join(tests) or 'False'}: raise TypeError('of another kind')",
        f"  words = ({', '.join(words)}{',' if words else ''})",
        " except (TypeError, ValueError, AttributeError) as error:",
        f"  raise refused(({', '.join(taken)}{',' if taken else ''}), error) from None",
        " if native(*words): raise raised()",
    ]
    if signature.results:
        lines.append(" return tuple(out)" if signature.is_tuple else " return out[0]")
    return "\n".join(lines)


def _test(place: int, kind: Kind) -> str:
    """Whether an array is another than was declared: `carray` is C-contiguous, aligned and writeable."""
    one = f"a{place}"
    return f"{one}.dtype != kind{place} or {one}.ndim != {kind.dimensions} or not {one}.flags.carray"


def _words(place: int, kind: Kind) -> list[str]:
    if not kind.dimensions:
        return [f"float(a{place})" if kind.name == "float64" else f"index(a{place})"]
    if kind.dimensions == 1:
        return [f"address_of(nothing_at(a{place}))", f"a{place}.size"]
    return [f"address_of(nothing_at(a{place}))", f"*a{place}.shape"]


def _refusal(name: str, signature: Signature) -> Callable[[tuple[Any, ...], Exception], TypeError]:
    def refused(arguments: tuple[Any, ...], error: Exception) -> TypeError:
        expected = ", ".join(map(str, signature.arguments))
        got = ", ".join(_told(argument) for argument in arguments)
        return TypeError(f"{name} takes {expected}, not {got}: {error}")

    return refused


def _told(argument: Any) -> str:
    if isinstance(argument, np.ndarray):
        return f"{argument.dtype} of shape {argument.shape}, strides {argument.strides}"
    return repr(argument)


def _native_types(signature: Signature) -> list[Any]:
    found: list[Any] = []
    for kind in signature.arguments:
        found += [ctypes.c_int64] * (1 + kind.dimensions) if kind.dimensions else [_SCALARS[kind.name]]
    return found + [ctypes.c_int64] * bool(signature.results)
