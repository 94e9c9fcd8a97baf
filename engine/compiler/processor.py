"""The processor that machine code is made for: its name and features, and a mark to find its code again by.

`NUMBA_CPU_NAME` and `NUMBA_CPU_FEATURES` stand in for another one, as they do for numba.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys

_NAME, _FEATURES = "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"
#: What /proc/cpuinfo says of a processor that decides about its instructions (x86, ARM, RISC-V, POWER).
_TELLING = (
    "vendor_id", "cpu family", "model", "model name", "stepping", "flags",
    "CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision", "Features",
    "isa", "uarch", "cpu", "machine",
)  # fmt: skip
_FIRST_BYTES = 1 << 14


def target() -> tuple[str, str]:
    """Name and features as LLVM knows them; loads LLVM."""
    from llvmlite import binding

    name, features = os.environ.get(_NAME), os.environ.get(_FEATURES)
    if features is None:
        features = "" if (name or "").lower() == "generic" else binding.get_host_cpu_features().flatten()
    return name or binding.get_host_cpu_name(), features


def has_fused() -> bool:
    """Whether the code's target multiplies and adds in one instruction (x86: since about 2013)."""
    from llvmlite import binding

    if "x86" not in binding.get_process_triple():
        return True
    return "+fma" in target()[1].split(",")


@functools.cache
def mark() -> str:
    """Twelve hex digits of the processor; LLVM is loaded only where the system does not describe it."""
    switches = (os.environ.get(_NAME, ""), os.environ.get(_FEATURES, ""))
    described = _described() or ",".join(target())
    words = (sys.platform, os.uname().machine, described, *switches)
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:12]


def _described() -> str:
    """What Linux says of the first core; empty on other systems."""
    try:
        descriptor = os.open("/proc/cpuinfo", os.O_RDONLY | os.O_CLOEXEC)
        with open(descriptor, "rb", buffering=0) as file:
            text = file.read(_FIRST_BYTES).decode("ascii", "replace")
    except OSError:
        return ""
    lines = {}
    for line in text.split("\n\n")[0].splitlines():
        key, _, value = line.partition(":")
        lines[key.strip()] = value.strip()
    told = [f"{key}={lines[key]}" for key in _TELLING if key in lines]
    return ";".join(told) if {"flags", "Features"} & lines.keys() else ""
