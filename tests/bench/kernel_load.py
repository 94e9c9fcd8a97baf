"""Seconds to import every module that has kernels, and to load all of them from the cache after that."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

begun = time.perf_counter()
import numpy  # noqa: E402, F401

imported = time.perf_counter()
import engine  # noqa: E402
from engine.compiler.cache import kernel_sources  # noqa: E402
from engine.compiler.warm import ensure_compiled  # noqa: E402

ensure_compiled()
from engine.compiler.abi import registered, warm  # noqa: E402

loading = time.perf_counter()
root = Path(engine.__file__).parents[1]
for source in kernel_sources():
    importlib.import_module(".".join(source.relative_to(root).with_suffix("").parts))
modules = time.perf_counter()
warm(registered())
done = time.perf_counter()
print(f"importing numpy {imported - begun:.2f} s")
print(f"importing all kernel modules besides {modules - loading:.2f} s")
print(f"loading all {len(registered())} kernels from the cache {done - modules:.2f} s")
print(f"numba was {'' if 'numba' in sys.modules else 'not '}imported")
