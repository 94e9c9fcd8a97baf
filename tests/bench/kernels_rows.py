"""Rows that are no whole commands: kernels without files, and loading all of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import material
from turns import Entry, compare

from sessions import render_session

HERE = Path(__file__).parent


def kernels_alone(folder: Path, runs: int) -> None:
    """One thread, the same chain as the render; each prints the seconds of its own clock."""
    stems = material.make_stems(folder)
    ours = [sys.executable, str(HERE / "kernels_alone.py"), str(render_session(folder, stems))]
    wav = str(folder / "pedalboard.wav")
    peer = [sys.executable, str(HERE / "peer_pedalboard.py"), wav, *map(str, stems)]
    compare("kernels alone, whole process", runs, [Entry("kernels", ours), Entry("pedalboard", peer)])
    for name, command in (("kernels", ours), ("pedalboard", peer)):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(f"  {name} by its own clock: {done.stdout.split()[-1]} s")


def loading(_folder: Path, _runs: int) -> None:
    """What it takes to load every kernel from the cache."""
    done = subprocess.run(
        [sys.executable, str(HERE / "kernel_load.py")], capture_output=True, text=True, check=True
    )
    print(f"\n{done.stdout}", end="")


EXTRA: dict[str, Callable[[Path, int], None]] = {"kernels": kernels_alone, "loading": loading}
