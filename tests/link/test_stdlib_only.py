"""The console imports the protocol: it needs nothing but the standard library, and starts no process."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import engine.link
import engine.processes

HEAVY = (
    "numpy",
    "numba",
    "scipy",
    "soundfile",
    "sounddevice",
    "soxr",
    "rich",
    "textual",
    "multiprocessing",
    "asyncio",
)


def test_importing_all_of_it_imports_nothing_heavy() -> None:
    modules = [
        f"{room.__name__}.{module.name}"
        for room in (engine.link, engine.processes)
        for module in pkgutil.iter_modules(room.__path__)
    ]
    assert "engine.processes.client" in modules
    code = (
        f"import sys, {', '.join(modules)}\n"
        f"print([name for name in {HEAVY} if name in sys.modules])\n"
        "allowed = {'engine', 'platformdirs', *sys.stdlib_module_names}\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} - allowed - {'__main__'}))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    heavy, foreign = done.stdout.splitlines()
    assert heavy == "[]"
    # what Python's own start-up files bring along is not ours
    start = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; print(*{name.split('.')[0] for name in sys.modules})"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(eval(foreign)) <= set(start.stdout.split())
