"""Addresses of compiled functions: from the cache, without a compiler, or made now."""

from __future__ import annotations

import sys
import threading

from engine.compiler import objects
from engine.compiler.declared import Machine

_lock = threading.RLock()


def address_of(machine: Machine) -> int:
    """Where the machine code of a function is; it is loaded, or compiled and kept, if need be.

    A file that is damaged is made again, and the user told.
    """
    with _lock:
        code = _kept(machine) if is_ours(machine) else None
        if code is None:
            code = _made(machine)
        from engine.compiler.link import loaded

        return loaded(code, machine.symbol)


def ensure_kept(machine: Machine) -> None:
    """Compiles a function unless sound machine code of it is in the cache; loads nothing."""
    with _lock:
        if _kept(machine) is None:
            _made(machine)


def is_ours(machine: Machine) -> bool:
    """Whether the cache's names know what the function is made of: functions of tests are not kept."""
    return machine.function.__module__.startswith("engine.")


def _kept(machine: Machine) -> bytes | None:
    try:
        return objects.read(machine.name)
    except objects.DamagedError as error:
        print(f"stemlathe: {error}: it is compiled anew", file=sys.stderr, flush=True)
        return None


def _made(machine: Machine) -> bytes:
    from engine.compiler.translate import object_code

    code = object_code(machine)
    if is_ours(machine):
        objects.write(machine.name, code)
    return code
