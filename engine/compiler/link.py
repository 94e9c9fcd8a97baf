"""Object files become code that runs: by hand where that is known to work, else by LLVM's own loader."""

from __future__ import annotations

import functools
from typing import Any

from engine.compiler import elf


def loaded(code: bytes, symbol: str) -> int:
    """The address of a symbol of an object file that stays loaded from now on."""
    if elf.is_native():
        try:
            return elf.loaded(code, symbol)
        except (elf.UnexpectedError, OSError):
            pass
    return _loaded_by_llvm(code, symbol)


def _loaded_by_llvm(code: bytes, symbol: str) -> int:
    from llvmlite import binding

    loader = _loader()
    loader.add_object_file(binding.ObjectFileRef.from_data(code))
    loader.finalize_object()
    return int(loader.get_function_address(symbol))


@functools.cache
def _loader() -> Any:
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_triple(binding.get_process_triple())
    return binding.create_mcjit_compiler(binding.parse_assembly(""), target.create_target_machine(jit=True))
