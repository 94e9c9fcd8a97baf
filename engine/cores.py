"""How many threads work may be shared out to: the one place that decides it.

A process may use fewer processors than the machine has: `taskset` and schedulers keep it to some of them,
and containers give its control group a share of processor time (cgroup v2 `cpu.max`, v1 `cpu.cfs_quota_us`;
Linux kernel documentation, Admin Guide, Control Group v2 and CFS Bandwidth Control). More threads than that
wait for each other. Nothing that is measured or written depends on the number.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")


def usable_cores() -> int:
    """Threads that may compute at once, at least 1."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(here, _granted()))


@functools.cache
def _granted() -> int:
    """What the control groups that this process is in leave it, rounded up; very many without a limit."""
    return granted_by(_GROUPS, _OWN_GROUP)


def granted_by(groups: Path, own: Path) -> int:
    """Processors that control groups grant, rounded up.

    Args:
        groups: where their files are.
        own: the file that says which of them this process is in.

    Returns:
        At least 1; 2³⁰ where nothing limits them, or nothing can be read.
    """
    least = float(1 << 30)
    for line in _text(own).splitlines():
        _, controllers, place = [*line.split(":", 2), "", ""][:3]
        if controllers and "cpu" not in controllers.split(","):
            continue
        root = groups if not controllers else groups / "cpu"
        inner = root / place.lstrip("/")
        for folder in (inner, *inner.parents):
            least = min(least, _of_group(folder))
            if folder == root:
                break
    return max(1, -int(-least // 1))


def _of_group(folder: Path) -> float:
    """Processors that one group grants."""
    both = _text(folder / "cpu.max").split()
    if not both:
        both = [_text(folder / "cpu.cfs_quota_us").strip(), _text(folder / "cpu.cfs_period_us").strip()]
    try:
        quota, period = float(both[0]), float(both[1])
    except (ValueError, IndexError):
        return float(1 << 30)
    return quota / period if quota > 0.0 and period > 0.0 else float(1 << 30)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
