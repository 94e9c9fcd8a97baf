"""Compiles every kernel once per version and machine, with progress, before anything needs one."""

from __future__ import annotations

import contextlib
import importlib
import shutil
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from engine.compiler.cache import kernel_cache_dir, kernel_sources, sources_stamp, usable_cache_dir
from engine.progress import Progress, silent

if TYPE_CHECKING:
    from engine.compiler.abi import Compiled, Kernel

_STALE_AFTER_S = 30 * 24 * 3600


def _marker() -> Path:
    from llvmlite import binding

    # machine code is made for one processor; a home folder may be shared by several. Numba takes what
    # another Python or numba has compiled for something else
    versions = f"{sys.implementation.cache_tag}-numba{numba_version()}-llvmlite{llvmlite_version()}"
    return kernel_cache_dir() / f"complete-{binding.get_host_cpu_name()}-{versions}-{sources_stamp()}"


def numba_version() -> str:
    """Of the numba that is installed now."""
    return metadata.version("numba")


def llvmlite_version() -> str:
    """Of numba's compiler."""
    return metadata.version("llvmlite")


def is_warm() -> bool:
    """Whether every kernel of this version has been compiled for this processor, by this Python and numba."""
    return usable_cache_dir() is not None and _marker().exists()


def ensure_compiled(progress: Progress = silent) -> None:
    """Compiles all kernels unless that has been done; later calls cost one look at the file system.

    Afterwards each kernel is loaded from the cache when it is first used, so a verb pays only for
    what it needs. Where the cache folder cannot be written, everything is compiled in this process.

    Args:
        progress: told about each kernel.
    """
    if is_warm():
        return
    from engine.compiler.abi import warm

    kernels = _all_kernels()
    helper = _compile_from_the_end() if usable_cache_dir() is not None else None
    try:
        warm(kernels, progress)
    finally:
        if helper is not None:
            helper.kill()
            helper.wait()
    if usable_cache_dir() is None:
        return
    with contextlib.suppress(OSError):
        _marker().touch(0o600)
        _remove_stale(kernel_cache_dir())


def _all_kernels() -> tuple[Kernel | Compiled, ...]:
    from engine.compiler.abi import registered

    root = Path(__file__).resolve().parents[2]
    for source in kernel_sources():
        importlib.import_module(".".join(source.relative_to(root).with_suffix("").parts))
    return registered()


def _compile_from_the_end() -> subprocess.Popen[bytes]:
    """Starts a second process that compiles the same list backwards, on another core.

    What it has finished this process only loads from the cache; the two meet in the middle. Its
    failure costs time and nothing else.
    """
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "engine.compiler.warm"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _remove_stale(current: Path) -> None:
    """Removes the kernels of versions that have not been used for a month."""
    current.touch()
    for folder in current.parent.iterdir():
        if folder != current and time.time() - folder.stat().st_mtime > _STALE_AFTER_S:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for kernel in reversed(_all_kernels()):
        kernel.compile()
