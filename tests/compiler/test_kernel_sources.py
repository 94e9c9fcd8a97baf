"""What decides whether machine code is stale: every module that holds compiled code, and all they import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from engine.compiler import cache

EVERYTHING = """
import importlib, json, pkgutil, sys
import engine
from engine.compiler.abi import registered
for module in pkgutil.walk_packages(engine.__path__, "engine."):
    if "__main__" not in module.name:
        importlib.import_module(module.name)
print("\\n".join(sorted({kernel.name.rpartition(".")[0] for kernel in registered()})))
"""


def test_no_kernel_stands_where_it_is_not_looked_for() -> None:
    done = subprocess.run([sys.executable, "-c", EVERYTHING], capture_output=True, text=True, check=True)
    root = Path(cache.__file__).parents[2]
    known = {".".join(path.relative_to(root).with_suffix("").parts) for path in cache.kernel_sources()}
    assert set(done.stdout.split()) <= known


def test_what_kernels_are_made_of_counts_and_the_rest_does_not() -> None:
    sources = {path.name for path in cache._sources()}
    assert {"limiter.py", "interpolate.py", "elementary.py", "units.py", "lanes.py"} <= sources
    assert not {"wav_write.py", "wording.py", "song.py", "check.py"} & sources


def test_the_search_follows_every_form_of_import(tmp_path: Path) -> None:
    package = tmp_path / "engine"
    (package / "room").mkdir(parents=True)
    for name in ("one", "two", "three", "four"):
        (package / "room" / f"{name}.py").write_text("")
    text = (
        "from engine.room import one, two as second  # both\n"
        "from engine.room.three import (\n    NAME,\n    OTHER,\n)\n"
        "def late():\n    from engine.room.four import LATE\n"
    )
    assert {path.stem for path in cache._imported(text, package)} == {"one", "two", "three", "four"}
