"""Compiles every kernel once per version and machine, with progress, before anything needs one."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.compiler.cache import kernel_cache_dir, kernel_sources, stamp, usable_cache_dir
from engine.cores import usable_cores
from engine.progress import Progress, silent

if TYPE_CHECKING:
    import subprocess

    from engine.compiler.abi import Compiled, Kernel

_STALE_AFTER_S = 30 * 24 * 3600
#: Processes that compile: a fourth would spend more on its own start than it takes over.
_MOST_PROCESSES = 4


def _marker() -> Path:
    # machine code is made for one processor; a home folder may be shared by several
    return kernel_cache_dir() / f"complete-{stamp()}"


def is_warm() -> bool:
    """Whether every kernel of this version has been compiled for this processor, by this Python and numba."""
    return usable_cache_dir() is not None and _marker().exists()


def ensure_compiled(progress: Progress = silent) -> None:
    """Compiles all kernels unless that has been done; later calls cost one look at the file system.

    Afterwards each kernel is loaded from the cache when it is first used, so a verb pays only for
    what it needs. Where the cache folder cannot be used, everything is compiled in this process.

    Args:
        progress: told about each kernel.
    """
    if is_warm():
        return
    folder = usable_cache_dir()
    if folder is None:
        from engine.compiler.abi import warm

        warm(_all_kernels(), progress)
        return
    claims = folder / f"claims-{os.getpid()}-{time.monotonic_ns()}"
    claims.mkdir(0o700)
    kernels = _all_kernels()
    helpers = [_helper(claims) for _ in range(min(usable_cores(), _MOST_PROCESSES) - 1)]
    try:
        _compile_claimed(kernels, claims, progress)
        for helper in helpers:
            helper.wait()
        _compile_missing(kernels)
    finally:
        for helper in helpers:
            helper.kill()
            helper.wait()
        shutil.rmtree(claims, ignore_errors=True)
    progress("compiling kernels", len(kernels), len(kernels))
    with contextlib.suppress(OSError):
        _marker().touch(0o600)
        _remove_stale(folder)


def _all_kernels() -> tuple[Kernel | Compiled, ...]:
    """All of the program's, those that take longest to compile first."""
    from engine.compiler.abi import registered
    from engine.compiler.loading import is_ours

    root = Path(__file__).resolve().parents[2]
    for source in kernel_sources():
        importlib.import_module(".".join(source.relative_to(root).with_suffix("").parts))
    return tuple(sorted(filter(is_ours, registered()), key=_size, reverse=True))


def _size(kernel: Kernel | Compiled) -> int:
    """How much Python it is, with all that is inlined into it."""
    from engine.compiler.declared import Part

    size, seen, waiting = 0, set(), [kernel.function]
    while waiting:
        function = waiting.pop()
        size += len(function.__code__.co_code)
        for name in function.__code__.co_names:
            value = function.__globals__.get(name)
            if isinstance(value, Part) and value not in seen:
                seen.add(value)
                waiting.append(value.function)
    return size


def _helper(claims: Path) -> subprocess.Popen[bytes]:
    """Starts a process that compiles as well, on another core; its failure costs time and nothing else."""
    import subprocess

    return subprocess.Popen(
        [sys.executable, "-P", "-m", "engine.compiler.warm", str(claims)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _compile_claimed(kernels: tuple[Kernel | Compiled, ...], claims: Path, progress: Progress) -> None:
    """Compiles what no other process has begun, until there is nothing left to begin."""
    from engine.compiler.loading import ensure_kept

    for place in _claimed(len(kernels), claims):
        progress("compiling kernels", place, len(kernels))
        ensure_kept(kernels[place])


def _claimed(count: int, claims: Path) -> Iterator[int]:
    """Numbers below `count`, each for one process only: the one that could make a file of that name."""
    for place in range(count):
        with contextlib.suppress(OSError):
            os.close(os.open(claims / str(place), os.O_CREAT | os.O_EXCL, 0o600))
            yield place


def _compile_missing(kernels: tuple[Kernel | Compiled, ...]) -> None:
    """Compiles what a process has begun and not brought to an end."""
    from engine.compiler.loading import ensure_kept

    for kernel in kernels:
        ensure_kept(kernel)


def _remove_stale(current: Path) -> None:
    """Removes the kernels of versions that have not been used for a month."""
    current.touch()
    for folder in current.parent.iterdir():
        if folder != current and time.time() - folder.stat().st_mtime > _STALE_AFTER_S:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _compile_claimed(_all_kernels(), Path(sys.argv[1]), silent)
