"""Loads compiled functions from the cache without starting numba's compiler.

Before numba looks into its cache it registers everything its compiler knows (half a second, most of
a warm start), although machine code that is already made needs none of it. This reaches into a
private method of numba; where it is not as expected, numba's own way is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_EXPECTED = ("load_overload", "_load_overload", "_guard_against_spurious_io_errors")


def load_without_compiler(before_compiling: Callable[[], None]) -> None:
    """Makes cache hits cheap from here on.

    Args:
        before_compiling: called when a function is not in the cache and will be compiled; the
            compiler then registers what it needs by itself.
    """
    from numba.core import caching
    from numba.core.runtime import rtsys

    cache = getattr(caching, "Cache", None)
    if cache is None or not all(hasattr(cache, name) for name in _EXPECTED):
        return

    def load_overload(self: Any, signature: Any, target_context: Any) -> Any:
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            found = self._load_overload(signature, target_context)
        if found is None:
            before_compiling()
        return found

    cache.load_overload = load_overload
