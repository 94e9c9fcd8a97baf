"""Modules that are imported when something of them is first used: only compiling pays for what it needs."""

from __future__ import annotations

import importlib
from typing import Any


class Late:
    """Stands for a module; its first attribute that is asked for imports it.

    Args:
        name: of the module.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):  # what inspects values, as numba does, imports nothing
            raise AttributeError(attribute)
        return getattr(importlib.import_module(self._name), attribute)


#: For the code of intrinsics, which runs only while something is compiled.
types: Any = Late("numba.types")
ir: Any = Late("llvmlite.ir")
