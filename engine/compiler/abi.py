"""The one shape of a processing kernel, and lazily compiled functions.

A kernel works in place on one quantum of the frame matrix and is called by address from the
runner (`engine.compiler.run`), so adding one touches no other file. Kernels are written as plain
functions of six pointers and turn them into arrays with `carray`:

    @kernel
    def apply_gain(frames_p, columns, words_p, parameters_p, state_p):
        x = carray(frames_p, (QUANTUM_FRAMES, columns))

Here stands only what a module with kernels declares. Nothing is compiled at import: machine code is made
(`engine.compiler.translate`, which alone needs numba) in `warm`, with progress, or on first use, and kept in
the user's cache (`engine.compiler.objects`), from where a later process loads it and imports no compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from engine.compiler.calling import caller
from engine.compiler.declared import External as External
from engine.compiler.declared import Machine, Part
from engine.compiler.loading import address_of
from engine.compiler.signatures import parsed
from engine.progress import Progress, silent

#: Frames a kernel is handed, always; quanta are anchored at song frame 0.
QUANTUM_FRAMES = 64

_DOUBLES, _WORDS = "CPointer(float64)", "CPointer(int64)"
#: (frame matrix, its columns, the operation's words, its parameters, its state)
KERNEL_SIGNATURE = f"void({_DOUBLES}, int64, {_WORDS}, {_DOUBLES}, {_DOUBLES})"

_registry: list[Kernel | Compiled] = []


class _Addressed(Machine):
    @property
    def address(self) -> int:
        """Address of the machine code, which is compiled or loaded from the cache once."""
        if self._address == 0:
            self._address = address_of(self)
        return self._address

    def compile(self) -> None:
        """Compiles or loads from the cache, once."""
        assert self.address


class Kernel(_Addressed):
    """A function called by address, a processing kernel as a rule."""

    def __init__(self, function: Callable[..., Any], signature: str = KERNEL_SIGNATURE) -> None:
        super().__init__(function, signature)
        _registry.append(self)


class Compiled(_Addressed):
    """A function that Python calls with arrays and numbers; runs without the GIL."""

    def __init__(self, function: Callable[..., Any], signature: str) -> None:
        super().__init__(function, signature, takes_arrays=True)
        self._call: Callable[..., Any] | None = None
        _registry.append(self)

    def __call__(self, *arguments: Any) -> Any:
        call = self._call
        if call is None:
            call = self._call = caller(self.name, parsed(self.signature), self.address)
        return call(*arguments)


def kernel(function: Callable[..., None]) -> Kernel:
    """Declares a processing kernel (see the module's text for its shape)."""
    return Kernel(function)


def callback(signature: str) -> Callable[[Callable[..., Any]], Kernel]:
    """Declares a function of any numba signature that foreign code calls by its `address`."""
    return lambda function: Kernel(function, signature)


def compiled(signature: str) -> Callable[[Callable[..., Any]], Compiled]:
    """Declares a function compiled for a numba signature, without the GIL."""
    return lambda function: Compiled(function, signature)


def inlined(function: Callable[..., Any]) -> Any:
    """Declares a small function that kernels call; it is compiled into each of its callers.

    It has no entry from Python: tests wrap it in one of their own.
    """
    return Part(function, "inlined")


def intrinsic(function: Callable[..., Any]) -> Any:
    """Declares a generator of machine operations, as `numba.extending.intrinsic` takes it."""
    return Part(function, "intrinsic")


def _carray(pointer: Any, shape: Any) -> Any:
    """The memory at a pointer as a C-ordered array."""


#: `numba.carray`.
carray: Any = Part(_carray, "carray")


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
