"""What a module with kernels declares, before anything is made of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


class Machine:
    """A function of which there is machine code.

    Args:
        function: its text, in Python.
        signature: as numba writes it.
        takes_arrays: Python calls it, with arrays and numbers; otherwise it is called by address.
    """

    def __init__(self, function: Callable[..., Any], signature: str, *, takes_arrays: bool = False) -> None:
        self.name = f"{function.__module__}.{function.__name__}"
        self.function = function
        self.signature = signature
        self.takes_arrays = takes_arrays
        self._address = 0

    @property
    def symbol(self) -> str:
        """What the entry of the function is called in its object file."""
        return "stemlathe_" + re.sub(r"\W", "_", self.name)


class Part:
    """What compiled code calls and Python does not; `engine.compiler.translate` knows what to make of it.

    Args:
        function: the text of an inlined function or of an intrinsic.
        kind: what it is.
    """

    def __init__(self, function: Callable[..., Any], kind: str) -> None:
        self.function = function
        self.kind = kind
        self.__doc__ = function.__doc__

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        raise TypeError(f"{self.function.__name__} is called by compiled code only")


class External:
    """A function of the C library.

    Args:
        symbol: its name.
        signature: as numba writes it.
    """

    def __init__(self, symbol: str, signature: str) -> None:
        self.symbol = symbol
        self.signature = signature

    def __call__(self, *arguments: Any) -> Any:
        raise TypeError(f"{self.symbol} is called by compiled code only")
