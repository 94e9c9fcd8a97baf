"""Signatures of compiled functions as text, and calls of their machine code with arrays and numbers.

The text is numba's own (`void(float64[:, ::1], int64)`): arrays are C-contiguous. To the machine code an
array is its address and its lengths; what is returned is written to an address, the result is the status.
"""

from __future__ import annotations

import ctypes
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

_WHOLE = re.compile(
    r"(?:UniTuple\((?P<each>\w+), (?P<count>\d+)\)|(?P<one>\w+))\((?P<arguments>.*)\)", re.DOTALL
)
_ARGUMENT = re.compile(r"(\w+)(\[[^\]]*\])?")
_SCALARS: dict[str, Any] = {"int64": ctypes.c_int64, "uint64": ctypes.c_uint64, "float64": ctypes.c_double}


@dataclass(frozen=True, slots=True)
class Kind:
    """An argument: a number, or an array of so many dimensions."""

    name: str
    dimensions: int

    def __str__(self) -> str:
        return f"{self.name} array of {self.dimensions} dimensions" if self.dimensions else self.name


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes, and `results` numbers of type `result` that it returns (0: nothing)."""

    arguments: tuple[Kind, ...]
    result: str
    results: int
    is_tuple: bool


def parsed(text: str) -> Signature:
    """The signature that a text declares.

    Raises:
        ValueError: it is written in another way than this reads.
    """
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text}: not a signature that can be called")
    kinds = tuple(
        Kind(name, shape.count(":") - shape.count("::") if shape else 0)
        for name, shape in _ARGUMENT.findall(found["arguments"])
    )
    if found["each"] is not None:
        return Signature(kinds, found["each"], int(found["count"]), is_tuple=True)
    return Signature(kinds, found["one"], 0 if found["one"] == "void" else 1, is_tuple=False)


def caller(name: str, signature: Signature, address: int) -> Callable[..., Any]:
    """A Python function that calls machine code; it runs without the GIL.

    Args:
        name: for messages.
        signature: what it takes.
        address: where it is.
    """
    native = ctypes.CFUNCTYPE(ctypes.c_int32, *_native_types(signature))(address)
    takers = tuple(_taker(kind) for kind in signature.arguments)
    cells = ctypes.c_double if signature.result == "float64" else ctypes.c_int64

    def call(*arguments: Any) -> Any:
        words: list[Any] = []
        try:
            for take, argument in zip(takers, arguments, strict=True):
                take(words, argument)
        except (TypeError, ValueError, AttributeError) as error:
            expected = ", ".join(map(str, signature.arguments))
            raise TypeError(f"{name} takes {expected}: {error}") from None
        if signature.results:
            out = (cells * signature.results)()
            words.append(ctypes.addressof(out))
        if native(*words) != 0:
            raise RuntimeError(f"{name}: the compiled code raised an exception")
        if not signature.results:
            return None
        return tuple(out) if signature.is_tuple else out[0]

    return call


def _native_types(signature: Signature) -> list[Any]:
    found: list[Any] = []
    for kind in signature.arguments:
        found += [ctypes.c_int64] * (1 + kind.dimensions) if kind.dimensions else [_SCALARS[kind.name]]
    return found + [ctypes.c_int64] * bool(signature.results)


def _taker(kind: Kind) -> Callable[[list[Any], Any], None]:
    """What appends an argument to the words of a call."""
    if not kind.dimensions:
        convert = float if kind.name == "float64" else operator.index

        def take_number(words: list[Any], number: Any) -> None:
            words.append(convert(number))

        return take_number
    wanted, dimensions = np.dtype(kind.name), kind.dimensions

    def take_array(words: list[Any], array: Any) -> None:
        # carray: C-contiguous, aligned, writeable
        if array.dtype != wanted or array.ndim != dimensions or not array.flags.carray:
            raise TypeError(f"not {array.dtype} of shape {array.shape}, strides {array.strides}")
        words.append(array.ctypes.data)
        words.extend(array.shape)

    return take_array
