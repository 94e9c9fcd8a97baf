"""Python, kernels, folders, memory, limits and the terminal."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sys
from importlib import metadata
from pathlib import Path

from engine import paths
from engine.compiler.cache import kernel_cache_dir, why_unusable
from engine.cores import usable_cores
from engine.report.doctor import Check

_LIBRARIES = ("numpy", "numba", "scipy", "soundfile", "soxr", "textual", "sounddevice")
_ENOUGH_SPACE_BYTES = 2_000_000_000
_ENOUGH_MEMORY_BYTES = 2_000_000_000
_SMALLEST_TERMINAL = (80, 23)


def machine_checks() -> tuple[Check, ...]:
    """Everything but the audio devices."""
    return (
        Check("python", True, f"{platform.python_version()} ({sys.executable})"),
        Check("libraries", True, ", ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)),
        _kernels(),
        _numerics(),
        *(_folder(name, folder) for name, folder in _folders()),
        _processor(),
        _memory(),
        _real_time(),
        _terminal(),
    )


def _kernels() -> Check:
    from engine.compiler.warm import is_warm

    folder = kernel_cache_dir()
    if (reason := why_unusable()) is not None:
        return Check(
            "kernel cache",
            False,
            f"is not used ({reason}): kernels are compiled again at every start",
            "set XDG_CACHE_HOME to a folder that only you can write to, or remove what is not yours",
        )
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    state = f"compiled, {size / 1e6:.1f} MB" if is_warm() else "not compiled yet; the next start does it once"
    return Check("kernel cache", True, f"{state} ({folder})")


def _numerics() -> Check:
    """What this machine computes, to be compared with another's."""
    from engine.compiler.processor import has_fused
    from engine.compiler.warm import is_warm

    if not is_warm():
        return Check("numerics", True, "known once the kernels are compiled")
    from engine.plan.numerics import proof

    found = proof()
    same = f"designs {found.designs}, sound {found.sound}; equal on every machine that makes the same files"
    if has_fused():
        return Check("numerics", True, same)
    slow = "no fused multiply-add in this processor: emulated, the same bits but several times slower"
    return Check("numerics", True, f"{same}; {slow}", "render on a newer processor what is long")


def _folders() -> tuple[tuple[str, Path], ...]:
    return (
        ("configuration", paths.config_dir()),
        ("state", paths.state_dir()),
        ("cache", paths.cache_dir()),
        ("runtime", paths.runtime_dir()),
    )


def _folder(name: str, folder: Path) -> Check:
    existing = folder
    while not existing.exists():
        existing = existing.parent
    if not os.access(existing, os.W_OK):
        variable = {"configuration": "CONFIG_HOME", "runtime": "RUNTIME_DIR"}.get(
            name, f"{name.upper()}_HOME"
        )
        return Check(
            f"{name} folder",
            False,
            f"{folder} cannot be written",
            f"change its rights or set XDG_{variable}",
        )
    free = shutil.disk_usage(existing).free
    few = free < _ENOUGH_SPACE_BYTES and name == "cache"
    fix = "free some space: long songs are decoded into the cache" if few else ""
    return Check(f"{name} folder", not few, f"{folder}, {free / 1e9:.1f} GB free", fix)


def _processor() -> Check:
    usable = usable_cores()
    fix = "" if usable > 1 else "playing while rendering wants a second core"
    return Check("processor", usable > 1, f"{usable} cores usable, {platform.machine()}", fix)


def _memory() -> Check:
    import psutil

    memory = psutil.virtual_memory()
    enough = memory.available >= _ENOUGH_MEMORY_BYTES
    found = f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB available"
    return Check("memory", enough, found, "" if enough else "close other programs before long renders")


def _real_time() -> Check:
    """Whether the system would let the engine's audio thread run with real-time priority."""
    limit = getattr(resource, "RLIMIT_RTPRIO", None)
    allowed = resource.getrlimit(limit)[1] if limit is not None else 0
    if allowed == 0 and os.geteuid() != 0:
        return Check(
            "real-time priority",
            False,
            "not granted: playback competes with everything else",
            "add '@audio - rtprio 95' to /etc/security/limits.d/audio.conf and join the group audio",
        )
    text = "unlimited" if allowed in (-1, resource.RLIM_INFINITY) else str(allowed)
    return Check("real-time priority", True, "any" if os.geteuid() == 0 else f"up to {text}")


def _terminal() -> Check:
    if not sys.stdout.isatty():
        return Check("terminal", True, "output goes to a file or pipe: plain text without progress bars")
    size = shutil.get_terminal_size()
    encoding = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or "no locale"
    colours = (
        "no colours (NO_COLOR)" if os.environ.get("NO_COLOR") else os.environ.get("COLORTERM", "16+ colours")
    )
    found = f"{os.environ.get('TERM', 'unknown')}, {size.columns}×{size.lines}, {encoding}, {colours}"
    # Python takes UTF-8 even with LC_ALL=C (PEP 540): the terminal need not
    if "utf8" not in encoding.lower().replace("-", ""):
        return Check(
            "terminal",
            False,
            found,
            "set a UTF-8 locale: export LC_ALL=C.UTF-8; without one the console shows plain signs",
        )
    if size.columns < _SMALLEST_TERMINAL[0] or size.lines < _SMALLEST_TERMINAL[1]:
        return Check("terminal", False, found, "the console needs at least 80×23")
    return Check("terminal", True, found)
