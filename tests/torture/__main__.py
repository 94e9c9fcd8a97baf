"""`python -m tests.torture [--seconds N] [--seed S] [--only FAULT…] [--share FAULT=N…]`: faults, counted.

Every fault is tried in turn until the time is over; then a table is printed: fault, times, lost, said. What
counts as lost: an answered edit or a file that is gone or mixed, a traceback, a hang, a process or a segment
left behind, an exit code outside the contract, a byte outside the output folder. The exit code is 1 if
anything was lost. After ctrl+c the table is of what was tried until then. Everything random follows from the
seed, which is printed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.torture import (
    clocks,
    disks,
    files,
    folders,
    hostile,
    inputs,
    inputs_of_work,
    kills,
    kills_of_parts,
    kills_of_work,
)
from tests.torture.ground import Fault, Ground, Row

FAULTS: dict[str, Fault] = {
    name: fault
    for module in (
        kills,
        kills_of_parts,
        kills_of_work,
        disks,
        folders,
        files,
        clocks,
        inputs,
        inputs_of_work,
        hostile,
    )
    for name, fault in module.FAULTS.items()
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--seconds", type=float, default=75.0, help="how long to go on (75: the short form)")
    parser.add_argument("--seed", type=int, default=None, help="of everything random; a new one by default")
    parser.add_argument(
        "--only", nargs="*", metavar="FAULT", default=[""], help="those that begin so: kill, input, 'kill r'"
    )
    parser.add_argument(
        "--share", nargs="*", metavar="FAULT=N", default=[], help="N times a round, those that begin so"
    )
    arguments = parser.parse_args()
    arguments.wanted = [name for name in FAULTS if name.startswith(tuple(arguments.only))]
    if not arguments.wanted:
        parser.error(f"no fault begins with {' or '.join(arguments.only)}: there are {', '.join(FAULTS)}")
    shares = [one.partition("=") for one in arguments.share]
    if any(not times.isdigit() for _, _, times in shares):
        parser.error("--share FAULT=N, N a whole number")
    for begins, _, times in shares:
        others = [name for name in arguments.wanted if not name.startswith(begins)]
        chosen = {name for name in arguments.wanted if name.startswith(begins)}
        arguments.wanted = [*others, *(name for name in sorted(chosen) for _ in range(int(times)))]
    return arguments


def _once(fault: Fault, ground: Ground, number: random.Random, row: Row) -> None:
    try:
        fault(ground, number, row)
    except Exception:  # a fault that breaks the harness has found something, too
        row.lose(f"the harness failed: {traceback.format_exc(limit=3)}")


def _run(ground: Ground, wanted: list[str], seconds: float, seed: int) -> dict[str, Row]:
    rows = {name: Row() for name in FAULTS if name in wanted}
    try:
        _go_round(ground, wanted, rows, seconds, seed)
    except KeyboardInterrupt:  # what was found until then counts; what was under way ends with the ground
        return rows
    for text in ground.left_behind():
        rows.setdefault("afterwards", Row()).lose(text)
    return rows


def _go_round(ground: Ground, wanted: list[str], rows: dict[str, Row], seconds: float, seed: int) -> None:
    until_s = time.monotonic() + seconds
    for round_ in itertools.count():
        if time.monotonic() > until_s:
            break
        # in another order each time: what a short run does not come to is something else the next time
        order = random.Random(f"{seed}/{round_}").sample(wanted, len(wanted))
        for place, name in enumerate(order):
            if time.monotonic() > until_s:
                break
            again = order[:place].count(name)
            _once(FAULTS[name], ground, random.Random(f"{seed}/{name}/{round_}/{again}"), rows[name])
            print(f"{time.strftime('%H:%M:%S')} {name}", file=sys.stderr, flush=True)


def _print_table(rows: dict[str, Row]) -> None:
    print("| fault | times | lost | said |\n| --- | ---: | ---: | --- |")
    for name, row in rows.items():
        said = "; ".join(f"{text} ({times})" for text, times in row.said.most_common(3))
        print(f"| {name} | {row.times} | {len(row.lost)} | {said} |")
    for name, row in rows.items():
        for text, times in Counter(row.lost).most_common(20):
            print(f"\nlost: {name}, {times} times: {text}")


def main() -> int:
    """Runs everything; returns the exit code."""
    arguments = _arguments()
    seed = arguments.seed if arguments.seed is not None else int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as ctrl+c: the table of what was tried
    with tempfile.TemporaryDirectory(prefix="torture-") as name, Ground(Path(name)) as ground:
        begun_s = time.monotonic()
        rows = _run(ground, arguments.wanted, arguments.seconds, seed)
    _print_table(rows)
    lost = sum(len(row.lost) for row in rows.values())
    times, taken_s = sum(row.times for row in rows.values()), time.monotonic() - begun_s
    print(f"\n{times} faults in {taken_s:.0f} s, {lost} lost")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
