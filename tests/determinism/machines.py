"""Other machines, as far as switches make this one compute as they do."""

from __future__ import annotations

import os
from collections.abc import Mapping

_NUMPY_OLD = {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"}
_GLIBC_OLD = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-AVX2_Usable,-AVX512F,-ERMS"}

#: Switches that no kernel has to be compiled again for.
LIBRARIES: Mapping[str, Mapping[str, str]] = {
    "OpenBLAS as on Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "OpenBLAS as on Prescott": {"OPENBLAS_CORETYPE": "Prescott"},
    "numpy without AVX": _NUMPY_OLD,
    "glibc without FMA": _GLIBC_OLD,
    "soxr without SIMD": {"SOXR_USE_SIMD": "0"},
}
#: The others.
PROCESSORS: Mapping[str, Mapping[str, str]] = {
    "numba as Haswell": {"NUMBA_CPU_NAME": "haswell"},
    "numba without FMA": {"NUMBA_CPU_NAME": "generic"},
    "a PC with AVX2": {
        "NUMBA_CPU_NAME": "haswell",
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    },
    "a PC without FMA": {
        "NUMBA_CPU_NAME": "generic",
        "OPENBLAS_CORETYPE": "Prescott",
        "SOXR_USE_SIMD": "0",
        **_NUMPY_OLD,
        **_GLIBC_OLD,
    },
}


def environment(switches: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with the switches of a machine, and none of another."""
    names = {name for group in (LIBRARIES, PROCESSORS) for one in group.values() for name in one}
    return {name: value for name, value in os.environ.items() if name not in names} | dict(switches)
