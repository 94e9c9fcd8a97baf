"""The one shape of a processing kernel, and lazily compiled functions.

A kernel works in place on one quantum of the frame matrix and is called by address from the
runner (`engine.compiler.run`), so adding one touches no other file. Kernels are written as plain
functions of six pointers and turn them into arrays with `carray`:

    @kernel
    def apply_gain(frames_p, columns, words_p, parameters_p, state_p):
        x = carray(frames_p, (QUANTUM_FRAMES, columns))

Nothing is compiled at import: compilation happens in `warm` (with progress) or on first use, and
the machine code is kept in the user's cache (`engine.compiler.cache`).
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable
from typing import Any

import numba
from numba import types

from engine.compiler.cache import usable_cache_dir
from engine.compiler.loading import load_without_compiler
from engine.progress import Progress, silent

_cache_folder = usable_cache_dir()
if _cache_folder is not None:
    # numba looks this up whenever it makes a cached function; all of ours are made later, lazily
    numba.config.CACHE_DIR = str(_cache_folder)

#: Frames a kernel is handed, always; quanta are anchored at song frame 0.
QUANTUM_FRAMES = 64


def _load_array_support_without_blas() -> None:
    """Loads numba's array functions without SciPy's linear algebra.

    Numba imports `scipy.linalg` (0.3 s, a third of a warm start) only to learn whether compiled code
    may call BLAS. Kernels never do; an import that fails is numba's own way of saying "no BLAS".
    """
    if "scipy.linalg" in sys.modules:
        return
    blocked: Any = None
    sys.modules["scipy.linalg"] = blocked
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        del sys.modules["scipy.linalg"]


load_without_compiler(_load_array_support_without_blas)

_DOUBLES = types.CPointer(types.float64)
_WORDS = types.CPointer(types.int64)

#: (frame matrix, its columns, the operation's words, its parameters, its state)
KERNEL_SIGNATURE = types.void(_DOUBLES, types.int64, _WORDS, _DOUBLES, _DOUBLES)

_registry: list[Kernel | Compiled] = []


class Kernel:
    """A function called by address, a processing kernel as a rule; compiled on first use."""

    def __init__(self, function: Callable[..., Any], signature: Any = KERNEL_SIGNATURE) -> None:
        self.name = f"{function.__module__}.{function.__name__}"
        self._function = function
        self._signature = signature
        self._compiled: Any = None
        _registry.append(self)

    def compile(self) -> None:
        """Compiles or loads from the cache, once."""
        if self._compiled is None:
            self._compiled = numba.cfunc(self._signature, cache=_cache_folder is not None)(self._function)

    @property
    def address(self) -> int:
        """Address of the compiled function."""
        self.compile()
        return int(self._compiled.address)


class Compiled:
    """A function compiled for explicit signatures on first call; runs without the GIL."""

    def __init__(self, function: Callable[..., Any], signatures: Any) -> None:
        self.name = f"{function.__module__}.{function.__name__}"
        self._function = function
        self._signatures = signatures
        self._compiled: Any = None
        _registry.append(self)

    def compile(self) -> None:
        """Compiles or loads from the cache, once."""
        if self._compiled is None:
            decorate = numba.njit(self._signatures, nogil=True, cache=_cache_folder is not None)
            self._compiled = decorate(self._function)

    def __call__(self, *arguments: Any) -> Any:
        if self._compiled is None:
            self.compile()
        return self._compiled(*arguments)


def kernel(function: Callable[..., None]) -> Kernel:
    """Declares a processing kernel (see the module's text for its shape)."""
    return Kernel(function)


def callback(signature: Any) -> Callable[[Callable[..., Any]], Kernel]:
    """Declares a function of any numba signature that foreign code calls by its `address`."""
    return lambda function: Kernel(function, signature)


def compiled(*signatures: Any) -> Callable[[Callable[..., Any]], Compiled]:
    """Declares a function compiled for the given numba signatures, without the GIL."""
    return lambda function: Compiled(function, list(signatures))


def inlined(function: Callable[..., Any]) -> Any:
    """Declares a small function that kernels call; it is compiled into each of its callers.

    It has no entry from Python (a quarter of the compile time): tests wrap it in one of their own.
    """
    return numba.njit(inline="never", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)


def registered() -> tuple[Kernel | Compiled, ...]:
    """All kernels and compiled functions of the modules imported so far."""
    return tuple(_registry)


def warm(items: Iterable[Kernel | Compiled], progress: Progress = silent) -> None:
    """Compiles or loads `items`, telling `progress` about each."""
    todo = list(items)
    for done, item in enumerate(todo):
        progress("compiling kernels", done, len(todo))
        item.compile()
    progress("compiling kernels", len(todo), len(todo))
