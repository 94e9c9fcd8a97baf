"""Whole commands run in turn, and what they took: a ratio is of two runs that follow each other."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Run:
    """What one run of a command took."""

    wall_s: float
    processor_s: float
    peak_mib: float


@dataclass(frozen=True)
class Entry:
    """A command in a row.

    Args:
        name: what the table calls it.
        command: its words.
        environment: variables besides those of this process.
        before: called before each run, outside the clock.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None


def run_once(entry: Entry, codes: Sequence[int] = (0,)) -> Run:
    """Runs a command; ends the bench when it ends with another code."""
    entry.before()
    # Python keeps what it compiled of a module, as it does for whoever has installed it
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(
            entry.command,
            env=environment | dict(entry.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        _, status, used = os.wait4(process.pid, 0)
        taken = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            errors.seek(0)
            text = errors.read().decode(errors="replace")[-2000:]
            sys.exit(f"{' '.join(entry.command)} ended with {process.returncode}: {text}")
    return Run(taken, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def compare(title: str, runs: int, entries: Sequence[Entry], codes: Sequence[int] = (0,)) -> dict[str, float]:
    """Runs all entries in turn (A B C, A B C, …) after one round that is not counted, and prints the table.

    Args:
        title: of the row.
        runs: rounds that are counted.
        entries: ours first.
        codes: exit codes that are no failure.

    Returns:
        For each of the others how many times as long as ours it took: the median of the ratios pair by pair.
    """
    for entry in entries:
        run_once(entry, codes)
    found: dict[str, list[Run]] = {entry.name: [] for entry in entries}
    for _ in range(runs):
        for entry in entries:
            found[entry.name].append(run_once(entry, codes))
    print(f"\n{title} (median of {runs} in turn, load {os.getloadavg()[0]:.1f})")
    print(
        f"  {'':<34}{'wall s':>8}  {'least…most':<13}{'processor s':>12}{'MiB':>6}   × ours: wall, processor"
    )
    ours = found[entries[0].name]
    ratios = {}
    for name, values in found.items():
        wall = [one.wall_s for one in values]
        ratios[name] = _ratio(values, ours, lambda one: one.wall_s)
        print(
            f"  {name:<34}{statistics.median(wall):8.2f}  {f'{min(wall):.2f}…{max(wall):.2f}':<13}"
            f"{statistics.median(one.processor_s for one in values):12.2f}"
            f"{max(one.peak_mib for one in values):6.0f}   "
            f"{ratios[name]:.2f}, {_ratio(values, ours, lambda one: one.processor_s):.2f}"
        )
    return ratios


def _ratio(theirs: Sequence[Run], ours: Sequence[Run], taken: Callable[[Run], float]) -> float:
    return statistics.median(taken(one) / taken(own) for one, own in zip(theirs, ours, strict=True))
